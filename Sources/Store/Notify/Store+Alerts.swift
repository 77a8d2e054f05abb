public import Telephony

/// What the health of the PBXs is judged by.
public struct HealthFigures: Sendable, Hashable {
  /// The customer dials of one PBX within a quarter of an hour.
  public struct Dials: Sendable, Hashable {
    public var pbx: PBXName
    public var dials: Int
    /// Of them, those the network had no way for.
    public var refused: Int
  }

  /// The inbound calls of one PBX in a span, and in the same span of the four weeks before.
  public struct Inbound: Sendable, Hashable {
    public var pbx: PBXName
    public var calls: Int
    /// Per week.
    public var usual: Double
  }

  /// Missed calls of an hour, and of the same hour of the days before.
  public struct Missed: Sendable, Hashable {
    public var calls: Int
    /// Per day, of the same kind of day (working day or weekend) in four weeks.
    public var usual: Double
  }

  /// A campaign's answered dials of 24 hours.
  public struct Drops: Sendable, Hashable {
    public var campaign: CampaignName
    public var live: Int
    public var dropped: Int
  }

  public var dials: [Dials] = []
  public var inbound: [Inbound] = []
  public var missed = Missed(calls: 0, usual: 0)
  public var drops: [Drops] = []

  public init() {}
}

extension Store {
  private static let healthDials = Statement(
    "health dials",
    """
    SELECT pbx, count(*), count(*) FILTER (WHERE customer_result = 'congestion') FROM perezvon.attempts
    WHERE started_at > $1 - interval '15 minutes' AND customer_dialed_at IS NOT NULL AND ended_at IS NOT NULL
    GROUP BY pbx
    """)
  private static let healthInbound = Statement(
    "health inbound",
    """
    SELECT p, (SELECT count(*) FROM perezvon.calls c WHERE c.pbx = p AND c.direction = 'inbound'
        AND c.started_at > $2 - $3::interval AND c.started_at <= $2),
      (SELECT count(*) FROM generate_series(1, 4) AS w CROSS JOIN LATERAL (
        SELECT 1 FROM perezvon.calls c WHERE c.pbx = p AND c.direction = 'inbound'
          AND c.started_at > $2 - w * interval '7 days' - $3::interval
          AND c.started_at <= $2 - w * interval '7 days') past)
    FROM unnest($1::text[]) AS p
    """)
  private static let healthMissed = Statement(
    "health missed",
    """
    SELECT (SELECT count(*) FROM perezvon.missed_calls m WHERE m.at > $1 - interval '1 hour' AND m.at <= $1
        AND NOT m.short),
      count(m.at), count(DISTINCT d.day)
    FROM (SELECT n AS day, $1 - n * interval '1 day' AS past FROM generate_series(1, 28) AS n
      WHERE (extract(isodow FROM $1 - n * interval '1 day') > 5) = (extract(isodow FROM $1) > 5)) d
    LEFT JOIN perezvon.missed_calls m ON m.at > d.past - interval '1 hour' AND m.at <= d.past AND NOT m.short
    """)
  private static let healthDrops = Statement(
    "health drops",
    """
    SELECT campaign, count(*) FILTER (WHERE customer_result = 'answered' OR outcome = 'dropped'),
      count(*) FILTER (WHERE outcome = 'dropped')
    FROM perezvon.attempts
    WHERE started_at > $1 - interval '24 hours' AND ended_at IS NOT NULL
      AND (customer_result = 'answered' OR outcome = 'dropped')
    GROUP BY campaign HAVING count(*) FILTER (WHERE outcome = 'dropped') > 0
    """)

  /// The figures of this moment.
  public func healthFigures(
    pbxs: [PBXName], inboundSpan: Duration, now: Timestamp
  ) async throws(StoreError) -> HealthFigures {
    let calls = [
      Self.healthDials.with(.time(now)),
      Self.healthInbound.with(.texts(pbxs.map(\.rawValue)), .time(now), .span(inboundSpan)),
      Self.healthMissed.with(.time(now)), Self.healthDrops.with(.time(now)),
    ]
    return try await pool.run { link throws(StoreError) in
      let rows = try link.batch(calls)
      var figures = HealthFigures()
      figures.dials = try rows[0].map { row throws(StoreError) in
        HealthFigures.Dials(pbx: try row.name(), dials: try row.int(), refused: try row.int())
      }
      figures.inbound = try rows[1].map { row throws(StoreError) in
        HealthFigures.Inbound(pbx: try row.name(), calls: try row.int(), usual: Double(try row.int()) / 4)
      }
      figures.missed =
        try rows[2].first { row throws(StoreError) in
          let (calls, past, days) = (try row.int(), try row.int(), try row.int())
          return HealthFigures.Missed(calls: calls, usual: days > 0 ? Double(past) / Double(days) : 0)
        } ?? figures.missed
      figures.drops = try rows[3].map { row throws(StoreError) in
        HealthFigures.Drops(campaign: try row.name(), live: try row.int(), dropped: try row.int())
      }
      return figures
    }
  }

  // The row and its event in one statement: of several instances one is the first. Once a day it is news again: what went
  // well and wrong again while nobody looked would not be told otherwise.
  private static let raiseAlert = Statement(
    "alert raise",
    """
    WITH fresh AS (
      INSERT INTO perezvon.alerts (what, kind, raised_at, sentence) VALUES ($1, $2, $3, $4)
      ON CONFLICT (what) DO UPDATE SET raised_at = EXCLUDED.raised_at, sentence = EXCLUDED.sentence
        WHERE alerts.raised_at <= EXCLUDED.raised_at - interval '1 day'
      RETURNING 1)
    INSERT INTO perezvon.events (at, kind, pbx, details) SELECT $3, $2, $5, $6 FROM fresh
    """)
  private static let clearAlert = Statement(
    "alert clear",
    """
    WITH gone AS (DELETE FROM perezvon.alerts WHERE what = $1 RETURNING 1)
    INSERT INTO perezvon.events (at, kind, pbx, details) SELECT $3, $2, $4, $5 FROM gone
    """)

  /// Raises an alert, once until it is cleared, and once more for each day that it lasts. `details` is JSON.
  public func raiseAlert(
    _ what: String, kind: String, pbx: PBXName?, sentence: String, details: String, now: Timestamp
  ) async throws(StoreError) {
    let call = Self.raiseAlert.with(
      .text(what), .text(kind), .time(now), .text(sentence), .text(pbx), .json(details))
    try await pool.run { link throws(StoreError) in _ = try link.execute(call, commits: true) }
  }

  /// Clears an alert where it was raised, and tells so.
  public func clearAlert(
    _ what: String, kind: String, pbx: PBXName?, details: String, now: Timestamp
  ) async throws(StoreError) {
    let call = Self.clearAlert.with(.text(what), .text(kind), .time(now), .text(pbx), .json(details))
    try await pool.run { link throws(StoreError) in _ = try link.execute(call, commits: true) }
  }
}
