import Lab
import Telephony
import Testing

@Suite struct `An agent's failure is not the customer's` {
  enum Failure: String, CaseIterable, Sendable {
    case doesNotPickUp = "no_answer"
    case declines = "declined"
    case neverConfirms = "never_confirms"
    case refusesWithKey2 = "key_2"

    var behaviour: PhoneBehaviour {
      switch self {
      case .doesNotPickUp: .noAnswer
      case .declines: .declines(after: .seconds(1))
      case .neverConfirms: .answers(after: .seconds(1))
      case .refusesWithKey2: .answers(after: .seconds(1), keys: "2", keysAfter: .seconds(1))
      }
    }

    var result: String {
      switch self {
      case .doesNotPickUp, .neverConfirms: "no_answer"
      case .declines, .refusesWithKey2: "declined"
      }
    }
  }

  /// All failures in one lab and one after the other: the first agent fails, the second takes the callback.
  @Test(arguments: bothAsterisks)
  func `the next agent is rung and no attempt is used up`(_ asterisk: LabAsterisk) async throws {
    let options = LabServiceOptions(agents: [
      "ring": "4s", "confirm_wait": "4s", "cool_down": "1s", "wrap_up": "0s",
    ])
    try await Stage.with(asterisk, options) { stage in
      for (index, failure) in Failure.allCases.enumerated() {
        let customer = "+7916200000\(index)"
        try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1), talk: .seconds(6)))
        try await stage.lab.telco.setAgent(101, failure.behaviour)
        try await stage.willing(102)
        try await stage.abandon(customer)
        try await stage.job(customer, is: .waiting)
        // Only the failing one is there at first.
        let mark = stage.lab.telco.legs.count
        try await stage.lab.pbx.setMember(101)
        _ = try await stage.service.eventually(
          """
          SELECT agent, agent_result, customer_result, outcome FROM report.attempts
          WHERE number = '\(customer)' AND ended_at IS NOT NULL ORDER BY started_at LIMIT 1
          """
        ) { $0 == "PJSIP/101|\(failure.result)|none|agent_missed" }
        #expect(stage.invites(customer).isEmpty, "\(failure)")
        #expect(
          try await stage.service.sql("SELECT attempts FROM report.jobs WHERE number = '\(customer)'") == "0",
          "\(failure)")
        try await stage.lab.pbx.setMember(101, present: false)
        try await stage.lab.pbx.setMember(102)
        try await stage.job(customer, is: .succeeded, within: .seconds(40))
        #expect(stage.invites(customer).count == 1, "\(failure)")
        let rung = stage.lab.telco.legs.dropFirst(mark).filter { $0.party == .agent }.map(\.number)
        #expect(rung.contains("101") && rung.last == "102", "\(failure): \(rung)")
        try await stage.nothingIsLeft()
        try await stage.lab.pbx.clearMembers()
      }
    }
  }
}
