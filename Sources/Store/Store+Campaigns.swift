public import CallPolicy
public import Telephony

/// How far the list of a campaign is, for `campaigns list`.
public struct CampaignCounts: Sendable, Hashable {
  public var campaign: CampaignName
  public var contacts: Int
  /// Jobs by state.
  public var jobs: [JobState: Int]
}

extension Store {
  private static let runs = Statement(
    "campaign runs",
    "SELECT campaign, state, starts_at, stops_at, changed_at FROM perezvon.campaign_runs ORDER BY campaign")
  // The listeners are told as of a job: what may be dialled is read again.
  private static let setRun = Statement(
    "campaign run set",
    """
    INSERT INTO perezvon.campaign_runs (campaign, state, starts_at, stops_at, changed_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (campaign) DO UPDATE SET state = excluded.state, starts_at = excluded.starts_at,
      stops_at = excluded.stops_at, changed_at = excluded.changed_at
    """)
  private static let jobCounts = Statement(
    "campaign job counts",
    """
    SELECT campaign, state, count(*) FROM perezvon.jobs
    WHERE campaign = ANY ($1) GROUP BY campaign, state ORDER BY campaign, state
    """)
  private static let contactCounts = Statement(
    "campaign contact counts",
    "SELECT campaign, count(*) FROM perezvon.contacts WHERE campaign = ANY ($1) GROUP BY campaign")

  /// What people decided about campaigns; those about which nobody decided anything are not among them.
  public func campaignRuns() async throws(StoreError) -> [CampaignRun] {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.runs.with()).map { row throws(StoreError) in
        CampaignRun(
          campaign: try row.name(), state: try row.word(), startsAt: try row.timeOrNil(),
          stopsAt: try row.timeOrNil(), changedAt: try row.time())
      }
    }
  }

  /// Starts, pauses or schedules a campaign for every instance: from the commit on nothing is claimed for one that
  /// is held; running services are notified. With it a decision that names no number.
  public func setRun(_ run: CampaignRun, reason: String) async throws(StoreError) {
    let decision = Decision(
      at: run.changedAt, number: nil, job: nil, decision: "campaign_\(run.state.rawValue)", reason: reason)
    try await write([
      Self.setRun.with(
        .text(run.campaign), .word(run.state), .time(run.startsAt), .time(run.stopsAt), .time(run.changedAt)),
      DecisionRow.insert(decision), JobRow.notify.with(.text("")),
    ])
  }

  /// In the order asked for; a campaign without anything has zeros.
  public func campaignCounts(_ campaigns: [CampaignName]) async throws(StoreError) -> [CampaignCounts] {
    let names = Parameter.texts(campaigns.map(\.rawValue))
    return try await pool.run { link throws(StoreError) in
      let rows = try link.batch([Self.jobCounts.with(names), Self.contactCounts.with(names)])
      var counts = Dictionary(
        campaigns.map { ($0, CampaignCounts(campaign: $0, contacts: 0, jobs: [:])) }
      ) { first, _ in first }
      for (name, state, count) in try rows[0].map({ row throws(StoreError) in
        (try row.name(CampaignName.self), try row.word(JobState.self), try row.int())
      }) {
        counts[name]?.jobs[state] = count
      }
      for (name, count) in try rows[1].map({ row throws(StoreError) in
        (try row.name(CampaignName.self), try row.int())
      }) {
        counts[name]?.contacts = count
      }
      return campaigns.compactMap { counts[$0] }
    }
  }
}
