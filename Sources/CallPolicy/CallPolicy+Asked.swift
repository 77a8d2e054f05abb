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
}
