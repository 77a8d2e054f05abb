import Lab
import Telephony
import Testing

@Suite struct `A service that is killed` {
  @Test(arguments: bothAsterisks)
  func `while the customer rings, never sends a second INVITE within the gap`(_ asterisk: LabAsterisk)
    async throws
  {
    try await Stage.with(asterisk) { stage in
      let customer = "+79164000001"
      try await stage.lab.telco.setCustomer(customer, .noAnswer)
      try await stage.abandon(customer)
      try await stage.willing(101)
      try await stage.lab.pbx.setMember(101)
      try await stage.invited(customer)
      await stage.service.kill()
      try await stage.lab.telco.wait(within: .seconds(30), "the customer's leg to end") { legs in
        legs.first { $0.number == customer && $0.party == .customer && !$0.isLive }
      }
      try await stage.service.start()
      // What a restart finds out must be written before anything else may be dialled.
      try await stage.service.eventually("SELECT count(*) FROM report.attempts WHERE ended_at IS NULL") {
        $0 == "0"
      }
      try await stage.nothingIsLeft()
      let due = try await stage.service.sql(
        "SELECT state, due_at > now() + interval '10 minutes' FROM report.jobs WHERE number = '\(customer)'")
      #expect(due == "waiting|t", "\(due)")
      #expect(stage.invites(customer).count == 1)
    }
  }

  @Test(arguments: bothAsterisks)
  func `while both talk, leaves the talk alone and lets the agent go afterwards`(_ asterisk: LabAsterisk)
    async throws
  {
    try await Stage.with(asterisk) { stage in
      let customer = "+79164000002"
      try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1)))
      try await stage.abandon(customer)
      try await stage.willing(101)
      try await stage.lab.pbx.setMember(101)
      try await stage.service.eventually("SELECT phase FROM perezvon.attempts", within: .seconds(40)) {
        $0 == "connected"
      }
      try await stage.lab.pbx.eventually(within: .seconds(10), "both in a bridge") { pbx in
        let ours = try await pbx.channels().filter { $0.id.rawValue.hasPrefix("pz-") && !$0.bridge.isEmpty }
        return ours.count == 2 ? true : nil
      }
      await stage.service.kill()
      try await Task.sleep(for: .seconds(6))
      #expect(stage.invites(customer).first?.isTalking == true)
      #expect(stage.lab.telco.legs(of: "101").last?.isTalking == true)

      // One side hangs up while nobody watches: Asterisk alone releases the other.
      try await stage.lab.telco.hangUp(customer)
      try await stage.lab.telco.wait(within: .seconds(2), "the agent's leg released by Asterisk") { legs in
        legs.last { $0.number == "101" && !$0.isLive }
      }
      #expect(!stage.service.isRunning)
      try await stage.service.start()
      try await stage.service.eventually("SELECT count(*) FROM report.attempts WHERE ended_at IS NULL") {
        $0 == "0"
      }
      try await stage.nothingIsLeft()
      #expect(stage.invites(customer).count == 1)
      let state = try await stage.service.sql("SELECT state FROM report.jobs WHERE number = '\(customer)'")
      #expect(state == "succeeded" || state == "waiting", "\(state)")
    }
  }

  @Test(arguments: bothAsterisks)
  func `between commit and originate, dials nobody twice and lets the agent go`(_ asterisk: LabAsterisk)
    async throws
  {
    try await Stage.with(asterisk) { stage in
      let customer = "+79164000003"
      try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1), talk: .seconds(7)))
      try await stage.abandon(customer)
      try await stage.job(customer, is: .waiting)
      // However late this machine sees the row: his phone still rings then.
      try await stage.lab.telco.setAgent(101, .answers(after: .seconds(4), keys: "1", keysAfter: .seconds(3)))
      try await stage.lab.pbx.setMember(101)
      // The row is committed before anything is sent: killed as soon as it is seen.
      try await stage.service.eventually("SELECT count(*) FROM perezvon.attempts") { $0 != "0" }
      await stage.service.kill()
      try await stage.service.start()
      try await stage.job(customer, is: .succeeded, within: .seconds(60))
      try await stage.nothingIsLeft()
      #expect(stage.invites(customer).count == 1)
    }
  }
}
