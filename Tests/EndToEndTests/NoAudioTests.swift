import Lab
import Telephony
import Testing

@Suite struct `A callback in which nothing is heard` {
  static let silent = PhoneBehaviour.answers(.init(after: .seconds(1), speaks: false))

  private func options() -> LabServiceOptions {
    var options = LabServiceOptions(agents: ["wrap_up": "0s", "cool_down": "1s"])
    options.pbx = ["media_check": "1s"]
    return options
  }

  /// He gives up while nobody is there, and then agent 101 is.
  private func owed(_ customer: String, _ stage: Stage) async throws {
    try await stage.lab.pbx.setMember(101, present: false)
    try await stage.abandon(customer, after: .seconds(3))
    try await stage.job(customer, is: .waiting)
    try await stage.lab.pbx.setMember(101)
  }

  /// The attempt of a number, and that nobody is kept in silence.
  private func ended(_ stage: Stage, _ customer: String) async throws {
    try await stage.service.eventually(
      """
      SELECT agent_result, customer_result, outcome FROM report.attempts
      WHERE number = '\(customer)' AND ended_at IS NOT NULL
      """, within: .seconds(40)
    ) { $0 == "answered|answered|no_conversation" }
    try await stage.nothingIsLeft()
    let leg = try #require(stage.invites(customer).first)
    #expect(!leg.isLive && leg.endedBy == .pbx)
    #expect(stage.invites(customer).count == 1)
    let job = try await stage.service.sql(
      """
      SELECT state, attempts, due_at > now() + interval '10 minutes' FROM report.jobs WHERE number = '\(customer)'
      """)
    #expect(job == "waiting|0|t", "not charged, and not called again soon: \(job)")
  }

  @Test(arguments: bothAsterisks)
  func `lets both go, charges the customer nothing, and names the trunk after three`(_ asterisk: LabAsterisk)
    async throws
  {
    try await Stage.with(asterisk, options()) { stage in
      try await stage.willing(101)
      for index in 1...3 {
        let customer = "+7916700000\(index)"
        try await stage.lab.telco.setCustomer(customer, Self.silent)
        try await owed(customer, stage)
        try await ended(stage, customer)
        let said = try await stage.service.command("explain", customer).output
        #expect(said.contains("No sound came from the customer's line (PJSIP/trunk)"), "\(said)")
      }
      try await stage.service.waitForLog("3 callbacks in a row over PJSIP/trunk of pbx1")

      // A phone that presses its key and is silent otherwise is the agent's, and so is the failure.
      let heard = "+79167000004"
      try await stage.lab.telco.setAgent(
        101, .answers(.init(after: .seconds(1), keys: "1", keysAfter: .seconds(1), speaks: false)))
      try await stage.lab.telco.setCustomer(heard, .answers(after: .seconds(1)))
      try await owed(heard, stage)
      try await ended(stage, heard)
      let said = try await stage.service.command("explain", heard).output
      #expect(said.contains("No sound came from the phone of PJSIP/101"), "\(said)")

      // And where both are heard nobody is cut off.
      let well = "+79167000005"
      try await stage.willing(101)
      try await stage.lab.telco.setCustomer(well, .answers(after: .seconds(1), talk: .seconds(7)))
      try await owed(well, stage)
      try await stage.job(well, is: .succeeded, within: .seconds(40))
      #expect(stage.invites(well).first?.endedBy == .phone)
    }
  }
}
