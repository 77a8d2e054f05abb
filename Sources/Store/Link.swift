import CLibpq
import Glibc

/// One libpq connection in pipeline mode, used from its connection's thread only. Every batch is one round
/// trip; without an explicit BEGIN a batch is one transaction, committed by its Sync (PostgreSQL manual
/// 55.2.3).
final class Link {
  let pg: OpaquePointer
  private var prepared: Set<String> = []
  /// Not to be used again; the next query makes a new one.
  private(set) var broken = false
  /// A server that says nothing for so long has been lost, whatever TCP believes: `statement_timeout` and
  /// `answerSlack`. Nil: no limit.
  private let answerTimeout: Duration?

  /// Longer than a server whose own limit has passed needs to say so.
  static let answerSlack = Duration.seconds(2)

  init(_ settings: StoreSettings) throws(StoreError) {
    answerTimeout = settings.statementTimeout > .zero ? settings.statementTimeout + Self.answerSlack : nil
    if let error = StoreError(unreadable: settings.url) { throw error }
    guard let pg = Self.connect(settings) else { throw StoreError(connection: nil, doing: "connect") }
    self.pg = pg
    guard PQstatus(pg) == CONNECTION_OK else {
      throw StoreError(connection: pg, doing: "connect to PostgreSQL")
    }
    PQsetNoticeProcessor(pg, { _, _ in }, nil)
    PQenterPipelineMode(pg)
  }

  deinit { PQfinish(pg) }

  /// As libpq packs it: 150020 is 15.20.
  var serverVersion: Int { Int(PQserverVersion(pg)) }

  /// Settings first, the URI after them, so that what the URI says wins.
  static func connect(_ settings: StoreSettings) -> OpaquePointer? {
    let seconds = max(2, settings.connectTimeout.components.seconds)
    let statement = max(
      0,
      settings.statementTimeout.components.seconds * 1_000
        + settings.statementTimeout.components.attoseconds / 1_000_000_000_000_000)
    let pairs = [
      ("application_name", settings.applicationName),
      ("connect_timeout", "\(seconds)"),
      ("keepalives", "1"), ("keepalives_idle", "10"), ("keepalives_interval", "5"),
      ("keepalives_count", "3"), ("tcp_user_timeout", "15000"),
      // Compiling takes longer than any of our statements: it is left out (jit, PostgreSQL 11 and later).
      (
        "options",
        "-c statement_timeout=\(statement) -c default_transaction_isolation=read\\ committed -c jit=off"
      ),
      ("dbname", settings.url),
      ("client_encoding", "UTF8"),
    ]
    return withCStrings(pairs.map(\.0)) { names in
      withCStrings(pairs.map(\.1)) { values in PQconnectdbParams(names, values, 1) }
    }
  }

  /// Whether the connection may be used. A server says something unasked when it shuts down, and seldom
  /// otherwise: what has anything to read is given up, so that a restart is noticed before anything is sent
  /// and nothing is left in doubt.
  func isAlive() -> Bool {
    if broken { return false }
    var descriptor = pollfd(fd: PQsocket(pg), events: Int16(POLLIN), revents: 0)
    return poll(&descriptor, 1, 0) == 0
  }

  /// One statement, one round trip.
  @discardableResult
  func execute(_ call: Statement.Call, commits: Bool = false) throws(StoreError) -> Rows {
    try batch([call], commits: commits)[0]
  }

  /// All statements in one round trip; where one fails none has an effect. `commits` says that success of the
  /// batch makes something durable: if the connection breaks then, its fate is unknown.
  @discardableResult
  func batch(_ calls: [Statement.Call], commits: Bool = false) throws(StoreError) -> [Rows] {
    var expected: [Expected] = []
    expected.reserveCapacity(calls.count + 1)
    var preparing: Set<String> = []
    for call in calls {
      let name = call.statement.name
      if !prepared.contains(name) && preparing.insert(name).inserted {
        guard prepare(call) == 1 else { throw lost(commits: false) }
        expected.append(Expected(name: name, preparing: name))
      }
      guard send(call) == 1 else { throw lost(commits: false) }
      expected.append(Expected(name: name, preparing: nil))
    }
    guard PQpipelineSync(pg) == 1 else { throw lost(commits: commits) }
    return try collect(expected, commits: commits)
  }

  /// SQL of several statements as one transaction, simple protocol: for migrations only.
  func script(_ sql: String, name: String) throws(StoreError) {
    guard PQexitPipelineMode(pg) == 1 else { throw lost(commits: false) }
    defer { if PQenterPipelineMode(pg) != 1 { broken = true } }
    let result = PQexec(pg, sql)
    defer { PQclear(result) }
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return
    default:
      let error = result.map { StoreError(result: $0, statement: name) }
      guard PQstatus(pg) == CONNECTION_OK, let error else { throw lost(commits: true) }
      PQclear(PQexec(pg, "ROLLBACK"))
      throw error
    }
  }

  /// What a command of a batch is waited for.
  private struct Expected {
    let name: String
    /// The statement that this command prepares; nil where it runs one.
    let preparing: String?
  }

  private func prepare(_ call: Statement.Call) -> Int32 {
    let types = call.parameters.map { Oid($0.type) }
    return PQsendPrepare(pg, call.statement.name, call.statement.sql, Int32(types.count), types)
  }

  private func send(_ call: Statement.Call) -> Int32 {
    let parameters = call.parameters
    var buffer: [UInt8] = []
    for parameter in parameters { if let bytes = parameter.bytes { buffer += bytes } }
    // Never empty, so that an empty text has an address and is not taken for NULL.
    buffer.append(0)
    let lengths = parameters.map { Int32($0.bytes?.count ?? 0) }
    let formats = [Int32](repeating: 1, count: parameters.count)
    return buffer.withUnsafeBytes { raw in
      let base = raw.baseAddress!.assumingMemoryBound(to: CChar.self)
      var offset = 0
      let values: [UnsafePointer<CChar>?] = parameters.map { parameter in
        guard let bytes = parameter.bytes else { return nil }
        defer { offset += bytes.count }
        return base + offset
      }
      return PQsendQueryPrepared(
        pg, call.statement.name, Int32(parameters.count), values, lengths, formats, 1)
    }
  }

  private func collect(_ expected: [Expected], commits: Bool) throws(StoreError) -> [Rows] {
    var rows: [Rows] = []
    var failure: StoreError?
    var next = 0
    // A null closes each command; more of them in a row than commands means that libpq has lost count.
    var nulls = 0
    while nulls <= expected.count + 1 {
      guard answerComes() else { throw lost(commits: commits, .silent(after: answerTimeout ?? .zero)) }
      guard let result = PQgetResult(pg) else {
        if PQstatus(pg) != CONNECTION_OK { throw lost(commits: commits) }
        nulls += 1
        continue
      }
      let status = PQresultStatus(result)
      if status == PGRES_PIPELINE_SYNC {
        PQclear(result)
        if let failure { throw failure }
        return rows
      }
      let command = next < expected.count ? expected[next] : Expected(name: "commit", preparing: nil)
      next += 1
      switch status {
      case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
        if let name = command.preparing {
          prepared.insert(name)
          PQclear(result)
        } else {
          rows.append(Rows(result))
        }
      case PGRES_PIPELINE_ABORTED:
        PQclear(result)
      default:
        let error = StoreError(result: result, statement: command.name)
        PQclear(result)
        if PQstatus(pg) != CONNECTION_OK { throw lost(commits: commits, error) }
        // A demoted primary, or plans made for tables that have changed: begin with a new connection.
        if ["25006", "0A000", "26000"].contains(error.sqlState) { broken = true }
        failure = failure ?? error
      }
    }
    throw lost(commits: commits)
  }

  /// Waits until libpq has a result, or sees the end of the connection; false where nothing came in time.
  /// `PQgetResult` by itself waits for ever: for a host behind a paused proxy, a frozen server, a lost route.
  private func answerComes() -> Bool {
    guard let answerTimeout else { return true }
    let end = ContinuousClock.now + answerTimeout
    while PQisBusy(pg) == 1 {
      let left = end - .now
      guard left > .zero else { return false }
      var descriptor = pollfd(fd: PQsocket(pg), events: Int16(POLLIN), revents: 0)
      let found = poll(&descriptor, 1, Int32(clamping: Int(left / .milliseconds(1)) + 1))
      if found > 0, PQconsumeInput(pg) != 1 { return true }
    }
    return true
  }

  /// The connection is unusable from now on.
  func lost(commits: Bool, _ said: StoreError? = nil) -> StoreError {
    broken = true
    var error = said ?? StoreError(connection: pg, doing: "PostgreSQL")
    error.code = .unavailable
    error.commitUnknown = commits
    return error
  }
}

/// Hands out a NULL-terminated array of C strings.
private func withCStrings<R>(
  _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R
) -> R {
  let copies = texts.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  let pointers = copies.map { UnsafePointer($0) } + [nil]
  return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
}
