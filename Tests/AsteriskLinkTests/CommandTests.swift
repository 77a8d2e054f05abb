import AsteriskLink
import SimulatedPBX
import Telephony
import Testing

@Suite struct `A command` {
  let pause = PBXCommand.pauseMember("PJSIP/101", queue: "sales", paused: true, reason: "pz:1")

  func originate(_ id: ChannelID) -> PBXCommand {
    .originate(
      PBXCommand.Originate(
        channel: id, endpoint: "PJSIP/101", arguments: ["a"], callerNumber: "+74951112233",
        callerName: "Callback",
        timeout: .seconds(20), variables: ["PEREZVON_JOB": "1"]))
  }

  @Test func `goes over the command session, and its event comes over the other`() async throws {
    let bench = try await Bench(prepare: {
      $0.setMembers([SimulatedMember(queue: "sales", interface: "PJSIP/101")])
    })
    bench.start()
    #expect(await bench.isUp())
    #expect(await bench.link.perform(pause) == .done)
    let paused = await bench.wait { inputs -> QueueMember? in
      for event in inputs.flatMap({ $0.events(.ami) }) {
        if case .memberPaused(let member) = event { return member }
      }
      return nil
    }
    #expect(paused?.paused == true)
    #expect(paused?.pausedReason == "pz:1")
    let login = bench.pbx.actions.first { $0.name == "Login" && $0.header("Events") == "off" }
    let sent = bench.pbx.actions.first { $0.name == "QueuePause" }
    #expect(sent?.session == login?.session)
    await bench.stop()
  }

  @Test func `finds its own answer among many`() async throws {
    let bench = try await Bench()
    bench.start()
    #expect(await bench.isUp())
    // Each answer says which member it is for.
    bench.pbx.onAction { action in
      guard action.name == "QueuePause" else { return nil }
      return .answer(["Response: Error", "Message: for \(action.header("Interface"))"])
    }
    let outcomes = await withTaskGroup(of: (Int, CommandOutcome).self) { group in
      for number in 0..<100 {
        group.addTask {
          let member = MemberInterface("PJSIP/\(number)")
          return (
            number, await bench.link.perform(.pauseMember(member, queue: nil, paused: true, reason: ""))
          )
        }
      }
      var outcomes: [Int: CommandOutcome] = [:]
      for await (number, outcome) in group { outcomes[number] = outcome }
      return outcomes
    }
    #expect(outcomes.count == 100)
    for (number, outcome) in outcomes { #expect(outcome == .refused("for PJSIP/\(number)")) }
    await bench.stop()
  }

  @Test func `without an answer it is unknown`() async throws {
    var limits = Bench.limits()
    limits.commandTimeout = .milliseconds(200)
    let bench = try await Bench(limits: limits)
    bench.start()
    #expect(await bench.isUp())
    bench.pbx.onAction { $0.name == "QueuePause" ? .silence : nil }
    guard case .unknown(let reason) = await bench.link.perform(pause) else {
      Issue.record("an outcome that nobody knows")
      return
    }
    #expect(reason.contains("QueuePause"))
    await bench.stop()
  }

  @Test func `cut off after sending it is unknown, and with AMI down not sent`() async throws {
    let bench = try await Bench()
    bench.start()
    #expect(await bench.isUp())
    bench.pbx.onAction { $0.name == "QueuePause" ? .cut : nil }
    bench.pbx.refuseConnections(true)
    guard case .unknown = await bench.link.perform(pause) else {
      Issue.record("the connection was cut after the action")
      return
    }
    _ = await bench.wait { $0.compactMap(\.amiDownReason).first }
    guard case .notSent = await bench.link.perform(pause) else {
      Issue.record("there is no session to send it on")
      return
    }
    await bench.stop()
  }

  @Test func `over the limit of actions in flight it is not sent`() async throws {
    var limits = Bench.limits()
    limits.actionsInFlightMax = 3
    let bench = try await Bench(limits: limits)
    bench.start()
    #expect(await bench.isUp())
    bench.pbx.onAction { $0.name == "QueuePause" ? .silence : nil }
    let outcomes = await withTaskGroup(of: CommandOutcome.self) { group in
      for _ in 0..<10 { group.addTask { await bench.link.perform(pause) } }
      var outcomes: [CommandOutcome] = []
      for await outcome in group {
        outcomes.append(outcome)
        // The first refusals have come; the rest end with the connection.
        if outcomes.count == 7 { bench.pbx.cutAMI() }
      }
      return outcomes
    }
    let notSent = outcomes.count { if case .notSent = $0 { true } else { false } }
    #expect(notSent >= 7)
    await bench.stop()
  }

  @Test func `an originate is done, and the same id again is live already`() async throws {
    let bench = try await Bench()
    bench.start()
    #expect(await bench.isUp())
    #expect(await bench.link.perform(originate("pz-1-a")) == .done)
    #expect(await bench.link.perform(originate("pz-1-a")) == .alreadyLive)
    let sent = bench.pbx.requests.first { $0.method == "POST" }
    #expect(sent?.query["endpoint"] == "PJSIP/101")
    #expect(sent?.query["app"] == "perezvon")
    #expect(sent?.body.contains("PEREZVON_JOB") == true)
    guard case .live(let channel) = await bench.link.channel("pz-1-a") else {
      Issue.record("the channel lives")
      return
    }
    #expect(channel.id == "pz-1-a")
    #expect(await bench.link.perform(.hangUp("pz-1-a", .normalClearing)) == .done)
    #expect(await bench.link.channel("pz-1-a") == .gone)
    #expect(await bench.link.perform(.hangUp("pz-1-a", .normalClearing)) == .notFound)
    await bench.stop()
  }

  @Test func `an originate is not sent while the websocket is down`() async throws {
    let bench = try await Bench(change: { $0.ari.password = "wrong" })
    bench.start()
    let reason = await bench.wait { $0.compactMap(\.ariDownReason).first }
    #expect(reason?.contains("ARI login refused for user \"perezvon\"") == true)
    #expect(reason?.contains("ari.conf") == true)
    guard case .notSent(let said) = await bench.link.perform(originate("pz-1-a")) else {
      Issue.record("our application is not registered")
      return
    }
    #expect(said.contains("ARI login refused"))
    #expect(!bench.pbx.requests.contains { $0.method == "POST" })
    await bench.stop()
  }

  @Test func `an originate cut off after sending is unknown, and goes out once`() async throws {
    let bench = try await Bench()
    bench.start()
    #expect(await bench.isUp())
    bench.pbx.onRequest { $0.method == "POST" ? .cut : nil }
    guard case .unknown = await bench.link.perform(originate("pz-1-a")) else {
      Issue.record("the connection was cut after the request")
      return
    }
    #expect(bench.pbx.requests.count { $0.method == "POST" } == 1)
    await bench.stop()
  }

  @Test func `an originate without a route is refused for certain`() async throws {
    let bench = try await Bench()
    bench.start()
    #expect(await bench.isUp())
    bench.pbx.onRequest { request in
      request.method == "POST" ? .answer(status: 500, body: #"{"message":"Allocation failed"}"#) : nil
    }
    #expect(await bench.link.perform(originate("pz-1-a")) == .refused("Allocation failed"))
    await bench.stop()
  }
}
