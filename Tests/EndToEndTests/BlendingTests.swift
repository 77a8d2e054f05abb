import Lab
import Telephony
import Testing

@Suite struct `A campaign that blends` {
  // Callbacks of before: nothing but `blend` holds them back from a caller who came later.
  private static let options = LabServiceOptions(
    campaign: [
      "blend": "{max_callers_waiting: 0, keep_free: 1}", "start_after": "10m", "success_after": "1s",
    ], agents: ["wrap_up": "0s", "confirm": "false", "cool_down": "1s"])

  @Test func `takes no agent while a caller waits or too few are free, and dials when both hold again`()
    async throws
  {
    try await Stage.with(.v22, Self.options) { stage in
      let (first, second, caller) = ("+79168500001", "+79168500002", "+79168500003")
      for number in [first, second] {
        try await stage.lab.telco.setCustomer(number, .answers(after: .seconds(1), talk: .seconds(4)))
        let added = try await stage.service.command("jobs", "add", number, "--campaign", "sales-callback")
        #expect(added.status == 0, "\(added.output)")
      }
      // Their phones let the queue's calls down: they are free, and the caller goes on waiting.
      for agent in [101, 102] {
        try await stage.lab.telco.setAgent(agent, .declines(after: .milliseconds(200)))
      }
      try await stage.lab.pbx.setMember(101)
      try await stage.service.waitForLog("are left to callers (blend.keep_free)")

      let call = try await stage.lab.telco.placeCall(from: caller)
      try await stage.declined(1, by: 101)
      try await stage.lab.pbx.setMember(102)
      // Both were free several times, for a second each: one more than is kept.
      try await stage.declined(3, by: 102)
      for agent in [101, 102] { try await stage.lab.telco.setAgent(agent, .answers(after: .seconds(1))) }
      try await call.hangUp()
      let gone = try await call.ended()
      let left = try #require(gone.endedAt)
      try #require(gone.answeredAt != nil)

      for number in [first, second] { try await stage.job(number, is: .succeeded, within: .seconds(40)) }
      let legs = stage.lab.telco.legs
      let rung = legs.filter { $0.party == .agent && $0.invitedAt < left }
      #expect(rung.count >= 5 && rung.allSatisfy { $0.other == caller }, "the queue alone rang them")
      let (one, other) = (stage.invites(first), stage.invites(second))
      #expect(one.count == 1 && other.count == 1)
      let dials = (one + other).sorted { $0.invitedAt < $1.invitedAt }
      #expect(dials[0].invitedAt > left, "nobody is dialled while a caller waits")
      // One of the two is kept free: the next is dialled when the talk with the first is over.
      #expect(dials[1].invitedAt >= (try #require(dials[0].endedAt)))
      try await stage.nothingIsLeft()
    }
  }
}

extension Stage {
  /// Waits until an agent's phone has let so many calls down.
  fileprivate func declined(_ times: Int, by extension: Int) async throws {
    try await lab.telco.wait(within: .seconds(20), "\(`extension`) declines \(times) times") { legs in
      legs.count { $0.number == "\(`extension`)" && $0.endedAt != nil && $0.answeredAt == nil } >= times
        ? true : nil
    }
  }
}
