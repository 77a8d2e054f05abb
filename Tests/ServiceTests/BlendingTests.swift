import CallPolicy
import CallTracking
import Dialer
import Store
import Telephony
import Testing

@testable import Service

@Suite struct `A switchboard that blends` {
  private static let now = Timestamp(seconds: 1_800_000_000)

  private static func machine(
    _ blend: String, more: String = ""
  ) throws -> SwitchboardMachine {
    let text = """
      database: {url: "postgresql://nowhere"}
      pbx:
        - name: pbx1
          ami: {username: perezvon, secret: hush}
          ari: {username: perezvon, password: hush}
          inbound_contexts: [from-trunk]
          dial: PJSIP/{number}@trunk
      numbers: {region: RU, allow: ["+7"]}
      campaigns: [{name: sales, queues: [sales], agents: {queue: sales}, blend: \(blend)\(more)}]
      """
    let settings = try Settings.read(yaml: text, fileName: "test", environment: [:]) { _ in
      .failure(.init(sentence: "none"))
    }
    return SwitchboardMachine(
      settings: SwitchboardSettings(settings, pbx: settings.pbxs[0]), random: SplitMix64(state: 1))
  }

  private static func job(_ n: Int) -> Job {
    Job(
      id: JobID(UniqueID(high: 3, low: UInt64(n))), campaign: "sales",
      number: PhoneNumber(e164: "+7916\(1_000_000 + n)")!, customerName: "", source: .missedCall,
      state: .waiting, reason: "", createdAt: now, firstMissedAt: now - .seconds(7_200), missedCount: 1,
      priority: 0, owner: nil, dueAt: now, expiresAt: now + .seconds(3_600), attempts: 0, queue: "sales",
      pbx: "pbx1", heldOut: false)
  }

  /// Two free agents, three callbacks of callers who came long before whoever waits.
  private static func effects(
    blend: String, waiting: [PBXSnapshot.WaitingCaller] = [],
    before: (inout SwitchboardMachine) -> Void = { _ in }
  ) throws -> [SwitchboardEffect] {
    var machine = try machine(blend)
    let snapshot = PBXSnapshot(
      startedAt: now - .seconds(3_600), version: "22.10.1", channels: [], queues: ["sales"],
      members: ["PJSIP/101", "PJSIP/102"].map {
        QueueMember(queue: "sales", interface: $0, status: .notInUse)
      }, waiting: waiting)
    _ = machine.handle(.amiUp(snapshot, askedAt: now), at: now)
    _ = machine.handle(.ariUp(channels: [], askedAt: now), at: now)
    _ = machine.handle(.leaseWon(fence: 1), at: now)
    _ = machine.handle(.amiUp(snapshot, askedAt: now), at: now)
    _ = machine.handle(.liveAttempts([]), at: now)
    before(&machine)
    var effects = machine.handle(.jobsLoaded((1...3).map(job)), at: now)
    // What was asked for meanwhile.
    effects += machine.handle(.jobsLoaded((1...3).map(job)), at: now)
    return effects
  }

  private static func claims(_ effects: [SwitchboardEffect]) -> Int {
    effects.count { if case .claim = $0 { true } else { false } }
  }

  private static func told(_ effects: [SwitchboardEffect], _ words: String) -> Bool {
    effects.contains { if case .notice(_, let sentence) = $0 { sentence.contains(words) } else { false } }
  }

  private static let caller = PBXSnapshot.WaitingCaller(
    queue: "sales", channel: "1.1", channelName: "PJSIP/trunk-1", position: 1, wait: .seconds(30),
    callerNumber: "89161234567", callerName: "")

  private static func stay(_ result: QueueEntryRecord.Result, wait: Int) -> QueueEntryRecord {
    QueueEntryRecord(
      pbx: "pbx1", linkedID: "1.2", channel: "1.2", join: 1, queue: "sales",
      joinedAt: now - .seconds(60 + wait),
      leftAt: now - .seconds(60), result: result, member: nil, position: 1)
  }

  @Test func `leaves free agents to callers`() throws {
    #expect(Self.claims(try Self.effects(blend: "{}")) == 2)
    let one = try Self.effects(blend: "{keep_free: 1}")
    #expect(Self.claims(one) == 1)
    #expect(Self.told(one, "1 free agents of the queue sales are left to callers"))
  }

  @Test func `dials for nobody while a caller waits, and for all once he is served`() throws {
    let held = try Self.effects(blend: "{}", waiting: [Self.caller])
    #expect(Self.claims(held) == 0 && Self.told(held, "Callers wait in the queue sales, and go first"))
    #expect(Self.claims(try Self.effects(blend: "{max_callers_waiting: 1}", waiting: [Self.caller])) == 2)
  }

  @Test func `dials for nobody while callers were served badly`() throws {
    let blend = "{min_service_level: 60%}"
    let badly = try Self.effects(blend: blend) { machine in
      machine.noteServiceLevel(Self.stay(.answered, wait: 5))
      machine.noteServiceLevel(Self.stay(.abandoned, wait: 40))
    }
    #expect(Self.claims(badly) == 0 && Self.told(badly, "under 60 % in the last 30 minutes"))
    let well = try Self.effects(blend: blend) { machine in
      machine.noteServiceLevel(Self.stay(.answered, wait: 5))
      machine.noteServiceLevel(Self.stay(.answered, wait: 15))
      machine.noteServiceLevel(Self.stay(.abandoned, wait: 40))
    }
    #expect(Self.claims(well) == 2)
    #expect(Self.claims(try Self.effects(blend: blend)) == 2, "nobody called: nothing to go by")
  }

  private static let ahead = ", mode: predictive, legal: us, drop_message: custom/sorry"

  @Test func `goes on with the answers of the books, once`() throws {
    var machine = try Self.machine("{}", more: Self.ahead)
    let steps = [
      AnswerCountsStep(
        campaign: "sales", at: Self.now - .seconds(90_000), counts: AnswerCounts(live: 100, dropped: 2)),
      AnswerCountsStep(
        campaign: "sales", at: Self.now - .seconds(60), counts: AnswerCounts(live: 10, machines: 3)),
    ]
    _ = machine.handle(.answersCounted(steps), at: Self.now)
    _ = machine.handle(.answersCounted(steps), at: Self.now)
    #expect(machine.desk.budget("sales")?.lastMonth == AnswerCounts(live: 110, dropped: 2, machines: 3))
    #expect(machine.desk.budget("sales")?.lastDay == AnswerCounts(live: 10, machines: 3))
  }

  @Test func `tells the dialplan what the dropped hear, and how long they wait`() throws {
    let ahead = try Self.machine("{}", more: Self.ahead)
    let campaign = try #require(ahead.settings.policy.settings.campaign(named: "sales"))
    let told = ahead.variables(of: Self.job(1), agent: nil, .clientFirst, campaign)
    #expect(told["PEREZVON_SOUND"] == "custom/sorry" && told["PEREZVON_LIMIT"] == "2")
    let client = try Self.machine("{}", more: ", mode: client_first, connect: {context: c, wait: 90s}")
    let other = try #require(client.settings.policy.settings.campaign(named: "sales"))
    let waits = client.variables(of: Self.job(1), agent: nil, .clientFirst, other)
    #expect(waits["PEREZVON_SOUND"] == nil && waits["PEREZVON_LIMIT"] == "90")
  }

  @Test func `does not count its own customers among the callers`() throws {
    var machine = try Self.machine("{min_service_level: 60%}")
    var own = Self.stay(.abandoned, wait: 40)
    own.channel = OurLeg(attempt: AttemptID(UniqueID(high: 1, low: 1)), party: .customer(line: 1)).channel
    machine.noteServiceLevel(own)
    #expect(machine.serviceLevels.level(of: "sales", at: Self.now) == nil)
  }
}

@Suite struct `The pacing of a campaign` {
  @Test func `has the figures of its settings and its law`() throws {
    var campaign = CampaignPolicy(name: "winback")
    #expect(PacerSettings(campaign, dialLimit: 30) == nil, "agent first needs none")
    campaign.mode = .predictive
    campaign.maxDropRate = 0.05
    campaign.outbound.fewestAgents = 5
    campaign.outbound.fewestAnswers = 100
    let plain = try #require(PacerSettings(campaign, dialLimit: 30))
    #expect(
      plain
        == PacerSettings(
          mode: .predictive, maxDropRate: 0.05, minimumRing: .seconds(15), patience: .seconds(2),
          fewestAgents: 5,
          fewestAnswers: 100, dialLimit: 30))
    campaign.outbound.legal = .unitedStates
    #expect(PacerSettings(campaign, dialLimit: 30)?.maxDropRate == 0.03, "no more than the law")
    campaign.mode = .progressive
    campaign.linesPerAgent = 3
    #expect(PacerSettings(campaign, dialLimit: 30)?.linesPerAgent == 3)
  }
}
