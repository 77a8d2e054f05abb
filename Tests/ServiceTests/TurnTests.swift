import CallPolicy
import CallTracking
import Dialer
import Telephony
import Testing

@testable import Service

/// The turn of a customer who gave up his place in a queue for a callback: neither before those who waited longer nor
/// after those who came later.
@Suite struct `The turn of a callback that was asked for` {
  private static let now = Timestamp(seconds: 1_800_000_000)
  private static let number = PhoneNumber(e164: "+79161234567")!
  private static let agent: MemberInterface = "PJSIP/101"

  private static func member(_ status: MemberStatus, paused reason: String? = nil) -> QueueMember {
    QueueMember(
      queue: "sales", interface: agent, status: status, paused: reason != nil, pausedReason: reason ?? "",
      inCall: status != .notInUse)
  }

  private static func job(arrived: Duration, source: JobSource = .requested) -> Job {
    Job(
      id: JobID("01940000-0000-7000-8000-000000000002")!, campaign: "sales", number: number,
      customerName: "", source: source, state: .waiting, reason: "", createdAt: now,
      firstMissedAt: now + arrived, missedCount: 0, priority: 0, owner: nil, dueAt: now,
      expiresAt: now + .seconds(3_600), attempts: 0, queue: "sales", pbx: "pbx1", heldOut: false)
  }

  /// The only agent talks, a caller waits since `now`, and the callback is due.
  private static func stage(_ job: Job) throws -> (machine: SwitchboardMachine, effects: [SwitchboardEffect])
  {
    let text = """
      database: {url: "postgresql://nowhere"}
      pbx:
        - name: pbx1
          ami: {username: perezvon, secret: hush}
          ari: {username: perezvon, password: hush}
          inbound_contexts: [from-trunk]
          dial: PJSIP/{number}@trunk
      numbers: {region: RU, allow: ["+7"]}
      campaigns: [{name: sales, queues: [sales], agents: {queue: sales}}]
      """
    let settings = try Settings.read(yaml: text, fileName: "test", environment: [:]) { _ in
      .failure(.init(sentence: "none"))
    }
    var machine = SwitchboardMachine(
      settings: SwitchboardSettings(settings, pbx: settings.pbxs[0]), random: SplitMix64(state: 1))
    let snapshot = PBXSnapshot(
      startedAt: now - .seconds(3_600), version: "22.10.1", channels: [], queues: ["sales"],
      members: [member(.inUse)], waiting: [])
    _ = machine.handle(.amiUp(snapshot, askedAt: now), at: now)
    _ = machine.handle(.ariUp(channels: [], askedAt: now), at: now)
    _ = machine.handle(.leaseWon(fence: 1), at: now)
    _ = machine.handle(.amiUp(snapshot, askedAt: now), at: now)
    _ = machine.handle(.liveAttempts([]), at: now)
    let caller = ChannelSnapshot(
      id: "9.1", linkedID: "9.1", name: "PJSIP/trunk-9", state: .up, callerNumber: "89169999999",
      context: "from-trunk", exten: "s")
    for event in [PBXEvent.channelCreated(caller), .queueJoined(caller, "sales", position: 1)] {
      _ = machine.handle(.pbx([StampedEvent(event: event, at: nil)]), at: now)
    }
    _ = machine.handle(.jobsLoaded([job]), at: now + .seconds(1))
    let effects = machine.handle(.jobsLoaded([job]), at: now + .seconds(1))
    return (machine, effects)
  }

  private static func pauses(_ effects: [SwitchboardEffect]) -> [Bool] {
    effects.compactMap {
      if case .command(.pauseMember(agent, nil, let paused, _)) = $0 { paused } else { nil }
    }
  }

  private static func tell(
    _ machine: inout SwitchboardMachine, _ event: PBXEvent, after seconds: Int
  ) -> [SwitchboardEffect] {
    machine.handle(.pbx([StampedEvent(event: event, at: nil)]), at: now + .seconds(seconds))
  }

  @Test func `keeps the next agent from a caller who came later, and rings him for the callback`() throws {
    var (machine, _) = try Self.stage(Self.job(arrived: .seconds(-60)))
    #expect(machine.turnHolds == [Self.agent: "sales"])
    _ = Self.tell(
      &machine, .memberPaused(Self.member(.inUse, paused: SwitchboardMachine.turnReason)), after: 2)
    // The reconciler does not take it for a pause that was left behind.
    #expect(Self.pauses(machine.handle(.wake, at: Self.now + .seconds(40))) == [])
    let effects = Self.tell(
      &machine, .memberStatus(Self.member(.notInUse, paused: SwitchboardMachine.turnReason)), after: 50)
    let claimed = effects.compactMap { if case .claim(let record, _, _) = $0 { record } else { nil } }
    #expect(claimed.map(\.agent) == [Self.agent])
    #expect(claimed.first?.pausedReasonFound == "", "our own pause is not put back after the callback")
    #expect(machine.turnHolds.isEmpty || Self.pauses(effects) == [], "he is the attempt's now")
  }

  @Test func `leaves the agent to a caller who has waited longer`() throws {
    let (machine, effects) = try Self.stage(Self.job(arrived: .seconds(60)))
    #expect(machine.turnHolds.isEmpty)
    #expect(Self.pauses(effects) == [])
  }

  @Test func `is kept for who gave up a place, not for a missed call`() throws {
    let (machine, _) = try Self.stage(Self.job(arrived: .seconds(-60), source: .missedCall))
    #expect(machine.turnHolds.isEmpty)
  }

  @Test func `lets go of the agent when nothing is owed any more, or the service stops`() throws {
    var (machine, _) = try Self.stage(Self.job(arrived: .seconds(-60)))
    let effects = machine.handle(.jobsLoaded([]), at: Self.now + .seconds(2))
    #expect(machine.turnHolds.isEmpty)
    #expect(Self.pauses(effects) == [false])
    (machine, _) = try Self.stage(Self.job(arrived: .seconds(-60)))
    #expect(Self.pauses(machine.handle(.stopping, at: Self.now + .seconds(2))) == [false])
  }
}
