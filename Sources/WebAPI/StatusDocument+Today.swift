public import Telephony

extension StatusDocument {
  /// What is owed at this moment. Jobs of contact lists are not in it.
  public struct Callbacks: Sendable, Codable, Equatable {
    /// Due now or before, those that are overdue among them.
    public var due: Int
    /// Due for more than 10 minutes.
    public var overdue: Int
    /// Being made now.
    public var working: Int
    /// Waiting for a moment to come.
    public var later: Int

    public init(due: Int, overdue: Int, working: Int, later: Int) {
      self.due = due
      self.overdue = overdue
      self.working = working
      self.later = later
    }
  }

  /// The sums of the day so far. Read from the books every few seconds.
  public struct Today: Sendable, Codable, Equatable {
    /// Midnight on the wall clock of `zone`.
    public var since: Timestamp
    /// The zone of the first campaign's calendar, else the host's.
    public var zone: String
    /// As of when; older than some seconds where PostgreSQL is away.
    public var readAt: Timestamp
    public var funnel: Funnel
    public var queues: [QueueDay]
    /// Most missed first, at most 20.
    public var losses: [LossPoint]

    public init(
      since: Timestamp, zone: String, readAt: Timestamp, funnel: Funnel, queues: [QueueDay],
      losses: [LossPoint]
    ) {
      self.since = since
      self.zone = zone
      self.readAt = readAt
      self.funnel = funnel
      self.queues = queues
      self.losses = losses
    }
  }

  /// From a call to a conversation; from `owed` on jobs, before it calls.
  public struct Funnel: Sendable, Codable, Equatable {
    /// Inbound calls that began today.
    public var calls = 0
    /// Those that talked to nobody.
    public var missed = 0
    /// Short abandons among the missed: recorded, not called back.
    public var short = 0
    /// Jobs made today.
    public var owed = 0
    /// Their customers were dialled.
    public var dialed = 0
    /// And answered.
    public var reached = 0
    /// Closed by a conversation.
    public var conversations = 0
    /// The customer reached a human himself.
    public var recovered = 0
    /// Waiting or being made.
    public var open = 0
    /// Closed without a talk.
    public var lost = 0

    public init() {}
  }

  /// How the callers of a queue fared today.
  public struct QueueDay: Sendable, Codable, Equatable {
    public var pbx: String
    public var name: String
    public var answered: Int
    public var abandoned: Int
    /// Answered within 20 s of (answered + abandoned - short), 0 to 1; nil without any.
    public var serviceLevel: Double?
    /// The same by the hour since `Today.since`, up to the present one; nil for an hour without callers.
    public var hours: [Double?]

    public init(
      pbx: String, name: String, answered: Int, abandoned: Int, serviceLevel: Double?, hours: [Double?]
    ) {
      self.pbx = pbx
      self.name = name
      self.answered = answered
      self.abandoned = abandoned
      self.serviceLevel = serviceLevel
      self.hours = hours
    }
  }

  /// Calls lost at one place today.
  public struct LossPoint: Sendable, Codable, Equatable {
    /// As in `report.loss_points`: `queue`, `ivr`, …
    public var lostAt: String
    /// Empty where the caller was in none.
    public var queue: String
    public var missed: Int
    /// Those that ended in a talk after all.
    public var recovered: Int

    public init(lostAt: String, queue: String, missed: Int, recovered: Int) {
      self.lostAt = lostAt
      self.queue = queue
      self.missed = missed
      self.recovered = recovered
    }
  }

  /// A campaign and how near it is to its cap on drops.
  public struct Campaign: Sendable, Codable, Equatable {
    public var name: String
    /// `agent_first`, `predictive`, …
    public var mode: String
    /// Why nothing is begun for it now, in a sentence; empty where it runs.
    public var held: String
    /// Customers who answered in the last 24 hours, and those of them for whom nobody was there.
    public var live: Int
    public var dropped: Int
    /// The same of 30 days; read less often.
    public var liveMonth: Int
    public var droppedMonth: Int
    /// Highest share of drops, 0 to 1; nil where the mode has no cap.
    public var cap: Double?

    public init(
      name: String, mode: String, held: String, live: Int, dropped: Int, liveMonth: Int, droppedMonth: Int,
      cap: Double?
    ) {
      self.name = name
      self.mode = mode
      self.held = held
      self.live = live
      self.dropped = dropped
      self.liveMonth = liveMonth
      self.droppedMonth = droppedMonth
      self.cap = cap
    }
  }
}
