import CallPolicy
import Store
public import Telephony

/// A job as the commands show it: `--json` prints it as it is. Times are microseconds since 1970 UTC.
public struct JobDocument: Sendable, Encodable {
  public let job: String
  public let campaign: String
  /// E.164, in full or masked.
  public let number: String
  public let state: String
  public let reason: String
  public let source: String
  public let createdAt: Timestamp
  public let firstMissedAt: Timestamp
  public let dueAt: Timestamp
  public let expiresAt: Timestamp
  public let missedCount: Int
  public let attempts: Int
  public let priority: Int
  public let owner: String?
  public let queue: String?

  /// - Parameter masked: for readers who are not to know whom it is owed.
  init(_ job: Job, masked: Bool = false) {
    self.job = job.id.description
    campaign = job.campaign.rawValue
    number = masked ? job.number.masked : job.number.e164
    state = job.state.rawValue
    reason = PrintableText(job.reason, limit: 400).description
    source = job.source.rawValue
    createdAt = job.createdAt
    firstMissedAt = job.firstMissedAt
    dueAt = job.dueAt
    expiresAt = job.expiresAt
    missedCount = job.missedCount
    attempts = job.attempts
    priority = job.priority
    owner = job.owner?.rawValue
    queue = job.queue?.rawValue
  }
}

/// What a span of time brought: the closing lines of a run.
public struct SummaryDocument: Sendable, Encodable {
  public let calls: Int
  public let missed: Int
  public let short: Int
  public let calledBack: Int
  public let conversations: Int
  public let recovered: Int
  /// Nil where nobody was dialled.
  public let medianSecondsToFirstDial: Double?

  init(_ summary: CallSummary) {
    calls = summary.calls
    missed = summary.missed
    short = summary.short
    calledBack = summary.calledBack
    conversations = summary.conversations
    recovered = summary.recovered
    medianSecondsToFirstDial = summary.medianTimeToFirstDial?.inSeconds
  }
}
