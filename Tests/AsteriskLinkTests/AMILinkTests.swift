import AsteriskLink
import SimulatedPBX
import Telephony
import Testing

@Suite struct `An AMI connection` {
  @Test func `comes up with a snapshot, two sessions, the secret never sent`() async throws {
    let bench = try await Bench(prepare: { pbx in
      pbx.setMembers([SimulatedMember(queue: "sales", interface: "PJSIP/101")])
      pbx.setChannels([SimulatedChannel(id: "1795334400.7", name: "PJSIP/101-00000007")])
    })
    bench.start()
    let snapshot = await bench.wait { $0.compactMap(\.snapshot).first }
    #expect(snapshot?.version == "22.10.1")
    #expect(snapshot?.members.map(\.interface) == ["PJSIP/101"])
    #expect(snapshot?.channels.map(\.channel.id) == ["1795334400.7"])
    #expect(bench.pbx.eventSessions == 1)
    #expect(bench.pbx.commandSessions == 1)
    let logins = bench.pbx.actions.filter { $0.name == "Login" }
    #expect(logins.map { $0.header("Secret") } == ["", ""])
    #expect(logins.map { $0.header("Events") }.sorted() == ["off", "system,call,agent,user"])
    #expect(bench.link.health.amiConnectedSince != nil)
    await bench.stop()
  }

  @Test func `a wrong secret is a sentence that says what to change`() async throws {
    let bench = try await Bench(change: { $0.ami.secret = "wrong-secret-42" })
    bench.start()
    let reason = await bench.wait { $0.compactMap(\.amiDownReason).first }
    let place = "127.0.0.1:\(bench.pbx.amiPort)"
    #expect(
      reason
        == "AMI login refused for user \"perezvon\" at \(place): check secret and permit= in manager.conf "
        + "(Authentication failed)")
    // It goes on trying, and says the same thing once.
    _ = await bench.pbx.wait { $0.actions.count { $0.name == "Login" } >= 3 ? true : nil }
    #expect(bench.seen.compactMap(\.amiDownReason).count == 1)
    await bench.stop()
  }

  @Test func `secrets and numbers stay out of the log and of descriptions`() async throws {
    let bench = try await Bench(change: {
      $0.ami.secret = "topsecret-ami"
      $0.ari.password = "topsecret-ari"
    })
    bench.start()
    _ = await bench.wait { inputs in
      inputs.contains { $0.amiDownReason != nil } && inputs.contains { $0.ariDownReason != nil } ? true : nil
    }
    let leg = PBXCommand.Originate(
      channel: "x", endpoint: "PJSIP/+79161234567@trunk", arguments: [], callerNumber: "+74951112233",
      callerName: "", timeout: .seconds(20), variables: [:])
    _ = await bench.link.perform(.originate(leg))
    let problems = await bench.link.probe()
    await bench.stop()
    var dumped = ""
    dump(bench.link.settings, to: &dumped)
    let all = [
      bench.log.text, dumped, "\(bench.link.settings)", "\(bench.link.settings.ami)",
      "\(bench.link.settings.ari)",
      "\(bench.link.health)", "\(bench.seen)", "\(problems)",
    ].joined()
    #expect(bench.log.text.contains("login refused"))
    #expect(!all.contains("topsecret"))
    #expect(!all.contains("79161234567"))
  }

  @Test func `a plain login is used where Challenge is refused, on this machine only`() async throws {
    var settings = SimulatedPBXSettings()
    settings.challenge = nil
    let bench = try await Bench(pbx: settings)
    bench.start()
    #expect(await bench.wait { $0.contains(where: \.isAMIUp) ? true : nil } == true)
    #expect(bench.pbx.actions.contains { $0.name == "Login" && $0.header("Secret") == "mysecret" })
    await bench.stop()
  }

  @Test func `a port that is not AMI is a sentence`() async throws {
    var limits = Bench.limits()
    limits.connectTimeout = .milliseconds(300)
    let bench = try await Bench(limits: limits, prepare: { $0.silenceAMI(true) })
    bench.start()
    let reason = await bench.wait { $0.compactMap(\.amiDownReason).first { $0.contains("no AMI banner") } }
    #expect(reason?.contains("manager.conf") == true)
    await bench.stop()
  }

  @Test func `events in any pieces arrive whole and in order`() async throws {
    let bench = try await Bench()
    bench.start()
    #expect(await bench.isUp())
    let all = (1...50).flatMap { bytes(newChannel("1795334400.\($0)")) }
    bench.pbx.send(stride(from: 0, to: all.count, by: 7).map { Array(all[$0..<min(all.count, $0 + 7)]) })
    let ids = await bench.wait { inputs -> [ChannelID]? in
      let ids = inputs.flatMap { $0.events(.ami) }.compactMap { event in
        if case .channelCreated(let channel) = event { channel.id } else { nil }
      }
      return ids.count == 50 ? ids : nil
    }
    #expect(ids == (1...50).map { ChannelID("1795334400.\($0)") })
    await bench.stop()
  }

  @Test func `events that come during the snapshot follow it`() async throws {
    let bench = try await Bench(prepare: { pbx in
      pbx.onAction { [unowned pbx] action in
        if action.name == "QueueStatus" { pbx.sendEvent(newChannel("1795334400.1")) }
        return nil
      }
    })
    bench.start()
    #expect(await bench.wait { $0.flatMap { $0.events(.ami) }.isEmpty ? nil : true } == true)
    let up = bench.seen.firstIndex(where: \.isAMIUp)
    let event = bench.seen.firstIndex { !$0.events(.ami).isEmpty }
    #expect(up != nil && event != nil && up! < event!)
    await bench.stop()
  }

  @Test func `no answer to a ping leads to new sessions`() async throws {
    var limits = Bench.limits()
    limits.amiPingTimeout = .milliseconds(200)
    let bench = try await Bench(limits: limits)
    bench.start()
    #expect(await bench.isUp())
    bench.pbx.silenceAMI(true)
    let reason = await bench.wait { $0.compactMap(\.amiDownReason).first }
    #expect(reason?.contains("no answer to Ping") == true)
    bench.pbx.silenceAMI(false)
    #expect(await bench.wait { $0.count(where: \.isAMIUp) >= 2 ? true : nil } == true)
    await bench.stop()
  }

  @Test func `a cut connection is made anew, with a new snapshot`() async throws {
    let bench = try await Bench()
    bench.start()
    #expect(await bench.isUp())
    bench.pbx.cutAMI()
    #expect(await bench.wait { $0.count(where: \.isAMIUp) >= 2 ? true : nil } == true)
    let order = bench.seen.filter { $0.isAMIUp || $0.amiDownReason != nil }.map(\.isAMIUp)
    #expect(order.prefix(3) == [true, false, true])
    #expect(bench.link.health.amiConnections == 2)
    await bench.stop()
  }

  @Test func `an asterisk that refuses everything while stopping keeps its session`() async throws {
    let bench = try await Bench()
    bench.start()
    #expect(await bench.isUp())
    bench.pbx.onAction { _ in .answer(["Response: Error", "Message: Asterisk is shutting down"]) }
    let pings = bench.pbx.actions.count { $0.name == "Ping" }
    let goesOn = await bench.pbx.wait { $0.actions.count { $0.name == "Ping" } > pings + 10 ? true : nil }
    #expect(goesOn == true)
    await bench.link.resynchronize()
    bench.pbx.sendEvent(newChannel("1795334400.9"))
    #expect(
      await bench.wait { $0.flatMap { $0.events(.ami) }.contains { isNew($0, "1795334400.9") } ? true : nil }
        == true)
    #expect(bench.seen.compactMap(\.amiDownReason).isEmpty)
    #expect(bench.pbx.sessionsAccepted == 2)
    let outcome = await bench.link.perform(.pauseMember("PJSIP/101", queue: nil, paused: true, reason: "x"))
    #expect(outcome == .refused("Asterisk is shutting down"))
    await bench.stop()
  }

  @Test func `a new snapshot comes when asked, and events wait for it`() async throws {
    let bench = try await Bench()
    bench.start()
    #expect(await bench.isUp())
    bench.pbx.setChannels([SimulatedChannel(id: "1795334400.3", name: "PJSIP/101-00000003")])
    await bench.link.resynchronize()
    let snapshots = await bench.wait { inputs -> [PBXSnapshot]? in
      let snapshots = inputs.compactMap(\.snapshot)
      return snapshots.count >= 2 ? snapshots : nil
    }
    #expect(snapshots?.last?.channels.map(\.channel.id) == ["1795334400.3"])
    await bench.stop()
  }

  @Test func `a slow consumer loses events, is told so, and gets a new snapshot`() async throws {
    var limits = Bench.limits()
    limits.eventsQueuedMax = 10
    let bench = try await Bench(limits: limits)
    bench.start(consuming: false)
    let login = await bench.pbx.wait { pbx in
      pbx.actions.first { $0.name == "Login" && $0.header("Events") != "off" }
    }
    @Sendable func pingCount(_ pbx: SimulatedPBX) -> Int {
      pbx.actions.count { $0.name == "Ping" && $0.session == login?.session }
    }
    _ = await bench.pbx.wait { pingCount($0) > 0 ? true : nil }
    for number in 1...100 { bench.pbx.sendEvent(newChannel("1795334400.\(number)")) }
    // A ping goes out when the one before is answered: two later, everything sent before has been read.
    let pings = pingCount(bench.pbx)
    _ = await bench.pbx.wait { pingCount($0) > pings + 2 ? true : nil }
    #expect(bench.link.health.eventsDropped > 0)
    bench.consume()
    #expect(await bench.wait { $0.count(where: \.isAMIUp) >= 2 ? true : nil } == true)
    let lost = bench.seen.firstIndex { if case .overflow = $0 { true } else { false } }
    let again = bench.seen.lastIndex(where: \.isAMIUp)
    #expect(lost != nil && again != nil && lost! < again!)
    let kept = bench.seen.flatMap { $0.events(.ami) }.count {
      if case .channelCreated = $0 { true } else { false }
    }
    if case .overflow(let dropped)? = lost.map({ bench.seen[$0] }) { #expect(kept + dropped >= 100) }
    await bench.stop()
  }
}

func isNew(_ event: PBXEvent, _ id: ChannelID) -> Bool {
  if case .channelCreated(let channel) = event { channel.id == id } else { false }
}
