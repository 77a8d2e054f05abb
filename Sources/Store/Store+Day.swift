public import Telephony

extension Store {
  // Both bounds are given, and both are parameters: a plan made without their values then still takes the index on
  // the time.
  private static let funnel = Statement(
    "day funnel",
    """
    SELECT
      (SELECT count(*) FROM perezvon.calls WHERE started_at >= $1 AND started_at <= $2
        AND direction = 'inbound' AND attempt IS NULL),
      (SELECT count(*) FROM perezvon.missed_calls WHERE at >= $1 AND at <= $2),
      (SELECT count(*) FROM perezvon.missed_calls WHERE at >= $1 AND at <= $2 AND short),
      count(*), count(*) FILTER (WHERE t.dialed), count(*) FILTER (WHERE t.reached),
      count(*) FILTER (WHERE j.state = 'succeeded'), count(*) FILTER (WHERE j.state = 'recovered'),
      count(*) FILTER (WHERE j.state IN ('waiting', 'working')),
      count(*) FILTER (WHERE j.state IN ('exhausted', 'expired', 'excluded', 'cancelled', 'failed'))
    FROM perezvon.jobs j
    CROSS JOIN LATERAL (
      SELECT coalesce(bool_or(a.customer_dialed_at IS NOT NULL), false) AS dialed,
        coalesce(bool_or(a.customer_result = 'answered'), false) AS reached
      FROM perezvon.attempts a WHERE a.job = j.id) t
    WHERE j.created_at >= $1 AND j.created_at <= $2 AND j.source <> 'contact'
    """)
  private static let hours = Statement(
    "day queue hours",
    """
    SELECT q.pbx, q.queue, floor(extract(epoch FROM q.joined_at - $1) / 3600)::integer,
      count(*) FILTER (WHERE q.result = 'answered'),
      count(*) FILTER (WHERE q.result = 'answered' AND q.left_at - q.joined_at <= interval '20 s'),
      count(*) FILTER (WHERE q.result = 'abandoned'),
      count(*) FILTER (WHERE q.result = 'abandoned' AND EXISTS (SELECT 1 FROM perezvon.calls c
        WHERE c.pbx = q.pbx AND c.linkedid = q.linkedid AND c.short))
    FROM perezvon.queue_entries q
    WHERE q.joined_at >= $1 AND q.joined_at <= $2
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """)
  private static let lossPoints = Statement(
    "day loss points",
    """
    SELECT coalesce(m.lost_at, 'other'), m.queue, count(*),
      count(*) FILTER (WHERE (SELECT j.state FROM perezvon.jobs j WHERE j.id = m.job)
        IN ('succeeded', 'recovered'))
    FROM perezvon.missed_calls m WHERE m.at >= $1 AND m.at <= $2
    GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT $3
    """)

  /// What came since a moment, up to and with `now`.
  public func dayTotals(since: Timestamp, now: Timestamp) async throws(StoreError) -> DayTotals {
    try await pool.run { link throws(StoreError) in
      let rows = try link.batch([
        Self.funnel.with(.time(since), .time(now)), Self.hours.with(.time(since), .time(now)),
        Self.lossPoints.with(.time(since), .time(now), .int(StoreSettings.listMax)),
      ])
      let funnel = try rows[0].first { row throws(StoreError) in
        DayFunnel(
          calls: try row.int(), missed: try row.int(), short: try row.int(), owed: try row.int(),
          dialed: try row.int(), reached: try row.int(), conversations: try row.int(),
          recovered: try row.int(), open: try row.int(), lost: try row.int())
      }
      let hours = try rows[1].map { row throws(StoreError) in
        QueueHourTotals(
          pbx: try row.name(), queue: try row.name(), hour: try row.int(), answered: try row.int(),
          answeredInTime: try row.int(), abandoned: try row.int(), shortAbandoned: try row.int())
      }
      let losses = try rows[2].map { row throws(StoreError) in
        LossTotals(
          lostAt: try row.text(), queue: try row.nameOrNil(), missed: try row.int(), recovered: try row.int())
      }
      return DayTotals(funnel: try Self.one(funnel), queueHours: hours, losses: losses)
    }
  }

  private static let owedNow = Statement(
    "owed now",
    """
    SELECT count(*) FILTER (WHERE state = 'waiting' AND due_at <= $1),
      count(*) FILTER (WHERE state = 'waiting' AND due_at <= $2), count(*) FILTER (WHERE state = 'working'),
      count(*) FILTER (WHERE state = 'waiting' AND due_at > $1)
    FROM perezvon.jobs
    WHERE state IN ('waiting', 'working') AND NOT held_out AND contact IS NULL
    """)

  /// What is owed now; `overdue` are those that were due at `overdueBefore` already.
  public func callbackCounts(
    now: Timestamp, overdueBefore: Timestamp
  ) async throws(StoreError) -> CallbackCounts {
    try await pool.run { link throws(StoreError) in
      let rows = try link.batch([
        Self.byState.with(), Self.owedNow.with(.time(now), .time(overdueBefore)),
      ])
      let states = try rows[0].map { row throws(StoreError) in
        (try row.word(JobState.self), try row.int())
      }
      let counts = try rows[1].first { row throws(StoreError) in
        CallbackCounts(
          jobs: Dictionary(uniqueKeysWithValues: states), due: try row.int(), overdue: try row.int(),
          working: try row.int(), later: try row.int())
      }
      return try Self.one(counts)
    }
  }
}
