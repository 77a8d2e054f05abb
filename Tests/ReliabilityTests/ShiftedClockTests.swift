import Foundation
import Lab
import Telephony
import Testing

/// Somebody sets the time of the service's machine; Asterisk and PostgreSQL go by theirs.
@Suite struct `A clock that is shifted` {
  enum Moment: Sendable, CaseIterable { case customerRinging, talking }

  @Test(arguments: Moment.allCases, [Duration.seconds(3_600), .seconds(-3_600)])
  func `in the middle of a callback changes nothing that anybody hears`(_ moment: Moment, _ shift: Duration)
    async throws
  {
    try await FaultStage.with(.v22, FaultStage.options { $0.hasOwnClock = true }) { stage in
      let customer = Lab.uniqueNumber()
      let rings: Duration = moment == .customerRinging ? .seconds(4) : .milliseconds(300)
      try await stage.lab.telco.setCustomer(customer, .answers(after: rings))
      try await stage.abandon(customer)
      switch moment {
      case .customerRinging: try await stage.invited(customer)
      case .talking: try await stage.together()
      }
      try stage.service.shiftClock(by: shift)
      try await stage.together()
      try await Task.sleep(for: .seconds(3))
      #expect(stage.invites(customer).first?.isTalking == true)
      try await stage.lab.telco.hangUp(customer)
      try await stage.eventually("SELECT count(*) FROM perezvon.attempts WHERE ended_at IS NULL") {
        $0 == "0"
      }
      try await stage.nothingIsLeft()
      #expect(stage.complaints(customer) == [])

      // The next caller is lost at a time by the new clock, and is called back once as well.
      let next = Lab.uniqueNumber()
      try await stage.lab.telco.setCustomer(next, .answers(after: .milliseconds(300), talk: .seconds(3)))
      try await stage.abandon(next)
      try await stage.job(next, is: .succeeded)
      try await stage.nothingIsLeft()
      #expect(stage.complaints(next) == [])
      #expect(stage.invites(customer).count == 1 && stage.invites(next).count == 1)
      let rows = try await stage.database.psql(
        "SELECT count(*), count(*) FILTER (WHERE state IN ('succeeded', 'recovered')) FROM perezvon.jobs")
      #expect(rows == "2|2")
    }
  }
}
