import CallPolicy
import CallTracking
import Dialer
import Telephony
import Testing

@testable import Service

/// A switchboard's machine that has taken over one live attempt, whose agent's phone rings.
private struct Board {
  static let noon = Timestamp(seconds: 1_795_363_200)
  static let number = PhoneNumber(e164: "+79161234567")!
  static let bootedAt = noon - .seconds(9_000)
  static let attempt = AttemptID("01990000-0000-7000-8000-000000000001")!
  var machine: SwitchboardMachine
  var agentLeg: ChannelID { OurLeg(attempt: Self.attempt, party: .agent).channel }

  /// What followed from taking it over.
  let adopted: [SwitchboardEffect]

  /// The channels of a snapshot, all in one bridge where there is one, and what events told after it.
  init(
    phase: AttemptRecord.Phase = .agent, channels: [ChannelSnapshot] = [], bridge: BridgeID? = nil,
    events: [PBXEvent] = [], course: AttemptCourse = .agentFirst
  ) throws {
    let settings = try Settings.read(
      yaml: """
        database: {url: "postgresql://localhost/unused"}
        pbx:
          - name: pbx1
            ami: {username: perezvon, secret: unused}
            ari: {username: perezvon, password: unused}
            inbound_contexts: [from-trunk]
            dial: PJSIP/{number}@trunk
        numbers: {region: RU, allow: ["+7"]}
        calendars: {always: {timezone: Europe/Moscow, open: {mon-sun: "00:00-24:00"}}}
        campaigns:
          - {name: sales, queues: [sales], calendar: always, caller_id: "+74951112233", agents: {queue: sales}}
        """, fileName: "perezvon.yaml", environment: [:]
    ) { _ in .failure(.init(sentence: "no files here")) }
    machine = SwitchboardMachine(
      settings: SwitchboardSettings(settings, pbx: settings.pbxs[0]), random: SplitMix64(state: 1))
    let job = JobID("01990000-0000-7000-8000-000000000002")!
    var record = AttemptRecord(
      id: Self.attempt, job: job, campaign: "sales", pbx: "pbx1", n: 1, number: Self.number,
      agent: "PJSIP/101", queue: "sales", phase: phase, fence: 1, pbxStartedAt: Self.bootedAt,
      startedAt: Self.noon, deadline: Self.noon + .seconds(300))
    record.course = course
    if phase == .connected { record.connectedAt = Self.noon }
    _ = machine.handle(.leaseWon(fence: 1), at: Self.noon)
    _ = machine.handle(.amiUp(Self.snapshot(channels, bridge: bridge), askedAt: Self.noon), at: Self.noon)
    _ = machine.handle(.pbx(events.map { StampedEvent(event: $0, at: nil) }), at: Self.noon)
    _ = machine.handle(.ariUp(channels: [], askedAt: Self.noon), at: Self.noon)
    adopted = machine.handle(.liveAttempts([AdoptableAttempt(record: record, job: nil)]), at: Self.noon)
  }

  static func snapshot(_ channels: [ChannelSnapshot], bridge: BridgeID? = nil) -> PBXSnapshot {
    PBXSnapshot(
      startedAt: bootedAt, version: "Asterisk 22.10.1",
      channels: channels.map {
        .init(channel: $0, bridge: bridge, application: bridge == nil ? "Stasis" : "Bridge", age: .zero)
      },
      queues: [],
      members: [], waiting: [])
  }

  /// Seconds after noon.
  mutating func at(_ second: Double, _ event: SwitchboardEvent) -> [SwitchboardEffect] {
    machine.handle(event, at: Self.noon + .milliseconds(Int64(second * 1_000)))
  }

  mutating func legComesUp(at second: Double) -> [SwitchboardEffect] {
    let leg = ChannelSnapshot(
      id: agentLeg, linkedID: LinkedID(agentLeg.rawValue), name: "PJSIP/101-1", state: .up)
    return at(second, .pbx([StampedEvent(event: .channelCreated(leg), at: nil)]))
  }

  func knowsAsAlive() -> Bool { machine.liveLegs[agentLeg] != nil }
}

@Suite struct `A machine with a live attempt` {
  @Test func `keeps a leg that was born while the channels were being asked for`() throws {
    var board = try Board()
    _ = board.legComesUp(at: 1)
    _ = board.at(1.2, .ariUp(channels: [], askedAt: Board.noon + .milliseconds(900)))
    #expect(board.knowsAsAlive())
    _ = board.at(1.3, .amiUp(Board.snapshot([]), askedAt: Board.noon + .milliseconds(950)))
    #expect(board.knowsAsAlive())
  }

  // Found by the simulation: another instance had handed the two over after the snapshot, and the customer was hung up
  // in his talk because he could not be handed over again.
  @Test func `takes over a talk that began after the snapshot`() throws {
    let attempt = AttemptID("01990000-0000-7000-8000-000000000001")!
    let legs = [OurLeg.Party.agent, .customer(line: 1)].map { party in
      let id = OurLeg(attempt: attempt, party: party).channel
      return ChannelSnapshot(id: id, linkedID: LinkedID(id.rawValue), name: "PJSIP/x-\(id)", state: .up)
    }
    func commands(_ effects: [SwitchboardEffect]) -> Int {
      effects.count {
        guard case .steps(_, let steps) = $0 else { return false }
        return steps.contains { if case .act(.command) = $0 { true } else { false } }
      }
    }
    #expect(
      commands(try Board(phase: .connected, channels: legs).adopted) == 1, "they wait in our application")
    let talks = try Board(
      phase: .connected, channels: legs, events: legs.map { .bridgeEntered("b1", $0) })
    #expect(commands(talks.adopted) == 0)
    #expect(talks.machine.attempts[attempt]?.machine.isTalking == true)
  }

  @Test func `has a customer called back whose name no phone could show`() throws {
    let board = try Board()
    let name = "Jo\u{1B}[2J\r\nAction: x\u{0}" + String(repeating: "y", count: 100_000)
    let job = Job(
      id: JobID("01990000-0000-7000-8000-000000000002")!, campaign: "sales",
      number: PhoneNumber(e164: "+79161234567")!, customerName: name, source: .missedCall, state: .waiting,
      reason: "", createdAt: Board.noon, firstMissedAt: Board.noon, missedCount: 1, priority: 0, owner: nil,
      dueAt: Board.noon, expiresAt: Board.noon + .seconds(60), attempts: 0, queue: nil, pbx: "pbx1",
      heldOut: false)
    let plan = try #require(
      board.machine.plan(for: job, agent: "PJSIP/101", course: .agentFirst, at: Board.noon))
    #expect(plan.agentSees.name.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 })
    #expect(plan.agentSees.name.hasPrefix("Jo"))
    #expect(plan.agentSees.name.utf8.count < 300)
  }

  // ARI is quicker than AMI now and then; what the dialplan says comes over AMI alone.
  @Test func `hears from the dialplan that a machine answered before it takes him for gone`() throws {
    let leg = OurLeg(attempt: Board.attempt, party: .customer(line: 1)).channel
    let customer = ChannelSnapshot(
      id: leg, linkedID: LinkedID(leg.rawValue), name: "PJSIP/trunk-1", state: .up)
    func story(_ events: PBXEvent...) throws -> CustomerResult? {
      var board = try Board(phase: .connected, channels: [customer], course: .message)
      _ = board.at(2, .pbx(events.map { StampedEvent(event: $0, at: nil) }))
      let record = board.machine.attempts[Board.attempt]?.machine.record
      return record?.phase == .ended ? record?.customerResult : nil
    }
    let machine = PBXEvent.userEvent(name: "PerezvonMachine", customer, fields: [:])
    let (byARI, byAMI) = (
      PBXEvent.channelDestroyed(customer, .normalClearing), PBXEvent.channelHungUp(customer, .normalClearing)
    )
    #expect(try story(byARI) == nil)
    #expect(try story(byARI, machine, byAMI) == .machine)
    #expect(try story(machine, byAMI, byARI) == .machine)
    #expect(try story(byARI, byAMI) == .answered)
  }

  @Test func `takes a leg that is missing in a later snapshot for gone`() throws {
    var board = try Board()
    _ = board.legComesUp(at: 1)
    _ = board.at(2, .amiUp(Board.snapshot([]), askedAt: Board.noon + .milliseconds(1_900)))
    #expect(!board.knowsAsAlive())
    #expect(board.machine.closedLegs == [board.agentLeg])
  }

  @Test func `whose lease ran out in the talk leaves him alone until his call is in the books`() throws {
    let legs = [OurLeg.Party.agent, .customer(line: 1)].map {
      OurLeg(attempt: Board.attempt, party: $0).channel
    }
    var board = try Board(
      phase: .connected,
      channels: legs.map { ChannelSnapshot(id: $0, linkedID: "1.1", name: "PJSIP/x-\($0)", state: .up) },
      bridge: "b")
    #expect(board.machine.attempts[Board.attempt] != nil)
    for leg in legs {
      let channel = ChannelSnapshot(id: leg, linkedID: "1.1", name: "PJSIP/x-1", state: .up)
      _ = board.at(1, .pbx([StampedEvent(event: .channelCreated(channel), at: nil)]))
    }
    _ = board.at(2, .leaseLost)
    #expect(board.machine.attempts[Board.attempt] == nil)
    #expect(board.machine.onLine[Board.number] != nil)
    let call = CallRecord(
      pbx: "pbx1", linkedID: LinkedID(legs[0].rawValue), channel: legs[1], direction: .outbound,
      startedAt: Board.noon, endedAt: Board.noon + .seconds(9), rawNumber: "", rawName: "", did: "",
      queue: nil,
      answered: true, answeredBy: "PJSIP/101", wait: .zero, talk: .seconds(8), lostAt: nil, ending: nil,
      cause: .normalClearing, membersRung: [], evidence: [], attempt: Board.attempt)
    _ = board.at(10, .settled(call, .number(Board.number, kind: .mobile), nil))
    #expect(board.machine.onLine[Board.number] == nil)
  }

  @Test func `names a trunk after three silent callbacks in a row`() throws {
    var board = try Board()
    func end(_ silent: SilentSide?, _ trunk: String = "PJSIP/trunk") -> AttemptEnd {
      var record = AttemptRecord(
        id: Board.attempt, job: JobID("01990000-0000-7000-8000-000000000002")!, campaign: "sales",
        pbx: "pbx1", n: 1,
        number: PhoneNumber(e164: "+79161234567")!, agent: "PJSIP/101", queue: "sales", phase: .ended,
        fence: 1,
        pbxStartedAt: Board.bootedAt, startedAt: Board.noon, deadline: Board.noon + .seconds(300))
      record.outcome = silent == nil ? .conversation : .noConversation
      return AttemptEnd(
        record: record, next: .retry(.congestion), charged: false, silent: silent, trunk: trunk, sentence: "")
    }
    func told() -> [String] {
      board.machine.out.compactMap { if case .notice("trunk", let sentence) = $0 { sentence } else { nil } }
    }
    // A phone of ours is no trunk, another trunk is another, and a conversation clears it.
    for silent in [SilentSide.customer, .agent, .both, nil, .customer, .both] {
      board.machine.countSilence(end(silent))
    }
    board.machine.countSilence(end(.customer, "PJSIP/other"))
    #expect(told().isEmpty)
    board.machine.countSilence(end(.customer))
    #expect(told().count == 1)
    #expect(told().first?.hasPrefix("3 callbacks in a row over PJSIP/trunk of pbx1 were connected") == true)
    board.machine.countSilence(end(.customer))
    #expect(told().count == 1)
  }
}
