import Lab
import Telephony
import Testing

@Suite struct `A customer dialled before his agent is rung` {
  private static func options(_ campaign: [String: String] = [:]) -> LabServiceOptions {
    LabServiceOptions(
      campaign: campaign.merging(["mode": "client_first", "connect": "{context: perezvon-connect}"]) {
        own, _ in
        own
      }, agents: ["wrap_up": "1s", "ring": "6s"])
  }

  private func attempts(_ stage: Stage) async throws -> String {
    try await stage.service.sql(
      """
      SELECT string_agg(concat_ws(' ', agent, agent_result, customer_result, outcome), ', ' ORDER BY started_at)
      FROM report.attempts
      """)
  }

  @Test(arguments: bothAsterisks)
  func `talks with the agent who is kept free for him`(_ asterisk: LabAsterisk) async throws {
    try await Stage.with(asterisk, Self.options()) { stage in
      let customer = "+79168100001"
      try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1), talk: .seconds(9)))
      try await stage.abandon(customer)
      try await stage.willing(101)
      try await stage.lab.pbx.setMember(101)
      try await stage.invited(customer)
      // Nobody's phone rings before the customer has answered, and no queue may take the agent away meanwhile.
      let answered = try await stage.lab.telco.wait(within: .seconds(20), "the customer's answer") { legs in
        legs.first { $0.number == customer && $0.party == .customer && $0.answeredAt != nil }
      }
      let agent = try await stage.lab.telco.wait(within: .seconds(20), "the agent rung") { legs in
        legs.first { $0.number == "101" }
      }
      #expect(agent.invitedAt >= answered.answeredAt ?? agent.invitedAt + .seconds(1))
      try await stage.job(customer, is: .succeeded, within: .seconds(60))
      #expect(try await attempts(stage) == "PJSIP/101 answered answered conversation")
      #expect(stage.invites(customer).count == 1)
      try await stage.nothingIsLeft()
    }
  }

  @Test(arguments: bothAsterisks)
  func `gets another agent of the queue where that one does not pick up, before who waits there already`(
    _ asterisk: LabAsterisk
  ) async throws {
    try await Stage.with(asterisk, Self.options()) { stage in
      let customer = "+79168100002"
      try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1), talk: .seconds(20)))
      try await stage.lab.telco.setAgent(101, .noAnswer)
      try await stage.abandon(customer)
      try await stage.lab.pbx.setMember(101)
      try await stage.lab.telco.wait(within: .seconds(40), "agent 101 rung") { legs in
        legs.first { $0.number == "101" }
      }
      // He has waited for his call long enough: no caller of the queue goes before him, though one is there first.
      let caller = "+79168100022"
      _ = try await stage.lab.telco.placeCall(from: caller, hangsUpAfter: .seconds(60))
      try await stage.lab.pbx.eventually(within: .seconds(20), "the customer waits behind the caller") {
        pbx in
        try await pbx.waiting().count == 2 ? true : nil
      }
      try await stage.willing(102)
      try await stage.lab.pbx.setMember(102)
      try await stage.job(customer, is: .succeeded, within: .seconds(60))
      #expect(try await attempts(stage) == "PJSIP/102 answered answered conversation")
      #expect(stage.invites(customer).count == 1)
      try await stage.nothingIsLeft()
    }
  }

  @Test(arguments: bothAsterisks)
  func `is dropped and stays owed where nobody takes him in time`(_ asterisk: LabAsterisk) async throws {
    let options = Self.options(["retry": "{dropped: [72h]}", "expire_after": "96h"])
    try await Stage.with(asterisk, options) { stage in
      let customer = "+79168100003"
      try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1)))
      try await stage.lab.telco.setAgent(101, .noAnswer)
      try await stage.abandon(customer)
      try await stage.lab.pbx.setMember(101)
      let leg = try await stage.invited(customer)
      let outcome = try await stage.service.eventually(
        "SELECT outcome FROM report.attempts WHERE ended_at IS NOT NULL", within: .seconds(80)
      ) { !$0.isEmpty }
      #expect(outcome == "dropped")
      // He was let go by the dialplan, and is owed his call.
      try await stage.lab.telco.wait(within: .seconds(10), "the customer let go") { legs in
        legs.first { $0.id == leg.id && !$0.isLive }
      }
      let job = try await stage.service.sql(
        "SELECT state, attempts, due_at > now() + interval '71 hours' FROM report.jobs")
      #expect(job == "waiting|1|t")
      #expect(stage.invites(customer).count == 1)
      try await stage.nothingIsLeft()
    }
  }

  @Test(arguments: bothAsterisks)
  func `talks on and is in the books where the service is killed after his answer`(_ asterisk: LabAsterisk)
    async throws
  {
    try await Stage.with(asterisk, Self.options()) { stage in
      let customer = "+79168100004"
      try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1), talk: .seconds(20)))
      try await stage.willing(101)
      try await stage.abandon(customer)
      try await stage.lab.pbx.setMember(101)
      try await stage.lab.telco.wait(within: .seconds(40), "the customer's answer") { legs in
        legs.first { $0.number == customer && $0.party == .customer && $0.answeredAt != nil }
      }
      // He is in the dialplan when it rings the agent: until then Asterisk drops him with the service.
      try await stage.lab.telco.wait(within: .seconds(10), "the agent's phone") { legs in
        legs.first { $0.number == "101" && $0.party == .agent }
      }
      await stage.service.kill()
      try await stage.service.start()
      try await stage.job(customer, is: .succeeded, within: .seconds(60))
      #expect(stage.invites(customer).count == 1)
      try await stage.nothingIsLeft()
    }
  }

  @Test(arguments: bothAsterisks)
  func `hears a message, and that is all where the campaign only informs`(_ asterisk: LabAsterisk)
    async throws
  {
    let options = LabServiceOptions(
      campaign: ["mode": "message", "message": "{context: perezvon-message}", "ground": "consent"])
    try await Stage.with(asterisk, options) { stage in
      let customer = "+79168100005"
      try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1)))
      try await stage.abandon(customer)
      try await stage.job(customer, is: .succeeded, within: .seconds(60))
      #expect(try await attempts(stage) == "none answered delivered")
      #expect(stage.invites(customer).count == 1)

      // Another one presses a key while the service is gone.
      let refusing = "+79168100008"
      try await stage.lab.telco.setCustomer(
        refusing, .answers(after: .milliseconds(500), keys: "9", keysAfter: .seconds(3)))
      try await stage.abandon(refusing)
      try await stage.lab.pbx.eventually(within: .seconds(40), "he hears the message") { pbx in
        try await pbx.channels().first { $0.application == "Read" }
      }
      await stage.service.kill()
      try await stage.lab.pbx.eventually("his key in the log") { pbx in
        pbx.queueLogLines().first { $0.count > 7 && $0[4] == "PEREZVONANSWER" && $0[7] == "never" }
      }
      try await stage.service.start()
      try await stage.service.eventually(
        "SELECT count(*) FROM report.decisions WHERE decision = 'do_not_call' AND number = '\(refusing)'",
        within: .seconds(30)
      ) { $0 == "1" }
      let answers = try await stage.service.sql(
        """
        SELECT string_agg(question || ' ' || answer, ', ' ORDER BY question) FROM report.answers
        WHERE number = '\(refusing)'
        """)
      #expect(answers == "key 9, wish never again")
      try await stage.nothingIsLeft()
    }
  }

  private static let survey = """
    - {name: survey, kind: callback, queues: [support], mode: message, message: {context: lab-survey}, calendar: always,
       start_after: 1s, success_after: 1s, number_kinds: [mobile], ground: consent}
    - {name: sales-callback, kind: callback, queues: [sales], mode: agent_first, calendar: always, start_after: 1s,
       number_kinds: [mobile], agents: {queue: sales, confirm: false, wrap_up: 0s}}
    """

  @Test(arguments: bothAsterisks)
  func `answers a survey of three questions, and is called by a person or never again`(
    _ asterisk: LabAsterisk
  )
    async throws
  {
    var options = LabServiceOptions()
    options.campaigns = Self.survey.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
    try await Stage.with(asterisk, options) { stage in
      let wanting = "+79168100006"
      let refusing = "+79168100007"
      // A key for each question: 4, 5, and what he wishes.
      for (number, keys) in [(wanting, "4w5w1"), (refusing, "3w2w9")] {
        try await stage.lab.telco.setCustomer(
          number, .answers(after: .seconds(1), keys: keys, keysAfter: .seconds(1)))
        let added = try await stage.service.command("jobs", "add", number, "--campaign", "survey")
        #expect(added.status == 0, "\(added.output)")
      }
      try await stage.service.eventually(
        "SELECT count(*) FROM report.attempts WHERE outcome = 'delivered'", within: .seconds(60)
      ) { $0 == "2" }
      let answers = try await stage.service.sql(
        """
        SELECT string_agg(right(number, 1) || ' ' || question || ' ' || answer, ', ' ORDER BY number, at)
        FROM report.answers
        """)
      #expect(
        answers
          == "6 service 4, 6 price 5, 6 wish 1, 7 service 3, 7 price 2, 7 wish 9")
      let asked = try await stage.service.sql(
        "SELECT number, campaign, source, state FROM report.jobs WHERE source = 'requested'")
      #expect(asked == "\(wanting)|sales-callback|requested|waiting")
      let again = try await stage.service.command("jobs", "add", refusing, "--campaign", "survey")
      #expect(again.status == 1, "\(again.output)")
      try await stage.nothingIsLeft()
    }
  }
}
