import Lab
import Telephony
import Testing

/// What the dialplan keeps of a talk is all that is known where nobody watched its end.
@Suite struct `A talk whose end nobody saw` {
  /// Who lets go while the service is dead.
  enum Side: Sendable, CaseIterable { case customer, agent }

  @Test(arguments: bothAsterisks, Side.allCases)
  func `is a conversation of its true length, and the customer is not called again`(
    _ asterisk: LabAsterisk, _ side: Side
  ) async throws {
    try await FaultStage.with(asterisk) { stage in
      let customer = Lab.uniqueNumber()
      try await stage.lab.telco.setCustomer(customer, .answers(after: .milliseconds(300)))
      try await stage.abandon(customer)
      try await stage.together()
      await stage.service.kill()
      try await Task.sleep(for: .seconds(3))
      try await stage.lab.telco.hangUp(side == .customer ? customer : "101")
      try await stage.lab.telco.wait(within: .seconds(5), "both legs gone") { legs in
        legs.allSatisfy { !$0.isLive } ? true : nil
      }
      try await stage.service.start()
      try await stage.job(customer, is: .succeeded)
      try await stage.nothingIsLeft()
      let row = try await stage.database.psql(
        "SELECT outcome, extract(epoch FROM talk) FROM report.attempts WHERE number = '\(customer)'")
      let fields = row.split(separator: "|").map(String.init)
      #expect(fields.first == "conversation")
      let talk = try #require(stage.invites(customer).first?.talk)
      #expect(abs((Double(fields.last ?? "") ?? 0) - talk.inSeconds) < 0.5, "\(row), the telco saw \(talk)")
      #expect(stage.complaints(customer) == [])
      #expect(stage.invites(customer).count == 1)
    }
  }

  @Test func `while AMI was away is judged by the dialplan too`() async throws {
    try await FaultStage.with { stage in
      let customer = Lab.uniqueNumber()
      try await stage.lab.telco.setCustomer(customer, .answers(after: .milliseconds(300)))
      try await stage.abandon(customer)
      try await stage.together()
      stage.ami.set(.refusal)
      stage.ami.cut()
      try await stage.service.waitForLog("AMI is down")
      try await Task.sleep(for: .seconds(2))
      try await stage.lab.telco.hangUp(customer)
      try await stage.lab.telco.wait(within: .seconds(5), "both legs gone") { legs in
        legs.allSatisfy { !$0.isLive } ? true : nil
      }
      // It must not count as talk.
      try await Task.sleep(for: .seconds(4))
      stage.ami.set(FaultProxy.Faults())
      try await stage.job(customer, is: .succeeded)
      try await stage.nothingIsLeft()
      let row = try await stage.database.psql(
        "SELECT outcome, extract(epoch FROM talk) FROM report.attempts WHERE number = '\(customer)'")
      let talk = try #require(stage.invites(customer).first?.talk)
      #expect(row.hasPrefix("conversation|"))
      let counted = row.split(separator: "|").last.flatMap { Double($0) } ?? 0
      #expect(abs(counted - talk.inSeconds) < 0.5, "\(row), the telco saw \(talk)")
      #expect(stage.complaints(customer) == [])
      #expect(stage.invites(customer).count == 1)
    }
  }
}
