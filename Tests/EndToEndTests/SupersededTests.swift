import Lab
import Telephony
import Testing

@Suite struct `Superseded by any contact` {
  @Test(arguments: bothAsterisks)
  func `a caller who calls again and is served is not called back`(_ asterisk: LabAsterisk) async throws {
    try await Stage.with(asterisk, LabServiceOptions(campaign: ["start_after": "60s"])) { stage in
      let customer = "+79163000001"
      try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1)))
      try await stage.abandon(customer)
      try await stage.job(customer, is: .waiting)
      try await stage.lab.telco.setAgent(101, .answers(after: .seconds(1)))
      try await stage.lab.pbx.setMember(101)
      let call = try await stage.lab.telco.placeCall(from: customer)
      try await stage.lab.telco.wait(within: .seconds(15), "agent 101 talking") { legs in
        legs.first { $0.number == "101" && $0.isTalking }
      }
      try await Task.sleep(for: .seconds(7))
      try await call.hangUp()
      try await stage.job(customer, is: .recovered)
      // Even when somebody asks for it now, there is nothing left to call.
      #expect(stage.invites(customer).isEmpty)
      let explained = try await stage.service.command("explain", customer)
      #expect(explained.status == 0)
      #expect(explained.output.contains("called again and was served by PJSIP/101"), "\(explained.output)")
    }
  }

  @Test(arguments: bothAsterisks)
  func `a caller who waits in a queue is not dialled`(_ asterisk: LabAsterisk) async throws {
    try await Stage.with(asterisk) { stage in
      let customer = "+79163000002"
      try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1)))
      try await stage.abandon(customer)
      try await stage.job(customer, is: .waiting)
      // He is in the queue again when an agent of another queue's callbacks appears: paused for the queue,
      // so that only the callback could take him.
      let call = try await stage.lab.telco.placeCall(from: customer)
      try await stage.lab.pbx.eventually(within: .seconds(10), "him in the queue") { pbx in
        try await pbx.waiting().isEmpty ? nil : true
      }
      try await stage.lab.telco.setAgent(101, .noAnswer)
      try await stage.lab.pbx.setMember(101)
      // The queue rings the agent; a callback would have rung him with a leg of ours.
      try await stage.lab.telco.wait(within: .seconds(15), "agent 101 rung by the queue") { legs in
        legs.first { $0.number == "101" }
      }
      try await stage.lab.telco.wait(within: .seconds(20), "agent 101 let go") { legs in
        legs.first { $0.number == "101" && !$0.isLive }
      }
      #expect(stage.invites(customer).isEmpty)
      #expect(try await stage.service.sql("SELECT count(*) FROM report.attempts") == "0")
      try await call.hangUp()
    }
  }

  @Test(arguments: bothAsterisks)
  func `a callback that rings when the customer calls in is cancelled and charged nothing`(
    _ asterisk: LabAsterisk
  )
    async throws
  {
    try await Stage.with(asterisk, LabServiceOptions(campaign: ["start_after": "2s"])) { stage in
      let customer = "+79163000003"
      try await stage.lab.telco.setCustomer(
        customer, .noAnswer, .answers(after: .seconds(1), talk: .seconds(7)))
      try await stage.abandon(customer)
      try await stage.willing(101)
      try await stage.lab.pbx.setMember(101)
      let leg = try await stage.invited(customer)
      let call = try await stage.lab.telco.placeCall(from: customer)
      try await stage.lab.telco.wait(within: .seconds(10), "the ringing leg cancelled") { legs in
        legs.first { $0.id == leg.id && !$0.isLive }
      }
      _ = try await stage.service.eventually(
        "SELECT customer_result FROM report.attempts WHERE number = '\(customer)' AND ended_at IS NOT NULL"
      ) { $0 == "cancelled" }
      #expect(
        try await stage.service.sql("SELECT attempts FROM report.jobs WHERE number = '\(customer)'") == "0")
      try await call.hangUp()
    }
  }

  @Test(arguments: bothAsterisks)
  func `a customer whom an agent dials by hand is not called back`(_ asterisk: LabAsterisk) async throws {
    try await Stage.with(asterisk, LabServiceOptions(campaign: ["start_after": "60s"])) { stage in
      let customer = "+79163000004"
      try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1), talk: .seconds(8)))
      try await stage.abandon(customer)
      try await stage.job(customer, is: .waiting)
      let call = try await stage.lab.telco.dial(customer, byAgent: 105)
      _ = try await call.ended(within: .seconds(30))
      try await stage.job(customer, is: .recovered)
      let row = try await stage.service.sql(
        "SELECT answered, answered_by, callback_of IS NULL FROM report.calls WHERE number = '\(customer)' AND answered"
      )
      #expect(row == "t|PJSIP/105|t")
      // The INVITE he got came from the agent's hand, not from us.
      #expect(stage.invites(customer).count == 1)
      #expect(try await stage.service.sql("SELECT count(*) FROM report.attempts") == "0")
    }
  }

  @Test(arguments: bothAsterisks)
  func `a caller who returns to the queue passes those who came after his first call`(_ asterisk: LabAsterisk)
    async throws
  {
    try await Stage.with(asterisk, LabServiceOptions(campaign: ["start_after": "60s"])) { stage in
      let owed = "+79163000005"
      try await stage.abandon(owed)
      try await stage.job(owed, is: .waiting)
      let stranger = try await stage.lab.telco.placeCall(from: "+79163000006")
      try await stage.lab.pbx.eventually(within: .seconds(10), "the stranger in the queue") { pbx in
        try await pbx.waiting().count == 1 ? true : nil
      }
      let first = try await stage.lab.pbx.waiting()
      let returned = try await stage.lab.telco.placeCall(from: owed)
      try await stage.service.waitForLog("goes ahead with priority 1")
      // Asterisk 16 gives him the priority and leaves those who wait already where they are.
      if asterisk != .v16 {
        let order = try await stage.lab.pbx.eventually(within: .seconds(10), "him in front") { pbx in
          let waiting = try await pbx.waiting()
          return waiting.count == 2 && waiting[1] == first[0] ? waiting : nil
        }
        #expect(order.count == 2)
      }
      let explained = try await stage.service.command("explain", owed)
      #expect(explained.output.contains("goes ahead with priority 1"), "\(explained.output)")
      try await returned.hangUp()
      try await stranger.hangUp()
    }
  }
}
