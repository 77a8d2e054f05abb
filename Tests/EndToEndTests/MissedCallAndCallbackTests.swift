import Foundation
import Lab
import Telephony
import Testing

@Suite struct `A missed call and its callback` {
  @Test(arguments: bothAsterisks)
  func `an abandoned caller is called back once and talks with an agent`(_ asterisk: LabAsterisk) async throws
  {
    try await Stage.with(asterisk) { stage in
      let customer = "+79161000001"
      try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1)))
      let call = try await stage.lab.telco.placeCall(from: customer, hangsUpAfter: .milliseconds(10_700))
      _ = try await call.ended(within: .seconds(20))

      let missed = try await stage.service.eventually(
        """
        SELECT round(extract(epoch FROM wait)), did, queue, lost_at, ending, short, job IS NOT NULL
        FROM report.missed_calls WHERE number = '\(customer)'
        """, within: .seconds(2)
      ) { !$0.isEmpty }
      let fields = missed.split(separator: "|").map(String.init)
      #expect(fields.count == 7)
      #expect((9...11).contains(Double(fields[0]) ?? 0), "waited \(fields[0]) s")
      #expect(fields.dropFirst() == ["+74951112233", "sales", "queue", "caller_hung_up", "f", "t"])
      try await stage.job(customer, is: .waiting)
      #expect(stage.invites(customer).isEmpty)

      try await stage.willing(101)
      try await stage.lab.pbx.setMember(101)
      let leg = try await stage.invited(customer)
      _ = try await stage.lab.telco.wait(within: .seconds(10), "the customer's answer") { legs in
        legs.first { $0.id == leg.id && $0.answeredAt != nil }
      }
      let talk = Duration.seconds(20)
      try await Task.sleep(for: talk)
      try await stage.lab.telco.hangUp(customer)
      try await stage.job(customer, is: .succeeded)

      let attempt = try await stage.service.sql(
        """
        SELECT agent, agent_result, customer_result, outcome, extract(epoch FROM talk)
        FROM report.attempts WHERE number = '\(customer)'
        """)
      let columns = attempt.split(separator: "|").map(String.init)
      #expect(Array(columns.prefix(4)) == ["PJSIP/101", "answered", "answered", "conversation"])
      let telcoTalk = try #require(stage.invites(customer).first?.talk)
      #expect(abs((Double(columns.last ?? "") ?? 0) - telcoTalk.inSeconds) < 1)
      try await stage.nothingIsLeft()
      #expect(stage.invites(customer).count == 1)
      #expect(stage.lab.telco.legs(of: "101").filter { $0.party == .agent }.count == 1)
      #expect(try await stage.service.sql("SELECT count(*) FROM report.missed_calls") == "1")
      #expect(try await stage.service.sql("SELECT count(*) FROM report.jobs") == "1")
    }
  }

  @Test(arguments: bothAsterisks)
  func `a caller who overflows to a second queue and is answered there is not missed`(_ asterisk: LabAsterisk)
    async throws
  {
    try await Stage.with(asterisk) { stage in
      let customer = "+79161000002"
      try await stage.lab.telco.setAgent(102, .answers(after: .seconds(1)))
      try await stage.lab.pbx.setMember(102, of: "support")
      let call = try await stage.lab.telco.placeCall(from: customer, to: PBXDialplan.overflowNumber)
      try await stage.lab.telco.wait(within: .seconds(20), "agent 102 talking") { legs in
        legs.first { $0.number == "102" && $0.isTalking }
      }
      try await Task.sleep(for: .seconds(2))
      try await call.hangUp()
      let row = try await stage.service.eventually(
        "SELECT answered, answered_by, queue FROM report.calls WHERE number = '\(customer)'"
      ) { !$0.isEmpty }
      #expect(row == "t|PJSIP/102|support")
      #expect(try await stage.service.sql("SELECT count(*) FROM report.missed_calls") == "0")
      #expect(try await stage.service.sql("SELECT count(*) FROM report.jobs") == "0")
    }
  }

  @Test(arguments: bothAsterisks)
  func `busy, then no answer, then an answer make three attempts by the ladder`(_ asterisk: LabAsterisk)
    async throws
  {
    let options = LabServiceOptions(
      campaign: ["ring": "4s", "retry": "{busy: [3s], no_answer: [1s, 5s], congestion: [2s]}"])
    try await Stage.with(asterisk, options) { stage in
      let customer = "+79161000003"
      try await stage.lab.telco.setCustomer(
        customer, .busy, .noAnswer, .answers(after: .seconds(1), talk: .seconds(7)))
      try await stage.willing(101)
      try await stage.abandon(customer)
      try await stage.job(customer, is: .waiting, .working)
      try await stage.lab.pbx.setMember(101)
      try await stage.job(customer, is: .succeeded, within: .seconds(90))
      let rows = try await stage.service.sql(
        "SELECT customer_result, outcome, n FROM report.attempts WHERE number = '\(customer)' ORDER BY started_at"
      )
      #expect(
        rows.split(separator: "\n").map(String.init)
          == ["busy|customer_missed|1", "no_answer|customer_missed|2", "answered|conversation|3"])
      let legs = stage.invites(customer)
      try #require(legs.count == 3)
      #expect(legs[0].cause == .userBusy)
      // From the end of one attempt to the next INVITE lie the ladder's rung and the agent's pick-up.
      let firstGap = legs[1].invitedAt - (legs[0].endedAt ?? legs[0].invitedAt)
      let secondGap = legs[2].invitedAt - (legs[1].endedAt ?? legs[1].invitedAt)
      #expect((3.0...12.0).contains(firstGap.inSeconds), "\(firstGap)")
      #expect((5.0...14.0).contains(secondGap.inSeconds), "\(secondGap)")
      #expect(
        try await stage.service.sql("SELECT attempts FROM report.jobs WHERE number = '\(customer)'") == "3")
      try await stage.nothingIsLeft()
    }
  }

  @Test(arguments: bothAsterisks)
  func `three abandons by one number are three missed calls, one job and one conversation`(
    _ asterisk: LabAsterisk
  )
    async throws
  {
    try await Stage.with(asterisk, LabServiceOptions(campaign: ["start_after": "3s"])) { stage in
      let customer = "+79161000004"
      try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1), talk: .seconds(7)))
      for _ in 0..<3 { try await stage.abandon(customer) }
      try await stage.service.eventually("SELECT missed_count, state FROM report.jobs") { $0 == "3|waiting" }
      try await stage.willing(101)
      try await stage.lab.pbx.setMember(101)
      try await stage.job(customer, is: .succeeded, within: .seconds(40))
      #expect(
        try await stage.service.sql("SELECT count(*), count(DISTINCT job) FROM report.missed_calls") == "3|1")
      #expect(try await stage.service.sql("SELECT count(*) FROM report.jobs") == "1")
      #expect(stage.invites(customer).count == 1)
      try await stage.nothingIsLeft()
    }
  }
}
