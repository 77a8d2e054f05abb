import Lab
import Telephony
import Testing

@Suite struct `A predictive campaign in the lab` {
  private static let options = LabServiceOptions(
    campaign: [
      "mode": "predictive", "legal": "none", "drop_message": "lab-closed", "ring": "40s", "start_after": "1s",
      "predictive": "{fewest_agents: 1, fewest_answers: 0}", "success_after": "2s",
      "retry": "{no_answer: [10m], agent_missed: [10m], dropped: [72h]}", "expire_after": "96h",
    ], agents: ["wrap_up": "0s", "confirm": "false"])

  private static func number(_ n: Int) -> String { "+791684000\(n + 10)" }

  private func owe(_ stage: Stage, _ numbers: [String], _ behaviour: PhoneBehaviour) async throws {
    for number in numbers {
      try await stage.lab.telco.setCustomer(number, behaviour)
      let added = try await stage.service.command("jobs", "add", number, "--campaign", "sales-callback")
      #expect(added.status == 0, "\(added.output)")
    }
  }

  private static let since = "WHERE ended_at > now() - interval '1 hour'"

  @Test(arguments: bothAsterisks)
  func `dials ahead of its agents, drops whom nobody can take, and stops when they log off`(
    _ asterisk: LabAsterisk
  ) async throws {
    try await Stage.with(asterisk, Self.options) { stage in
      try await stage.haveAnswers(3_000)
      let customers = (0..<6).map(Self.number)
      try await owe(stage, customers, .answers(after: .seconds(4), talk: .seconds(8)))
      for agent in [101, 102] {
        // Whoever dials ahead needs phones that answer by themselves: a customer has 2 s.
        try await stage.lab.telco.setAgent(agent, .answers(after: .milliseconds(100)))
        try await stage.lab.pbx.setMember(agent)
      }
      // More numbers ring than there are agents.
      try await stage.lab.telco.wait(within: .seconds(30), "three customers dialled at once") { legs in
        legs.count { $0.party == .customer && $0.isLive } > 2 ? true : nil
      }
      try await stage.service.eventually(
        "SELECT count(DISTINCT job) FROM report.attempts \(Self.since) AND customer_result = 'answered'",
        within: .seconds(90)
      ) { $0 == "6" }
      let talked = try await stage.service.sql(
        "SELECT count(*) FROM report.attempts \(Self.since) AND outcome = 'conversation'")
      let dropped = try await stage.service.sql(
        "SELECT count(*) FROM report.attempts \(Self.since) AND outcome = 'dropped'")
      #expect((Int(talked) ?? 0) >= 1 && (Int(dropped) ?? 0) >= 1, "\(talked) talked, \(dropped) dropped")
      for number in customers { #expect(stage.invites(number).count == 1, "\(number)") }
      let told = try await stage.service.sql(
        "SELECT count(*) FROM report.attempts \(Self.since) AND outcome = 'dropped' AND customer_result = 'answered'"
      )
      #expect(told == dropped)

      // Phones ring, and the agents log off: nothing new is dialled, nobody is cut off before 15 s, and none rings out.
      let ringing = (6..<9).map(Self.number)
      try await owe(stage, ringing, .noAnswer)
      try await stage.lab.telco.wait(within: .seconds(30), "somebody's phone rings") { legs in
        legs.contains { ringing.contains($0.number) && $0.ringingAt != nil } ? true : nil
      }
      for agent in [101, 102] { try await stage.lab.pbx.setMember(agent, present: false) }
      let dialled = stage.lab.telco.legs.filter { ringing.contains($0.number) }
      try await stage.lab.telco.wait(within: .seconds(30), "no phone rings any more") { legs in
        legs.contains { ringing.contains($0.number) && $0.isLive } ? nil : true
      }
      let over = stage.lab.telco.legs.filter { ringing.contains($0.number) }
      #expect(over.count == dialled.count, "dialled without an agent")
      for leg in over {
        let rang = try #require(leg.endedAt) - (leg.ringingAt ?? leg.invitedAt)
        #expect(rang >= .seconds(15) && rang < .seconds(25) && leg.endedBy == .pbx, "\(rang)")
      }
      let names = ringing.map { "'\($0)'" }.joined(separator: ", ")
      let charged = try await stage.service.eventually(
        "SELECT count(*), sum(attempts) FROM report.jobs WHERE number IN (\(names)) AND state = 'waiting'"
      ) { $0 == "3|0" }
      #expect(charged == "3|0", "who was cut off is charged nothing")
      try await stage.nothingIsLeft()
    }
  }

}

@Suite struct `The place an answered customer is sent to` {
  private static func options(_ connect: String) -> LabServiceOptions {
    LabServiceOptions(
      campaign: ["mode": "client_first", "connect": connect, "success_after": "3s"],
      agents: ["wrap_up": "0s", "reserve": "false"])
  }

  /// `direct` of the lab's PBX: 104 is an extension, `group` rings 102 and 103 together.
  @Test(arguments: [("104", 104), ("group", 103)])
  func `may be an extension or a ring group`(_ exten: String, _ taker: Int) async throws {
    try await Stage.with(.v22, Self.options("{context: direct, exten: \"\(exten)\"}")) { stage in
      let customer = "+79168400050"
      try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1), talk: .seconds(6)))
      try await stage.lab.telco.setAgent(taker, .answers(after: .seconds(1)))
      if exten == "group" { try await stage.lab.telco.setAgent(102, .noAnswer) }
      // Somebody of the queue is free, whoever takes him.
      try await stage.lab.pbx.setMember(101)
      let added = try await stage.service.command("jobs", "add", customer, "--campaign", "sales-callback")
      #expect(added.status == 0, "\(added.output)")
      try await stage.job(customer, is: .succeeded, within: .seconds(60))
      let attempt = try await stage.service.sql(
        "SELECT agent, agent_result, customer_result, outcome FROM report.attempts")
      #expect(attempt == "PJSIP/\(taker)|answered|answered|conversation")
      #expect(stage.invites(customer).count == 1)
      #expect(stage.lab.telco.legs(of: "101").isEmpty)
      try await stage.nothingIsLeft()
    }
  }
}

@Suite struct `A message where a machine answers` {
  @Test func `is not played when AMD() hears it, is played to a human, and where nobody asks AMD()`()
    async throws
  {
    let ground =
      "ground: consent, retry: {machine: [2h]}, calendar: always, start_after: 1s, number_kinds: [mobile]"
    var options = LabServiceOptions()
    options.campaigns = """
        - {name: careful, queues: [support], mode: message, message: {context: perezvon-message, amd: true}, \(ground)}
        - {name: plain, queues: [closed], mode: message, message: {context: perezvon-message}, \(ground)}
      """
    try await Stage.with(.v22, options) { stage in
      let (heard, unasked, human) = ("+79168400060", "+79168400061", "+79168400062")
      for (number, campaign) in [(heard, "careful"), (unasked, "plain"), (human, "careful")] {
        // AMD() has heard a human after his word and 2.4 s of silence. Not sure, after 5 s, it would swallow the key.
        try await stage.lab.telco.setCustomer(
          number, number == human ? .greets(keys: "5", keysAfter: .milliseconds(4_300)) : .machine)
        let added = try await stage.service.command("jobs", "add", number, "--campaign", campaign)
        #expect(added.status == 0, "\(added.output)")
      }
      try await stage.job(unasked, is: .succeeded, within: .seconds(60))
      try await stage.job(human, is: .succeeded, within: .seconds(60))
      let answer = try await stage.service.sql(
        "SELECT question, answer FROM report.answers WHERE number = '\(human)'")
      #expect(answer == "key|5", "he heard the message and answered it")
      let outcome = try await stage.service.eventually(
        "SELECT customer_result, outcome FROM report.attempts WHERE number = '\(heard)' AND ended_at IS NOT NULL",
        within: .seconds(30)
      ) { !$0.isEmpty }
      #expect(outcome == "machine|no_conversation")
      let job = try await stage.service.sql(
        "SELECT state, due_at > now() + interval '110 minutes' FROM report.jobs WHERE number = '\(heard)'")
      #expect(job == "waiting|t")
      try await stage.nothingIsLeft()
    }
  }
}
