import Foundation
import Lab
import Telephony
import Testing

@Suite struct `Two customers dialled at once for one agent` {
  private static let first = "+79168200001"
  private static let second = "+79168200002"

  private static let options = LabServiceOptions(
    campaign: [
      "mode": "progressive", "lines_per_agent": "2", "legal": "none", "drop_message": "lab-closed",
      "retry": "{busy: [10m], no_answer: [10m], agent_missed: [10m], dropped: [10m]}", "start_after": "5m",
    ], agents: ["wrap_up": "1s", "confirm": "false"])

  /// Both are owed a call and agent 101 comes, who dials both at once.
  private func dialBoth(_ stage: Stage, _ one: PhoneBehaviour, _ other: PhoneBehaviour) async throws {
    try await stage.haveAnswers(1_000)
    try await stage.lab.telco.setCustomer(Self.first, one)
    try await stage.lab.telco.setCustomer(Self.second, other)
    for number in [Self.first, Self.second] {
      let added = try await stage.service.command("jobs", "add", number, "--campaign", "sales-callback")
      #expect(added.status == 0, "\(added.output)")
    }
    try await stage.lab.telco.setAgent(101, .answers(after: .seconds(1)))
    try await stage.lab.pbx.setMember(101)
    try await stage.invited(Self.first)
    try await stage.invited(Self.second, within: .seconds(3))
  }

  private func outcomes(_ stage: Stage, ended: Int) async throws -> String {
    try await stage.service.eventually(
      "SELECT count(*) FROM report.attempts WHERE ended_at > now() - interval '1 hour'", within: .seconds(60)
    ) { Int($0) ?? 0 >= ended }
    return try await stage.service.sql(
      """
      SELECT string_agg(concat_ws(' ', right(a.number, 1), a.agent, a.customer_result, a.outcome, j.attempts), ', '
        ORDER BY a.number)
      FROM report.attempts a JOIN report.jobs j USING (job) WHERE a.ended_at > now() - interval '1 hour'
      """)
  }

  @Test(arguments: bothAsterisks)
  func `who answers first gets him, and the other is charged nothing`(_ asterisk: LabAsterisk) async throws {
    try await Stage.with(asterisk, Self.options) { stage in
      try await dialBoth(stage, .noAnswer, .answers(after: .seconds(3), talk: .seconds(8)))
      #expect(
        try await outcomes(stage, ended: 2)
          == "1 cancelled customer_missed 0, 2 PJSIP/101 answered conversation 1")
      for number in [Self.first, Self.second] { #expect(stage.invites(number).count == 1) }
      try await stage.nothingIsLeft()
    }
  }

  @Test(arguments: bothAsterisks)
  func `he waits for the second where the first is busy`(_ asterisk: LabAsterisk) async throws {
    try await Stage.with(asterisk, Self.options) { stage in
      try await dialBoth(
        stage, .declines(after: .seconds(1)), .answers(after: .seconds(4), talk: .seconds(8)))
      let found = try await outcomes(stage, ended: 2)
      #expect(found.hasSuffix("customer_missed 1, 2 PJSIP/101 answered conversation 1"), "\(found)")
      #expect(stage.lab.telco.legs(of: "101").count == 1, "he is rung once")
      try await stage.nothingIsLeft()
    }
  }

  /// Both phones ring and are picked up in the same instant, by one command to the telco; its record must show it.
  private func answerBoth(_ stage: Stage) async throws -> [TelcoLeg] {
    try await stage.lab.telco.wait("both phones ring") { legs in
      [Self.first, Self.second].allSatisfy { number in
        legs.contains { $0.number == number && $0.ringingAt != nil }
      } ? true : nil
    }
    try await stage.lab.telco.pickUp(Self.first, Self.second, talk: 9)
    let answered = try await stage.lab.telco.wait("both have answered") { legs in
      let both = legs.filter { $0.party == .customer && $0.answeredAt != nil }
      return both.count == 2 ? both : nil
    }
    let times = answered.compactMap(\.answeredAt).sorted()
    #expect(times[1] - times[0] <= .milliseconds(100), "they answered \(times[1] - times[0]) apart")
    return answered
  }

  @Test(arguments: bothAsterisks)
  func `both answer within 100 ms: one talks, the other hears why not and is dropped`(
    _ asterisk: LabAsterisk
  ) async throws {
    try await Stage.with(asterisk, Self.options) { stage in
      try await dialBoth(stage, .noAnswer, .noAnswer)
      let answered = try await answerBoth(stage)
      let found = try await outcomes(stage, ended: 2)
      #expect(found.contains("conversation 1") && found.contains("answered dropped 1"), "\(found)")
      for number in [Self.first, Self.second] { #expect(stage.invites(number).count == 1) }
      // One hung up after his talk; the other was let go when the message of two seconds was over.
      let legs = stage.lab.telco.legs.filter { leg in answered.contains { $0.id == leg.id } }
      #expect(legs.compactMap(\.endedBy).sorted { $0.rawValue < $1.rawValue } == [.pbx, .phone])
      let told = try #require(legs.first { $0.endedBy == .pbx }?.talk)
      #expect(told >= .seconds(1.5) && told < .seconds(8), "\(told)")
      #expect(stage.lab.telco.legs(of: "101").count == 1, "he is rung once")
      try await stage.nothingIsLeft()
    }
  }

  @Test func `both answer within 100 ms where another agent is free: he takes the other`() async throws {
    try await Stage.with(.v22, Self.options) { stage in
      try await dialBoth(stage, .noAnswer, .noAnswer)
      try await stage.lab.telco.setAgent(102, .answers(after: .milliseconds(100)))
      try await stage.lab.pbx.setMember(102)
      _ = try await answerBoth(stage)
      let found = try await outcomes(stage, ended: 2)
      #expect(found.components(separatedBy: "answered conversation 1").count == 3, "\(found)")
      #expect(found.contains("PJSIP/101") && found.contains("PJSIP/102"), "\(found)")
      for number in [Self.first, Self.second] { #expect(stage.invites(number).count == 1) }
      try await stage.nothingIsLeft()
    }
  }

  @Test(arguments: bothAsterisks)
  func `the agent hangs up while both ring: nobody is charged`(_ asterisk: LabAsterisk) async throws {
    try await Stage.with(asterisk, Self.options) { stage in
      try await dialBoth(stage, .noAnswer, .noAnswer)
      try await stage.lab.telco.hangUp("101")
      #expect(
        try await outcomes(stage, ended: 2)
          == "1 PJSIP/101 cancelled agent_missed 0, 2 cancelled customer_missed 0")
      try await stage.nothingIsLeft()
    }
  }
}
