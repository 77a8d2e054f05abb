public import Dialer
public import Telephony

/// What became of a campaign's answered dials within one hour.
public struct AnswerCountsStep: Sendable, Hashable {
  public var campaign: CampaignName
  /// The last moment of those that are counted.
  public var at: Timestamp
  public var counts: AnswerCounts

  public init(campaign: CampaignName, at: Timestamp, counts: AnswerCounts) {
    self.campaign = campaign
    self.at = at
    self.counts = counts
  }
}

extension Store {
  // A customer who was put through and whose talk was too short is a live answer as well; so is one dropped.
  private static let countsStatement = Statement(
    "answer counts",
    """
    SELECT campaign, max(coalesce(connected_at, ended_at)),
      count(*) FILTER (WHERE customer_result = 'answered' OR outcome = 'dropped'),
      count(*) FILTER (WHERE outcome = 'dropped'),
      count(*) FILTER (WHERE customer_result = 'machine')
    FROM perezvon.attempts
    WHERE started_at >= $2 AND campaign = ANY ($1) AND ended_at IS NOT NULL
      AND (customer_result IN ('answered', 'machine') OR outcome = 'dropped')
    GROUP BY campaign, date_trunc('hour', coalesce(connected_at, ended_at))
    ORDER BY 2, 1
    """)

  /// Answered dials of these campaigns since a moment, by the hour, oldest first: what a pacer is told after a
  /// restart (`Pacer.restore`), so that its cap on drops goes on where it was.
  public func answerCounts(
    of campaigns: [CampaignName], since: Timestamp
  ) async throws(StoreError) -> [AnswerCountsStep] {
    guard !campaigns.isEmpty else { return [] }
    let call = Self.countsStatement.with(.texts(campaigns.map(\.rawValue)), .time(since))
    return try await pool.run { link throws(StoreError) in
      try link.execute(call).map { row throws(StoreError) in
        AnswerCountsStep(
          campaign: try row.name(), at: try row.time(),
          counts: AnswerCounts(live: try row.int(), dropped: try row.int(), machines: try row.int()))
      }
    }
  }

  private static let dropsStatement = Statement(
    "last drops",
    """
    SELECT number, max(ended_at) FROM perezvon.attempts
    WHERE number = ANY ($1) AND customer_dialed_at > $2 AND outcome = 'dropped'
    GROUP BY number
    """)

  /// When each of these numbers was last dropped, of dials since a moment; numbers that were not are not in it.
  public func lastDrops(
    of numbers: [PhoneNumber], since: Timestamp
  ) async throws(StoreError) -> [PhoneNumber: Timestamp] {
    guard !numbers.isEmpty else { return [:] }
    let call = Self.dropsStatement.with(.texts(numbers.map(\.e164)), .time(since))
    let found = try await pool.run { link throws(StoreError) in
      try link.execute(call).map { row throws(StoreError) in (try row.text(), try row.time()) }
    }
    return Dictionary(
      found.compactMap { text, at in PhoneNumber(e164: text).map { ($0, at) } }, uniquingKeysWith: max)
  }
}
