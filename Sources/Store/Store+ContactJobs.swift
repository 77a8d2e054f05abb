public import CallPolicy
public import Telephony

/// The part of a list that lies in one time zone.
public struct ContactZone: Sendable, Hashable {
  public var campaign: CampaignName
  /// An IANA name; empty: the calendar's own.
  public var zone: String

  public init(campaign: CampaignName, zone: String) {
    self.campaign = campaign
    self.zone = zone
  }
}

extension Store {
  // From one to the next through the index, whatever the number of rows of each.
  private static let zones = Statement(
    "contact zones",
    """
    WITH RECURSIVE part AS (
      SELECT name AS campaign, (SELECT time_zone FROM perezvon.jobs
        WHERE campaign = name AND state = 'waiting' AND NOT held_out AND contact IS NOT NULL
        ORDER BY time_zone LIMIT 1) AS time_zone
      FROM unnest($1::text[]) AS wanted (name)
      UNION ALL
      SELECT part.campaign, (SELECT j.time_zone FROM perezvon.jobs j
        WHERE j.campaign = part.campaign AND j.time_zone > part.time_zone AND j.state = 'waiting'
          AND NOT j.held_out AND j.contact IS NOT NULL
        ORDER BY j.time_zone LIMIT 1)
      FROM part WHERE part.time_zone IS NOT NULL)
    SELECT campaign, time_zone FROM part WHERE time_zone IS NOT NULL
    """)
  private static let line = Statement(
    "contact jobs",
    """
    SELECT \(JobRow.columns) FROM (
      SELECT j.* FROM unnest($1::text[], $2::text[]) AS part (name, zone)
      CROSS JOIN LATERAL (
        SELECT * FROM perezvon.jobs o
        WHERE o.campaign = part.name AND o.time_zone = part.zone AND o.state = 'waiting' AND NOT o.held_out
          AND o.contact IS NOT NULL AND o.due_at <= $3 AND ($5::text IS NULL OR o.pbx = $5)
        ORDER BY o.priority DESC, o.due_at, o.id LIMIT $4) j
      ORDER BY j.priority DESC, j.due_at, j.id LIMIT $4) jobs
    """)

  /// In which time zones the waiting contacts of these campaigns live.
  public func contactZones(_ campaigns: [CampaignName]) async throws(StoreError) -> [ContactZone] {
    guard !campaigns.isEmpty else { return [] }
    return try await pool.run { link throws(StoreError) in
      try link.execute(Self.zones.with(.texts(campaigns.map(\.rawValue)))).map { row throws(StoreError) in
        ContactZone(campaign: try row.name(), zone: try row.text())
      }
    }
  }

  /// Waiting jobs of contacts in these zones (and of this PBX, where one is named), due at that moment or before:
  /// highest priority first, then who is due longest. A zone where it is night is not to be among them.
  public func contactJobs(
    _ zones: [ContactZone], pbx: PBXName? = nil, dueBefore: Timestamp, limit: Int
  ) async throws(StoreError) -> [Job] {
    guard !zones.isEmpty else { return [] }
    let call = Self.line.with(
      .texts(zones.map(\.campaign.rawValue)), .texts(zones.map(\.zone)), .time(dueBefore),
      .int(min(max(1, limit), StoreSettings.listMax)), .text(pbx))
    return try await pool.run { link throws(StoreError) in try link.execute(call).map(JobRow.read) }
  }
}
