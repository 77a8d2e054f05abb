import Lab
import Telephony
import Testing

/// What happens to the ARI websocket while a callback is under way.
enum ARIFault: String, CaseIterable, Sendable {
  /// All ARI connections end at once; new ones are let in.
  case cut
  /// Nothing passes and nothing is closed, until the service has noticed.
  case mute
  /// Another program takes our Stasis application, and keeps it until the service takes it back.
  case replaced
}

@Suite struct `An ARI websocket that fails` {
  private struct Scene {
    let stage: Stage
    let proxy: FaultProxy
    let fault: ARIFault
    var telco: Telco { stage.lab.telco }

    private var timesDown: Int { stage.service.logged.split(separator: "ARI is down").count - 1 }

    /// Brings the fault, and takes it away when the service knows.
    func strike() async throws {
      let before = timesDown
      var stranger: ARIStranger?
      switch fault {
      case .cut: proxy.cut()
      case .mute: proxy.set(.silence)
      case .replaced: stranger = try ARIStranger(at: stage.lab.pbx)
      }
      let bound = ContinuousClock.now + .seconds(30)
      while timesDown == before, ContinuousClock.now < bound { try await Task.sleep(for: .milliseconds(25)) }
      #expect(timesDown > before, "the service noticed \(fault)")
      if fault == .mute { proxy.set(FaultProxy.Faults()) }
      // The stranger's own websocket ends when the service takes the application back, or here.
      stranger?.leave()
    }

    /// Agent 101 is seated for the callback to this customer, who has given up.
    func owed(_ customer: String, _ behaviour: PhoneBehaviour) async throws {
      try await telco.setCustomer(customer, behaviour)
      try await stage.lab.pbx.setMember(101, present: false)
      try await stage.abandon(customer, after: .seconds(3))
      try await stage.job(customer, is: .waiting)
      try await stage.lab.pbx.setMember(101)
    }

    /// One call, one talk, nobody stuck, the books closed.
    func isDone(_ customer: String, _ states: JobState..., talks: Bool) async throws {
      for state in states { try await stage.job(customer, is: state, within: .seconds(100)) }
      try await stage.service.eventually(
        "SELECT count(*) FROM report.attempts WHERE ended_at IS NULL", within: .seconds(60)
      ) { $0 == "0" }
      try await stage.nothingIsLeft(within: .seconds(40))
      let legs = stage.invites(customer)
      #expect(legs.count == 1, "\(fault)")
      #expect(legs.allSatisfy { !$0.isLive }, "\(fault)")
      #expect(legs.contains { ($0.talk ?? .zero) > .seconds(4) } == talks, "\(fault)")
    }
  }

  @Test(arguments: bothAsterisks, ARIFault.allCases)
  func `while the agent rings, the customer rings or they talk, costs at most that one try`(
    _ asterisk: LabAsterisk, _ fault: ARIFault
  ) async throws {
    try await LabSlots.shared.withLab(LabOptions(asterisk: asterisk)) { lab in
      let proxy = try FaultProxy(to: lab.pbx.ariPort, as: .bytes)
      var options = LabServiceOptions(agents: ["wrap_up": "1s", "cool_down": "1s", "ring": "20s"])
      options.ariPort = proxy.port
      let stage = Stage(lab: lab, service: try LabService(options, beside: lab))
      try await stage.service.start()
      let scene = Scene(stage: stage, proxy: proxy, fault: fault)

      // While the agent rings: he is let go, and rung again; the customer never knew.
      let first = "+79168000001"
      try await lab.telco.setAgent(101, .answers(after: .seconds(4), keys: "1", keysAfter: .seconds(1)))
      try await scene.owed(first, .answers(after: .seconds(1), talk: .seconds(7)))
      try await lab.telco.wait(within: .seconds(30), "agent 101 rung") { legs in
        legs.first { $0.number == "101" && $0.ringingAt != nil }
      }
      try await scene.strike()
      try await scene.isDone(first, .succeeded, talks: true)

      // While they talk: the talk knows nothing of it.
      try await stage.willing(101)
      let second = "+79168000002"
      try await scene.owed(second, .answers(after: .seconds(1)))
      try await stage.service.eventually(
        "SELECT phase FROM perezvon.attempts WHERE number = '\(second)'", within: .seconds(60)
      ) { $0 == "connected" }
      try await lab.pbx.eventually(within: .seconds(10), "both in a bridge") { pbx in
        try await pbx.channels().count { $0.id.rawValue.hasPrefix("pz-") && !$0.bridge.isEmpty } == 2
          ? true : nil
      }
      try await scene.strike()
      try await Task.sleep(for: .seconds(5))
      #expect(stage.invites(second).first?.isTalking == true)
      try await lab.telco.hangUp(second)
      try await scene.isDone(second, .succeeded, talks: true)

      // While the customer rings: his phone falls silent, and it is not known whether he saw it.
      let third = "+79168000003"
      try await scene.owed(third, .noAnswer)
      try await stage.invited(third, within: .seconds(60))
      try await scene.strike()
      try await scene.isDone(third, .waiting, talks: false)
      let end = try await stage.service.sql(
        """
        SELECT a.outcome, j.attempts, j.due_at > now() + interval '10 minutes' FROM report.attempts a
        JOIN report.jobs j USING (job) WHERE a.number = '\(third)'
        """)
      #expect(end == "unknown|1|t", "\(end)")
      await stage.service.kill()
      proxy.stop()
    }
  }
}
