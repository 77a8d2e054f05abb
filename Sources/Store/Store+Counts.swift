public import Telephony

extension Store {
  static let byState = Statement(
    "counts by state", "SELECT state, count(*) FROM perezvon.jobs GROUP BY state")
  private static let counted = Statement(
    "counts",
    """
    SELECT
      waiting.due, waiting.overdue, waiting.first_due,
      (SELECT count(*) FROM perezvon.attempts WHERE ended_at IS NULL),
      (SELECT count(*) FROM perezvon.calls WHERE ended_at > $2 AND ended_at <= $1 AND direction = 'inbound'
        AND attempt IS NULL),
      (SELECT count(*) FROM perezvon.missed_calls WHERE at > $2 AND at <= $1),
      (SELECT count(*) FROM perezvon.attempts WHERE started_at > $2 AND started_at <= $1
        AND outcome = 'conversation')
    FROM (
      SELECT count(*) FILTER (WHERE NOT held_out AND due_at <= $1) AS due,
        count(*) FILTER (WHERE expires_at < $1) AS overdue,
        min(due_at) FILTER (WHERE NOT held_out AND due_at <= $1) AS first_due
      FROM perezvon.jobs WHERE state = 'waiting') AS waiting
    """)

  /// The books at a moment.
  public func counts(now: Timestamp) async throws(StoreError) -> StatusCounts {
    try await pool.run { link throws(StoreError) in
      let rows = try link.batch([
        Self.byState.with(), Self.counted.with(.time(now), .time(now - .seconds(86_400))),
      ])
      let states = try rows[0].map { row throws(StoreError) in
        (try row.word(JobState.self), try row.int())
      }
      let counts = try rows[1].first { row throws(StoreError) in
        StatusCounts(
          jobs: Dictionary(uniqueKeysWithValues: states), due: try row.int(), overdue: try row.int(),
          firstDue: try row.timeOrNil(), liveAttempts: try row.int(), inboundLastDay: try row.int(),
          missedLastDay: try row.int(), conversationsLastDay: try row.int())
      }
      return try Self.one(counts)
    }
  }

  private static let summed = Statement(
    "summary",
    """
    WITH span_jobs AS (
      SELECT j.state, j.first_missed_at,
        (SELECT min(a.customer_dialed_at) FROM perezvon.attempts a WHERE a.job = j.id) AS dialed_at
      FROM perezvon.jobs j WHERE j.created_at >= $1 AND j.created_at < $2)
    SELECT
      (SELECT count(*) FROM perezvon.calls WHERE started_at >= $1 AND started_at < $2
        AND direction = 'inbound' AND attempt IS NULL),
      (SELECT count(*) FROM perezvon.missed_calls WHERE at >= $1 AND at < $2),
      (SELECT count(*) FROM perezvon.missed_calls WHERE at >= $1 AND at < $2 AND short),
      count(*), count(dialed_at),
      (SELECT count(*) FROM perezvon.attempts WHERE started_at >= $1 AND started_at < $2
        AND outcome = 'conversation'),
      count(*) FILTER (WHERE state = 'recovered'),
      percentile_cont(0.5) WITHIN GROUP (ORDER BY dialed_at - first_missed_at)
    FROM span_jobs
    """)

  /// What came in and what became of it from one moment to before another.
  public func summary(from: Timestamp, to: Timestamp) async throws(StoreError) -> CallSummary {
    try await pool.run { link throws(StoreError) in
      let rows = try link.execute(Self.summed.with(.time(from), .time(to)))
      let summary = try rows.first { row throws(StoreError) in
        CallSummary(
          calls: try row.int(), missed: try row.int(), short: try row.int(), jobs: try row.int(),
          calledBack: try row.int(), conversations: try row.int(), recovered: try row.int(),
          medianTimeToFirstDial: try row.spanOrNil())
      }
      return try Self.one(summary)
    }
  }

  static func one<T>(_ value: T?) throws(StoreError) -> T {
    guard let value else { throw StoreError(code: .other, message: "an aggregate returned no row") }
    return value
  }
}
