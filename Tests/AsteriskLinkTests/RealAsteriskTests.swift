import AsteriskLink
import AsteriskProtocol
import Courier
import Lab
import Logging
import NIOPosix
import Telephony
import Testing

/// The same link beside a real Asterisk, 22 and 16.
@Suite(.serialized, .enabled(if: Lab.prerequisites().isEmpty)) struct `A link to a real Asterisk` {
  static let versions: [LabAsterisk] = [.v22, .v16]

  /// A link to the lab's PBX, run and read until `work` returns.
  func withLink(
    _ pbx: LabPBX, change: (inout PBXLinkSettings) -> Void = { _ in },
    _ work: (PBXLink, LinkReader) async throws -> Void
  ) async throws {
    var settings = PBXLinkSettings(
      name: pbx.name,
      ami: AMISettings(host: "127.0.0.1", port: pbx.amiPort, username: pbx.amiUser, secret: pbx.amiSecret),
      ari: ARISettings(
        url: pbx.ariURL, username: pbx.ariUser, password: pbx.ariPassword, application: "perezvon"))
    change(&settings)
    let link = PBXLink(
      settings: settings, courier: try Courier(), eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "lab"), now: { Timestamp(microseconds: 1_795_334_400_000_000) })
    let reader = LinkReader(link)
    let run = Task { await link.run() }
    do {
      try await work(link, reader)
    } catch {
      run.cancel()
      await run.value
      throw error
    }
    run.cancel()
    await run.value
  }

  @Test(arguments: versions) func `comes up, commands, and hears what its commands did`(version: LabAsterisk)
    async throws
  {
    let lab = try await SharedLab.get(version)
    try await lab.pbx.clearMembers()
    try await lab.pbx.setMember(101)
    try await lab.telco.setAgent(101, .noAnswer)
    // Without a reachable phone there is no route, and an originate is refused for certain.
    _ = try await lab.pbx.eventually { pbx in try await pbx.member(101)?.status == .notInUse ? true : nil }
    try await withLink(lab.pbx) { link, reader in
      let snapshot = try #require(await reader.wait { $0.compactMap(\.snapshot).first })
      #expect(await reader.wait { $0.contains(where: \.isARIUp) ? true : nil } == true)
      #expect(snapshot.version.hasPrefix(version == .v22 ? "22." : "16."))
      #expect(snapshot.members.contains { $0.queue == "sales" && $0.interface == "PJSIP/101" })
      #expect(link.health.systemName == lab.pbx.name.rawValue)

      #expect(
        await link.perform(.pauseMember("PJSIP/101", queue: "sales", paused: true, reason: "pz:1")) == .done)
      let paused = await reader.wait { inputs -> QueueMember? in
        for case .memberPaused(let member) in inputs.flatMap({ $0.events(.ami) }) { return member }
        return nil
      }
      #expect(paused?.pausedReason == "pz:1")
      let nobody = await link.perform(.pauseMember("PJSIP/999", queue: "sales", paused: true, reason: "pz:1"))
      #expect(nobody == .notFound)

      var random = SystemRandomNumberGenerator()
      let id = OurLeg(
        attempt: AttemptID(UniqueID(at: Timestamp(microseconds: 1_795_334_400_000_000), using: &random)),
        party: .agent
      ).channel
      let leg = PBXCommand.Originate(
        channel: id, endpoint: "PJSIP/101", arguments: ["agent"], callerNumber: "+74951112233",
        callerName: "Callback",
        timeout: .seconds(20), variables: ["PEREZVON_JOB": "a,b"])
      let originated = await link.perform(.originate(leg))
      #expect(originated == .done)
      #expect(await link.perform(.originate(leg)) == .alreadyLive)
      let created = await reader.wait { inputs -> ChannelID? in
        for case .channelCreated(let channel) in inputs.flatMap({ $0.events(.ami) }) where channel.id == id {
          return id
        }
        return nil
      }
      #expect(created == id)
      guard case .live = await link.channel(id) else {
        Issue.record("the leg rings")
        return
      }
      #expect(await link.perform(.limitLife(id, .seconds(60))) == .done)
      await link.resynchronize()
      let again = await reader.wait { inputs in
        let snapshots = inputs.compactMap(\.snapshot)
        return snapshots.count > 1 ? snapshots.last : nil
      }
      #expect(again?.channels.contains { $0.channel.id == id } == true)
      #expect(again?.startedAt == snapshot.startedAt)
      #expect(await link.perform(.hangUp(id, .normalClearing)) == .done)
      let gone = await reader.wait { inputs -> ChannelID? in
        for case .channelHungUp(let channel, _) in inputs.flatMap({ $0.events(.ami) }) where channel.id == id
        { return id }
        return nil
      }
      #expect(gone == id)
      #expect(await link.channel(id) == .gone)
      #expect(await link.perform(.hangUp(id, .normalClearing)) == .notFound)
      _ = await link.perform(.pauseMember("PJSIP/101", queue: "sales", paused: false, reason: ""))
      #expect(link.health.ami.distrusted == 0)
      #expect(link.health.ami.malformed == 0)
    }
  }

  @Test(arguments: versions) func `the check finds nothing wrong that the drop-in files could set right`(
    version: LabAsterisk
  ) async throws {
    let lab = try await SharedLab.get(version)
    try await withLink(lab.pbx) { link, reader in
      _ = await reader.wait { $0.contains(where: \.isARIUp) ? true : nil }
      let errors = await link.probe().filter { $0.severity == .error }
      #expect(errors.isEmpty, "\(errors)")
    }
  }

  @Test(arguments: versions) func `wrong secrets are sentences`(version: LabAsterisk) async throws {
    let lab = try await SharedLab.get(version)
    try await withLink(
      lab.pbx,
      change: { settings in
        settings.ami.secret = "wrong"
        settings.ari.password = "wrong"
      }
    ) { _, reader in
      let ami = await reader.wait { $0.compactMap(\.amiDownReason).first }
      let ari = await reader.wait { $0.compactMap(\.ariDownReason).first }
      #expect(ami?.contains("check secret and permit= in manager.conf") == true)
      #expect(ari?.contains("check the user's section and password in ari.conf") == true)
    }
  }

  @Test(arguments: versions) func `a PBX that died and came back is another life`(version: LabAsterisk)
    async throws
  {
    let lab = try await SharedLab.get(version)
    try await withLink(lab.pbx) { _, reader in
      let first = try #require(await reader.wait { $0.compactMap(\.snapshot).first })
      await lab.pbx.kill()
      #expect(await reader.wait { $0.contains { $0.amiDownReason != nil } ? true : nil } == true)
      try await lab.pbx.start()
      let second = try #require(
        await reader.wait(for: .seconds(60)) { inputs in
          let snapshots = inputs.compactMap(\.snapshot)
          return snapshots.count > 1 ? snapshots.last : nil
        })
      #expect(second.startedAt > first.startedAt)
    }
  }
}
