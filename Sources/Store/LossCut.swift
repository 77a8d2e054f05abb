/// A way to cut the lost calls into rows: what stands in Sources/Store/Reports/losses_cut.sql for each.
struct LossCut: Sendable {
  /// The columns that name a row.
  var columns: String
  /// What they are looked up in.
  var beside = ""
  var group = "1"
  var order = "missed DESC"

  static func of(_ report: StoredReport) -> LossCut? {
    switch report {
    case .lossesByPlace: LossCut(columns: "coalesce(m.lost_at, 'other') AS lost_at")
    case .lossPoints:
      LossCut(columns: "coalesce(m.lost_at, 'other') AS lost_at, m.queue, m.did", group: "1, 2, 3")
    case .lossBranches:
      // The dialplan context the caller hung up in.
      LossCut(
        columns: "coalesce(m.lost_at, 'other') AS lost_at, b.branch",
        beside: """
          CROSS JOIN LATERAL (
            SELECT coalesce((SELECT s->>'detail' FROM jsonb_array_elements(m.evidence) WITH ORDINALITY AS e (s, i)
              WHERE s->>'what' = 'hung_up' AND s->>'detail' <> '' ORDER BY i DESC LIMIT 1), '') AS branch) b
          """, group: "1, 2")
    case .lossPeople:
      // Each member rung counts the call once.
      LossCut(
        columns: "p.member",
        beside: "CROSS JOIN LATERAL (SELECT DISTINCT unnest(m.members_rung) AS member) p")
    case .lossForwards:
      // Transfers, and queues after the first.
      LossCut(
        columns: "f.forwards",
        beside: """
          CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE s->>'what' = 'transferred')
              + greatest(count(*) FILTER (WHERE s->>'what' = 'joined') - 1, 0) AS forwards
            FROM jsonb_array_elements(m.evidence) AS e (s)) f
          """, order: "1")
    case .lossHours:
      LossCut(
        columns: "extract(isodow FROM m.at)::int AS weekday, extract(hour FROM m.at)::int AS hour",
        group: "1, 2", order: "1, 2")
    case .lossDays: LossCut(columns: "m.at::date AS day", order: "1")
    case .lossesSummary, .recovery, .waits, .holdOut, .selfReturn, .agents, .queues, .hours, .calls,
      .missedCalls,
      .jobs, .attempts, .tasks, .drops:
      nil
    }
  }

  func filled(_ template: String) -> String {
    template.replacing("/*columns*/", with: columns).replacing(
      "/*beside*/", with: beside.isEmpty ? "" : "\n" + beside
    )
    .replacing("/*group*/", with: group).replacing("/*order*/", with: order)
  }
}
