public import Dialer
public import Telephony

/// What to count of a campaign's dials, with the figures of a law.
public struct ComplianceQuestion: Sendable, Hashable {
  public var campaign: CampaignName
  /// Dials from this moment.
  public var from: Timestamp
  /// Until just before this one.
  public var to: Timestamp
  /// IANA name: where a customer is of whom no list says it; days are cut there.
  public var zone: String
  /// When people may be called, in minutes since midnight where they are; nil: not counted.
  public var workdays: Range<Int>?
  /// The same on Saturday and Sunday.
  public var restDays: Range<Int>?
  /// An unanswered phone rings so long.
  public var minimumRing: Duration
  /// No dial without an agent for so long after a drop.
  public var redialGap: Duration

  public init(
    campaign: CampaignName, from: Timestamp, to: Timestamp, zone: String, workdays: Range<Int>? = nil,
    restDays: Range<Int>? = nil, minimumRing: Duration, redialGap: Duration
  ) {
    self.campaign = campaign
    self.from = from
    self.to = to
    self.zone = zone
    self.workdays = workdays
    self.restDays = restDays
    self.minimumRing = minimumRing
    self.redialGap = redialGap
  }
}

/// The answers.
public struct ComplianceFigures: Sendable, Hashable {
  /// Customer dials.
  public var dialed: Int
  public var outsideHours: Int
  /// Unanswered dials that ended sooner than the minimum.
  public var cutShort: Int
  /// Dials without any agent, sooner after a drop than the gap.
  public var redialsAfterDrop: Int
  /// To one number in any 24 hours.
  public var mostDialsInDay: Int
  /// Conversations with one number in any 24 hours, 7 days, 30 days of the period.
  public var mostTalks: (day: Int, week: Int, month: Int) {
    get { (mostTalksInDay, mostTalksInWeek, mostTalksInMonth) }
  }
  var mostTalksInDay: Int
  var mostTalksInWeek: Int
  var mostTalksInMonth: Int
  /// Of the whole period.
  public var period: AnswerCounts
  /// Of the day with the highest rate, and that day as `2026-11-23`; nil where nobody answered.
  public var worstDay: AnswerCounts?
  public var worstDayName: String?
  /// Of the 30 days before the end of the period.
  public var month: AnswerCounts
}

extension Store {
  private static let counted = """
    count(*) FILTER (WHERE customer_result = 'answered' OR outcome = 'dropped'),
    count(*) FILTER (WHERE outcome = 'dropped'), count(*) FILTER (WHERE customer_result = 'machine')
    """
  private static let dials = Statement(
    "compliance dials",
    """
    SELECT count(*),
      count(*) FILTER (WHERE $5::bigint IS NOT NULL AND CASE WHEN extract(isodow FROM there) < 6
        THEN minute < $5 OR minute >= $6::bigint ELSE minute < $7::bigint OR minute >= $8::bigint END),
      count(*) FILTER (WHERE customer_result IN ('no_answer', 'cancelled') AND ended_at - at < $9::interval),
      count(*) FILTER (WHERE agent IS NULL AND EXISTS (
        SELECT 1 FROM perezvon.attempts b WHERE b.number = d.number AND b.outcome = 'dropped'
          AND b.customer_dialed_at < d.at AND b.customer_dialed_at > d.at - $10::interval)),
      \(counted)
    FROM (
      SELECT x.*, extract(hour FROM there) * 60 + extract(minute FROM there) AS minute FROM (
        SELECT a.number, a.customer_dialed_at AS at, a.ended_at, a.agent, a.customer_result, a.outcome,
          a.customer_dialed_at AT TIME ZONE coalesce(nullif(p.time_zone, ''), $4) AS there
        FROM perezvon.attempts a
        LEFT JOIN perezvon.contact_phones p ON p.number = a.number AND p.campaign = a.campaign
        WHERE a.campaign = $1 AND a.started_at >= $2 - interval '1 hour' AND a.started_at < $3
          AND a.customer_dialed_at >= $2 AND a.customer_dialed_at < $3) x) d
    """)
  private static let often = Statement(
    "compliance dials of a number",
    """
    SELECT coalesce(max(dials), 0) FROM (
      SELECT count(*) OVER (PARTITION BY number ORDER BY customer_dialed_at
        RANGE BETWEEN interval '24 hours' PRECEDING AND CURRENT ROW) AS dials
      FROM perezvon.attempts
      WHERE campaign = $1 AND started_at >= $2 - interval '1 hour' AND started_at < $3
        AND customer_dialed_at >= $2 AND customer_dialed_at < $3) d
    """)
  private static let talks = Statement(
    "compliance talks with a number",
    """
    SELECT coalesce(max(in_day), 0), coalesce(max(in_week), 0), coalesce(max(in_month), 0) FROM (
      SELECT count(*) OVER (each RANGE BETWEEN interval '24 hours' PRECEDING AND CURRENT ROW) AS in_day,
        count(*) OVER (each RANGE BETWEEN interval '7 days' PRECEDING AND CURRENT ROW) AS in_week,
        count(*) OVER (each RANGE BETWEEN interval '30 days' PRECEDING AND CURRENT ROW) AS in_month
      FROM perezvon.attempts
      WHERE campaign = $1 AND started_at >= $2 - interval '1 hour' AND started_at < $3
        AND customer_dialed_at >= $2 AND customer_dialed_at < $3 AND outcome = 'conversation'
      WINDOW each AS (PARTITION BY number ORDER BY customer_dialed_at)) t
    """)
  private static let worst = Statement(
    "compliance worst day",
    """
    SELECT (customer_dialed_at AT TIME ZONE $4)::date::text, \(counted)
    FROM perezvon.attempts
    WHERE campaign = $1 AND started_at >= $2 - interval '1 hour' AND started_at < $3
      AND customer_dialed_at >= $2 AND customer_dialed_at < $3
    GROUP BY 1 HAVING count(*) FILTER (WHERE customer_result = 'answered' OR outcome = 'dropped') > 0
    ORDER BY count(*) FILTER (WHERE outcome = 'dropped')::float8
      / count(*) FILTER (WHERE customer_result = 'answered' OR outcome = 'dropped') DESC, 1 LIMIT 1
    """)
  private static let month = Statement(
    "compliance month",
    """
    SELECT \(counted) FROM perezvon.attempts
    WHERE campaign = $1 AND started_at >= $2 - interval '30 days' AND started_at < $2
      AND customer_dialed_at IS NOT NULL
    """)

  /// A campaign's dials in a period against the figures of a law. A month of 3 million dials takes seconds.
  public func compliance(_ question: ComplianceQuestion) async throws(StoreError) -> ComplianceFigures {
    let q = question
    let whole = [Parameter.text(q.campaign), .time(q.from), .time(q.to), .text(q.zone)]
    let calls = [
      Self.dials.with(
        whole[0], whole[1], whole[2], whole[3], .int(q.workdays?.lowerBound), .int(q.workdays?.upperBound),
        .int(q.restDays?.lowerBound), .int(q.restDays?.upperBound), .span(q.minimumRing), .span(q.redialGap)),
      Self.worst.with(whole[0], whole[1], whole[2], whole[3]),
      Self.month.with(whole[0], whole[2]), Self.often.with(whole[0], whole[1], whole[2]),
      Self.talks.with(whole[0], whole[1], whole[2]),
    ]
    return try await pool.run { link throws(StoreError) in
      let rows = try link.batch(calls, commits: false)
      let found = try rows[0].first { row throws(StoreError) in
        ComplianceFigures(
          dialed: try row.int(), outsideHours: try row.int(), cutShort: try row.int(),
          redialsAfterDrop: try row.int(), mostDialsInDay: 0, mostTalksInDay: 0, mostTalksInWeek: 0,
          mostTalksInMonth: 0, period: try Self.counts(&row), month: AnswerCounts())
      }
      guard var figures = found else {
        throw StoreError(code: .schema, message: "the figures of compliance have no row")
      }
      if let worst = try rows[1].first({ row throws(StoreError) in (try row.text(), try Self.counts(&row)) })
      {
        (figures.worstDayName, figures.worstDay) = worst
      }
      figures.month = try rows[2].first { row throws(StoreError) in try Self.counts(&row) } ?? AnswerCounts()
      figures.mostDialsInDay = try rows[3].first { row throws(StoreError) in try row.int() } ?? 0
      let talks = try rows[4].first { row throws(StoreError) in (try row.int(), try row.int(), try row.int())
      }
      if let talks {
        (figures.mostTalksInDay, figures.mostTalksInWeek, figures.mostTalksInMonth) = talks
      }
      return figures
    }
  }

  private static func counts(_ row: inout Row) throws(StoreError) -> AnswerCounts {
    AnswerCounts(live: try row.int(), dropped: try row.int(), machines: try row.int())
  }
}
