import CallPolicy
import Dialer
import Telephony
import Testing

@testable import Service

/// A switchboard's machine that has taken over one live attempt, whose agent's phone rings.
private struct Board {
  static let noon = Timestamp(seconds: 1_795_363_200)
  static let bootedAt = noon - .seconds(9_000)
  let attempt = AttemptID("01990000-0000-7000-8000-000000000001")!
  var machine: SwitchboardMachine
  var agentLeg: ChannelID { OurLeg(attempt: attempt, party: .agent).channel }

  /// What followed from taking it over.
  let adopted: [SwitchboardEffect]

  /// The channels of a snapshot, and what events told after it.
  init(
    phase: AttemptRecord.Phase = .agent, channels: [ChannelSnapshot] = [], events: [PBXEvent] = []
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
    let record = AttemptRecord(
      id: attempt, job: job, campaign: "sales", pbx: "pbx1", n: 1, number: PhoneNumber(e164: "+79161234567")!,
      agent: "PJSIP/101", queue: "sales", phase: phase, fence: 1, pbxStartedAt: Self.bootedAt,
      startedAt: Self.noon, deadline: Self.noon + .seconds(300))
    _ = machine.handle(.leaseWon(fence: 1), at: Self.noon)
    _ = machine.handle(.amiUp(Self.snapshot(channels), askedAt: Self.noon), at: Self.noon)
    _ = machine.handle(.pbx(events.map { StampedEvent(event: $0, at: nil) }), at: Self.noon)
    _ = machine.handle(.ariUp(channels: [], askedAt: Self.noon), at: Self.noon)
    adopted = machine.handle(.liveAttempts([AdoptableAttempt(record: record, job: nil)]), at: Self.noon)
  }

  static func snapshot(_ channels: [ChannelSnapshot]) -> PBXSnapshot {
    PBXSnapshot(
      startedAt: bootedAt, version: "Asterisk 22.10.1",
      channels: channels.map { .init(channel: $0, bridge: nil, application: "Stasis", age: .zero) },
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
    let plan = try #require(board.machine.plan(for: job, agent: "PJSIP/101", at: Board.noon))
    #expect(plan.agentSees.name.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 })
    #expect(plan.agentSees.name.hasPrefix("Jo"))
    #expect(plan.agentSees.name.utf8.count < 300)
  }

  @Test func `takes a leg that is missing in a later snapshot for gone`() throws {
    var board = try Board()
    _ = board.legComesUp(at: 1)
    _ = board.at(2, .amiUp(Board.snapshot([]), askedAt: Board.noon + .milliseconds(1_900)))
    #expect(!board.knowsAsAlive())
    #expect(board.machine.closedLegs == [board.agentLeg])
  }
}
