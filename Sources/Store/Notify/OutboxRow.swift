public import Telephony

/// Something about to be put into the outbox.
public struct OutboxDraft: Sendable, Hashable {
  /// The idempotency key, the same through all repetitions.
  public var key: UniqueID
  /// As in `notify.rules[].on`: `missed_call`.
  public var event: String
  /// `mail`, `sms`, or `webhook` and the address.
  public var sink: String
  /// What it is about; within a sink these keep their order.
  public var stream: String
  /// Whom it tells of; nil where nobody's number is in it, or several.
  public var number: String?
  /// JSON.
  public var payload: String
  /// Not sent sooner.
  public var dueAt: Timestamp
  /// Not sent later; nil: however late.
  public var expiresAt: Timestamp?
  /// A text for the customer: at most one for each spell of missed calls, and never repeated.
  public var toCustomer: Bool

  public init(
    key: UniqueID, event: String, sink: String, stream: String, number: String?, payload: String,
    dueAt: Timestamp,
    expiresAt: Timestamp? = nil, toCustomer: Bool = false
  ) {
    self.key = key
    self.event = event
    self.sink = sink
    self.stream = stream
    self.number = number
    self.payload = payload
    self.dueAt = dueAt
    self.expiresAt = expiresAt
    self.toCustomer = toCustomer
  }
}

/// What became of a row of the outbox.
public enum OutboxState: String, Sendable, Hashable, CaseIterable, Codable {
  case waiting, sent
  /// Given up for good; `perezvon outbox retry` sends it again.
  case failed
  /// Not to be sent any more.
  case dropped
}

/// A row of `perezvon.outbox`.
public struct OutboxRow: Sendable, Hashable {
  public var id: Int64
  public var key: UniqueID
  public var event: String
  public var sink: String
  public var stream: String
  public var number: String?
  /// JSON; nil where it is gone.
  public var payload: String?
  public var createdAt: Timestamp
  public var dueAt: Timestamp
  public var expiresAt: Timestamp?
  public var toCustomer: Bool
  public var state: OutboxState
  /// How often it was begun, this time included.
  public var tries: Int
  /// What was said when it failed last; empty where it did not.
  public var lastError: String
  public var doneAt: Timestamp?

  static let columns = """
    o.id, o.key, o.event, o.sink, o.stream, o.number, o.payload::text, o.created_at, o.due_at, o.expires_at,
    o.to_customer, o.state, o.tries, o.last_error, o.done_at
    """

  static func read(_ row: inout Row) throws(StoreError) -> OutboxRow {
    OutboxRow(
      id: Int64(try row.int()), key: try row.uuid(), event: try row.text(), sink: try row.text(),
      stream: try row.text(), number: try row.textOrNil(), payload: try row.textOrNil(),
      createdAt: try row.time(), dueAt: try row.time(), expiresAt: try row.timeOrNil(),
      toCustomer: try row.bool(), state: try row.word(), tries: try row.int(), lastError: try row.text(),
      doneAt: try row.timeOrNil())
  }
}

/// What is written about a row that was claimed.
public enum OutboxOutcome: Sendable, Hashable {
  case sent
  /// Again at that moment.
  case again(at: Timestamp, why: String)
  case failed(why: String)
  case dropped(why: String)
}

/// How many rows a sink has, and since when the oldest waits.
public struct OutboxCount: Sendable, Hashable {
  public var sink: String
  public var state: OutboxState
  public var rows: Int
  public var oldest: Timestamp
}
