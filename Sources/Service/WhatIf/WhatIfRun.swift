import CallPolicy
import CallTracking
import Dialer
import Store
import Telephony

/// The recorded calls of some days under one policy, in virtual time. The decisions are those of the running service
/// (`CallPolicy`, `DispatchBoard`); customers and agents are simulated by `WhatIfAssumptions` and `RecordedAgents`.
///
/// Chance depends on the number and the dial alone, so two policies meet the same customers: what differs between two
/// runs differs because of the policy.
struct WhatIfRun {
  /// A callback that goes on.
  struct Live {
    var job: Job
    var agent: MemberInterface
    var endsAt: Timestamp
    var end: AttemptReport
  }

  let policy: CallPolicy
  let recording: Recording
  let agents: RecordedAgents
  let assumptions: WhatIfAssumptions
  let dispatch: [CampaignName: DispatchCampaign]
  let coolDown: [CampaignName: Duration]
  let limits: [PBXName: DispatchBoard.Limits]
  let end: Timestamp

  var result = WhatIfResult()
  private var boards: [PBXName: DispatchBoard] = [:]
  private var waiting: [JobID: Job] = [:]
  private var live: [Live] = []
  private var held: [MemberInterface: Timestamp] = [:]
  private var cooling: [MemberInterface: Timestamp] = [:]
  private var talks: [String: (endedAt: Timestamp, with: String?)] = [:]
  private var dialed: [PhoneNumber: [Timestamp]] = [:]
  private var dialedOf: [PBXName: [Timestamp]] = [:]
  private var lost: [String: [(number: String, at: Timestamp)]] = [:]
  private var moments = DeadlineHeap<Void>()
  private var nextCall = 0
  private var nextStay = 0
  private var callers: [Recording.Stay] = []
  private var onLine: [PhoneNumber: Timestamp] = [:]
  private var starts: [(at: Timestamp, number: PhoneNumber, endsAt: Timestamp)] = []
  private var nextStart = 0
  private var jobsMade: UInt64 = 0

  init(
    settings: Settings, recording: Recording, agents: RecordedAgents, assumptions: WhatIfAssumptions,
    end: Timestamp
  ) {
    self.recording = recording
    self.agents = agents
    self.assumptions = assumptions
    self.end = end
    var policy = settings.policy
    // Every way of dialling is taken as agent first, observing too: the question is whom it would call.
    for index in policy.campaigns.indices where policy.campaigns[index].kind == .callback {
      policy.campaigns[index].mode = .agentFirst
    }
    self.policy = CallPolicy(settings: policy)
    var dispatch: [CampaignName: DispatchCampaign] = [:]
    for campaign in policy.campaigns {
      guard let queue = settings.dialing(of: campaign.name)?.agentQueue ?? campaign.agents.queue else {
        continue
      }
      let strategy: AgentChoice.Strategy =
        switch campaign.agents.choose {
        case .longestIdle: .longestIdle
        case .fewestCalls: .fewestCalls
        case .lowestPenalty: .penalty
        }
      dispatch[campaign.name] = DispatchCampaign(
        name: campaign.name, queue: queue,
        choice: AgentChoice(strategy: strategy, stickyWait: campaign.agents.stickyWait),
        keepsFree: campaign.outbound.blend?.keepFree ?? 0)
    }
    self.dispatch = dispatch
    coolDown = Dictionary(settings.dialing.map { ($0.name, $0.coolDown) }) { first, _ in first }
    limits = Dictionary(
      settings.pbxs.map { pbx in
        let limits = DispatchBoard.Limits(
          maxConcurrentDials: pbx.maxConcurrentDials, maxDialsPerSecond: pbx.maxDialsPerSecond,
          maxDialsPerHour: settings.policy.numbers.perHour)
        return (pbx.name, limits)
      }
    ) { first, _ in first }
  }

  /// To the last call, and on until nothing is owed any more or `end` has come.
  mutating func run() {
    for call in recording.calls {
      moments.insert((), at: call.record.endedAt)
      if let number = call.caller.e164 {
        starts.append((call.record.startedAt, number, call.record.endedAt))
      }
    }
    starts.sort { $0.at < $1.at }
    for stay in recording.stays {
      moments.insert((), at: stay.joinedAt)
      moments.insert((), at: stay.leftAt)
    }
    for arrival in agents.arrivals { moments.insert((), at: arrival) }
    while let now = nextMoment(), now < end { step(at: now) }
    result.open = waiting.count + live.count
    for job in waiting.values { result.close(job, as: .waiting) }
    for attempt in live { result.close(attempt.job, as: .working) }
  }

  /// When something may change next; each moment comes once.
  private mutating func nextMoment() -> Timestamp? {
    guard let next = moments.first else { return nil }
    while moments.popDue(at: next) != nil {}
    return next
  }

  private mutating func step(at now: Timestamp) {
    while nextStart < starts.count, starts[nextStart].at <= now {
      let start = starts[nextStart]
      onLine[start.number] = max(onLine[start.number] ?? start.endsAt, start.endsAt)
      nextStart += 1
    }
    while nextStay < recording.stays.count, recording.stays[nextStay].joinedAt <= now {
      callers.append(recording.stays[nextStay])
      nextStay += 1
    }
    callers.removeAll { $0.leftAt <= now }
    while nextCall < recording.calls.count, recording.calls[nextCall].record.endedAt <= now {
      take(recording.calls[nextCall], at: now)
      nextCall += 1
    }
    finishAttempts(at: now)
    dial(at: now)
  }

  // MARK: Calls

  private mutating func take(_ call: Recording.Call, at now: Timestamp) {
    let record = call.record
    let range = Self.range(of: call.caller)
    let verdict = policy.decide(
      call: record, caller: call.caller, history: history(of: call.caller, range, at: now), now: now,
      newJobID: newJobID(at: now), holdOutDraw: Self.draw(record.linkedID.rawValue, 0, "hold_out"))
    if record.missed {
      result.missed += 1
      if verdict.short { result.short += 1 }
      if let reason = verdict.noJobReason { result.withoutJob[reason, default: 0] += 1 }
      if let range, let number = call.caller.shown { lost[range, default: []].append((number, now)) }
    }
    if record.answered, let number = call.caller.shown { talks[number] = (record.endedAt, record.answeredBy) }
    for change in verdict.changes { apply(change, at: now) }
  }

  private func history(of caller: CallerNumber, _ range: String?, at now: Timestamp) -> NumberHistory {
    guard let number = caller.shown else { return NumberHistory() }
    let open =
      waiting.values.filter { $0.number.e164 == number } + live.map(\.job).filter { $0.number.e164 == number }
    let recent =
      range.flatMap { lost[$0] }?.filter { $0.at > now - .seconds(3_600) && $0.number != number } ?? []
    let talk = talks[number]
    return NumberHistory(
      openJobs: open.sorted { $0.createdAt < $1.createdAt }, lastTalkEndedAt: talk?.endedAt,
      lastTalkedWith: talk?.with,
      dialsLastDay: dials(to: caller.e164, since: now - .seconds(86_400)),
      rangeCallersLastHour: Set(recent.map(\.number)).count)
  }

  /// All but the last four digits.
  private static func range(of caller: CallerNumber) -> String? {
    caller.e164.map { "\($0.e164.utf8.count):\($0.e164.dropLast(4))" }
  }

  private func dials(to number: PhoneNumber?, since: Timestamp) -> Int {
    number.flatMap { dialed[$0] }?.count { $0 > since } ?? 0
  }

  // MARK: Jobs

  private mutating func newJobID(at now: Timestamp) -> JobID {
    jobsMade += 1
    return JobID(
      UniqueID(high: UInt64(max(0, now.microseconds / 1_000)) << 16 | 0x7000, low: 0x8000 << 48 | jobsMade))
  }

  private mutating func apply(_ change: JobChange, at now: Timestamp) {
    switch change {
    case .create(let job):
      waiting[job.id] = job
      result.owe(job)
      moments.insert((), at: max(job.dueAt, now))
      moments.insert((), at: job.expiresAt)
    case .countUp(let id, _): waiting[id]?.missedCount += 1
    case .retry(let id, let dueAt, let attempts, let owner, let reason):
      waiting[id]?.dueAt = dueAt
      waiting[id]?.attempts = attempts
      waiting[id]?.owner = owner
      waiting[id]?.reason = reason
      moments.insert((), at: dueAt)
    case .postpone(let id, let dueAt, let reason):
      waiting[id]?.dueAt = dueAt
      waiting[id]?.reason = reason
      moments.insert((), at: dueAt)
    case .close(let id, let state, _):
      if let job = waiting.removeValue(forKey: id) { result.close(job, as: state) }
      // He talks to somebody else while we ring him: the attempt ends without a result.
      if let index = live.firstIndex(where: { $0.job.id == id }) {
        let attempt = live.remove(at: index)
        held[attempt.agent] = now
        result.close(attempt.job, as: state)
      }
    case .dialNext: break  // Of contacts of a list, which no call makes.
    }
  }

  // MARK: Dials

  private mutating func dial(at now: Timestamp) {
    var due: [PBXName: [DueJob]] = [:]
    for job in waiting.values.filter({ $0.dueAt <= now || $0.expiresAt <= now }).sorted(by: { $0.id < $1.id })
    {
      let conditions = DialConditions(
        onLine: (onLine[job.number] ?? now) > now || live.contains { $0.job.number == job.number },
        dialsLastDay: dials(to: job.number, since: now - .seconds(86_400)),
        dialsLastHour: dialedOf[job.pbx]?.count { $0 > now - .seconds(3_600) } ?? 0)
      let permission = policy.mayDial(job: job, now: now, conditions: conditions)
      if permission == .yes {
        due[job.pbx, default: []].append(
          DueJob(
            id: job.id, campaign: job.campaign, number: job.number, priority: job.priority,
            firstMissedAt: job.firstMissedAt, dueAt: job.dueAt, owner: job.owner))
      } else if let outcome = permission.outcome(for: job, now: now) {
        apply(outcome.change, at: now)
      }
    }
    for (pbx, jobs) in due.sorted(by: { $0.key < $1.key }) { round(pbx, jobs, at: now) }
  }

  private mutating func round(_ pbx: PBXName, _ jobs: [DueJob], at now: Timestamp) {
    var board = boards[pbx] ?? DispatchBoard(limits: limits[pbx] ?? DispatchBoard.Limits())
    let floor = DispatchFloor(
      seats: agents.seats(of: pbx, at: now, held: held, cooling: cooling),
      callers: callers.filter { $0.pbx == pbx }.map { .init(queue: $0.queue, joinedAt: $0.joinedAt) },
      numbersInAttempt: Set(live.map(\.job.number)), liveAttempts: live.count { $0.job.pbx == pbx },
      dialsLastHour: dialedOf[pbx]?.count { $0 > now - .seconds(3_600) } ?? 0)
    let round = board.round(jobs, campaigns: dispatch, floor: floor, at: now)
    boards[pbx] = board
    for claim in round.claims {
      guard let agent = claim.agent?.seat.interface, let job = waiting.removeValue(forKey: claim.job.id)
      else {
        continue
      }
      begin(job, agent, at: now)
    }
    if let change = round.nextChange { moments.insert((), at: change) }
  }

  private mutating func begin(_ job: Job, _ agent: MemberInterface, at now: Timestamp) {
    let campaign = policy.settings.campaign(named: job.campaign) ?? CampaignPolicy(name: job.campaign)
    let n = (result.customers[job.number.e164]?.rings ?? 0) + 1
    result.customers[job.number.e164, default: .init()].rings = n
    guard Self.draw(job.number.e164, n, "agent") < assumptions.agentAnswers else {
      let report = AttemptReport(
        outcome: .agentMissed, customerResult: .none, attempts: job.attempts, charged: false,
        agentFailed: true,
        agent: agent)
      return hold(job, agent, for: campaign.agents.ring, report, cools: true, wrapUp: .zero, at: now)
    }
    let ringAt = now + assumptions.agentRing
    dialed[job.number, default: []].append(ringAt)
    dialedOf[job.pbx, default: []].append(ringAt)
    result.dial(job, at: ringAt)
    let customer = assumptions.result(Self.draw(job.number.e164, n, "customer"))
    var ring = min(assumptions.customerRing, campaign.ring)
    if customer == .noAnswer { ring = campaign.ring }
    var talk = Duration.zero
    var outcome = AttemptOutcome.customerMissed
    if customer == .answered {
      let talks = Self.draw(job.number.e164, n, "talk") < assumptions.conversationShare
      talk = talks ? max(assumptions.talk, campaign.successAfter) : .seconds(1)
      outcome = talks ? .conversation : .noConversation
    }
    let report = AttemptReport(
      outcome: outcome, customerResult: customer, attempts: job.attempts + 1, charged: true, agent: agent,
      talk: talk)
    let wrapUp = customer == .answered ? campaign.agents.wrapUp : .zero
    hold(job, agent, for: assumptions.agentRing + ring + talk, report, cools: false, wrapUp: wrapUp, at: now)
  }

  private mutating func hold(
    _ job: Job, _ agent: MemberInterface, for span: Duration, _ report: AttemptReport, cools: Bool,
    wrapUp: Duration,
    at now: Timestamp
  ) {
    live.append(Live(job: job, agent: agent, endsAt: now + span, end: report))
    held[agent] = now + span + wrapUp
    if cools { cooling[agent] = now + span + (coolDown[job.campaign] ?? .seconds(60)) }
    result.agentTime += span
    moments.insert((), at: now + span)
    moments.insert((), at: now + span + wrapUp)
  }

  private mutating func finishAttempts(at now: Timestamp) {
    for attempt in live.filter({ $0.endsAt <= now }) {
      live.removeAll { $0.job.id == attempt.job.id }
      waiting[attempt.job.id] = attempt.job
      if attempt.end.outcome == .conversation {
        talks[attempt.job.number.e164] = (attempt.endsAt, attempt.agent.rawValue)
        result.conversation(attempt.job, talk: attempt.end.talk)
      }
      apply(policy.afterAttempt(job: attempt.job, end: attempt.end, now: now).change, at: now)
    }
  }

  // MARK: Chance

  /// A number from 0 to below 1 that depends on its arguments alone (FNV-1a, then SplitMix64).
  static func draw(_ text: String, _ n: Int, _ purpose: String) -> Double {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in "\(purpose)/\(n)/\(text)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var random = SplitMix64(state: hash)
    return Double.random(in: 0..<1, using: &random)
  }
}
