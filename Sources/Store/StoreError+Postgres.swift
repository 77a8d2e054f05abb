import CLibpq

extension StoreError {
  /// From an error result of the server. Only the primary message: the detail may hold a whole number.
  init(result: OpaquePointer, statement: String) {
    let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
    let primary = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) }
    let said = primary ?? Self.oneLine(PQresultErrorMessage(result))
    let (code, hint) = Self.meaning(of: state)
    self.init(code: code, message: "\(statement): \(said)", sqlState: state, hint: hint)
  }

  /// A connection string that libpq cannot read. Its own words would repeat the string, and the password in it.
  init?(unreadable url: String) {
    let isString = url.hasPrefix("postgresql://") || url.hasPrefix("postgres://") || url.contains("=")
    var said: UnsafeMutablePointer<CChar>?
    let options = PQconninfoParse(url, &said)
    defer {
      PQconninfoFree(options)
      PQfreemem(said)
    }
    guard isString, options == nil else { return nil }
    self.init(
      code: .unavailable, message: "connect to PostgreSQL: the connection string cannot be read",
      hint:
        "correct database.url, or the url of queue_log_table; special characters of a user or password are "
        + "written percent-encoded, % as %25 and @ as %40")
  }

  /// From a connection that could not be made or broke.
  init(connection: OpaquePointer?, doing: String) {
    let said = connection.map { Self.oneLine(PQerrorMessage($0)) } ?? "out of memory"
    self.init(
      code: .unavailable, message: "\(doing): \(said.isEmpty ? "the connection is gone" : said)",
      hint: Self.hint(forConnection: said))
  }

  static func silent(after limit: Duration) -> StoreError {
    StoreError(
      code: .unavailable, message: "PostgreSQL said nothing for \(limit.components.seconds) s",
      hint: "is its host, or a proxy in front of it, frozen?")
  }

  static func oneLine(_ text: UnsafePointer<CChar>?) -> String {
    guard let text else { return "" }
    return String(cString: text).split(whereSeparator: \.isNewline).joined(separator: "; ")
  }

  private static func meaning(of state: String?) -> (Code, String) {
    guard let state else { return (.unavailable, "") }
    switch state {
    case "23505": return (.uniqueViolation, "")
    case "PZ001":
      return (.staleFence, "another instance drives this PBX now; two with the same `instance` name fight")
    case "PZ002", "PZ003": return (.notLive, "")
    case "40001": return (.serialization, "")
    case "40P01": return (.deadlock, "")
    case "25006":
      return (.readOnly, "add target_session_attrs=read-write to database.url, or name the primary")
    case "53100": return (.diskFull, "free space in PostgreSQL's data directory")
    case "53300": return (.unavailable, "raise max_connections in postgresql.conf or stop other clients")
    case "57014": return (.unavailable, "the statement took longer than statement_timeout")
    case "55P03": return (.unavailable, "a lock is held by another session")
    case "42P01", "3F000", "42883", "42703": return (.schema, "run `perezvon migrate`")
    case "2BP01":
      return (.other, "drop what was built on the views of schema report, and make it again after")
    case "42501": return (.other, "grant the right to the user of database.url, or connect as the owner")
    default:
      return (state.hasPrefix("08") || state.hasPrefix("57P") ? .unavailable : .other, "")
    }
  }

  private static func hint(forConnection said: String) -> String {
    if said.contains("password") { return "check user and password in database.url" }
    if said.contains("pg_hba.conf") { return "allow this host and user in pg_hba.conf" }
    if said.contains("does not exist") { return "create it (createuser, createdb) or correct database.url" }
    if said.contains("read-only") || said.contains("hot standby") || said.contains("session is") {
      return "no host of database.url accepts writes"
    }
    if said.contains("starting up") || said.contains("shutting down") { return "PostgreSQL is restarting" }
    return "is PostgreSQL running, and are host and port in database.url right?"
  }
}
