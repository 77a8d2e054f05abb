/// The table that an Asterisk writes its queue_log to (`queue_log => pgsql,…` or `odbc,…` in extconfig.conf), read
/// over a connection of its own. Nothing is ever written there.
///
/// Rows are told apart, and put in order, by a column `id` that grows: Asterisk's own layout has it
/// (`contrib/ast-db-manage/queue_log`), and to a table without it can be added at any time, since Asterisk names
/// the columns it writes.
public final class QueueLogTable: Sendable {
  /// Characters of one field that are read, at most: what `ast_queue_log` can write.
  public static let fieldMax = 8_192

  /// What the table is like.
  public struct Layout: Sendable, Hashable {
    /// Tells this table from another one: its database, and its OID there.
    public var source: String
    /// `time` is `timestamp with time zone`, and read as UTC. Otherwise it is what Asterisk wrote, by its own
    /// clock.
    public var timeIsUTC: Bool
    /// `data1` to `data5`, or the `data` of before Asterisk 1.8 (and of `queue_adaptive_realtime = no`).
    var data: [String]
    var timeIsText: Bool
  }

  /// One row, unread: a caller's number stands there as it came.
  public struct Row: Sendable, Hashable {
    public var id: Int64
    /// `2026-11-22 19:34:00.123456`
    public var time: String
    public var callID: String
    public var queue: String
    public var agent: String
    public var event: String
    public var data: [String]

    public init(
      id: Int64, time: String, callID: String, queue: String, agent: String, event: String, data: [String]
    ) {
      self.id = id
      self.time = time
      self.callID = callID
      self.queue = queue
      self.agent = agent
      self.event = event
      self.data = data
    }
  }

  public let table: String
  private let pool: Pool

  /// Connects with the first query, not here.
  ///
  /// - Parameters:
  ///   - url: libpq URI of the database Asterisk writes to.
  ///   - table: its name, with or without a schema.
  public init(url: String, table: String) {
    self.table = table
    pool = Pool(StoreSettings(url: url, poolSize: 1, applicationName: "perezvon-queue-log"))
  }

  public func close() async { await pool.close() }

  // MARK: Layout

  private static let columns = Statement(
    "queue log table columns",
    """
    SELECT current_database() || ' ' || a.attrelid::bigint, a.attname::text, format_type(a.atttypid, NULL)
    FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
    """)

  /// Looks at the table; says what is missing in it.
  public func layout() async throws(StoreError) -> Layout {
    let quoted = quotedName
    let found = try await pool.run { link throws(StoreError) in
      try link.execute(Self.columns.with(.text(quoted))).map { row throws(StoreError) in
        (source: try row.text(), name: try row.text(), type: try row.text())
      }
    }
    let types = Dictionary(found.map { ($0.name, $0.type) }) { first, _ in first }
    guard let source = found.first?.source, let time = types["time"] else {
      throw StoreError(
        code: .schema, message: "there is no table \(table) with a column time",
        hint: "name the table that extconfig.conf gives for queue_log, and let this user read it")
    }
    guard ["smallint", "integer", "bigint"].contains(types["id"] ?? "") else {
      throw StoreError(
        code: .schema, message: "table \(table) has no column id with whole numbers",
        hint: "ALTER TABLE \(quoted) ADD COLUMN id bigserial PRIMARY KEY; Asterisk does not mind")
    }
    let missing = ["callid", "queuename", "agent", "event"].filter { types[$0] == nil }
    let numbered = (1...5).map { "data\($0)" }.filter { types[$0] != nil }
    guard missing.isEmpty, !numbered.isEmpty || types["data"] != nil else {
      throw StoreError(
        code: .schema,
        message: "table \(table) has no column \(missing.first ?? "data1")",
        hint: "make it as contrib/ast-db-manage/queue_log of Asterisk does")
    }
    return Layout(
      source: source, timeIsUTC: time == "timestamp with time zone",
      data: (types["data"] == nil ? [] : ["data"]) + numbered, timeIsText: !time.hasPrefix("timestamp"))
  }

  /// Each part in quotes: a name of the configuration is never SQL.
  private var quotedName: String {
    table.split(separator: ".").map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ".")
  }

  // MARK: Rows

  /// Rows from this id on, in the order of their ids, at most so many.
  public func rows(from id: Int64, limit: Int, _ layout: Layout) async throws(StoreError) -> [Row] {
    let statement = Statement("queue log table rows", select(layout))
    return try await pool.run { link throws(StoreError) in
      try link.execute(statement.with(.int(id), .int(limit))).map { row throws(StoreError) in
        var read = Row(
          id: Int64(try row.int()), time: try row.text(), callID: try row.text(), queue: try row.text(),
          agent: try row.text(), event: try row.text(), data: [])
        for _ in layout.data { read.data.append(try row.text()) }
        return read
      }
    }
  }

  private func select(_ layout: Layout) -> String {
    let format = "'YYYY-MM-DD HH24:MI:SS.US'"
    let time =
      layout.timeIsText
      ? "\"time\"::text"
      : layout.timeIsUTC ? "to_char(\"time\" AT TIME ZONE 'UTC', \(format))" : "to_char(\"time\", \(format))"
    let texts = ["callid", "queuename", "agent", "event"] + layout.data
    let fields = texts.map { "left(coalesce(\"\($0)\"::text, ''), \(Self.fieldMax))" }
    return """
      SELECT id::bigint, coalesce(\(time), ''), \(fields.joined(separator: ", "))
      FROM \(quotedName) WHERE id >= $1 ORDER BY id LIMIT $2
      """
  }

  /// The lowest and the highest id; nil where the table is empty.
  public func ends() async throws(StoreError) -> (first: Int64, last: Int64)? {
    let statement = Statement(
      "queue log table ends", "SELECT min(id)::bigint, max(id)::bigint FROM \(quotedName)")
    return try await pool.run { link throws(StoreError) in
      let found = try link.execute(statement.with()).first { row throws(StoreError) in
        (try row.intOrNil(), try row.intOrNil())
      }
      guard let first = found?.0, let last = found?.1 else { return nil }
      return (first, last)
    }
  }
}
