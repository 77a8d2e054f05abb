import Foundation
import Lab
import Telephony
import Testing

/// A figure, not a check: PEREZVON_MEASURE=1 swift test --filter MeasuredRoutes
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["PEREZVON_MEASURE"] != nil))
struct MeasuredRoutes {
  /// From the dialplan's question to its next step, by the dialplan's own clock.
  @Test(arguments: bothAsterisks)
  func `how long a caller is kept for the answer who he is`(_ asterisk: LabAsterisk) async throws {
    try await LabSlots.shared.withLab(LabOptions(asterisk: asterisk)) { lab in
      let stage = RecipeStage(lab: lab, service: try LabService(RecipeStage.options, beside: lab))
      try await stage.service.start()
      _ = try await stage.service.sql(
        """
        INSERT INTO perezvon.customers (number, name, category, manager)
          SELECT '+7916' || (2000000 + n), 'Anna', 'vip', 'PJSIP/101' FROM generate_series(1, 500) n;
        INSERT INTO perezvon.calls (pbx, linkedid, channel, direction, started_at, ended_at, number, number_kind,
          customer_name, did, answered, answered_by, wait, talk, hangup_cause, short)
          SELECT 'pbx1', 'm' || n, 'm' || n, 'inbound', now() - n * interval '1 minute', now() - n * interval '1 minute',
            '+7916' || (2000000 + n % 5000), 'mobile', 'A', '1', n % 3 = 0, 'PJSIP/101', '1 s', '1 s', 16, false
          FROM generate_series(1, 200000) n;
        ANALYZE;
        """)
      try await lab.pbx.setMember(101)
      for asks in [RecipeStage.RouteAsks.measured, .ringing, .talking] {
        let asked = try await stage.routeAsked(asks, within: .seconds(150))
        let times = asked.filter { $0.category == "vip" }.map { $0.wait / .milliseconds(1) }.sorted()
        #expect(times.count == asks.count, "every one of them was answered")
        func at(_ share: Double) -> String {
          String(format: "%.2f", times[Int(Double(times.count - 1) * share)])
        }
        print(
          "measured route \(asterisk), \(asks): n \(times.count) p50 \(at(0.5)) p90 \(at(0.9)) p99 \(at(0.99))"
            + " max \(at(1)) ms")
      }
      await stage.service.kill()
    }
  }
}
