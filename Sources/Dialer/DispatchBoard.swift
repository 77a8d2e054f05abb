public import Telephony

/// Which waiting job goes to which free agent now.
public struct DispatchBoard: Sendable, Hashable {
  public struct Limits: Sendable, Hashable {
    /// Default 30.
    public var maxConcurrentDials: Int
    /// Default 5. Below 1, one dial in so many seconds; a fraction above 1 is kept on average.
    public var maxDialsPerSecond: Double
    /// All customer dials of the PBX; nil: no limit.
    public var maxDialsPerHour: Int?

    public init(maxConcurrentDials: Int = 30, maxDialsPerSecond: Double = 5, maxDialsPerHour: Int? = nil) {
      self.maxConcurrentDials = maxConcurrentDials
      self.maxDialsPerSecond = maxDialsPerSecond
      self.maxDialsPerHour = maxDialsPerHour
    }
  }

  /// A job and the agent it goes to: to be claimed in the database.
  public struct Claim: Sendable, Hashable {
    public var job: DueJob
    /// Nil where the campaign dials without an agent reserved.
    public var agent: AgentCandidate?

    public init(job: DueJob, agent: AgentCandidate?) {
      self.job = job
      self.agent = agent
    }
  }

  /// Jobs that wait for the same reason.
  public struct Wait: Sendable, Hashable {
    public var reason: String
    /// In line order.
    public var jobs: [JobID]

    public init(reason: String, jobs: [JobID]) {
      self.reason = reason
      self.jobs = jobs
    }
  }

  public struct Round: Sendable, Hashable {
    public var claims: [Claim]
    public var waits: [Wait]
    /// When something changes by the clock alone; nil: only an event can.
    public var nextChange: Timestamp?

    public init(claims: [Claim], waits: [Wait], nextChange: Timestamp?) {
      self.claims = claims
      self.waits = waits
      self.nextChange = nextChange
    }
  }

  public var limits: Limits
  private var claimTimes: [Timestamp] = []

  public init(limits: Limits = Limits()) { self.limits = limits }

  /// One round at one PBX.
  ///
  /// Jobs go by priority, then by original arrival, then by id; before them, each for its own agent who is free now,
  /// those he gave his word for. No agent is taken for a callback while a live
  /// caller who came before the job's original arrival waits in the same queue. Who was dropped lately is dialled
  /// only with an agent reserved. The claims count as made; the runner gives back one that the database refused with
  /// `giveBack`.
  public mutating func round(
    _ due: [DueJob], campaigns: [CampaignName: DispatchCampaign], floor: DispatchFloor, at now: Timestamp
  ) -> Round {
    var sheet = Sheet()
    let line = due.filter {
      if $0.dueAt > now { sheet.changes(at: $0.dueAt) }
      return $0.dueAt <= now
    }.sorted {
      ($1.priority, $0.firstMissedAt, $0.id) < ($0.priority, $1.firstMissedAt, $1.id)
    }
    if let held = floor.held {
      for job in line { sheet.wait(job, held) }
      return sheet.round
    }
    let roster = AgentRoster(floor.seats, at: now)
    var free: [CampaignName: [MemberInterface]] = [:]
    for campaign in campaigns.values {
      free[campaign.name] = roster.free(in: campaign.queue, by: campaign.choice.strategy)
    }
    var firstCaller: [QueueName: Timestamp] = [:]
    for caller in floor.callers {
      firstCaller[caller.queue] = min(firstCaller[caller.queue] ?? caller.joinedAt, caller.joinedAt)
    }
    let own = line.filter { Self.awaitsOwner($0, campaigns, roster, at: now) }
    for job in own + (own.isEmpty ? line : line.filter { job in !own.contains { $0.id == job.id } }) {
      guard let campaign = campaigns[job.campaign] else {
        sheet.wait(job, "The campaign \(job.campaign) is not configured")
        continue
      }
      if let reason = Self.hindrance(job, campaign, floor, sheet, firstCaller) {
        sheet.wait(job, reason)
        continue
      }
      match(job, campaign, free[job.campaign] ?? [], roster, floor, &sheet, at: now)
    }
    return sheet.round
  }

  /// Whether its own agent, who gave his word for it, is free for it now.
  private static func awaitsOwner(
    _ job: DueJob, _ campaigns: [CampaignName: DispatchCampaign], _ roster: AgentRoster, at now: Timestamp
  ) -> Bool {
    guard job.isOwnWord, let owner = job.owner, let campaign = campaigns[job.campaign],
      let agent = roster.agents[owner], agent.seats[campaign.queue] != nil
    else { return false }
    return agent.availability == .free && campaign.takesPart(owner, in: job, at: now)
  }

  /// Nothing hinders this job but that there may be nobody for it.
  private mutating func match(
    _ job: DueJob, _ campaign: DispatchCampaign, _ free: [MemberInterface], _ roster: AgentRoster,
    _ floor: DispatchFloor, _ sheet: inout Sheet, at now: Timestamp
  ) {
    let promised = sheet.promised(in: campaign.queue, floor)
    // So many free agents are not this campaign's to take.
    let spoken = promised + campaign.keepsFree
    switch campaign.takes {
    case .agent:
      if spoken > 0, (1...spoken).contains(sheet.left(of: free)) {
        return sheet.wait(job, Self.spokenFor(campaign, promised))
      }
      let (mayTake, refused) = Self.takers(of: job, campaign, free, &sheet, at: now)
      if let refused { return sheet.wait(job, refused) }
      switch campaign.choice.choose(
        in: campaign.queue, owner: job.owner.flatMap { campaign.takesPart($0, in: job, at: now) ? $0 : nil },
        dueAt: job.dueAt, roster: roster, free: mayTake, taken: sheet.taken, at: now)
      {
      case .agent(let agent): take(job, agent, floor, &sheet, at: now)
      case .waitForSticky(let owner, let until):
        sheet.wait(job, "It waits for its own agent \(owner)")
        sheet.changes(at: until)
      case .none(let reason, let until):
        sheet.wait(job, reason)
        until.map { sheet.changes(at: $0) }
      }
    case .freeAgent:
      if needsAgent(job, &sheet, at: now) { return }
      let left = sheet.left(of: free)
      guard left > spoken else {
        let why = roster.whyNobody(in: campaign.queue, taken: sheet.taken)
        sheet.wait(job, left > 0 ? Self.spokenFor(campaign, promised) : why.reason)
        why.until.map { sheet.changes(at: $0) }
        return
      }
      if take(job, nil, floor, &sheet, at: now) { sheet.promise(in: campaign.queue) }
    case .launches(let most):
      if needsAgent(job, &sheet, at: now) { return }
      guard sheet.launched(by: campaign.name) < most else {
        return sheet.wait(job, "As many numbers are dialled as agents are expected to become free")
      }
      if take(job, nil, floor, &sheet, at: now) { sheet.launch(by: campaign.name) }
    }
  }

  /// Who of the free agents may be given this job, and why none of them may. A card goes to those who asked for one
  /// and did not just decline it.
  private static func takers(
    of job: DueJob, _ campaign: DispatchCampaign, _ free: [MemberInterface], _ sheet: inout Sheet,
    at now: Timestamp
  ) -> ([MemberInterface], refused: String?) {
    guard campaign.asked != nil || !job.declined.isEmpty else { return (free, nil) }
    let left = free.filter { !sheet.taken.contains($0) }
    let asked = left.filter { campaign.asked?.contains($0) ?? true }
    let takers = asked.filter { campaign.takesPart($0, in: job, at: now) }
    for agent in asked { job.declined[agent].map { if $0 > now { sheet.changes(at: $0) } } }
    guard takers.isEmpty, !left.isEmpty else { return (takers, nil) }
    return (
      takers,
      asked.isEmpty
        ? "No free agent of the queue \(campaign.queue) has asked for a card"
        : "The free agents of the queue \(campaign.queue) have declined its card, and are shown it again later"
    )
  }

  private static func spokenFor(_ campaign: DispatchCampaign, _ promised: Int) -> String {
    promised > 0
      ? "The free agents of the queue \(campaign.queue) are promised to customers who are being dialled"
      : "\(campaign.keepsFree) free agents of the queue \(campaign.queue) are left to callers (blend.keep_free)"
  }

  /// Claims it, as far as the limits let it; false where they do not.
  @discardableResult
  private mutating func take(
    _ job: DueJob, _ agent: AgentCandidate?, _ floor: DispatchFloor, _ sheet: inout Sheet, at now: Timestamp
  ) -> Bool {
    if let limit = limitReached(floor, claims: sheet.round.claims.count, at: now) {
      sheet.wait(job, limit.reason)
      limit.until.map { sheet.changes(at: $0) }
      return false
    }
    claimTimes.append(now)
    sheet.claim(job, agent)
    return true
  }

  /// Who was dropped lately waits for a dial that has an agent.
  private func needsAgent(_ job: DueJob, _ sheet: inout Sheet, at now: Timestamp) -> Bool {
    guard let until = job.onlyWithAgentUntil, until > now else { return false }
    sheet.wait(job, "The customer was dropped lately, and is dialled only with an agent reserved")
    sheet.changes(at: until)
    return true
  }

  /// A claim of the round at `moment` was not made.
  public mutating func giveBack(claimedAt moment: Timestamp) {
    if let index = claimTimes.lastIndex(of: moment) { claimTimes.remove(at: index) }
  }

  /// What hinders a job whoever is free.
  private static func hindrance(
    _ job: DueJob, _ campaign: DispatchCampaign, _ floor: DispatchFloor, _ sheet: Sheet,
    _ firstCaller: [QueueName: Timestamp]
  ) -> String? {
    if let held = campaign.held { return held }
    if floor.numbersOnLine.contains(job.number) { return "The customer is on a line now" }
    if floor.numbersInAttempt.contains(job.number) || sheet.numbers.contains(job.number) {
      return "Another attempt to this number is under way"
    }
    if let first = firstCaller[campaign.queue], job.yields || first < job.firstMissedAt {
      return job.yields
        ? "Callers wait in the queue \(campaign.queue), and go before a list"
        : "Callers who came earlier wait in the queue \(campaign.queue), and go first"
    }
    return nil
  }

  private mutating func limitReached(
    _ floor: DispatchFloor, claims: Int, at now: Timestamp
  ) -> (reason: String, until: Timestamp?)? {
    if floor.liveAttempts + claims >= limits.maxConcurrentDials {
      return ("All \(limits.maxConcurrentDials) lines of max_concurrent_dials are in use", nil)
    }
    if let perHour = limits.maxDialsPerHour, floor.dialsLastHour + claims >= perHour {
      return ("The \(perHour) dials of this hour (per_hour) are used up", nil)
    }
    // So many whole dials in a window as long as the rate asks for: 2.5 is 2 in 0.8 s.
    let rate = max(0.001, limits.maxDialsPerSecond)
    let count = max(1, Int(rate))
    let window = Duration.seconds(Double(count) / rate)
    // A moment of the future is one from before the clock was set back.
    claimTimes.removeAll { $0 > now || now - $0 >= window }
    guard claimTimes.count >= count else { return nil }
    return (
      "The dials allowed in this moment (\(count), max_dials_per_second) are used up",
      claimTimes[claimTimes.count - count] + window
    )
  }

  /// A round being filled in.
  private struct Sheet {
    var round = Round(claims: [], waits: [], nextChange: nil)
    var taken: Set<MemberInterface> = []
    var numbers: Set<PhoneNumber> = []
    private var places: [String: Int] = [:]
    private var promised: [QueueName: Int] = [:]
    private var launched: [CampaignName: Int] = [:]

    mutating func claim(_ job: DueJob, _ agent: AgentCandidate?) {
      round.claims.append(Claim(job: job, agent: agent))
      if let agent { taken.insert(agent.seat.interface) }
      numbers.insert(job.number)
    }

    /// How many of these agents this round has not taken.
    func left(of free: [MemberInterface]) -> Int { free.count { !taken.contains($0) } }

    /// Customers whom a free agent of the queue is kept for, those of this round too.
    func promised(in queue: QueueName, _ floor: DispatchFloor) -> Int {
      (floor.promised[queue] ?? 0) + (promised[queue] ?? 0)
    }

    mutating func promise(in queue: QueueName) { promised[queue, default: 0] += 1 }

    func launched(by campaign: CampaignName) -> Int { launched[campaign] ?? 0 }

    mutating func launch(by campaign: CampaignName) { launched[campaign, default: 0] += 1 }

    mutating func wait(_ job: DueJob, _ reason: String) {
      if let place = places[reason] {
        round.waits[place].jobs.append(job.id)
      } else {
        places[reason] = round.waits.count
        round.waits.append(Wait(reason: reason, jobs: [job.id]))
      }
    }

    mutating func changes(at moment: Timestamp) {
      round.nextChange = min(round.nextChange ?? moment, moment)
    }
  }
}
