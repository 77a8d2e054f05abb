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
      try await lab.pbx.originate("Local/s@ivr-main", context: "lab-measure")
      let log = "\(lab.pbx.directory)/log/messages.log"
      let lines = try await lab.pbx.eventually(within: .seconds(60), "500 answers") { _ -> [Substring]? in
        let text = try String(contentsOfFile: log, encoding: .utf8)
        let lines = text.split(separator: "\n").filter { $0.contains("lab-route ") }
        return lines.count >= 500 ? lines : nil
      }
      let times = lines.compactMap { line -> Double? in
        let words = line.components(separatedBy: "lab-route ")[1].split(separator: " ")
        guard words.count == 3, words[2] == "vip", let from = Double(words[0]), let to = Double(words[1])
        else { return nil }
        return (to - from) * 1_000
      }.sorted()
      #expect(times.count == 500, "every one of them was answered")
      func at(_ share: Double) -> String {
        String(format: "%.2f", times[Int(Double(times.count - 1) * share)])
      }
      print(
        "measured route \(asterisk): n \(times.count) p50 \(at(0.5)) p90 \(at(0.9)) p99 \(at(0.99)) max \(at(1)) ms"
      )
      await stage.service.kill()
    }
  }
}
