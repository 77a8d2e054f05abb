public import CallPolicy
public import Telephony

/// Something that happened, with what the books know about it: what rules and tasks are decided by.
public struct BookedEvent: Sendable, Hashable {
  /// A missed call as the books have it.
  public struct Call: Sendable, Hashable {
    public var pbx: PBXName
    public var linkedID: LinkedID
    public var at: Timestamp
    /// E.164 or raw digits; nil where hidden.
    public var number: String?
    public var kind: PhoneNumberKind?
    public var name: String
    public var did: String
    public var queue: QueueName?
    public var wait: Duration
    public var lostAt: LostAt?
    public var ending: Ending?
    public var membersRung: [String]
    public var short: Bool
    public var job: JobID?
    public var noJobReason: String?
  }

  /// The attempt of a callback that connected.
  public struct Talk: Sendable, Hashable {
    public var attempt: AttemptID
    public var agent: MemberInterface?
    public var connectedAt: Timestamp?
  }

  /// A call of before: a line of the history.
  public struct Past: Sendable, Hashable {
    public var at: Timestamp
    public var answered: Bool
    public var who: String?
    public var lostAt: LostAt?
    public var queue: QueueName?
    public var talk: Duration
  }

  public var id: Int64
  public var at: Timestamp
  /// The word of `perezvon.events.kind`.
  public var kind: String
  public var pbx: PBXName?
  /// JSON of an alert.
  public var details: String
  public var call: Call?
  public var job: Job?
  public var talk: Talk?
  public var task: BookedTask?
  /// Of the address book.
  public var customer: Customer?
  /// Whom he talked to last.
  public var lastAgent: MemberInterface?
  /// The latest first, at most `StoreSettings.historyMax`.
  public var history: [Past] = []

  /// The number it is about; nil where there is none.
  public var number: String? { task?.draft.number ?? call?.number ?? job?.number.e164 }
}

extension StoreSettings {
  /// Calls in the history of a notification, at most.
  public static let historyMax = 5
  /// Events looked at in one transaction, at most.
  public static let eventsMax = 100
}

/// What follows from events.
public struct EventConsequences: Sendable {
  public var outbox: [OutboxDraft] = []
  public var tasks: [TaskDraft] = []
  /// Digests that have to tell of the call of the event.
  public var digests: [String] = []
  public init() {}
}
