import Foundation
import Lab
import Telephony
import Testing

@Suite struct `AMI that is away for long` {
  static let soaks = ProcessInfo.processInfo.environment["PEREZVON_SOAK"] == "1"

  /// 10 s, or ten minutes: callers give up, one waits through the end of it, and agents are free all the time.
  @Test func `costs nobody his callback, and nobody gets two`() async throws {
    try await FaultStage.with { stage in
      let away: Duration = Self.soaks ? .seconds(600) : .seconds(10)
      let lost = (0..<4).map { _ in Lab.uniqueNumber() }
      let waits = Lab.uniqueNumber()
      for number in [waits] + lost {
        try await stage.lab.telco.setCustomer(
          number, .answers(after: .milliseconds(300), talk: .milliseconds(2_500)))
      }
      stage.ami.set(.refusal)
      stage.ami.cut()
      try await stage.service.waitForLog("AMI is down")
      let start = ContinuousClock.now
      for number in lost { try await stage.abandon(number) }
      while ContinuousClock.now - start < away - .seconds(3) { try await Task.sleep(for: .seconds(1)) }
      let waiting = try await stage.lab.telco.placeCall(from: waits)
      try await stage.lab.pbx.eventually(within: .seconds(20), "him in the queue") { pbx in
        try await pbx.waiting(in: "sales").isEmpty ? nil : true
      }
      for number in lost { #expect(stage.invites(number).isEmpty, "nobody is dialled while AMI is away") }
      while ContinuousClock.now - start < away { try await Task.sleep(for: .milliseconds(200)) }
      stage.ami.set(FaultProxy.Faults())
      try await stage.service.waitForLog("AMI is up")
      try await waiting.hangUp()
      _ = try await waiting.ended(within: .seconds(10))

      let owed = lost + [waits]
      for number in owed { try await stage.job(number, is: .succeeded, within: .seconds(90)) }
      try await stage.nothingIsLeft()
      for number in owed {
        #expect(stage.complaints(number) == [])
        #expect(stage.invites(number).count == 1)
      }
      let rows = try await stage.database.psql(
        "SELECT (SELECT count(*) FROM perezvon.missed_calls), (SELECT count(*) FROM perezvon.jobs)")
      #expect(rows == "5|5")
    }
  }
}
