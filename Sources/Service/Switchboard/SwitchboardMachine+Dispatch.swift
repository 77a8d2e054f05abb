import CallPolicy
import CallTracking
import Dialer
import Store
import Telephony

/// Matching due jobs with free agents.
extension SwitchboardMachine {
  /// Has the waiting jobs read again; one reading at a time.
  mutating func wantJobs() {
    switch jobsLoad {
    case .idle:
      jobsLoad = .loading
      out.append(.loadJobs)
    case .loading, .loadingAndStale:
      jobsLoad = .loadingAndStale
    }
  }

  mutating func jobsLoaded(_ loaded: [Job], at now: Timestamp) {
    jobsLoadedAt = now
    jobsRetryAt = nil
    let stale = jobsLoad == .loadingAndStale
    jobsLoad = .idle
    let taken = Set(claiming.values.map(\.job.id)).union(attempts.values.map(\.job.id))
    jobs = loaded.filter { !taken.contains($0.id) }
    resting = resting.filter { $0.value > now }
    if stale { wantJobs() }
  }

  /// Whether the jobs are to be read without anybody's asking: they are old, or could not be read.
  private func jobsAreDue(at now: Timestamp) -> Bool {
    if let jobsRetryAt { return now >= jobsRetryAt }
    guard let jobsLoadedAt else { return true }
    return now - jobsLoadedAt >= SwitchboardSettings.jobsRefresh
      || nextStart(after: jobsLoadedAt).map { $0 <= now } ?? false
  }

  /// Why nothing can be dialled at this PBX now, in a sentence; nil where it can.
  var held: String? {
    if stopping { return "the service is stopping" }
    if fence == nil { return "another instance drives this PBX, or the lease is being taken" }
    if !amiUp { return "AMI is down" }
    if !ariUp { return "ARI is down" }
    if !storeUp { return "PostgreSQL is away" }
    if adoption != .done { return "what was going on before is being taken over" }
    return nil
  }

  mutating func dispatch(at now: Timestamp) {
    if storeUp, jobsAreDue(at: now) { wantJobs() }
    guard roundIsStale || nextDispatch.map({ $0 <= now }) ?? false else { return }
    // Its own claims are no reason for another.
    defer { roundIsStale = false }
    rounds += 1
    nextDispatch = nil
    guard held == nil, !jobs.isEmpty else { return keepTurns([], at: now) }
    let due = dueJobs(at: now)
    if due.isEmpty {
      keepTurns([], at: now)
      nextDispatch = jobs.map { max($0.dueAt, resting[$0.id] ?? $0.dueAt) }.filter { $0 > now }.min()
      return
    }
    let round = board.round(
      due, campaigns: dispatchCampaigns(at: now), floor: dispatchFloor(at: now), at: now)
    // A rest that is over stays in the table until the jobs are read again: it is no reason to wake.
    nextDispatch = [
      round.nextChange, jobs.filter { $0.dueAt > now }.map(\.dueAt).min(),
      resting.values.filter { $0 > now }.min(),
    ]
    .compactMap { $0 }.min()
    // Claims first: what is told of the others may wait, the agent not.
    for claim in round.claims { self.claim(claim, at: now) }
    keepTurns(due, at: now)
    for wait in round.waits { note(wait) }
  }

  /// Due jobs that the policy lets be dialled now; the others are postponed or closed with their sentence.
  mutating func dueJobs(at now: Timestamp) -> [DueJob] {
    var due: [DueJob] = []
    var kept: [Job] = []
    for job in jobs {
      guard job.dueAt <= now, resting[job.id].map({ $0 <= now }) ?? true else {
        kept.append(job)
        continue
      }
      // Who is on a line stays due and is left alone (DispatchFloor.numbersOnLine): his call decides.
      let permission = settings.policy.mayDial(
        job: job, now: now, conditions: DialConditions(onLine: false, paused: isPaused(job.campaign, at: now))
      )
      if let (change, decision) = permission.outcome(for: job, now: now) {
        out.append(.apply([change], [decision], job.number))
        out.append(.notice(kind: "job", sentence: "\(job.number): \(decision.reason)"))
        continue
      }
      kept.append(job)
      guard case .yes = permission, !isOnLine(job.contact) else { continue }
      let campaign = settings.policy.settings.campaign(named: job.campaign)
      // Taken and not carried out: it waits until that is switched on again.
      if job.source == .requested || job.source == .promised, campaign?.requests.processes == false {
        continue
      }
      var entry =
        DueJob(
          id: job.id, campaign: job.campaign, number: job.number, priority: job.priority,
          firstMissedAt: job.contact == nil ? job.firstMissedAt : job.dueAt, dueAt: job.dueAt,
          owner: job.owner,
          isOwnWord: job.owner != nil && (job.source == .promised || job.source == .api),
          yields: job.contact != nil && campaign?.outbound.blend?.maxCallersWaiting ?? 0 == 0,
          onlyWithAgentUntil: onlyWithAgentUntil(job, in: campaign))
      if campaign?.mode == .preview { entry.declined = cards.declined[job.id] ?? [:] }
      due.append(entry)
    }
    jobs = kept
    return due
  }

  func dispatchCampaigns(at now: Timestamp) -> [CampaignName: DispatchCampaign] {
    var result: [CampaignName: DispatchCampaign] = [:]
    for campaign in settings.policy.settings.campaigns {
      let named = settings.dialing[campaign.name]?.agentQueue ?? campaign.agents.queue
      // A message needs nobody.
      guard let queue = named ?? (campaign.mode == .message ? QueueName("") : nil) else { continue }
      let strategy: AgentChoice.Strategy =
        switch campaign.agents.choose {
        case .longestIdle: .longestIdle
        case .fewestCalls: .fewestCalls
        case .lowestPenalty: .penalty
        }
      result[campaign.name] = DispatchCampaign(
        name: campaign.name, queue: queue,
        choice: AgentChoice(strategy: strategy, stickyWait: campaign.agents.stickyWait),
        held: blendHeld(campaign, queue, at: now),
        takes: takes(campaign), keepsFree: campaign.outbound.blend?.keepFree ?? 0,
        asked: campaign.mode == .preview ? cardsAsked(at: now) : nil)
    }
    return result
  }

  private func takes(_ campaign: CampaignPolicy) -> DispatchCampaign.Takes {
    switch campaign.mode {
    case .message: .launches(.max)
    case .clientFirst: campaign.agents.reserve ? .agent : .freeAgent
    case .predictive: desk.takes(campaign.name) ?? .launches(0)
    case .agentFirst, .preview, .progressive, .observe: .agent
    }
  }

  /// Customers who are dialled, or have answered, for whoever is free in a queue.
  private func promised() -> [QueueName: Int] {
    var promised: [QueueName: Int] = [:]
    let records = attempts.values.filter { !$0.ended }.map(\.machine.record) + claiming.values.map(\.record)
    // What is dialled ahead of agents is weighed by its pacer, and takes no agent from others.
    for record in records
    where record.course == .clientFirst && record.agent == nil && desk.pace(record.campaign) != .ahead {
      if let queue = record.queue { promised[queue, default: 0] += 1 }
    }
    return promised
  }

  /// All seats of all queues, with what is known of their agents here.
  func candidates(at now: Timestamp) -> [AgentCandidate] {
    let busy = Set(
      attempts.values.compactMap(\.machine.record.agent) + claiming.values.compactMap(\.record.agent))
    return tracker.floor.queues.flatMap { queue in
      queue.members.map { member in
        AgentCandidate(
          seat: withoutTurn(member.member), freeSince: member.member.status == .notInUse ? member.since : nil,
          coolingUntil: cooling[member.member.interface], reserved: busy.contains(member.member.interface),
          lastAttemptEndedAt: lastAttemptEnd[member.member.interface])
      }
    }
  }

  func dispatchFloor(at now: Timestamp) -> DispatchFloor {
    let floor = tracker.floor
    let callers = floor.queues.flatMap { queue in
      queue.waiting.map { DispatchFloor.Caller(queue: queue.name, joinedAt: $0.since) }
    }
    let inAttempt = attempts.values.map(\.machine.record.number) + claiming.values.map(\.record.number)
    return DispatchFloor(
      seats: candidates(at: now), callers: callers, promised: promised(), numbersOnLine: Set(onLine.keys),
      numbersInAttempt: Set(inAttempt),
      liveAttempts: attempts.count + claiming.count)
  }

  /// `line`: the attempt whose agent it is dialled for, beside others.
  mutating func claim(_ claim: DispatchBoard.Claim, line: AttemptID? = nil, at now: Timestamp) {
    guard let fence, let pbxStartedAt, let index = jobs.firstIndex(where: { $0.id == claim.job.id }) else {
      return
    }
    let job = jobs.remove(at: index)
    let seat = claim.agent?.seat
    let agent = seat?.interface
    let mode = settings.policy.settings.campaign(named: job.campaign)?.mode
    let course = line != nil ? .line : mode?.course ?? .agentFirst
    guard let plan = plan(for: job, agent: agent, course: course, at: now) else {
      exclude(
        job, "the number cannot be written as number_format \(settings.pbx.dial.format.rawValue) wants it",
        at: now)
      board.giveBack(claimedAt: now)
      return
    }
    var record = AttemptRecord(
      id: AttemptID(UniqueID(at: now, using: &random)), job: job.id, campaign: job.campaign,
      pbx: settings.pbx.name, n: 0, number: job.number, agent: agent,
      queue: seat?.queue ?? settings.dialing[job.campaign]?.agentQueue, phase: .agent, fence: fence,
      pbxStartedAt: pbxStartedAt, startedAt: now, deadline: now + plan.longest)
    record.course = course
    record.agentLeg = line
    record.pausedReasonFound = seat?.pausedReason ?? ""
    if !desk.campaigns.isEmpty, agent == nil { desk.claimed(record.id, job.campaign) }
    if mode == .preview, let agent { cards.asked[agent] = nil }
    claiming[record.id] = Claiming(job: job, record: record, plan: plan, claimedAt: now)
    let rules = settings.policy.settings.numbers
    let decision = Decision(
      at: now, number: job.number.e164, job: job.id, decision: "attempt",
      reason: seat.map {
        "\($0.interface) is free in \($0.queue) and is "
          + (mode == .preview
            ? "shown its card" : "\(course == .agentFirst ? "rung" : "kept free") for this callback")
      }
        ?? (line == nil
          ? "He is dialled without an agent reserved" : "He is dialled beside another for one agent"))
    out.append(
      .claim(
        record, decision,
        DialLimits(
          perNumberPerDay: rules.perNumberPerDay, perHour: rules.perHour,
          perContactPerDay: attemptsPerDay(job))))
  }

  /// Why due jobs wait is told once for each reason, not at every event.
  private mutating func note(_ wait: DispatchBoard.Wait) {
    let news = wait.jobs.filter { toldReasons[$0] != wait.reason }
    guard !news.isEmpty else { return }
    for job in news { toldReasons[job] = wait.reason }
    let who =
      news.count == 1
      ? jobs.first { $0.id == news[0] }?.number.description ?? "One callback" : "\(news.count) callbacks"
    out.append(.notice(kind: "job", sentence: "\(who) must wait: \(wait.reason)"))
    if toldReasons.count > SwitchboardSettings.jobsMax * 2 {
      let known = Set(jobs.map(\.id))
      toldReasons = toldReasons.filter { known.contains($0.key) }
    }
  }
}
