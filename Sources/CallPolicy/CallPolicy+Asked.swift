public import Telephony

extension CallPolicy {
  /// The job of a callback that a caller asked for, or an agent promised: it keeps the place of his arrival, and a
  /// promise is the agent's own.
  ///
  /// - Parameters:
  ///   - agent: who promised; nil where the caller asked.
  ///   - saidAt: what the customer was told; nil where nothing was said.
  public func asked(
    id: JobID, in campaign: CampaignPolicy, _ number: PhoneNumber, by agent: MemberInterface?,
    history: NumberHistory, pbx: PBXName, queue: QueueName?, dueAt: Timestamp, saidAt: Timestamp?,
    arrivedAt: Timestamp, now: Timestamp
  ) -> Job {
    let from = "will be called back from \(words(for: dueAt, in: campaign))"
    let told = saidAt.map { $0 > dueAt ? ", and was told \(words(for: $0, in: campaign))" : "" } ?? ""
    var job = Job.asked(
      id: id, campaign, number, source: agent == nil ? .requested : .promised,
      reason: agent.map { "\($0) promised it; \(from)" } ?? "asked for it instead of waiting; \(from)\(told)",
      pbx: pbx, dueAt: dueAt, now: now)
    job.customerName = history.customerName
    job.firstMissedAt = arrivedAt
    job.priority = priority(of: history, in: campaign)
    job.owner = agent ?? owner(of: history, now: now)
    job.queue = queue
    job.promisedAt = saidAt
    return job
  }

  /// Why what was said by keys is not owed any more, where it is heard late, from queue_log or the spool: as the end of
  /// a sentence. Nil where it is.
  ///
  /// - Parameter agent: who promised it; nil where the caller asked. The talk in which a promise was made does not keep
  ///   it, nor does any before its time.
  public func heardTooLate(
    saidAt: Timestamp, dueAt: Timestamp, by agent: MemberInterface?, in campaign: CampaignPolicy,
    history: NumberHistory
  ) -> String? {
    // The log has whole seconds.
    let since = agent == nil ? saidAt + .seconds(1) : max(dueAt, saidAt + .seconds(1))
    if let talkedAt = history.lastTalkEndedAt, talkedAt > since {
      let who = history.lastTalkedWith ?? "an agent"
      return "he has talked to \(who) since, until \(words(for: talkedAt, in: campaign))"
    }
    if let restoredAt = history.restoredAt, saidAt < restoredAt, dueAt < restoredAt {
      return "the books were restored from a backup since, so whether he was called back is not known"
    }
    return nil
  }

  /// The job of a call that an agent wants to make himself, from `dueAt` on.
  public func wanted(
    id: JobID, in campaign: CampaignPolicy, _ number: PhoneNumber, by agent: MemberInterface,
    history: NumberHistory, pbx: PBXName, dueAt: Timestamp, now: Timestamp
  ) -> Job {
    let from = dueAt > now ? " from \(words(for: dueAt, in: campaign))" : ""
    var job = Job.asked(
      id: id, campaign, number, source: .api, reason: "\(agent) calls him\(from)", pbx: pbx, dueAt: dueAt,
      now: now)
    job.customerName = history.customerName
    job.priority = priority(of: history, in: campaign)
    job.owner = agent
    return job
  }

  /// The campaign in which an agent calls somebody, for a promise of his or at once: the named one, whatever it is fed
  /// by; else the first fed by missed calls whose agents are those of one of his queues, else the first of those.
  /// Nil where there is none.
  public func ownCampaign(named name: CampaignName?, queues: Set<QueueName>) -> CampaignPolicy? {
    if let name { return settings.campaign(named: name) }
    let callbacks = settings.campaigns.filter { $0.kind == .callback }
    return callbacks.first { $0.agents.queue.map(queues.contains) ?? false } ?? callbacks.first
  }

  /// Why an agent can call nobody in this campaign, as the end of a sentence; nil where he can.
  public func refusalToAgents(of campaign: CampaignPolicy) -> String? {
    switch campaign.mode {
    case .observe: "\(campaign.name) only observes (mode: observe)"
    case .message: "\(campaign.name) has no agents (mode: message)"
    case .agentFirst, .clientFirst, .preview, .progressive, .predictive: nil
    }
  }
}
