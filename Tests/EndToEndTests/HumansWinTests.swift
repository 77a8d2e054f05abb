import Lab
import Telephony
import Testing

@Suite struct `People in the middle of a callback` {
  private static let quick = LabServiceOptions(agents: ["wrap_up": "0s", "cool_down": "1s", "ring": "8s"])

  /// So that no second attempt begins while a scene is looked at.
  private static let once = LabServiceOptions(
    campaign: ["retry": "{agent_missed: [10m], no_answer: [10m], congestion: [10m], dropped: [10m]}"],
    agents: ["wrap_up": "0s", "cool_down": "1s", "ring": "8s"])

  private func closed(_ stage: Stage, _ customer: String, within bound: Duration = .seconds(40)) async throws
    -> String
  {
    let outcome = try await stage.service.eventually(
      """
      SELECT outcome FROM report.attempts WHERE number = '\(customer)' AND ended_at IS NOT NULL
      ORDER BY started_at LIMIT 1
      """, within: bound
    ) { !$0.isEmpty }
    try await stage.service.eventually(
      "SELECT count(*) FROM report.attempts WHERE ended_at IS NULL", within: bound
    ) {
      $0 == "0"
    }
    try await stage.nothingIsLeft()
    return outcome
  }

  /// 0 to 200 ms after the customer's answer, from either side.
  @Test(arguments: bothAsterisks)
  func `who hang up between the answer and the bridge leave nobody in silence`(_ asterisk: LabAsterisk)
    async throws
  {
    try await Stage.with(asterisk, Self.quick) { stage in
      let telco = stage.lab.telco
      try await stage.willing(101)
      for (index, wait) in [0, 60, 200].enumerated() {
        for side in ["agent", "customer"] {
          let customer = "+7916710\(side == "agent" ? 1 : 2)00\(index)"
          try await telco.setCustomer(customer, .answers(after: .seconds(1)))
          try await stage.abandon(customer, after: .seconds(3))
          try await stage.lab.pbx.setMember(101)
          let answered = try await telco.wait(within: .seconds(40), "the customer's answer") { legs in
            legs.first { $0.number == customer && $0.party == .customer && $0.answeredAt != nil }
          }
          try await Task.sleep(for: .milliseconds(wait))
          try await telco.hangUp(side == "agent" ? "101" : customer)
          // The other is not left alone: 2 s, and what a slow machine needs.
          try await telco.wait(within: .seconds(6), "both legs gone after \(side) at \(wait) ms") { legs in
            legs.contains { $0.isLive && ($0.id == answered.id || $0.number == "101") } ? nil : true
          }
          let outcome = try await closed(stage, customer)
          #expect(["dropped", "no_conversation"].contains(outcome), "\(side) at \(wait) ms: \(outcome)")
          #expect(stage.invites(customer).count == 1)
          // Nobody of this scene is called again in the next.
          try await stage.lab.pbx.setMember(101, present: false)
          let job = try await stage.service.sql(
            "SELECT job FROM report.jobs WHERE number = '\(customer)' AND state = 'waiting'")
          if !job.isEmpty { _ = try await stage.service.command("jobs", "cancel", job) }
        }
      }
    }
  }

  @Test(arguments: bothAsterisks)
  func `a phone that dies while it rings gives the callback to the next agent`(_ asterisk: LabAsterisk)
    async throws
  {
    try await Stage.with(asterisk, Self.quick) { stage in
      let customer = "+79167200001"
      try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1), talk: .seconds(7)))
      try await stage.lab.telco.setAgent(101, .noAnswer)
      try await stage.abandon(customer, after: .seconds(3))
      try await stage.lab.pbx.setMember(101)
      try await stage.lab.telco.wait(within: .seconds(20), "agent 101 rung") { legs in
        legs.first { $0.number == "101" }
      }
      try await stage.lab.telco.setAgent(101, registered: false)
      try await stage.willing(102)
      try await stage.lab.pbx.setMember(102)
      try await stage.job(customer, is: .succeeded, within: .seconds(60))
      #expect(stage.invites(customer).count == 1)
      let agents = try await stage.service.sql(
        "SELECT string_agg(agent || ' ' || outcome, ', ' ORDER BY started_at) FROM report.attempts")
      #expect(agents == "PJSIP/101 agent_missed, PJSIP/102 conversation", "\(agents)")
      try await stage.nothingIsLeft()
    }
  }

  enum Phase: String, CaseIterable, Sendable { case agentRings, customerRings, talk }
  enum Act: String, CaseIterable, Sendable { case pause, unpause, hangUp, transfer }

  private func reach(_ phase: Phase, _ stage: Stage, _ customer: String) async throws {
    let (lab, telco) = (stage.lab, stage.lab.telco)
    if phase == .agentRings {
      try await telco.setAgent(101, .noAnswer)
    } else {
      try await stage.willing(101)
    }
    try await telco.setCustomer(customer, phase == .talk ? .answers(after: .seconds(1)) : .noAnswer)
    try await stage.abandon(customer, after: .seconds(3))
    try await lab.pbx.setMember(101)
    switch phase {
    case .agentRings:
      try await telco.wait(within: .seconds(30), "agent 101 rung") { legs in
        legs.first { $0.number == "101" && $0.isLive }
      }
    case .customerRings: try await stage.invited(customer)
    case .talk:
      try await lab.pbx.eventually(within: .seconds(40), "two in a bridge") { pbx in
        try await pbx.channels().count { $0.id.rawValue.hasPrefix("pz-") && !$0.bridge.isEmpty } == 2
          ? true : nil
      }
    }
  }

  private func ourLeg(_ end: String, _ stage: Stage) async throws -> LabPBX.Channel {
    try await stage.lab.pbx.eventually(within: .seconds(5), "our leg \(end)") { pbx in
      try await pbx.channels().first { $0.id.rawValue.hasPrefix("pz-") && $0.id.rawValue.hasSuffix(end) }
    }
  }

  /// A supervisor does something to our agent: what he wants is what is, and the books close.
  @Test(arguments: Act.allCases)
  func `a supervisor wins in every phase`(_ act: Act) async throws {
    try await Stage.with(.v22, Self.once) { stage in
      let (lab, telco) = (stage.lab, stage.lab.telco)
      for (index, phase) in Phase.allCases.enumerated() where !(act == .transfer && phase == .agentRings) {
        let customer = "+7916730000\(index)"
        try await reach(phase, stage, customer)
        switch act {
        case .pause: try await lab.pbx.setMember(101, paused: true)
        case .unpause: try await lab.pbx.setMember(101, paused: false)
        case .hangUp: try await lab.pbx.cli("channel request hangup \(try await ourLeg("-a", stage).name)")
        case .transfer:
          let end = phase == .talk ? "-c" : "-a"
          try await lab.pbx.redirect(try await ourLeg(end, stage), context: "lab-hold", exten: "s")
        }
        // A talk that nobody ended goes on until its people end it.
        if phase == .talk, act == .pause || act == .unpause {
          try await Task.sleep(for: .seconds(3))
          #expect(stage.invites(customer).first?.isTalking == true, "\(act) while they talk")
          try await telco.hangUp(customer)
        }
        try await stage.service.eventually(
          "SELECT count(*) FROM report.attempts WHERE ended_at IS NULL AND number = '\(customer)'",
          within: .seconds(40)
        ) { $0 == "0" }
        let member = try #require(await lab.pbx.member(101))
        #expect(member.paused == (act == .pause), "\(act) while \(phase)")
        #expect(stage.invites(customer).count <= 1)
        if act == .transfer {
          // Whom a human moved is not hung up by us.
          let moved = phase == .talk ? stage.invites(customer).first : telco.legs(of: "101").last
          #expect(moved?.isTalking == true, "\(phase)")
        }
        try await lab.pbx.setMember(101, present: false)
        for phone in [customer, "101"] { try await telco.hangUp(phone) }
        try await stage.nothingIsLeft()
        let job = try await stage.service.sql(
          "SELECT job FROM report.jobs WHERE number = '\(customer)' AND state = 'waiting'")
        if !job.isEmpty { _ = try await stage.service.command("jobs", "cancel", job) }
      }
    }
  }
}
