import Telephony
import Testing

@testable import Dialer

private typealias Stage = AttemptStage

/// The stations of an attempt, for tests that strike at each.
enum Station: String, CaseIterable, Sendable {
  case new, reserving, guarding, ringingAgent, confirming, dialing, customerRinging, handingOver, continuing,
    talking, settling, wrapUp, clearing

  func reached(_ plan: AttemptPlan = AttemptStage.plan()) -> AttemptStage {
    var stage = AttemptStage(plan)
    switch self {
    case .new: break
    case .reserving: stage.feed(.begin)
    case .guarding: stage.toGuard()
    case .ringingAgent: stage.toRinging()
    case .confirming: stage.toConfirming()
    case .dialing: stage.toDialing()
    case .customerRinging: stage.toCustomerRinging()
    case .handingOver: stage.toHandingOver()
    case .continuing: stage.toContinuing()
    case .talking: stage.toTalking()
    case .settling:
      stage.toTalking()
      stage.feed(.legGone(AttemptStage.line, .normalClearing), after: .seconds(20))
    case .wrapUp: stage.toWrapUp()
    case .clearing:
      stage.toCustomerRinging()
      stage.feed(.legGone(AttemptStage.line, .userBusy))
    }
    return stage
  }

  var beforeDial: Bool {
    switch self {
    case .new, .reserving, .guarding, .ringingAgent, .confirming: true
    case .dialing, .customerRinging, .handingOver, .continuing, .talking, .settling, .wrapUp, .clearing: false
    }
  }
  var rings: Bool { self == .dialing || self == .customerRinging }
}

extension AttemptStage {
  /// Brings what is left to its end: hang-ups succeed, open originates turn out made, wrap-up runs out.
  mutating func letEnd() {
    if attempt.agent.originateOpen { feed(.commandAnswered(.ringAgent, .done)) }
    if attempt.customer.originateOpen { feed(.commandAnswered(.dialCustomer, .done)) }
    hangUpsDone()
    feed(.timer(.settle), .timer(.wrapUp))
    hangUpsDone()
  }
}

@Suite struct `A customer who calls in himself` {
  @Test(arguments: Station.allCases)
  func `is not called by us as well`(station: Station) throws {
    var stage = station.reached()
    let before = stage.all.count
    let actions = stage.feed(.customerCalledIn)
    switch station {
    case .new, .reserving, .guarding, .ringingAgent, .confirming:
      stage.letEnd()
      let end = try #require(stage.end)
      #expect(end.next == .superseded && !end.charged && end.notDialled && !end.coolDownAgent)
      #expect(end.record.customerResult == CustomerResult.none)
      #expect(!stage.customerDialled)
    case .dialing, .customerRinging:
      #expect(actions.tags == [.hangUpCustomer, .hangUpAgent, .release])
      stage.letEnd()
      let end = try #require(stage.end)
      #expect(end.record.customerResult == .cancelled)
      #expect(end.next == .superseded && !end.charged)
    case .handingOver, .continuing, .talking, .settling, .wrapUp, .clearing:
      #expect(stage.all.count == before, "too late to matter")
    }
  }

  @Test func `the agent is told, where there is a message`() {
    for ringing in [false, true] {
      var stage = Stage(Stage.plan { $0.supersededMedia = "sound:perezvon-superseded" })
      if ringing { stage.toCustomerRinging() } else { stage.toConfirming() }
      let actions = stage.feed(.customerCalledIn)
      #expect(
        actions.tags
          == (ringing ? [.hangUpCustomer, .stopRinging, .parting] : [.stopAnnounce, .parting]))
      stage.feed(.playbackFinished(id: "pz-\(Stage.id)-parting"))
      stage.letEnd()
      #expect(stage.end?.next == .superseded)
      #expect(stage.released == 1)
    }
  }
}

@Suite struct `A supervisor` {
  @Test(arguments: Station.allCases)
  func `stops what is not a talk yet`(station: Station) throws {
    var stage = station.reached()
    let actions = stage.feed(.cancelled(by: "Kim"))
    switch station {
    case .new, .reserving, .guarding, .ringingAgent, .confirming, .dialing, .customerRinging:
      stage.letEnd()
      let end = try #require(stage.end)
      #expect(end.next == .cancelled && !end.charged)
      #expect(end.record.customerResult == (station.rings ? .cancelled : .none))
      #expect(end.sentence.hasPrefix("Stopped by Kim"))
    case .handingOver, .continuing, .talking:
      #expect(
        actions == [.say("Kim wanted to stop the callback; the two talk already, and are left alone")])
    case .settling, .wrapUp, .clearing:
      #expect(actions == [])
    }
  }
}

@Suite struct `A lost lease` {
  @Test(arguments: Station.allCases)
  func `stops everything but letting go`(station: Station) throws {
    var stage = station.reached()
    let actions = stage.feed(.leaseLost)
    let allowed: Set<CommandTag> = [.hangUpAgent, .hangUpCustomer, .release]
    #expect(allowed.isSuperset(of: actions.tags))
    #expect(actions.writes.isEmpty)
    stage.letEnd()
    let end = try #require(stage.end)
    #expect(end.disowned)
    switch station {
    case .continuing, .talking, .settling:
      #expect(actions.tags == [.release], "the talk goes on, and nobody is paused for who knows how long")
      #expect(end.next == .handedOn)
      #expect(end.record.endedAt == nil)
    case .new, .reserving, .guarding, .ringingAgent, .confirming:
      #expect(end.notDialled && !end.charged)
    case .dialing, .customerRinging:
      #expect(end.record.outcome == .unknown && end.charged && end.redialGap > .zero)
    case .handingOver:
      #expect(end.record.outcome == .dropped)
    case .wrapUp:
      #expect(end.record.outcome == .conversation)
    case .clearing:
      #expect(end.record.outcome == .customerMissed)
    }
    if station != .new { #expect(stage.released == 1) }
  }
}

@Suite struct `A lost link` {
  @Test func `of AMI during the hand-over ends nothing: they may talk unseen`() {
    var stage = Stage()
    stage.toContinuing()
    stage.feed(.linkLost(.ami))
    for _ in 1...3 {
      #expect(
        stage.feed(.timer(.handOver), after: .seconds(5)) == [.startTimer(.handOver, after: .seconds(5))])
    }
    stage.feed(.bridged, .linkBack(.ami))
    #expect(stage.attempt.isTalking)
    // Back, and nobody has put them together: then it has failed.
    stage = Stage()
    stage.toContinuing()
    stage.feed(.linkLost(.ami), .linkBack(.ami))
    #expect(stage.feed(.timer(.handOver), after: .seconds(5)).tags.contains(.hangUpCustomer))
  }

  @Test(arguments: Station.allCases)
  func `of ARI stops what rings`(station: Station) {
    var stage = station.reached()
    let actions = stage.feed(.linkLost(.ari))
    switch station {
    case .new, .reserving, .guarding, .ringingAgent, .confirming:
      stage.letEnd()
      #expect(stage.outcome == .agentMissed)
      #expect(stage.end?.coolDownAgent == false)
      #expect(!stage.customerDialled)
    case .dialing, .customerRinging:
      #expect(actions.tags.contains(.hangUpCustomer))
      stage.letEnd()
      #expect(stage.outcome == .unknown)
      #expect(stage.end?.charged == true)
    case .handingOver, .continuing, .talking, .settling, .wrapUp, .clearing:
      #expect(actions == [])
    }
  }

  @Test(arguments: Station.allCases)
  func `of AMI stops what needs the queue`(station: Station) {
    var stage = station.reached()
    let actions = stage.feed(.linkLost(.ami))
    if [.new, .reserving, .guarding].contains(station) {
      #expect(stage.outcome == .agentMissed)
    } else {
      #expect(actions == [])
    }
  }

  @Test func `a hang-up that could not be sent is sent as soon as the link is back`() {
    var stage = Stage()
    stage.toCustomerRinging()
    stage.feed(
      .linkLost(.ari), .commandAnswered(.hangUpCustomer, .notSent("down")),
      .commandAnswered(.hangUpAgent, .notSent("down")))
    #expect(stage.end == nil)
    #expect(stage.feed(.timer(.hangUpAgain)).tags == [.hangUpCustomer, .hangUpAgent])
    #expect(stage.feed(.linkBack(.ari)).tags == [.hangUpCustomer, .hangUpAgent])
    stage.hangUpsDone()
    #expect(stage.outcome == .unknown)
  }

  @Test func `a leg that cannot be hung up holds the attempt half a minute, not for ever`() {
    var stage = Stage()
    stage.toConfirming()
    stage.feed(.linkLost(.ari))
    for n in 1...15 {
      #expect(stage.end == nil, "try \(n)")
      stage.feed(.timer(.hangUpAgain), after: .seconds(2))
    }
    #expect(stage.outcome == .agentMissed)
    #expect(stage.anomalies == 1)
  }

  @Test func `what happened meanwhile is asked after`() {
    var stage = Stage()
    stage.toCustomerRinging()
    stage.feed(.linkLost(.ami))
    #expect(stage.feed(.linkBack(.ami)).asks == [.agent, Stage.line])
    stage.feed(.channelIs(.agent, .live), .channelIs(Stage.line, .gone))
    stage.hangUpsDone()
    #expect(stage.end?.record.customerResult == .noAnswer)
  }

  @Test func `an originate still under way is not asked after`() {
    var stage = Stage()
    stage.toDialing()
    #expect(stage.feed(.linkBack(.ami)).asks == [.agent])
  }
}

@Suite struct `A restarted Asterisk` {
  @Test(arguments: Station.allCases)
  func `has no channels left`(station: Station) throws {
    var stage = station.reached()
    let actions = stage.feed(.pbxRestarted)
    // But an originate under way may reach the new one.
    let allowed: Set<CommandTag> = station == .dialing ? [.hangUpCustomer, .release] : [.release]
    #expect(allowed.isSuperset(of: actions.tags), "nothing is there to be hung up")
    stage.letEnd()
    let end = try #require(stage.end)
    switch station {
    case .new, .reserving, .guarding, .ringingAgent, .confirming:
      #expect(end.record.outcome == .agentMissed && !end.charged)
    case .dialing, .customerRinging:
      #expect(end.record.outcome == .unknown && end.charged && end.redialGap == .seconds(900))
    case .handingOver, .continuing:
      #expect(end.record.outcome == .dropped && end.record.customerResult == .answered)
    case .talking:
      #expect(end.record.outcome == .noConversation, "20 ms of it")
    case .settling, .wrapUp:
      #expect(end.record.outcome == .conversation)
    case .clearing:
      #expect(end.record.outcome == .customerMissed)
    }
    if station != .new { #expect(stage.released == 1, "a paused member survives a restart") }
  }
}

@Suite struct `A write that fails` {
  @Test(arguments: [WriteFailure.staleFence, .storeDown, .refused("check constraint")])
  func `before the dial stops it: nobody was dialled`(why: WriteFailure) throws {
    var stage = Stage()
    stage.toDialing()
    let actions = stage.feed(.writeFailed(.customer, why))
    #expect(actions.tags == [.hangUpAgent, .release])
    stage.hangUpsDone()
    let end = try #require(stage.end)
    #expect(end.record.outcome == .customerMissed)
    #expect(end.record.customerResult == CustomerResult.none)
    #expect(end.notDialled && !end.charged)
    #expect(end.disowned == (why == .staleFence))
  }

  @Test func `before the dial, when the agent has hung up meanwhile`() {
    var stage = Stage()
    stage.toDialing()
    stage.feed(.legGone(.agent, .normalClearing), .writeFailed(.customer, .storeDown))
    #expect(stage.end?.notDialled == true && stage.end?.charged == false)
  }

  @Test func `after the answer: the two are connected all the same`() {
    var stage = Stage()
    stage.toHandingOver()
    let actions = stage.feed(.writeFailed(.connected, .storeDown))
    #expect(actions.tags == [.stopRinging, .setPeer, .limitCustomer, .limitAgent])
    #expect(actions.writes.isEmpty)
    stage.feed(.commandAnswered(.setPeer, .done), .bridged)
    #expect(stage.attempt.isTalking)
  }

  @Test func `after the answer with a stale fence: the other instance connects them`() {
    var stage = Stage()
    stage.toHandingOver()
    #expect(stage.feed(.writeFailed(.connected, .staleFence)).tags.isEmpty)
    #expect(stage.end?.next == .handedOn)
  }

  @Test func `after the talk: the end carries it`() {
    var stage = Stage()
    stage.toWrapUp()
    #expect(stage.feed(.writeFailed(.wrapUp, .storeDown)) == [])
    stage.feed(.timer(.wrapUp))
    #expect(stage.outcome == .conversation)
    #expect(stage.end?.disowned == false)
  }

  @Test func `after the talk with a stale fence: let go, and no fuss`() {
    var stage = Stage()
    stage.toWrapUp()
    #expect(stage.feed(.writeFailed(.wrapUp, .staleFence)).tags == [.release])
    #expect(stage.end?.disowned == true)
  }

  @Test(arguments: Station.allCases)
  func `timers never hang on it`(station: Station) {
    // What stands behind a write in its list is dropped with it: no timer that ends a state may be there.
    // The dial is an exception: there `.writeFailed` ends the attempt.
    for list in station.reached().lists {
      guard let place = list.lastIndex(where: { if case .write = $0 { true } else { false } }) else {
        continue
      }
      if list.writes.last?.phase == .customer { continue }
      for action in list[place...] {
        if case .startTimer(let timer, _) = action { Issue.record("\(timer) stands behind a write") }
        if case .ended = action { Issue.record("the end stands behind a write") }
      }
    }
  }
}

@Suite struct `The deadline` {
  @Test(arguments: Station.allCases)
  func `ends everything at once`(station: Station) throws {
    var stage = station.reached()
    let actions = stage.feed(.timer(.deadline), after: .seconds(5 * 3600))
    let end = try #require(stage.end)
    #expect(end.record.endedAt == stage.now)
    switch station {
    case .new, .reserving, .guarding: #expect(!actions.tags.contains(.hangUpAgent))
    case .ringingAgent, .confirming: #expect(actions.tags == [.hangUpAgent, .release])
    case .dialing, .customerRinging, .handingOver, .continuing:
      #expect(actions.tags == [.hangUpCustomer, .hangUpAgent, .release])
    case .talking:
      #expect(actions.tags == [.release], "what talks is left to its own absolute timeout")
      #expect(end.record.outcome == .conversation)
    case .settling: #expect(actions.tags == [.hangUpAgent, .release])
    case .wrapUp: #expect(actions.tags == [.release])
    case .clearing: #expect(end.record.outcome == .customerMissed)
    }
    if station != .new { #expect(stage.released == 1) }
  }

  @Test func `of the plan is later than all its parts`() {
    let plan = Stage.plan()
    let parts =
      plan.agentRing + plan.confirmTimeout + plan.customerRing + plan.legLifeMax + plan.wrapUp
      + plan.reservationGuard
    #expect(plan.longest > parts)
    #expect(plan.longest < parts + plan.connectWait + AttemptLimits.connectSlack + .seconds(180))
  }
}

@Suite struct `Events out of place` {
  @Test func `are told, and do no harm`() {
    var stage = Stage()
    stage.toTalking()
    for event in [
      AttemptEvent.begin, .legUp(.customer(line: 3), channelName: "x"), .writeFailed(.agent, .storeDown),
    ] {
      #expect(stage.feed(event).anomalies.count == 1, "\(event)")
    }
    #expect(stage.attempt.isTalking)
    stage = Stage()
    stage.feed(.begin)
    for event in [AttemptEvent.bridged, .transferred, .legGone(Stage.line, .unknown)] {
      #expect(stage.feed(event).anomalies.count == 1, "\(event)")
    }
    #expect(stage.end == nil)
  }

  @Test func `what Asterisk says is cut in a sentence`() {
    var stage = Stage()
    stage.feed(.begin, .commandAnswered(.reserve, .refused(String(repeating: "x", count: 5000))))
    #expect((stage.end?.sentence.count ?? .max) < 300)
  }
}
