import Telephony
import Testing

@testable import Dialer

private typealias Stage = AttemptStage

@Suite struct `An attempt adopted after a restart` {
  /// Where a leg may be found; nil: nowhere.
  enum Found: CaseIterable, Sendable {
    case ringing, waiting, inDialplan, bridged

    var leg: LiveLeg {
      switch self {
      case .ringing: LiveLeg(channelName: "PJSIP/x-1", up: false, inStasis: false, bridged: false)
      case .waiting: LiveLeg(channelName: "PJSIP/x-1", up: true, inStasis: true, bridged: false)
      case .inDialplan: LiveLeg(channelName: "PJSIP/x-1", up: true, inStasis: false, bridged: false)
      case .bridged: LiveLeg(channelName: "PJSIP/x-1", up: true, inStasis: false, bridged: true)
      }
    }
  }

  private static func record(_ phase: AttemptRecord.Phase) -> AttemptRecord {
    var record = Stage.record(phase: phase)
    if phase == .card { record.cardOfferedAt = Stage.begun }
    if phase == .agent || phase == .card { return record }
    record.agentResult = .answered
    record.customerDialedAt = Stage.begun + .seconds(5)
    if phase == .customer { return record }
    record.customerResult = .answered
    record.connectedAt = Stage.begun + .seconds(10)
    if phase == .connected { return record }
    record.talkEndedAt = Stage.begun + .seconds(25)
    return record
  }

  private static func stage(
    _ phase: AttemptRecord.Phase, agent: Found?, customer: Found?, lastSeen: Timestamp? = nil
  ) -> Stage {
    var alive: [OurLeg.Party: LiveLeg] = [:]
    alive[.agent] = agent?.leg
    alive[Stage.line] = customer?.leg
    return Stage(adopting: record(phase), alive: alive, lastSeen: lastSeen)
  }

  private static let places: [Found?] = [nil] + Found.allCases.map { $0 }

  @Test(arguments: AttemptRecord.Phase.allCases)
  func `ends, lets go of the agent and never dials again, whatever lives`(phase: AttemptRecord.Phase) {
    for agent in Self.places {
      for customer in Self.places {
        var stage = Self.stage(phase, agent: agent, customer: customer)
        let what: Comment =
          "\(phase), agent \(String(describing: agent)), customer \(String(describing: customer))"
        if stage.end == nil {
          #expect(stage.all.starts(.deadline) == Stage.record().deadline - stage.now, what)
        }
        stage.feed(
          .timer(.customerRing), .commandAnswered(.setPeer, .done), .timer(.handOver), after: .seconds(60))
        stage.feed(.legGone(.agent, .normalClearing), .legGone(Stage.line, .normalClearing))
        stage.feed(.timer(.wrapUp))
        #expect(stage.ends.count == 1, what)
        #expect(stage.released == 1, what)
        #expect(!stage.customerDialled && !stage.commands.contains(.ringAgent), what)
        #expect(stage.end?.charged == (phase != .agent && phase != .card), what)
      }
    }
  }

  @Test func `in phase agent ends, and what lives is hung up`() {
    for agent in Self.places {
      var stage = Self.stage(.agent, agent: agent, customer: nil)
      #expect(stage.commands == (agent == nil ? [.release] : [.hangUpAgent, .release]))
      stage.hangUpsDone()
      #expect(stage.outcome == .agentMissed)
      #expect(stage.end?.notDialled == true)
      #expect(stage.end?.coolDownAgent == false)
    }
  }

  @Test func `in phase customer goes on while his phone rings and the agent waits`() {
    var stage = Self.stage(.customer, agent: .waiting, customer: .ringing)
    #expect(stage.commands.isEmpty)
    #expect(stage.all.starts(.customerRing) == .seconds(5), "25 s of 30 are over")
    stage.feed(.legUp(Stage.line, channelName: "PJSIP/trunk-2"))
    #expect(stage.commands == [.stopRinging, .setPeer, .limitCustomer, .limitAgent])
    guard case .setVariable(_, _, let peer) = stage.all.command(.setPeer) else {
      Issue.record("no peer set")
      return
    }
    #expect(peer == "PJSIP/x-1")
  }

  @Test func `in phase customer connects one who answered while nobody looked`() {
    let stage = Self.stage(.customer, agent: .waiting, customer: .waiting)
    #expect(stage.all.writes.map(\.phase) == [.connected])
    #expect(stage.commands == [.stopRinging, .setPeer, .limitCustomer, .limitAgent])
  }

  @Test func `in phase customer finds them talking where the write of it was lost`() {
    let stage = Self.stage(.customer, agent: .bridged, customer: .bridged)
    #expect(stage.attempt.isTalking)
    #expect(stage.all.writes.map(\.phase) == [.connected])
    #expect(stage.commands.isEmpty)
  }

  // Found by the simulation: with a database that refuses, what was connected stays in phase customer.
  @Test(arguments: [Found.bridged, .inDialplan])
  func `in phase customer leaves alone whom the agent gave to somebody else`(place: Found) {
    var stage = Self.stage(.customer, agent: nil, customer: place)
    stage.feed(.timer(.settle), .timer(.wrapUp), after: .seconds(12))
    #expect(!stage.commands.contains(.hangUpCustomer))
    #expect(stage.outcome == .noConversation && stage.end?.record.customerResult == .answered)
  }

  @Test func `in phase customer without a trace counts as placed`() {
    for agent in Self.places {
      var stage = Self.stage(.customer, agent: agent, customer: nil)
      stage.hangUpsDone()
      #expect(stage.outcome == .unknown)
      #expect(stage.end?.charged == true)
      #expect(stage.end?.redialGap == .seconds(900))
    }
  }

  @Test func `in phase customer, gone after a talk that the dialplan kept, is judged by that talk`() {
    var stage = Self.stage(.customer, agent: nil, customer: nil, lastSeen: Stage.begun + .seconds(20))
    #expect(stage.all.writes.map(\.phase) == [.wrapUp])
    stage.feed(.timer(.wrapUp))
    #expect(stage.outcome == .conversation)
    #expect(stage.end?.record.talk == .seconds(20))
    #expect(stage.end?.next == .succeeded && stage.end?.charged == true)
  }

  @Test func `in phase customer without an agent stops the ringing`() {
    for agent in [Found?.none, .ringing] {
      var stage = Self.stage(.customer, agent: agent, customer: .ringing)
      #expect(stage.commands.contains(.hangUpCustomer))
      stage.hangUpsDone()
      #expect(stage.outcome == .unknown)
      #expect(stage.end?.record.customerResult == .cancelled)
    }
    var stage = Self.stage(.customer, agent: nil, customer: .waiting)
    #expect(stage.commands.contains(.hangUpCustomer), "not left in silence")
    stage.hangUpsDone()
    #expect(stage.outcome == .dropped)
  }

  @Test func `in phase connected lets them talk`() {
    var stage = Self.stage(.connected, agent: .bridged, customer: .bridged)
    #expect(stage.attempt.isTalking)
    #expect(stage.commands.isEmpty)
    stage.feed(.legGone(Stage.line, .normalClearing), .legGone(.agent, .normalClearing), after: .seconds(60))
    stage.feed(.timer(.wrapUp))
    #expect(stage.outcome == .conversation)
    #expect(stage.end?.record.talk == .seconds(80))
  }

  @Test func `in phase connected hands over two who still wait`() {
    let stage = Self.stage(.connected, agent: .waiting, customer: .waiting)
    #expect(stage.commands == [.stopRinging, .setPeer, .limitCustomer, .limitAgent])
    #expect(stage.attempt.record.connectedAt == Stage.begun + .seconds(10))
  }

  @Test func `in phase connected gives the dialplan time to fetch the agent`() {
    var stage = Self.stage(.connected, agent: .waiting, customer: .inDialplan)
    #expect(stage.commands.isEmpty)
    #expect(stage.all.starts(.handOver) == .seconds(5))
    stage.feed(.legLeftStasis(.agent))
    #expect(stage.attempt.isTalking)
  }

  @Test func `in phase connected with one left: the other is hung up unless somebody has him`() {
    var stage = Self.stage(.connected, agent: .inDialplan, customer: nil)
    #expect(stage.feed(.timer(.settle)).tags == [.hangUpAgent])
    stage = Self.stage(.connected, agent: nil, customer: .bridged)
    stage.feed(.timer(.settle), .timer(.wrapUp))
    #expect(!stage.commands.contains(.hangUpCustomer))
    #expect(stage.outcome == .conversation)
  }

  // Found by the simulation: he was hung up on while the colleague's phone rang, or in the middle of their talk.
  @Test func `in phase connected leaves a customer alone whom the agent has just sent elsewhere`() {
    var stage = Self.stage(.connected, agent: nil, customer: .inDialplan)
    stage.feed(.timer(.settle), .timer(.wrapUp))
    #expect(!stage.commands.contains(.hangUpCustomer))
    #expect(stage.end != nil)
  }

  // Found by the simulation: such an attempt was taken for a talk of as long as the service had been away.
  @Test func `in phase connected where one still waits for the other they never talked`() {
    for (agent, customer) in [(Found?.some(.waiting), Found?.none), (nil, .waiting)] {
      var stage = Self.stage(.connected, agent: agent, customer: customer)
      #expect(stage.commands.contains(agent == nil ? .hangUpCustomer : .hangUpAgent), "not left in silence")
      stage.hangUpsDone()
      #expect(stage.outcome == .dropped)
      #expect(stage.end?.charged == true)
    }
  }

  @Test func `in phase connected with nobody left: by evidence, else unknown`() {
    let unknown = Self.stage(.connected, agent: nil, customer: nil)
    #expect(unknown.outcome == .unknown)
    #expect(unknown.end?.next == .retry(.dropped))
    #expect(unknown.end?.charged == true)

    for (seconds, outcome) in [
      (14, AttemptOutcome.noConversation), (15, .conversation), (3, .noConversation),
    ] {
      var stage = Self.stage(
        .connected, agent: nil, customer: nil, lastSeen: Stage.begun + .seconds(seconds))
      stage.feed(.timer(.wrapUp))
      #expect(stage.outcome == outcome)
      #expect(stage.end?.record.talk == .seconds(max(0, seconds - 10)))
    }
  }

  @Test func `in phase wrap-up waits for the rest of it`() {
    var stage = Self.stage(.wrapUp, agent: nil, customer: nil)
    #expect(stage.all.starts(.wrapUp) == .seconds(5))
    #expect(stage.released == 0)
    stage.feed(.timer(.wrapUp))
    #expect(stage.outcome == .conversation)
    #expect(stage.released == 1)
  }

  @Test func `that a supervisor has taken over keeps his pause`() {
    var stage = Self.stage(.wrapUp, agent: nil, customer: nil)
    stage.feed(.memberPaused(reason: "lunch"), .timer(.wrapUp))
    #expect(stage.released == 0)
  }
}
