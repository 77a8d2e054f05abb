import Courier
import Foundation
import Service
import Testing

@Suite struct `The reports` {
  /// Three days of one queue: 120 inbound calls, a third of them missed, a job for most, held-out ones among them.
  private static let story = """
    INSERT INTO perezvon.calls SELECT 'pbx1', 'c' || i, 'c' || i, 'inbound', at, at + interval '40 s',
      '+7916' || lpad((1000000 + i)::text, 7, '0'), 'mobile', '=<b>Anna</b>', '4951112233',
      CASE WHEN i % 10 < 8 THEN 'sales' END, i % 3 <> 0, CASE WHEN i % 3 <> 0 THEN 'PJSIP/10' || i % 2 END,
      make_interval(secs => i % 40), make_interval(secs => CASE WHEN i % 3 = 0 THEN 0 ELSE 30 END),
      CASE WHEN i % 3 = 0 THEN CASE WHEN i % 10 < 8 THEN 'queue' ELSE 'ivr' END END,
      CASE WHEN i % 3 = 0 THEN 'caller_hung_up' END, 16, i % 3 = 0 AND i % 40 < 2, NULL
    FROM (SELECT i, timestamptz '2026-11-10 08:00+00' + i * interval '30 min' AS at
      FROM generate_series(1, 120) i) s;
    INSERT INTO perezvon.jobs SELECT ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, 'sales-callback',
      '+7916' || lpad((1000000 + i)::text, 7, '0'), '=<b>Anna</b>', 'missed_call',
      CASE WHEN i % 12 = 0 THEN 'expired' WHEN i % 9 = 0 THEN 'recovered' WHEN i % 2 = 0 THEN 'exhausted'
        WHEN i > 110 THEN 'waiting' ELSE 'succeeded' END,
      'because', at, at - interval '40 s', 1, 0, NULL, at, at + interval '1 day', 1, 'sales', 'pbx1', i % 12 = 0,
      CASE WHEN i % 2 = 0 OR i % 9 = 0 OR i <= 110 THEN at + interval '10 min' END
    FROM (SELECT i, timestamptz '2026-11-10 08:00:40+00' + i * interval '30 min' AS at
      FROM generate_series(1, 120) i WHERE i % 3 = 0 AND i % 40 >= 2) s;
    INSERT INTO perezvon.missed_calls SELECT c.pbx, c.linkedid, c.ended_at, c.number, 'mobile', c.customer_name, c.did,
      c.queue, c.wait, c.lost_at, c.ending, '{PJSIP/101,PJSIP/102}', c.short,
      jsonb_build_array(jsonb_build_object('at', c.started_at, 'what', 'joined', 'detail', 'sales'),
        jsonb_build_object('at', c.started_at, 'what', 'joined', 'detail', 'second'),
        jsonb_build_object('at', c.ended_at, 'what', 'hung_up', 'detail', 'ivr-main')),
      j.id, CASE WHEN j.id IS NULL THEN 'a short abandon' END
    FROM perezvon.calls c LEFT JOIN perezvon.jobs j ON j.number = c.number WHERE NOT c.answered;
    INSERT INTO perezvon.queue_entries SELECT pbx, channel, 1, linkedid, queue, started_at, started_at + wait,
      CASE WHEN answered THEN 'answered' ELSE 'abandoned' END, answered_by, 1
    FROM perezvon.calls WHERE queue IS NOT NULL;
    INSERT INTO perezvon.attempts (id, job, campaign, pbx, n, number, agent, queue, phase, fence, pbx_started_at,
      started_at, deadline, customer_dialed_at, connected_at, talk_ended_at, ended_at, agent_result, customer_result,
      outcome, hangup_cause, paused_reason_found)
    SELECT id, id, campaign, pbx, 1, number, 'PJSIP/101', queue, 'ended', 1, created_at, created_at, created_at,
      created_at + interval '1 min', CASE WHEN state = 'succeeded' THEN created_at + interval '70 s' END,
      CASE WHEN state = 'succeeded' THEN created_at + interval '100 s' END, created_at + interval '110 s', 'answered',
      CASE WHEN state = 'succeeded' THEN 'answered' ELSE 'no_answer' END,
      CASE WHEN state = 'succeeded' THEN 'conversation' ELSE 'customer_missed' END, 16, ''
    FROM perezvon.jobs WHERE state IN ('succeeded', 'exhausted');
    UPDATE perezvon.jobs SET drawn = CASE WHEN held_out THEN 'left_alone' ELSE 'called' END;
    """
  private static let span = "from=2026-11-10T00:00:00Z&to=2026-11-14T00:00:00Z"

  private func rows(_ stage: APIStage, _ name: String, _ more: String = "") async throws -> [[String: Any]] {
    let answer = try await stage.ask(.get, "/api/v1/reports/\(name)?\(Self.span)\(more)")
    #expect(answer.status == 200, "\(name): \(answer.text)")
    return answer.object["rows"] as? [[String: Any]] ?? []
  }

  @Test func `add up to the row, whichever way they are cut`() async throws {
    try await APIStage.with { stage in
      _ = try await stage.sql(Self.story)
      func sum(_ name: String, _ column: String) async throws -> Int {
        try await rows(stage, name).reduce(0) { $0 + ($1[column] as? Int ?? 0) }
      }
      let missed = Int(try await stage.sql("SELECT count(*) FROM report.missed_calls WHERE NOT short"))!
      #expect(missed == 38)
      for name in ["loss-points", "loss-branches", "loss-forwards", "loss-hours", "loss-days"] {
        #expect(try await sum(name, "missed") == missed, "\(name)")
      }
      #expect(try await sum("loss-people", "missed") == missed * 2, "two phones rang for each")
      #expect(try await sum("waits", "missed") == 40)
      #expect(try await sum("waits", "short_abandons") == 2)

      let recovery = try await rows(stage, "recovery")[0]
      let states = [
        "succeeded", "recovered", "exhausted", "expired", "excluded", "cancelled", "failed", "open",
      ]
      #expect(recovery["jobs"] as? Int == missed)
      #expect(states.reduce(0) { $0 + (recovery[$1] as? Int ?? 0) } == missed)
      #expect(
        try await stage.sql(
          """
          SELECT bool_and(jobs = succeeded + recovered + exhausted + expired + excluded + cancelled + failed + open)
            AND sum(jobs) = (SELECT count(*) FROM report.jobs) FROM report.recovery
          """) == "t")

      // One screen: its figures are those of the rows behind it.
      let losses = try await rows(stage, "losses")
      func figure(_ name: String) -> Any? { losses.first { $0["figure"] as? String == name }?["value"] }
      #expect(figure("inbound_calls") as? Int == 120)
      #expect(figure("missed") as? Int == missed && figure("short_abandons") as? Int == 2)
      let parts = ["called_back", "self_returned", "open", "lost"].compactMap { figure($0) as? Int }
      #expect(parts.reduce(0, +) == figure("callers") as? Int)
      // 38 callers, none of whom called again: a lost one is worth 30 % of 12,000.
      #expect(figure("value_of_a_caller") as? Double == 3_600)
      #expect(figure("estimated_loss") as? Double == Double(parts[3]) * 3_600)
      let uplift = try await rows(stage, "hold-out")[0]
      #expect(uplift["held_out"] as? Int == 9 && uplift["held_out_reached_share"] as? Double == 0)
      let low = uplift["uplift_low_share"] as? Double ?? -9
      let high = uplift["uplift_high_share"] as? Double ?? 9
      #expect(low > 0 && low < uplift["uplift_share"] as? Double ?? -9 && high < 1)
      let view = try await stage.sql("SELECT sum(missed), sum(lost) FROM report.losses")
      #expect(view == "38|\(parts[3])")
    }
  }

  @Test func `count each where the draw put him, also who was left alone and then asked to be called`()
    async throws
  {
    try await APIStage.with { stage in
      _ = try await stage.sql(Self.story)
      func figure(_ name: String) async throws -> Double {
        let uplift = try await rows(stage, "hold-out")[0]
        return (uplift[name] as? Int).map(Double.init) ?? uplift[name] as? Double ?? -9
      }
      let called = try await figure("called")
      let reached = try await figure("called_reached_share")
      // One of those left alone asked for a callback and was reached; one of those to be called cancelled his.
      _ = try await stage.sql(
        """
        UPDATE perezvon.jobs SET held_out = false, source = 'requested', state = 'succeeded'
          WHERE id = (SELECT min(id::text)::uuid FROM perezvon.jobs WHERE held_out);
        UPDATE perezvon.jobs SET state = 'cancelled'
          WHERE id = (SELECT min(id::text)::uuid FROM perezvon.jobs WHERE drawn = 'called' AND state = 'succeeded');
        """)
      #expect(try await figure("held_out") == 9)
      #expect(abs(try await figure("held_out_reached_share") - 1.0 / 9) < 0.001)
      #expect(try await figure("called") == called)
      #expect(abs(try await figure("called_reached_share") - (reached - 1 / called)) < 0.001)
      #expect(try await stage.sql("SELECT sum(held_out) FROM report.recovery") == "9")
    }
  }

  @Test(arguments: ["json", "csv", "html", "table"])
  func `are written in every format, and a caller's name does nothing in any`(format: String) async throws {
    try await APIStage.with { stage in
      _ = try await stage.sql(Self.story)
      for name in ReportName.allCases {
        let campaign = name == .compliance ? "&campaign=sales-callback" : ""
        let answer = try await stage.ask(
          .get, "/api/v1/reports/\(name.rawValue)?\(Self.span)&format=\(format)\(campaign)")
        #expect(answer.status == 200, "\(name): \(answer.text)")
        #expect(!answer.body.isEmpty)
        #expect(!answer.text.contains("<b>") || format == "json" || format == "csv" || format == "table")
        if format == "json" { #expect(answer.object["report"] as? String == name.rawValue) }
        if format == "html" {
          #expect(answer.text.hasPrefix("<!doctype html>") && !answer.text.contains("<script"))
          if name == .losses { #expect(answer.text.components(separatedBy: "<svg").count == 4) }
        }
        if format == "csv", name == .missedCalls {
          #expect(answer.text.contains("'=<b>Anna</b>") && answer.text.contains(",+79161000003,"))
        }
      }
      let masked = try await stage.ask(
        .get, "/api/v1/reports/missed-calls?\(Self.span)&format=\(format)", as: "viewer")
      #expect(!masked.text.contains("+79161000003") && !masked.text.contains("Anna"))
    }
  }

  @Test func `are filtered by number, state, queue and time`() async throws {
    try await APIStage.with { stage in
      _ = try await stage.sql(Self.story)
      #expect(try await rows(stage, "missed-calls", "&number=%2B79161000003").count == 1)
      #expect(try await rows(stage, "missed-calls", "&state=no_job").count == 2)
      #expect(try await rows(stage, "jobs", "&state=succeeded").count > 5)
      #expect(try await rows(stage, "calls", "&state=answered&limit=7").count == 7)
      #expect(try await rows(stage, "queues", "&queue=nobody").isEmpty)
      let none = try await stage.ask(
        .get, "/api/v1/reports/jobs?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z")
      #expect((none.object["rows"] as? [Any])?.isEmpty == true)
      // Whoever carries a file away is told that it is not all.
      for (limit, cut) in [("&limit=7", "7"), ("", nil)] as [(String, String?)] {
        let file = try await stage.ask(.get, "/api/v1/reports/calls?\(Self.span)&format=csv\(limit)")
        #expect(file.headers["perezvon-rows-cut"] == cut)
      }
      #expect(try await stage.ask(.get, "/api/v1/reports/nothing").status == 404)
      #expect(try await stage.ask(.get, "/api/v1/reports/compliance").status == 404)
    }
  }
}
