public import CallTracking
public import Telephony

/// An ended call of long ago, its number read, for `Store.bring`.
public struct HistoricCall: Sendable, Hashable {
  public var call: CallRecord
  public var caller: CallerNumber
  /// He gave up before `min_wait`.
  public var short: Bool

  public init(call: CallRecord, caller: CallerNumber, short: Bool) {
    self.call = call
    self.caller = caller
    self.short = short
  }
}

/// Calls and stays in queues encoded for the books, to be brought there as one transaction. Encoding is done
/// where the rows are appended, so that the connection's thread only sends.
public struct HistoryBatch: Sendable {
  /// Calls of one batch at which it should be sent: about 20 MB.
  public static let callsMax = 50_000

  var callRows = CopyRows()
  var missedRows = CopyRows()
  var entryRows = CopyRows()

  public init() {}

  public var calls: Int { callRows.count }
  public var entries: Int { entryRows.count }
  public var isFull: Bool { calls >= Self.callsMax || entries >= 2 * Self.callsMax }

  /// - Parameter reason: why a missed one of these gets no job.
  public mutating func append(_ historic: HistoricCall, reason: String) {
    let (call, caller) = (historic.call, historic.caller)
    callRows.row(fields: 20)
    callRows.text(call.pbx)
    callRows.text(call.linkedID)
    callRows.text(call.channel)
    callRows.word(call.direction)
    callRows.time(call.startedAt)
    callRows.time(call.endedAt)
    callRows.text(caller.shown)
    callRows.word(Self.kind(caller))
    callRows.text(call.rawName)
    callRows.text(call.did)
    callRows.text(call.queue)
    callRows.bool(call.answered)
    callRows.text(call.answeredBy)
    callRows.span(call.wait)
    callRows.span(call.talk)
    callRows.word(call.lostAt)
    callRows.word(call.ending)
    callRows.int4(call.cause.rawValue)
    callRows.bool(historic.short)
    callRows.uuid(call.attempt?.id)
    if call.missed { appendMissed(historic, reason: reason) }
  }

  private mutating func appendMissed(_ historic: HistoricCall, reason: String) {
    let (call, caller) = (historic.call, historic.caller)
    missedRows.row(fields: 16)
    missedRows.text(call.pbx)
    missedRows.text(call.linkedID)
    missedRows.time(call.endedAt)
    missedRows.text(caller.shown)
    missedRows.word(Self.kind(caller))
    missedRows.text(call.rawName)
    missedRows.text(call.did)
    missedRows.text(call.queue)
    missedRows.span(call.wait)
    missedRows.word(call.lostAt)
    missedRows.word(call.ending)
    missedRows.texts(call.membersRung)
    missedRows.bool(historic.short)
    missedRows.json(CallRow.json(call.evidence))
    missedRows.uuid(nil)
    missedRows.text(reason)
  }

  private static func kind(_ caller: CallerNumber) -> PhoneNumberKind? {
    if case .number(_, let kind) = caller { kind } else { nil }
  }

  public mutating func append(_ entry: QueueEntryRecord) {
    entryRows.row(fields: 10)
    entryRows.text(entry.pbx)
    entryRows.text(entry.channel)
    entryRows.int4(entry.join)
    entryRows.text(entry.linkedID)
    entryRows.text(entry.queue)
    entryRows.time(entry.joinedAt)
    entryRows.time(entry.leftAt)
    entryRows.word(entry.result)
    entryRows.text(entry.member)
    entryRows.int4(entry.position)
  }
}

/// What a batch added; what was there already is not counted.
public struct HistoryCounts: Sendable, Hashable {
  public var calls = 0
  public var missed = 0
  public var entries = 0

  public init() {}

  public static func += (sum: inout HistoryCounts, more: HistoryCounts) {
    sum.calls += more.calls
    sum.missed += more.missed
    sum.entries += more.entries
  }
}

extension Store {
  private static let hurry = """
    SET LOCAL statement_timeout = 0;
    SET LOCAL synchronous_commit = off;
    SET LOCAL perezvon.history = 'on';
    """
  /// Temporary tables live as long as the connection; theirs are the names first found.
  private static let staging = """
    CREATE TEMPORARY TABLE IF NOT EXISTS staged_calls (LIKE perezvon.calls) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS staged_missed (LIKE perezvon.missed_calls) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS staged_entries (LIKE perezvon.queue_entries) ON COMMIT DELETE ROWS;
    """

  // The columns by name: a table may get more of them.
  private static let callColumns = """
    pbx, linkedid, channel, direction, started_at, ended_at, number, number_kind, customer_name, did, queue,
    answered, answered_by, wait, talk, lost_at, ending, hangup_cause, short, attempt
    """
  private static let missedColumns = """
    pbx, linkedid, at, number, number_kind, customer_name, did, queue, wait, lost_at, ending, members_rung,
    short, evidence, job, no_job_reason
    """
  private static let entryColumns =
    "pbx, channel, join_n, linkedid, queue, joined_at, left_at, result, member, position"

  // A call that is in the books under another linkedid is known by its queue entry. The subquery with a LIMIT
  // is looked up row by row in the primary key; as a join it would be read whole for each batch.
  private static let putCalls = Statement(
    "history calls",
    """
    WITH fresh AS (
      INSERT INTO perezvon.calls (\(callColumns)) SELECT \(callColumns) FROM pg_temp.staged_calls s
      WHERE coalesce((SELECT q.linkedid FROM perezvon.queue_entries q
        WHERE q.pbx = s.pbx AND q.channel = s.channel LIMIT 1), s.linkedid) = s.linkedid
      ON CONFLICT DO NOTHING RETURNING pbx, linkedid),
    lost AS (
      INSERT INTO perezvon.missed_calls (\(missedColumns)) SELECT \(missedColumns)
      FROM pg_temp.staged_missed JOIN fresh USING (pbx, linkedid)
      ON CONFLICT DO NOTHING RETURNING 1)
    SELECT (SELECT count(*) FROM fresh), (SELECT count(*) FROM lost)
    """)
  private static let putEntries = Statement(
    "history entries",
    """
    INSERT INTO perezvon.queue_entries (\(entryColumns)) SELECT \(entryColumns)
    FROM pg_temp.staged_entries ON CONFLICT DO NOTHING
    """)

  /// Puts calls of long ago into the books, with nothing following from them: no job, no decision. What is
  /// there already stays as it is. One transaction; a repetition adds nothing. A lost connection during the
  /// COMMIT leaves its fate unknown: repeat it.
  public func bring(_ batch: HistoryBatch) async throws(StoreError) -> HistoryCounts {
    try await pool.run { link throws(StoreError) in
      do throws(StoreError) {
        // Straight into the tables costs half. The first row that is there already ends it.
        return try Self.copy(batch, link)
      } catch {
        if !link.broken { _ = try? link.batch([Link.rollback.with()]) }
        guard error.code == .uniqueViolation else { throw error }
      }
      do throws(StoreError) {
        return try Self.merge(batch, link)
      } catch {
        if !link.broken { _ = try? link.batch([Link.rollback.with()]) }
        throw error
      }
    }
  }

  /// A batch of which nothing is in the books; refused whole where something is.
  private static func copy(_ batch: HistoryBatch, _ link: Link) throws(StoreError) -> HistoryCounts {
    try link.batch([Link.begin.with()])
    try link.script(hurry, name: "history settings")
    var counts = HistoryCounts()
    // Entries first: they tell of a call that is known under another linkedid.
    counts.entries = try copy(batch.entryRows, into: "perezvon.queue_entries", entryColumns, link)
    counts.calls = try copy(batch.callRows, into: "perezvon.calls", callColumns, link)
    counts.missed = try copy(batch.missedRows, into: "perezvon.missed_calls", missedColumns, link)
    try link.batch([Link.commit.with()], commits: true)
    return counts
  }

  /// A batch of which something may be in the books.
  private static func merge(_ batch: HistoryBatch, _ link: Link) throws(StoreError) -> HistoryCounts {
    try link.batch([Link.begin.with()])
    try link.script(hurry + staging, name: "history staging")
    _ = try copy(batch.callRows, into: "pg_temp.staged_calls", callColumns, link)
    _ = try copy(batch.missedRows, into: "pg_temp.staged_missed", missedColumns, link)
    _ = try copy(batch.entryRows, into: "pg_temp.staged_entries", entryColumns, link)
    // Calls first: the look at the queue entries must not find those of this batch.
    let rows = try link.batch([putCalls.with(), putEntries.with(), Link.commit.with()], commits: true)
    var counts = HistoryCounts()
    if let added = try rows[0].first({ row throws(StoreError) in (try row.int(), try row.int()) }) {
      (counts.calls, counts.missed) = added
    }
    counts.entries = rows[1].affected
    return counts
  }

  private static func copy(
    _ rows: CopyRows, into table: String, _ columns: String, _ link: Link
  ) throws(StoreError) -> Int {
    guard rows.count > 0 else { return 0 }
    return try link.copy(
      "COPY \(table) (\(columns)) FROM STDIN (FORMAT binary)", rows, name: "copy to \(table)")
  }
}
