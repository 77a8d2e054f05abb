import CallPolicy
import Dialer
import Store
import Telephony
import Testing

@testable import Service

/// A board whose only campaign is of one mode, with agents in one queue and a list of jobs.
struct CampaignBoard {
  var machine: SwitchboardMachine
  var now = Timestamp(seconds: 1_800_000_000)
  var claimed: [AttemptRecord] = []
  var effects: [SwitchboardEffect] = []

  init(
    _ mode: CampaignMode = .predictive, agents: Int, jobs: Int, fewestAgents: Int = 1, fewestAnswers: Int = 0,
    lines: Int = 1
  ) throws {
    let text = """
      database: {url: "postgresql://nowhere"}
      pbx:
        - name: pbx1
          ami: {username: perezvon, secret: hush}
          ari: {username: perezvon, password: hush}
          inbound_contexts: [from-trunk]
          dial: PJSIP/{number}@trunk
          max_dials_per_second: 50
      numbers: {region: RU, allow: ["+7"]}
      campaigns: [{name: sales, queues: [sales], agents: {queue: sales}}]
      """
    let read = try Settings.read(yaml: text, fileName: "test", environment: [:]) { _ in
      .failure(.init(sentence: "none"))
    }
    var policy = read.policy
    policy.campaigns[0].mode = mode
    policy.campaigns[0].linesPerAgent = lines
    var settings = SwitchboardSettings(read, pbx: read.pbxs[0])
    settings.policy = CallPolicy(settings: policy)
    if mode == .predictive || mode == .progressive {
      settings.pacing = [
        "sales": PacerSettings(
          mode: mode == .predictive ? .predictive : .progressive, linesPerAgent: lines,
          fewestAgents: fewestAgents, fewestAnswers: fewestAnswers)
      ]
    }
    machine = SwitchboardMachine(settings: settings, random: SplitMix64(state: 1))
    // Drops are left in the budget.
    machine.desk.restore(AnswerCounts(live: 3_000, dropped: 10), at: now, of: "sales")
    let members = (101..<(101 + agents)).map {
      QueueMember(queue: "sales", interface: MemberInterface("PJSIP/\($0)"))
    }
    let snapshot = PBXSnapshot(
      startedAt: now - .seconds(3_600), version: "22.10.1", channels: [], queues: ["sales"], members: members,
      waiting: [])
    let list = (0..<jobs).map { Self.job($0, at: now) }
    tell(.amiUp(snapshot, askedAt: now))
    tell(.ariUp(channels: [], askedAt: now))
    tell(.leaseWon(fence: 1))
    tell(.amiUp(snapshot, askedAt: now))
    tell(.liveAttempts([]))
    tell(.jobsLoaded(list))
    tell(.jobsLoaded(list))
  }

  private static func job(_ n: Int, at now: Timestamp) -> Job {
    Job(
      id: JobID(UniqueID("01940000-0000-7000-8000-0000000001\(n + 10)")!), campaign: "sales",
      number: PhoneNumber(e164: "+791612300\(n + 10)")!, customerName: "", source: .contact, state: .waiting,
      reason: "", createdAt: now, firstMissedAt: now, missedCount: 0, priority: 0, owner: nil, dueAt: now,
      expiresAt: now + .seconds(3_600), attempts: 0, queue: "sales", pbx: "pbx1", heldOut: false)
  }

  /// Every claim is granted.
  mutating func tell(_ event: SwitchboardEvent) {
    let new = machine.handle(event, at: now)
    effects += new
    for case .claim(let record, _, _) in new {
      claimed.append(record)
      tell(.claimAnswered(record.id, .result(.claimed(record))))
    }
  }

  static func channel(_ record: AttemptRecord, _ party: OurLeg.Party = .customer(line: 1)) -> ChannelSnapshot
  {
    let leg = OurLeg(attempt: record.id, party: party).channel
    return ChannelSnapshot(
      id: leg, linkedID: LinkedID(leg.rawValue), name: "PJSIP/trunk-1", state: .up, callerNumber: "",
      context: "default", exten: "s")
  }

  /// The wire tells something.
  mutating func hear(_ event: PBXEvent) { tell(.pbx([StampedEvent(event: event, at: nil)])) }

  mutating func answer(_ record: AttemptRecord, _ party: OurLeg.Party = .customer(line: 1)) {
    hear(.stasisStarted(Self.channel(record, party), application: "perezvon", arguments: []))
  }

  mutating func tick() {
    now = now + .seconds(1)
    tell(.wake)
  }

  /// Where the customers who answered were sent.
  var sentTo: [String] {
    effects.flatMap { effect -> [String] in
      guard case .steps(_, let steps) = effect else { return [] }
      return steps.compactMap {
        if case .act(.command(.sendOn, .continueInDialplan(_, let context, _, _))) = $0 {
          context
        } else {
          nil
        }
      }
    }
  }
}

@Suite struct `A predictive campaign` {
  @Test func `keeps an agent free for each dial while its statistics are thin`() throws {
    var board = try CampaignBoard(agents: 3, jobs: 8, fewestAgents: 1, fewestAnswers: 30)
    for _ in 0..<3 { board.tick() }
    #expect(board.claimed.count == 3)
    #expect(board.claimed.allSatisfy { $0.agent != nil && $0.course == .clientFirst })
  }

  @Test func `dials nobody where no agent is there`() throws {
    var board = try CampaignBoard(agents: 0, jobs: 8, fewestAgents: 0, fewestAnswers: 0)
    for _ in 0..<3 { board.tick() }
    #expect(board.claimed.isEmpty)
  }

  @Test func `goes ahead without agents kept free where it may, and sends who finds nobody to the message`()
    throws
  {
    var board = try CampaignBoard(agents: 4, jobs: 20, fewestAgents: 1, fewestAnswers: 0)
    for _ in 0..<5 { board.tick() }
    let ahead = board.claimed.filter { $0.agent == nil }
    try #require(ahead.count > 4)
    for record in ahead.prefix(4) { board.answer(record) }
    #expect(board.sentTo == Array(repeating: "perezvon-connect", count: 4))
    board.answer(ahead[4])
    #expect(board.sentTo.last == "perezvon-dropped")
  }
}
