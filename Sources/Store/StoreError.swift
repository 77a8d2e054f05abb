/// Why the books could not be read or written.
public struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What the caller can do about it.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// No connection, or none free in time: keep the facts and try again.
    case unavailable
    /// A row with this key is there already.
    case uniqueViolation
    /// The lease of this PBX belongs to somebody else by now: stop dialling.
    case staleFence
    /// The attempt has ended already; a repeated `finish` may take this as done.
    case notLive
    /// PostgreSQL asks to repeat the transaction.
    case serialization
    case deadlock
    /// A standby, or `default_transaction_read_only`.
    case readOnly
    case diskFull
    /// The tables are missing, older or newer than this program: `perezvon migrate`.
    case schema
    case other
  }

  public var code: Code
  /// What PostgreSQL or libpq said, in one line.
  public var message: String
  /// Five characters (PostgreSQL manual, appendix A); nil where the server did not answer.
  public var sqlState: String?
  /// What the administrator can do, one sentence; empty where there is nothing to say.
  public var hint: String
  /// The connection broke after a COMMIT was sent: it may have been carried out. Read again by key before
  /// repeating.
  public var commitUnknown: Bool

  public init(
    code: Code, message: String, sqlState: String? = nil, hint: String = "", commitUnknown: Bool = false
  ) {
    self.code = code
    self.message = message
    self.sqlState = sqlState
    self.hint = hint
    self.commitUnknown = commitUnknown
  }

  /// A repetition of the same call may succeed without anybody's help, and cannot do harm.
  public var mayRetry: Bool {
    switch code {
    case .unavailable, .serialization, .deadlock: !commitUnknown
    case .uniqueViolation, .staleFence, .notLive, .readOnly, .diskFull, .schema, .other: false
    }
  }

  public var description: String {
    var text = message
    if let sqlState { text += " (SQLSTATE \(sqlState))" }
    if commitUnknown { text += "; whether the transaction was committed is unknown" }
    if !hint.isEmpty { text += ": " + hint }
    return text
  }
}
