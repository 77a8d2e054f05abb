import Telephony
import Testing

@testable import Dialer

private typealias Stage = AttemptStage

@Suite struct `Reserving an agent` {
  @Test func `begins with a pause that carries the attempt's id`() {
    var stage = Stage()
    let actions = stage.feed(.begin)
    #expect(
      actions == [
        .startTimer(.deadline, after: .seconds(5 * 3600)),
        .startTimer(.pauseConfirmation, after: .seconds(3)),
        .command(
          .reserve,
          .pauseMember(
            "PJSIP/101", queue: nil, paused: true, reason: "pz:01940000-0000-7000-8000-000000000001")),
      ])
  }

  @Test func `the agent is rung after the guard, not before`() {
    var stage = Stage()
    let confirmed = stage.feed(.begin, .memberPaused(reason: Stage.reason))
    #expect(
      confirmed == [
        .cancelTimer(.pauseConfirmation), .startTimer(.reservationGuard, after: .milliseconds(300)),
      ])
    let rung = stage.feed(.timer(.reservationGuard))
    #expect(rung.starts(.agentRing) == .seconds(25))
    #expect(
      rung.command(.ringAgent)
        == .originate(
          PBXCommand.Originate(
            channel: Stage.agentChannel, endpoint: "PJSIP/101",
            arguments: ["callback", "agent", Stage.id.description], callerNumber: "+79161234567",
            callerName: "Ann", timeout: .seconds(20),
            variables: [
              "X": "1", "PEREZVON_JOB": Stage.job.description, "PEREZVON_ATTEMPT": Stage.id.description,
            ])))
    #expect(rung.writes.isEmpty, "phase agent is committed with the claim")
  }

  @Test func `without a guard the agent is rung as soon as the pause is seen`() {
    var stage = Stage(Stage.plan { $0.reservationGuard = .zero })
    #expect(stage.feed(.begin, .commandAnswered(.reserve, .done)) == [])
    #expect(stage.feed(.memberPaused(reason: Stage.reason)).tags == [.ringAgent])
  }

  @Test(arguments: [CommandOutcome.refused("Permission denied"), .notFound, .notSent("link is down")])
  func `a refused pause ends it with nothing to undo`(outcome: CommandOutcome) {
    var stage = Stage()
    stage.feed(.begin, .commandAnswered(.reserve, outcome))
    #expect(stage.outcome == .agentMissed)
    #expect(stage.end?.record.agentResult == AgentResult.none)
    #expect(stage.end?.next == .retry(.agentMissed))
    #expect(stage.end?.charged == false)
    #expect(stage.end?.coolDownAgent == false)
    #expect(stage.end?.record.endedAt == stage.now)
    #expect(stage.end?.record.phase == .ended)
    #expect(stage.commands == [.reserve])
  }

  @Test func `a pause of unknown outcome that nobody confirms is undone`() {
    var stage = Stage()
    #expect(stage.feed(.begin, .commandAnswered(.reserve, .unknown("timed out"))) == [])
    stage.feed(.timer(.pauseConfirmation), after: .seconds(3))
    #expect(stage.commands == [.reserve, .release])
    #expect(stage.outcome == .agentMissed)
  }

  @Test(arguments: [
    AttemptEvent.memberRangByQueue, .memberStatusChanged(.ringing), .memberStatusChanged(.inUse),
    .memberStatusChanged(.unavailable),
  ])
  func `the queue was quicker`(conflict: AttemptEvent) throws {
    for atGuard in [false, true] {
      var stage = Stage()
      if atGuard { stage.toGuard() } else { stage.feed(.begin) }
      stage.feed(conflict)
      let end = try #require(stage.end)
      #expect(end.record.outcome == .agentMissed)
      #expect(end.record.agentResult == AgentResult.none)
      #expect(end.sentence.hasPrefix("The queue was quicker"))
      #expect(!end.charged && !end.coolDownAgent)
      #expect(stage.commands == [.reserve, .release])
    }
  }

  @Test func `a free device state during the guard is no conflict`() {
    var stage = Stage()
    stage.toGuard()
    #expect(stage.feed(.memberStatusChanged(.notInUse)) == [])
    #expect(stage.feed(.timer(.reservationGuard)).tags == [.ringAgent])
  }

  @Test func `the queue rings him while our call does: the live caller goes first`() {
    var stage = Stage()
    stage.toRinging()
    let actions = stage.feed(.memberRangByQueue)
    #expect(actions.tags == [.hangUpAgent, .release])
    stage.feed(.commandAnswered(.hangUpAgent, .done))
    #expect(stage.outcome == nil, "until his leg is gone nobody may ring him")
    stage.feed(.legGone(.agent, .normalClearing))
    #expect(stage.outcome == .agentMissed)
    #expect(stage.end?.coolDownAgent == false)
  }

  @Test func `a supervisor who pauses him during the guard keeps his pause`() {
    var stage = Stage()
    stage.toGuard()
    stage.feed(.memberPaused(reason: "lunch"))
    #expect(stage.outcome == .agentMissed)
    #expect(stage.released == 0)
  }

  @Test func `a pause by somebody else that crosses ours is left to the runner's look before the release`() {
    var stage = Stage()
    stage.feed(.begin, .memberPaused(reason: "lunch"))
    #expect(stage.outcome == .agentMissed)
    #expect(stage.commands == [.reserve, .release])
  }

  @Test func `a supervisor who unpauses him during the guard ends it`() {
    for event in [AttemptEvent.memberUnpaused, .memberRemoved] {
      var stage = Stage()
      stage.toGuard()
      stage.feed(event)
      #expect(stage.outcome == .agentMissed)
      #expect(stage.released == 0)
    }
  }

  @Test func `an unpause from before our pause is old news`() {
    var stage = Stage()
    stage.feed(.begin)
    #expect(stage.feed(.memberUnpaused) == [])
    #expect(stage.end == nil)
  }

  @Test func `a supervisor who takes over later keeps the agent, and the callback goes on`() {
    for event in [AttemptEvent.memberPaused(reason: "meeting"), .memberUnpaused] {
      var stage = Stage()
      stage.toTalking()
      #expect(stage.feed(event) == [])
      stage.feed(
        .legGone(Stage.line, .normalClearing), .legGone(.agent, .normalClearing), .timer(.wrapUp),
        after: .seconds(30))
      #expect(stage.outcome == .conversation)
      #expect(stage.released == 0)
    }
  }

  @Test func `our own pause reported again after that is ours to undo`() {
    var stage = Stage()
    stage.toConfirming()
    stage.feed(.memberUnpaused, .memberPaused(reason: Stage.reason), .dtmf(digit: "2"))
    #expect(stage.released == 1)
  }

  @Test func `without an agent it ends at once`() {
    var record = Stage.record()
    record.agent = nil
    var attempt = Attempt(plan: Stage.plan(), record: record)
    let actions = attempt.handle(.begin, at: Stage.begun)
    #expect(actions.count == 1 && attempt.hasEnded)
  }
}

@Suite struct `The agent's phone` {
  @Test func `nobody picks up`() throws {
    var stage = Stage()
    stage.toRinging()
    let actions = stage.feed(.legGone(.agent, .noAnswer), after: .seconds(20))
    #expect(actions.tags == [.release], "he is unpaused at once")
    let end = try #require(stage.end)
    #expect(end.record.outcome == .agentMissed)
    #expect(end.record.agentResult == .noAnswer)
    #expect(end.record.cause == .noAnswer)
    #expect(end.record.agentRangAt == Stage.begun + .milliseconds(300))
    #expect(end.next == .retry(.agentMissed))
    #expect(end.coolDownAgent && !end.charged && end.notDialled)
    #expect(!stage.customerDialled)
  }

  @Test func `Asterisk forgets to end the ringing`() {
    var stage = Stage()
    stage.toRinging()
    #expect(stage.feed(.timer(.agentRing), after: .seconds(25)).tags == [.hangUpAgent, .release])
    #expect(stage.end == nil, "not before the leg is gone")
    stage.feed(.legGone(.agent, .normalClearing))
    #expect(stage.end?.record.agentResult == .noAnswer)
    #expect(
      stage.end?.sentence == "PJSIP/101 did not pick up within 20 s; the next agent is tried")
  }

  @Test(arguments: [HangupCause.userBusy, .callRejected])
  func `the phone's reject button is a decline`(cause: HangupCause) {
    var stage = Stage()
    stage.toRinging()
    stage.feed(.legGone(.agent, cause))
    #expect(stage.end?.record.agentResult == .declined)
    #expect(stage.outcome == .agentMissed)
  }

  @Test func `a phone that cannot be rung`() {
    var stage = Stage()
    stage.toGuard()
    stage.feed(.timer(.reservationGuard), .commandAnswered(.ringAgent, .refused("Allocation failed")))
    #expect(stage.outcome == .agentMissed)
    #expect(stage.end?.coolDownAgent == true)
    #expect(stage.end?.sentence.contains("Allocation failed") == true)
    #expect(stage.commands == [.reserve, .ringAgent, .release])
  }

  @Test func `an originate that was not sent does not blame the agent`() {
    var stage = Stage()
    stage.toGuard()
    stage.feed(.timer(.reservationGuard), .commandAnswered(.ringAgent, .notSent("down")))
    #expect(stage.outcome == .agentMissed)
    #expect(stage.end?.coolDownAgent == false)
  }

  @Test func `an id in use means that the leg lives`() {
    var stage = Stage()
    stage.toGuard()
    #expect(stage.feed(.timer(.reservationGuard), .commandAnswered(.ringAgent, .alreadyLive)) == [])
    #expect(stage.feed(.legUp(.agent, channelName: "PJSIP/101-1")).tags == [.limitAgent, .announce])
  }

  @Test func `an unknown outcome is asked after, and a live leg goes on`() {
    var stage = Stage()
    stage.toGuard()
    #expect(
      stage.feed(.timer(.reservationGuard), .commandAnswered(.ringAgent, .unknown("reset")))
        == [.ask(.agent, Stage.agentChannel)])
    #expect(stage.feed(.channelIs(.agent, .live)) == [])
    #expect(stage.feed(.legUp(.agent, channelName: "PJSIP/101-1")).tags == [.limitAgent, .announce])
  }

  @Test func `an unknown outcome without a leg ends it`() {
    for presence in [ChannelPresence.gone, .neverMade] {
      var stage = Stage()
      stage.toGuard()
      stage.feed(
        .timer(.reservationGuard), .commandAnswered(.ringAgent, .unknown("reset")),
        .channelIs(.agent, presence))
      #expect(stage.outcome == .agentMissed)
      #expect(stage.end?.coolDownAgent == false)
      #expect(stage.released == 1)
    }
  }

  @Test func `a question nobody can answer is asked five times, then the leg is hung up`() {
    var stage = Stage()
    stage.toGuard()
    stage.feed(.timer(.reservationGuard), .commandAnswered(.ringAgent, .unknown("reset")))
    for _ in 1..<5 {
      #expect(stage.feed(.channelIs(.agent, .unknown)) == [.startTimer(.askAgain, after: .seconds(2))])
      #expect(stage.feed(.timer(.askAgain), after: .seconds(2)).asks == [.agent])
    }
    #expect(stage.feed(.channelIs(.agent, .unknown)).tags == [.hangUpAgent, .release])
    stage.feed(.commandAnswered(.hangUpAgent, .notFound))
    #expect(stage.outcome == .agentMissed)
  }

  @Test func `a leg that speaks up before its originate is answered is not asked after`() {
    var stage = Stage()
    stage.toGuard()
    stage.feed(.timer(.reservationGuard), .legProgress(.agent, .inProgress))
    #expect(stage.feed(.commandAnswered(.ringAgent, .unknown("timed out"))) == [])
    #expect(
      stage.feed(.commandAnswered(.ringAgent, .refused("late"))).anomalies.count == 1,
      "a contradiction is told, not obeyed")
    #expect(stage.end == nil)
  }
}

@Suite struct `The announcement` {
  @Test func `is played with a limit on the leg's life and time to press 1`() {
    var stage = Stage()
    stage.toRinging()
    let actions = stage.feed(.legUp(.agent, channelName: "PJSIP/101-1"))
    #expect(
      actions == [
        .cancelTimer(.agentRing),
        .command(.limitAgent, .limitLife(Stage.agentChannel, .seconds(4 * 3600))),
        .startTimer(.confirm, after: .seconds(10)),
        .command(
          .announce,
          .play(
            Stage.agentChannel, playback: "pz-\(Stage.id)-announce-1", media: ["sound:perezvon-callback"])),
      ])
  }

  @Test func `is repeated twice, then he is left to think`() {
    var stage = Stage()
    stage.toConfirming()
    for n in 1...2 {
      #expect(stage.feed(.playbackFinished(id: "pz-\(Stage.id)-announce-\(n)")).tags == [.announce])
    }
    #expect(stage.feed(.playbackFinished(id: "pz-\(Stage.id)-announce-3")) == [])
    #expect(stage.feed(.playbackFinished(id: "pz-\(Stage.id)-announce-1")) == [])
  }

  @Test func `2 declines`() {
    var stage = Stage()
    stage.toConfirming()
    #expect(stage.feed(.dtmf(digit: "2")).tags == [.hangUpAgent, .release])
    stage.hangUpsDone()
    #expect(stage.end?.record.agentResult == .declined)
    #expect(stage.outcome == .agentMissed)
    #expect(stage.end?.coolDownAgent == true)
    #expect(!stage.customerDialled)
  }

  @Test func `another key does nothing`() {
    var stage = Stage()
    stage.toConfirming()
    for key in ["0", "3", "*", "#", ""] { #expect(stage.feed(.dtmf(digit: key)) == []) }
  }

  @Test func `he never presses a key`() {
    var stage = Stage()
    stage.toConfirming()
    #expect(stage.feed(.timer(.confirm), after: .seconds(10)).tags == [.hangUpAgent, .release])
    stage.hangUpsDone()
    #expect(stage.end?.record.agentResult == .noAnswer)
    #expect(stage.end?.record.agentAnsweredAt != nil)
    #expect(stage.outcome == .agentMissed)
    #expect(!stage.customerDialled)
  }

  @Test func `he hangs up`() {
    var stage = Stage()
    stage.toConfirming()
    stage.feed(.legLeftStasis(.agent), .legGone(.agent, .normalClearing))
    #expect(stage.end?.record.agentResult == .declined)
    #expect(stage.outcome == .agentMissed)
    #expect(stage.end?.coolDownAgent == true)
  }

  @Test func `somebody takes him away: nothing of his is hung up`() {
    var stage = Stage()
    stage.toConfirming()
    #expect(stage.feed(.legLeftStasis(.agent)) == [.startTimer(.settle, after: .seconds(2))])
    stage.feed(.timer(.settle), after: .seconds(2))
    #expect(stage.outcome == .agentMissed)
    #expect(!stage.commands.contains(.hangUpAgent))
    #expect(stage.end?.coolDownAgent == false)
  }

  @Test func `without confirmation its end is enough`() {
    var stage = Stage(Stage.plan { $0.confirm = false })
    stage.toConfirming()
    #expect(stage.feed(.dtmf(digit: "2")) == [])
    let actions = stage.feed(.playbackFinished(id: "pz-\(Stage.id)-announce-1"))
    #expect(actions.tags.contains(.dialCustomer))
  }

  @Test func `without confirmation an end that is never reported does not hold him for ever`() {
    var stage = Stage(Stage.plan { $0.confirm = false })
    stage.toConfirming()
    #expect(stage.all.starts(.announce) == .seconds(60))
    #expect(stage.feed(.timer(.announce)).tags.contains(.dialCustomer))
  }

  @Test func `that cannot be played costs nothing`() {
    var stage = Stage(Stage.plan { $0.confirm = false })
    stage.toConfirming()
    #expect(stage.feed(.commandAnswered(.announce, .refused("no such file"))).tags.contains(.dialCustomer))
    stage = Stage()
    stage.toConfirming()
    #expect(stage.feed(.commandAnswered(.announce, .refused("no such file"))).anomalies.count == 1)
    #expect(stage.feed(.dtmf(digit: "1")).tags.contains(.dialCustomer))
  }

  @Test func `with nothing to hear and nothing to press the customer is dialled at once`() {
    var stage = Stage(
      Stage.plan {
        $0.announce = nil
        $0.confirm = false
      })
    stage.toRinging()
    #expect(
      stage.feed(.legUp(.agent, channelName: "PJSIP/101-1")).tags
        == [.limitAgent, .indicateRinging, .dialCustomer])
  }
}
