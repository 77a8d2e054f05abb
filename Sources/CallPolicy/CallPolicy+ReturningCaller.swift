public import Telephony

/// What to do for a customer who joins a queue while a callback is owed to him.
public struct ReturningCaller: Sendable, Hashable {
  /// The job whose place he takes with him.
  public var job: JobID
  /// For `QueueChangePriorityCaller`: the job's priority, which is higher for whoever goes first.
  public var priority: Int
  public var decision: Decision
}

extension CallPolicy {
  /// The priority a caller gets in the queue he joined, from the callback owed to him; nil where none is.
  /// Of several jobs the one whose campaign takes this queue counts, else the one that waits longest.
  public func returningCaller(
    openJobs: [Job], joined queue: QueueName, now: Timestamp
  ) -> ReturningCaller? {
    let oldestFirst = openJobs.filter { $0.state.isOpen }.sorted {
      ($0.firstMissedAt, $0.id) < ($1.firstMissedAt, $1.id)
    }
    let same = oldestFirst.first { job in
      settings.campaign(named: job.campaign)?.queues.includes(queue) ?? false
    }
    guard let job = same ?? oldestFirst.first else { return nil }
    let decision = Decision(
      at: now, number: job.number.e164, job: job.id, decision: "returned",
      reason: "called again and waits in \(queue) with the priority of his callback (\(job.priority));"
        + " he is not dialled meanwhile")
    return ReturningCaller(job: job.id, priority: job.priority, decision: decision)
  }
}
