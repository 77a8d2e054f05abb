import Lab
import Telephony
import Testing

@Suite struct `An Asterisk that ends in the middle of everything` {
  enum End: String, CaseIterable, Sendable { case killed, stopped }

  /// One talks, one is rung, for one the agent is rung, one waits: then Asterisk is gone, and comes back.
  @Test(arguments: bothAsterisks, End.allCases)
  func `leaves nobody stuck, rings nobody twice, and the jobs go on`(_ asterisk: LabAsterisk, _ end: End)
    async throws
  {
    let options = LabServiceOptions(
      campaign: [
        "retry": "{busy: [2s], no_answer: [30m], congestion: [2s], agent_missed: [0s], dropped: [5s]}"
      ],
      agents: ["wrap_up": "1s", "cool_down": "1s", "ring": "30s"])
    try await Stage.with(asterisk, options) { stage in
      let (talks, rings, owed, waits) = ("+79169000001", "+79169000002", "+79169000003", "+79169000004")
      let (lab, service) = (stage.lab, stage.service)
      try await lab.telco.setCustomer(talks, .answers(after: .seconds(1)))
      try await lab.telco.setCustomer(rings, .noAnswer)
      for customer in [owed, waits] {
        try await lab.telco.setCustomer(customer, .answers(after: .seconds(1), talk: .seconds(7)))
      }
      for agent in [101, 102] { try await stage.willing(agent) }
      try await lab.telco.setAgent(103, .noAnswer)

      try await stage.abandon(talks, after: .seconds(3))
      try await lab.pbx.setMember(101)
      try await lab.pbx.eventually(within: .seconds(40), "two in a bridge") { pbx in
        try await pbx.channels().count { $0.id.rawValue.hasPrefix("pz-") && !$0.bridge.isEmpty } == 2
          ? true : nil
      }
      let talkBegan = ContinuousClock.now
      try await stage.abandon(rings, after: .seconds(3))
      try await lab.pbx.setMember(102)
      try await stage.invited(rings)
      _ = try await lab.telco.placeCall(from: waits, to: PBXDialplan.overflowNumber)
      try await stage.abandon(owed, after: .seconds(3))
      try await lab.pbx.eventually(within: .seconds(15), "him in a queue nobody serves") { pbx in
        try await pbx.waiting(in: "support").isEmpty ? nil : true
      }
      try await lab.pbx.setMember(103)
      try await lab.telco.wait(within: .seconds(20), "agent 103 rung") { legs in
        legs.first { $0.number == "103" }
      }
      let talked = ContinuousClock.now - talkBegan
      #expect(talked > .seconds(5), "long enough for a conversation")

      switch end {
      case .killed: await lab.pbx.kill()
      case .stopped: await lab.pbx.stop()
      }
      try await service.waitForLog("AMI is down")
      // The telephones of a killed Asterisk do not know; their owners hang up.
      for phone in [talks, rings, owed, waits, "101", "102", "103"] { try await lab.telco.hangUp(phone) }
      let before = stage.lab.telco.legs.count { $0.party == .customer }
      try await lab.pbx.start()
      try await service.eventually("SELECT count(*) FROM report.attempts WHERE ended_at IS NULL") {
        $0 == "0"
      }
      #expect(lab.telco.legs.count { $0.party == .customer } == before, "nobody is called without an agent")

      try await stage.job(talks, is: .succeeded)
      let unknown = try await service.sql(
        """
        SELECT a.outcome, j.state, j.attempts, j.due_at > now() + interval '10 minutes'
        FROM report.attempts a JOIN report.jobs j USING (job) WHERE a.number = '\(rings)'
        """)
      // After a crash nobody knows. An orderly end hangs one leg up after the other and says so: was the agent's
      // first, the customer is not charged for it, and is called when there is an agent again.
      let allowed =
        end == .killed
        ? ["unknown|waiting|1|t"] : ["customer_missed|waiting|1|t", "agent_missed|waiting|0|f"]
      #expect(allowed.contains(unknown), "\(unknown)")
      let again = unknown.hasPrefix("agent_missed")
      if again {
        try await lab.telco.setCustomer(rings, .answers(after: .seconds(1), talk: .seconds(7)))
      }
      try await service.eventually("SELECT attempts, state FROM report.jobs WHERE number = '\(owed)'") {
        $0 == "0|waiting"
      }
      try await service.eventually(
        "SELECT count(*), min(ending), count(job) FROM report.missed_calls WHERE number = '\(waits)'"
      ) { end == .killed ? $0 == "1|pbx|1" : $0.hasPrefix("1|") && $0.hasSuffix("|1") }

      // Its queues' members are gone with it; seated again, the work goes on.
      try await lab.pbx.setMember(101)
      for customer in [owed, waits] {
        try await stage.job(customer, is: .succeeded, within: .seconds(60))
        #expect(stage.invites(customer).count == 1)
      }
      if again { try await stage.job(rings, is: .succeeded, within: .seconds(60)) }
      #expect(stage.invites(talks).count == 1 && stage.invites(rings).count == (again ? 2 : 1))
      try await stage.nothingIsLeft()
      let balance = try await service.sql(
        "SELECT count(*), count(*) FILTER (WHERE state = 'succeeded') FROM report.jobs")
      #expect(balance == (again ? "4|4" : "4|3"), "\(balance)")
    }
  }

  /// It refuses every action and lets the talk end: nothing is tried in vain, and nothing is charged.
  @Test(arguments: bothAsterisks)
  func `gracefully burns no attempt while it waits for its last call`(_ asterisk: LabAsterisk) async throws {
    let options = LabServiceOptions(agents: ["wrap_up": "1s", "cool_down": "1s"])
    try await Stage.with(asterisk, options) { stage in
      let (talks, owed) = ("+79169000011", "+79169000012")
      let (lab, service) = (stage.lab, stage.service)
      try await lab.telco.setCustomer(talks, .answers(after: .seconds(1)))
      try await lab.telco.setCustomer(owed, .answers(after: .seconds(1), talk: .seconds(7)))
      for agent in [101, 102] { try await stage.willing(agent) }
      try await stage.abandon(talks, after: .seconds(3))
      try await lab.pbx.setMember(101)
      try await lab.pbx.eventually(within: .seconds(40), "two in a bridge") { pbx in
        try await pbx.channels().count { $0.id.rawValue.hasPrefix("pz-") && !$0.bridge.isEmpty } == 2
          ? true : nil
      }
      try await stage.abandon(owed, after: .seconds(3))
      try await stage.job(owed, is: .waiting)
      try await lab.pbx.setMember(102, paused: true)
      _ = try? await lab.pbx.cli("core stop gracefully")
      try await Task.sleep(for: .seconds(6))
      #expect(stage.invites(talks).first?.isTalking == true)
      #expect(stage.invites(owed).isEmpty)
      try await lab.telco.hangUp(talks)
      try await lab.pbx.eventually(within: .seconds(20), "its end") { $0.processID == nil ? true : nil }
      try await stage.job(talks, is: .succeeded)
      try await lab.pbx.start()
      try await lab.pbx.setMember(102)
      try await stage.job(owed, is: .succeeded, within: .seconds(60))
      #expect(stage.invites(owed).count == 1 && stage.invites(talks).count == 1)
      #expect(try await service.sql("SELECT max(attempts) FROM report.jobs") == "1")
      try await stage.nothingIsLeft()
    }
  }
}
