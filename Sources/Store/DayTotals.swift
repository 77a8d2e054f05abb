public import Telephony

/// What a span of time, commonly a day until now, brought: for the wallboard.
public struct DayTotals: Sendable, Hashable {
  public var funnel: DayFunnel
  /// By PBX, queue and hour; hours in which nobody joined are absent.
  public var queueHours: [QueueHourTotals]
  /// Most missed first, at most `StoreSettings.listMax`.
  public var losses: [LossTotals]

  public init(funnel: DayFunnel, queueHours: [QueueHourTotals], losses: [LossTotals]) {
    self.funnel = funnel
    self.queueHours = queueHours
    self.losses = losses
  }
}

/// From a call to a conversation. Jobs of contact lists are not in it.
public struct DayFunnel: Sendable, Hashable {
  /// Inbound calls that began in the span.
  public var calls: Int
  /// Those that talked to nobody, by their end.
  public var missed: Int
  /// Short abandons among the missed.
  public var short: Int
  /// Jobs created in the span.
  public var owed: Int
  /// Of these jobs: the customer was dialled at least once.
  public var dialed: Int
  /// Of these: he answered at least once.
  public var reached: Int
  /// Of these: closed by a conversation.
  public var conversations: Int
  /// Of these: he reached a human himself.
  public var recovered: Int
  /// Of these: still waiting or being made.
  public var open: Int
  /// Of these: closed without a talk.
  public var lost: Int
}

/// How callers of one queue fared who joined in one hour.
public struct QueueHourTotals: Sendable, Hashable {
  public var pbx: PBXName
  public var queue: QueueName
  /// 0 to 24, counted from the beginning of the span.
  public var hour: Int
  public var answered: Int
  /// Answered within 20 s.
  public var answeredInTime: Int
  public var abandoned: Int
  /// Abandoned entries of calls that were short abandons.
  public var shortAbandoned: Int
}

/// Missed calls of one place.
public struct LossTotals: Sendable, Hashable {
  /// As in `report.loss_points`.
  public var lostAt: String
  public var queue: QueueName?
  public var missed: Int
  /// Those whose job ended in a talk.
  public var recovered: Int
}

/// What is owed at one moment. Jobs of contact lists are not in it.
public struct CallbackCounts: Sendable, Hashable {
  /// Jobs by state, of the books as a whole, contact lists among them; states without a job are absent.
  public var jobs: [JobState: Int]
  /// Waiting, not held out, due now or before.
  public var due: Int
  /// Those that are due for longer than the bound asked for.
  public var overdue: Int
  /// Being made now.
  public var working: Int
  /// Waiting for a moment to come.
  public var later: Int
}
