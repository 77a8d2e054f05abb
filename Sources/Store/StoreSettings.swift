/// How the books are reached.
public struct StoreSettings: Sendable, Hashable {
  /// libpq connection URI or keyword string (PostgreSQL manual 34.1.1). Several hosts and
  /// `target_session_attrs=read-write` work. Options given here win over the ones below.
  public var url: String
  /// Connections for queries; each has a thread of its own. Range 1 to 64, default 4.
  public var poolSize: Int
  /// How long a query may wait for a free connection. Default 5 s.
  public var acquireTimeout: Duration
  /// `statement_timeout` of every connection; migrations run without it. Default 10 s.
  public var statementTimeout: Duration
  /// For each host of the URI. Whole seconds, at least 2 (libpq), default 5 s.
  public var connectTimeout: Duration
  /// Shown in `pg_stat_activity`. Default `perezvon`.
  public var applicationName: String

  public init(
    url: String, poolSize: Int = 4, acquireTimeout: Duration = .seconds(5),
    statementTimeout: Duration = .seconds(10), connectTimeout: Duration = .seconds(5),
    applicationName: String = "perezvon"
  ) {
    self.url = url
    self.poolSize = min(max(1, poolSize), Self.poolSizeMax)
    self.acquireTimeout = acquireTimeout
    self.statementTimeout = statementTimeout
    self.connectTimeout = connectTimeout
    self.applicationName = applicationName
  }

  /// Connections of one pool, at most.
  public static let poolSizeMax = 64
  /// Queries that may wait for a connection; more are refused at once.
  public static let waitersMax = 10_000
  /// Statements of one pipelined transaction, at most; longer batches are cut into several transactions.
  public static let pipelineMax = 500
  /// Notifications kept for a slow reader; beyond it the oldest are dropped and `.resynced` follows.
  public static let notificationsMax = 1_024
  /// Rows of one kind in a `NumberStory`, and of any list of jobs.
  public static let listMax = 1_000
}
