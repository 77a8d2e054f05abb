public import Telephony

/// The books at one moment, for `/metrics`.
public struct StatusCounts: Sendable, Hashable {
  /// Jobs by state, all that are in the books; states without a job are absent.
  public var jobs: [JobState: Int]
  /// Waiting, not held out, due now or before.
  public var due: Int
  /// Waiting past their expiry: `expireJobs` will close them.
  public var overdue: Int
  /// When the job among `due` that has been due longest became so; nil where none is.
  public var firstDue: Timestamp?
  public var liveAttempts: Int
  /// Calls and missed calls of the last 24 hours, by their end.
  public var inboundLastDay: Int
  public var missedLastDay: Int
  /// Attempts of the last 24 hours whose outcome is a conversation.
  public var conversationsLastDay: Int
}

/// What a span of time brought: the closing lines of a run.
public struct CallSummary: Sendable, Hashable {
  /// Inbound calls that began in the span.
  public var calls: Int
  public var missed: Int
  /// Short abandons among them: recorded without a job.
  public var short: Int
  public var jobs: Int
  /// Jobs created in the span whose customer was dialled at least once.
  public var calledBack: Int
  public var conversations: Int
  /// Jobs created in the span that the customers closed themselves by reaching a human.
  public var recovered: Int
  /// From the first missed call to the first customer dial; nil where none was dialled.
  public var medianTimeToFirstDial: Duration?
}

/// What one agent's phone was used for by us.
public struct AgentHistory: Sendable, Hashable {
  /// The end of the latest attempt; nil while his first is live.
  public var lastAttemptEndedAt: Timestamp?
  /// Attempts begun since the moment asked for.
  public var attempts: Int
  /// Those among them that ended in a conversation.
  public var conversations: Int
}
