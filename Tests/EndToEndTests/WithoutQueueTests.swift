import Foundation
import Lab
import Telephony
import Testing

@Suite struct `Calls that met no queue while the service was away` {
  @Test(arguments: bothAsterisks)
  func `are found in the channel event log, once`(_ asterisk: LabAsterisk) async throws {
    var options = LabServiceOptions(campaign: ["start_after": "60s"])
    options.readsCEL = true
    try await Stage.with(asterisk, options) { stage in
      let (lost, served, group) = ("+79163200001", "+79163200002", "+79163200003")
      let direct = PBXDialplan.directNumber(102)
      await stage.service.kill()
      try await stage.lab.telco.setAgent(102, .noAnswer)
      try await stage.lab.telco.setAgent(103, .noAnswer)
      let call = try await stage.lab.telco.placeCall(from: lost, to: direct, hangsUpAfter: .seconds(8))
      _ = try await call.ended(within: .seconds(30))
      // Rings 6 s; nobody picks up; the dialplan ends it.
      let other = try await stage.lab.telco.placeCall(from: group, to: PBXDialplan.ringGroupNumber)
      _ = try await other.ended(within: .seconds(30))
      try await stage.lab.telco.setAgent(102, .answers(after: .seconds(1)))
      let talk = try await stage.lab.telco.placeCall(from: served, to: direct, hangsUpAfter: .seconds(5))
      _ = try await talk.ended(within: .seconds(20))
      try await stage.service.start()
      try await stage.service.eventually("SELECT count(*) FROM report.calls", within: .seconds(30)) {
        $0 == "3"
      }
      let rows = try await stage.service.sql(
        """
        SELECT number, answered, lost_at, ending FROM report.calls ORDER BY number
        """)
      #expect(
        rows == """
          \(lost)|f|ring|caller_hung_up
          \(served)|t||
          \(group)|f|ring|timeout
          """)
      let evidence = try await stage.service.sql(
        """
        SELECT string_agg(step ->> 'what', ' ') FROM report.missed_calls, jsonb_array_elements(evidence) step
        WHERE number = '\(lost)'
        """)
      #expect(evidence == "began rang hung_up cel", "\(evidence)")
      #expect(try await stage.service.sql("SELECT count(*) FROM report.jobs") == "2")

      // Without the place in the log all is read again, and nothing is told twice.
      await stage.service.kill()
      _ = try await stage.service.sql("DELETE FROM perezvon.cel_positions")
      try await stage.service.start()
      try await stage.service.eventually("SELECT count(*) FROM perezvon.cel_positions", within: .seconds(30))
      {
        $0 == "1"
      }
      #expect(try await stage.service.sql("SELECT count(*) FROM report.calls") == "3")
      #expect(try await stage.service.sql("SELECT count(*) FROM report.jobs") == "2")
    }
  }
}
