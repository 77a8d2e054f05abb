public import Telephony

/// What to do for a customer who joins a queue while a callback is owed to him.
public struct ReturningCaller: Sendable, Hashable {
  /// The job whose place he takes with him.
  public var job: JobID
  /// For `QueueChangePriorityCaller`; nil where he keeps the place he joined at.
  public var priority: Int?
  public var decision: Decision
}

extension CallPolicy {
  /// The priority a caller gets in the queue he joined, from the callback owed to him; nil where none is. To be on
  /// a list is to be owed nothing.
  /// Of several jobs the one whose campaign takes this queue counts, else the one that waits longest.
  ///
  /// One above his job's: so he passes those who came after his first call. Where somebody waits who came before
  /// it, he passes nobody: a callback never overtakes who has waited longer.
  ///
  /// - Parameter longestWaiting: when the first of the others in this queue joined; nil where nobody else waits.
  public func returningCaller(
    openJobs: [Job], joined queue: QueueName, longestWaiting: Timestamp?, now: Timestamp
  ) -> ReturningCaller? {
    let oldestFirst = openJobs.filter { $0.state.isOpen && $0.contact == nil }.sorted {
      ($0.firstMissedAt, $0.id) < ($1.firstMissedAt, $1.id)
    }
    let same = oldestFirst.first { job in
      settings.campaign(named: job.campaign)?.queues.includes(queue) ?? false
    }
    guard let job = same ?? oldestFirst.first else { return nil }
    let isPassed = longestWaiting.map { $0 < job.firstMissedAt } ?? false
    let priority = isPassed ? nil : max(job.priority, 0) + 1
    let place =
      priority.map { "goes ahead with priority \($0)" }
      ?? "keeps his place, for somebody waits there who came before his first call"
    return ReturningCaller(
      job: job.id, priority: priority,
      decision: Decision(
        at: now, number: job.number.e164, job: job.id, decision: "returned",
        reason: "called again and waits in \(queue); he \(place), and is not dialled meanwhile"))
  }
}
