public import Telephony

/// The missed calls of a span, for a digest.
public struct DigestFigures: Sendable, Hashable {
  public struct Row: Sendable, Hashable {
    public var at: Timestamp
    public var number: String?
    public var name: String
    public var queue: QueueName?
    public var wait: Duration
    public var lostAt: LostAt?
    /// Of its job; nil where it has none.
    public var state: JobState?
    /// Customer dials of its job.
    public var dials: Int
  }

  public var from: Timestamp
  public var to: Timestamp
  /// Oldest first. One that came to the books late is told of in the next digest, whenever it was.
  public var rows: [Row]
  public var openTasks: Int
  public var overdueTasks: Int
}

extension Store {
  private static let keepCall = Statement(
    "digest keep",
    """
    INSERT INTO perezvon.digest_calls (digest, pbx, linkedid, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
    """)

  static func keepForDigest(_ name: String, _ call: BookedEvent.Call) -> Statement.Call {
    keepCall.with(.text(name), .text(call.pbx), .text(call.linkedID), .time(call.at))
  }

  // The mark of a digest is the end of the span it told of last.
  private static let digestMark = Statement(
    "digest mark", "SELECT at FROM perezvon.told WHERE what = $1 FOR UPDATE")
  private static let digestSet = Statement(
    "digest set",
    "INSERT INTO perezvon.told (what, at) VALUES ($1, $2) ON CONFLICT (what) DO UPDATE SET at = excluded.at")
  private static let digestRows = Statement(
    "digest rows",
    """
    WITH mine AS (
      DELETE FROM perezvon.digest_calls WHERE digest = $1 AND at < $2 RETURNING pbx, linkedid)
    SELECT m.at, m.number, m.customer_name, m.queue, m.wait, m.lost_at, j.state, coalesce(j.attempts, 0)
    FROM mine JOIN perezvon.missed_calls m USING (pbx, linkedid) LEFT JOIN perezvon.jobs j ON j.id = m.job
    ORDER BY m.at
    """)
  private static let digestTasks = Statement(
    "digest tasks",
    "SELECT count(*), count(*) FILTER (WHERE due_at < $1) FROM perezvon.tasks WHERE closed_at IS NULL")

  /// Tells of what was kept for this digest up to `end`: once, whichever instance comes first. The span begins where
  /// the last digest of this name ended, or `span` before. `compose` makes nothing where there is nothing to tell.
  public func digest(
    _ name: String, to end: Timestamp, span: Duration, now: Timestamp,
    compose: @escaping @Sendable (DigestFigures) -> [OutboxDraft]
  ) async throws(StoreError) {
    try await pool.run { link throws(StoreError) in
      do throws(StoreError) {
        try Self.digest(name, end, span, now, compose, link)
      } catch {
        if !link.broken { _ = try? link.batch([Link.rollback.with()]) }
        throw error
      }
    }
  }

  private static func digest(
    _ name: String, _ end: Timestamp, _ span: Duration, _ now: Timestamp,
    _ compose: (DigestFigures) -> [OutboxDraft], _ link: Link
  ) throws(StoreError) {
    let mark = try link.batch([
      Link.begin.with(), Link.lock.with(.text("digest \(name)")), digestMark.with(.text(name)),
    ])[2].first { row throws(StoreError) in try row.time() }
    if let mark, mark >= end {
      try link.batch([Link.rollback.with()])
      return
    }
    let from = mark ?? end - span
    let rows = try link.batch([
      digestRows.with(.text(name), .time(end)), digestTasks.with(.time(now)),
    ])
    let calls = try rows[0].map { row throws(StoreError) in
      DigestFigures.Row(
        at: try row.time(), number: try row.textOrNil(), name: try row.text(), queue: try row.nameOrNil(),
        wait: try row.span(), lostAt: try row.wordOrNil(), state: try row.wordOrNil(), dials: try row.int())
    }
    let tasks = try rows[1].first { row throws(StoreError) in (open: try row.int(), overdue: try row.int()) }
    let figures = DigestFigures(
      from: from, to: end, rows: calls, openTasks: tasks?.open ?? 0, overdueTasks: tasks?.overdue ?? 0)
    let writes = compose(figures).map { insert($0, now: now) } + [digestSet.with(.text(name), .time(end))]
    try link.batch(writes + [Link.commit.with()], commits: true)
  }
}
