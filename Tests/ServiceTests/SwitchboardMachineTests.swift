import CallPolicy
import Dialer
import Telephony
import Testing

@testable import Service

/// What the simulation found in the machine of a switchboard.
@Suite struct `The machine of a switchboard` {
  private static let now = Timestamp(seconds: 1_800_000_000)
  private static let number = PhoneNumber(e164: "+79161234567")!

  private static func machine() throws -> SwitchboardMachine {
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
    return SwitchboardMachine(
      settings: SwitchboardSettings(settings, pbx: settings.pbxs[0]), random: SplitMix64(state: 1))
  }

  private static func snapshot(_ channels: [ChannelSnapshot]) -> PBXSnapshot {
    PBXSnapshot(
      startedAt: now - .seconds(3_600), version: "22.10.1",
      channels: channels.map {
        PBXSnapshot.LiveChannel(channel: $0, bridge: "b1", application: "ConfBridge", age: .seconds(60))
      }, queues: ["sales"], members: [QueueMember(queue: "sales", interface: "PJSIP/101", paused: true)],
      waiting: [])
  }

  private static var job: Job {
    Job(
      id: JobID("01940000-0000-7000-8000-000000000002")!, campaign: "sales", number: number,
      customerName: "", source: .missedCall, state: .waiting, reason: "", createdAt: now,
      firstMissedAt: now, missedCount: 1, priority: 0, owner: nil, dueAt: now,
      expiresAt: now + .seconds(3_600), attempts: 0, queue: "sales", pbx: "pbx1", heldOut: false)
  }

  /// Up, with the lease, and with one job for which no agent is free.
  private static func dialling() throws -> SwitchboardMachine {
    var machine = try machine()
    _ = machine.handle(.amiUp(snapshot([]), askedAt: now), at: now)
    _ = machine.handle(.ariUp(channels: [], askedAt: now), at: now)
    _ = machine.handle(.leaseWon(fence: 1), at: now)
    _ = machine.handle(.amiUp(snapshot([]), askedAt: now), at: now)
    _ = machine.handle(.liveAttempts([]), at: now)
    _ = machine.handle(.jobsLoaded([job]), at: now)
    // What was asked for meanwhile.
    _ = machine.handle(.jobsLoaded([job]), at: now)
    return machine
  }

  private static func wake(_ effects: [SwitchboardEffect]) -> Timestamp? {
    effects.compactMap { if case .wake(let at) = $0 { at } else { nil } }.min()
  }

  @Test func `does not storm a database that refuses at once`() throws {
    var machine = try Self.dialling()
    let later = Self.now + SwitchboardSettings.jobsRefresh
    #expect(machine.handle(.wake, at: later).contains(.loadJobs))
    let effects = machine.handle(.jobsNotLoaded, at: later)
    #expect(!effects.contains(.loadJobs), "asks again in the same moment")
    #expect(Self.wake(effects) == later + SwitchboardSettings.jobsRetry)
    #expect(machine.handle(.wake, at: later + SwitchboardSettings.jobsRetry).contains(.loadJobs))
  }

  @Test func `reads the jobs of a campaign in the moment it starts`() throws {
    var machine = try Self.dialling()
    let start = Self.now + .seconds(5)
    let run = CampaignRun(campaign: "sales", state: .running, startsAt: start, changedAt: Self.now)
    #expect(Self.wake(machine.handle(.campaignsLoaded([run]), at: Self.now)) == start)
    #expect(!machine.handle(.wake, at: start - .milliseconds(1)).contains(.loadJobs))
    #expect(machine.handle(.wake, at: start).contains(.loadJobs))
    let effects = machine.handle(.jobsLoaded([Self.job]), at: start)
    #expect(!effects.contains(.loadJobs) && Self.wake(effects) ?? start > start)
  }

  @Test func `does not wake for a rest that is over`() throws {
    var machine = try Self.dialling()
    machine.resting[Self.job.id] = Self.now + .seconds(2)
    let later = Self.now + .seconds(3)
    let wake = try #require(Self.wake(machine.handle(.wake, at: later)))
    #expect(wake > later, "it would run in a circle until the jobs are read again")
  }

  @Test func `leaves alone who is on a line when it comes to look, however he came there`() throws {
    var machine = try Self.dialling()
    let talking = ChannelSnapshot(
      id: "1.1", linkedID: "1.1", name: "PJSIP/trunk-1", state: .up, callerNumber: "89161234567",
      context: "queue-sales", exten: "s")
    _ = machine.handle(.amiUp(Self.snapshot([talking]), askedAt: Self.now), at: Self.now)
    #expect(machine.onLine[Self.number] != nil)
    let hungUp = StampedEvent(event: .channelHungUp(talking, .normalClearing), at: nil)
    _ = machine.handle(.pbx([hungUp]), at: Self.now + .seconds(5))
    #expect(machine.onLine[Self.number] == nil)
    _ = machine.handle(.amiUp(Self.snapshot([talking]), askedAt: Self.now), at: Self.now + .seconds(6))
    _ = machine.handle(.amiUp(Self.snapshot([]), askedAt: Self.now), at: Self.now + .seconds(7))
    #expect(machine.onLine[Self.number] == nil, "his end was not seen")
  }

  @Test func `matches jobs with agents anew only where something changed for them`() throws {
    var machine = try Self.dialling()
    func tell(_ event: PBXEvent, after seconds: Int) -> [SwitchboardEffect] {
      machine.handle(.pbx([StampedEvent(event: event, at: nil)]), at: Self.now + .seconds(seconds))
    }
    var member = QueueMember(queue: "sales", interface: "PJSIP/101", paused: true)
    _ = tell(.memberStatus(member), after: 1)
    let before = machine.rounds
    for _ in 1...100 { _ = tell(.memberStatus(member), after: 1) }
    #expect(machine.rounds == before, "nothing changed")

    member.paused = false
    let effects = tell(.memberPaused(member), after: 2)
    #expect(machine.rounds == before + 1)
    let claims = effects.contains { if case .claim = $0 { true } else { false } }
    #expect(claims, "the agent is free now, and a callback waits")
  }
}
