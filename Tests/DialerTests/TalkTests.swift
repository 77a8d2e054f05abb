import Telephony
import Testing

@testable import Dialer

private typealias Stage = AttemptStage

@Suite struct `Handing over` {
  @Test func `writes connected, then sets the peer, then continues`() throws {
    var stage = Stage()
    stage.toCustomerRinging()
    let actions = stage.feed(.legUp(Stage.line, channelName: "PJSIP/trunk-00000002"), after: .seconds(6))
    let written = try #require(actions.writes.first)
    #expect(written.phase == .connected && written.connectedAt == stage.now)
    #expect(
      actions == [
        .cancelTimer(.customerRing), .startTimer(.handOver, after: .seconds(5)),
        .write(written, sentence: "The customer answered and is connected with PJSIP/101"),
        .command(.stopRinging, .stopRinging(Stage.agentChannel)),
        .command(
          .setPeer,
          .setVariable(Stage.customerChannel, name: "PEREZVON_PEER", value: "PJSIP/101-00000001")),
        .command(.limitCustomer, .limitLife(Stage.customerChannel, .seconds(4 * 3600))),
        .command(.limitAgent, .limitLife(Stage.agentChannel, .seconds(4 * 3600))),
      ])
    #expect(
      stage.feed(.commandAnswered(.setPeer, .done)) == [
        .command(
          .handOver,
          .continueInDialplan(Stage.customerChannel, context: "perezvon-bridge", exten: "s", priority: 1))
      ])
    #expect(stage.feed(.commandAnswered(.handOver, .done)) == [.startTimer(.handOver, after: .seconds(5))])
    #expect(stage.feed(.legLeftStasis(Stage.line)) == [])
    #expect(!stage.attempt.isTalking)
    #expect(
      stage.feed(.legLeftStasis(.agent)) == [
        .cancelTimer(.handOver), .startTimer(.media, after: .seconds(4)),
      ])
    #expect(stage.attempt.isTalking)
    #expect(stage.feed(.bridged) == [])
  }

  @Test func `a bridge is enough where StasisEnd is late`() {
    var stage = Stage()
    stage.toContinuing()
    stage.feed(.bridged)
    #expect(stage.attempt.isTalking)
    #expect(stage.feed(.legLeftStasis(.agent), .legLeftStasis(Stage.line)) == [])
  }

  @Test func `the peer is set again once where nobody knows`() {
    var stage = Stage()
    stage.toHandingOver()
    #expect(stage.feed(.commandAnswered(.setPeer, .unknown("reset"))).tags == [.setPeer])
    #expect(stage.feed(.commandAnswered(.setPeer, .done)).tags == [.handOver])
  }

  @Test(arguments: [CommandOutcome.refused("no"), .notSent("down"), .unknown("reset")])
  func `without a peer nobody is sent into silence`(outcome: CommandOutcome) {
    var stage = Stage()
    stage.toHandingOver()
    stage.feed(.commandAnswered(.setPeer, .unknown("reset")), .commandAnswered(.setPeer, outcome))
    #expect(!stage.commands.contains(.handOver))
    stage.hangUpsDone()
    #expect(stage.outcome == .dropped)
    #expect(stage.end?.record.customerResult == .answered)
    #expect(stage.end?.next == .retry(.dropped))
    #expect(stage.end?.charged == true && stage.end?.coolDownAgent == false)
  }

  // Found by the simulation: the time of the dialplan ran out behind slow commands of our own, and the hang-up met
  // the two in their talk.
  @Test func `the dialplan is given its time from the answer to continue`() {
    var stage = Stage()
    stage.toHandingOver()
    stage.feed(.commandAnswered(.setPeer, .done), after: .seconds(1))
    // It waits behind the limits of the legs, which take their time.
    #expect(stage.feed(.timer(.handOver), after: .seconds(4)) == [.startTimer(.handOver, after: .seconds(5))])
    #expect(
      stage.feed(.commandAnswered(.handOver, .done), after: .seconds(2)) == [
        .startTimer(.handOver, after: .seconds(5))
      ])
    stage.feed(.bridged)
    #expect(stage.attempt.isTalking)
  }

  // Found by the simulation: five seconds of waiting behind a slow command made a conversation of two seconds of talk.
  @Test func `the talk counts from when the two are together`() {
    for amiLost in [false, true] {
      var stage = Stage()
      stage.toHandingOver()
      let answered = stage.now
      stage.feed(.commandAnswered(.setPeer, .done), after: .seconds(5))
      stage.feed(.commandAnswered(.handOver, .done))
      if amiLost { stage.feed(.linkLost(.ami)) }
      stage.feed(.bridged)
      let together = stage.now
      stage.feed(.legGone(Stage.line, .normalClearing), .legGone(.agent, .normalClearing), after: .seconds(2))
      // Where the beginning was not seen, it may be as old as the answer.
      #expect(stage.attempt.record.talk == stage.now - (amiLost ? answered : together))
    }
  }

  // Refused: found by the simulation, where another instance had continued him already.
  @Test func `a continue that was not sent is a drop, one refused or of unknown outcome is waited for`() {
    var stage = Stage()
    stage.toHandingOver()
    stage.feed(.commandAnswered(.setPeer, .done))
    #expect(
      stage.feed(.commandAnswered(.handOver, .unknown("reset"))).starts(.handOver) == .seconds(5))
    stage.feed(.bridged)
    #expect(stage.attempt.isTalking)

    stage = Stage()
    stage.toHandingOver()
    stage.feed(.commandAnswered(.setPeer, .done), .commandAnswered(.handOver, .notSent("down")))
    stage.hangUpsDone()
    #expect(stage.outcome == .dropped)

    stage = Stage()
    stage.toHandingOver()
    stage.feed(.commandAnswered(.setPeer, .done), .commandAnswered(.handOver, .refused("409")))
    #expect(!stage.commands.contains(.hangUpCustomer))
    stage.feed(.bridged)
    #expect(stage.attempt.isTalking)
  }

  @Test func `a dialplan that does not bridge is cut off after 5 s`() {
    var stage = Stage()
    stage.toContinuing()
    #expect(
      stage.feed(.timer(.handOver), after: .seconds(5)).tags == [.hangUpCustomer, .hangUpAgent, .release])
    stage.hangUpsDone()
    #expect(stage.outcome == .dropped)
  }

  @Test func `the agent hangs up first: the customer is not left in silence`() {
    for (step, bring) in [
      ("asked", { (s: inout Stage) in s.toHandingOver() }), ("sent", { $0.toContinuing() }),
    ] {
      var stage = Stage()
      bring(&stage)
      #expect(stage.feed(.legGone(.agent, .normalClearing)).tags == [.hangUpCustomer, .release], "\(step)")
      stage.hangUpsDone()
      #expect(stage.outcome == .dropped)
      #expect(stage.end?.record.agentResult == .answered)
      #expect(stage.end?.coolDownAgent == true)
      #expect(stage.end?.next == .retry(.dropped))
    }
  }

  @Test func `the agent was gone just before the customer answered`() {
    var stage = Stage()
    stage.toCustomerRinging()
    stage.feed(.legLeftStasis(.agent))
    let actions = stage.feed(.legUp(Stage.line, channelName: "PJSIP/trunk-2"))
    #expect(actions.tags == [.hangUpCustomer, .hangUpAgent, .release])
    stage.hangUpsDone()
    #expect(stage.outcome == .dropped)
  }

  @Test func `the customer hangs up first`() {
    var stage = Stage()
    stage.toContinuing()
    stage.feed(.legGone(Stage.line, .normalClearing))
    stage.hangUpsDone()
    #expect(stage.outcome == .noConversation)
    #expect(stage.end?.record.customerResult == .answered)
    #expect(stage.end?.charged == true)
  }

  @Test func `a peer that cannot be set because he is gone is his hang-up`() {
    var stage = Stage()
    stage.toHandingOver()
    stage.feed(.commandAnswered(.setPeer, .notFound))
    stage.hangUpsDone()
    #expect(stage.outcome == .noConversation)
  }
}

@Suite struct `The talk` {
  @Test func `of the wanted length is a conversation`() throws {
    var stage = Stage()
    stage.toWrapUp(talk: .seconds(20))
    #expect(stage.end == nil)
    #expect(stage.released == 0, "held for wrap-up")
    #expect(stage.all.starts(.wrapUp) == .seconds(10))
    let actions = stage.feed(.timer(.wrapUp), after: .seconds(10))
    #expect(actions.tags == [.release])
    let end = try #require(stage.end)
    #expect(end.record.outcome == .conversation)
    #expect(end.record.talk == .seconds(20))
    #expect(end.record.customerResult == .answered && end.record.agentResult == .answered)
    #expect(end.record.cause == .normalClearing)
    #expect(end.next == .succeeded && end.charged && !end.disowned)
    #expect(end.sentence == "PJSIP/101 and the customer talked for 20 s: a conversation")
    #expect(stage.anomalies == 0)
    #expect(stage.all.writes.map(\.phase) == [.customer, .connected, .wrapUp])
    #expect(stage.commands.count { $0 == .dialCustomer } == 1)
  }

  @Test func `of exactly success_after is one, a little less is not`() {
    var stage = Stage()
    stage.toWrapUp(talk: .seconds(5))
    stage.feed(.timer(.wrapUp))
    #expect(stage.outcome == .conversation)
    stage = Stage()
    stage.toWrapUp(talk: .milliseconds(4_999))
    stage.feed(.timer(.wrapUp))
    #expect(stage.outcome == .noConversation)
    #expect(stage.end?.next == .retry(.noAnswer))
    #expect(stage.end?.charged == true)
  }

  @Test func `ends when one is gone, and the other is hung up only if he stays`() {
    for (first, other, tag) in [
      (OurLeg.Party.agent, Stage.line, CommandTag.hangUpCustomer), (Stage.line, .agent, .hangUpAgent),
    ] {
      var stage = Stage()
      stage.toTalking()
      let actions = stage.feed(.legGone(first, .normalClearing), after: .seconds(30))
      #expect(actions.starts(.settle) == .seconds(2))
      #expect(actions.tags.isEmpty)
      #expect(actions.writes.first?.phase == .wrapUp)
      let late = stage.feed(.timer(.settle), after: .seconds(2))
      #expect(tag == .hangUpAgent ? late.tags == [tag] : late.asks == [Stage.line])
      if tag == .hangUpCustomer { #expect(stage.feed(.channelIs(Stage.line, .live)).tags == [tag]) }
      stage.feed(.legGone(other, .normalClearing))
      stage.feed(.timer(.wrapUp), after: .seconds(10))
      #expect(stage.outcome == .conversation)
      #expect(stage.end?.record.talk == .seconds(30))
    }
  }

  @Test func `that nobody saw and the agent ended at once was none`() {
    var stage = Stage()
    stage.toContinuing()
    stage.feed(.legLeftStasis(Stage.line), .legLeftStasis(.agent))
    stage.feed(.legGone(.agent, .normalClearing), after: .milliseconds(300))
    stage.hangUpsDone()
    #expect(stage.outcome == .dropped)
  }

  @Test func `that nobody saw and that lasted was one all the same`() {
    var stage = Stage()
    stage.toContinuing()
    stage.feed(.legLeftStasis(Stage.line), .legLeftStasis(.agent))
    stage.feed(
      .legGone(.agent, .normalClearing), .legGone(Stage.line, .normalClearing), .timer(.wrapUp),
      after: .seconds(60))
    #expect(stage.outcome == .conversation)
  }

  @Test func `a transferred customer is let be, and the agent let go of`() {
    for late in [false, true] {
      var stage = Stage()
      stage.toTalking()
      if late { stage.feed(.legGone(.agent, .normalClearing), after: .seconds(8)) }
      let actions = stage.feed(.transferred, after: late ? .zero : .seconds(8))
      #expect(actions.tags.isEmpty)
      stage.feed(.timer(.settle), .legGone(.agent, .normalClearing), .timer(.wrapUp), after: .seconds(10))
      #expect(stage.outcome == .conversation)
      #expect(stage.released == 1)
      #expect(!stage.commands.contains(.hangUpCustomer))
      #expect(stage.end?.record.talk == .seconds(8))
    }
  }

  @Test func `a customer whom somebody sent elsewhere is not hung up`() {
    for wrapUp in [Duration.zero, .seconds(10)] {
      var stage = Stage(Stage.plan { $0.wrapUp = wrapUp })
      stage.toTalking()
      stage.feed(.legGone(.agent, .normalClearing), after: .seconds(8))
      stage.feed(.timer(.settle), .channelIs(Stage.line, .elsewhere), .timer(.wrapUp), after: .seconds(2))
      #expect(stage.outcome == .conversation && stage.released == 1)
      #expect(!stage.commands.contains(.hangUpCustomer))
    }
  }

  @Test func `wrap-up of zero lets go at once`() {
    var stage = Stage(Stage.plan { $0.wrapUp = .zero })
    stage.toWrapUp()
    #expect(stage.all.starts(.wrapUp) == .zero)
    stage.feed(.timer(.wrapUp))
    #expect(stage.outcome == .conversation)
  }

  @Test func `its end missed while a link was down is found out`() {
    var stage = Stage()
    stage.toTalking()
    stage.feed(.linkLost(.ami))
    #expect(stage.feed(.linkBack(.ami), after: .seconds(40)).asks == [.agent, Stage.line])
    #expect(stage.feed(.channelIs(.agent, .live)) == [])
    #expect(stage.feed(.channelIs(Stage.line, .gone)).starts(.settle) == .seconds(2))
    stage.feed(.legGone(.agent, .normalClearing), .timer(.wrapUp))
    #expect(stage.outcome == .conversation)
  }

  @Test func `a question about a talk that nobody can answer ends nothing`() {
    var stage = Stage()
    stage.toTalking()
    stage.feed(.linkBack(.ari))
    for _ in 0..<6 { stage.feed(.channelIs(Stage.line, .unknown), .timer(.askAgain)) }
    #expect(stage.attempt.isTalking)
  }
}
