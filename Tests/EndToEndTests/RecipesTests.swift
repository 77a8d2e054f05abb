import Foundation
import Lab
import Telephony
import Testing

@Suite struct `The recipes for the dialplan` {
  /// Every recipe and every branch with calls, then the service stops in the middle of each question.
  @Test(arguments: bothAsterisks)
  func `do what their heads say, also when the service hangs or is gone`(_ asterisk: LabAsterisk) async throws
  {
    let labOptions = LabOptions(asterisk: asterisk, agents: RecipeStage.agents)
    try await LabSlots.shared.withLab(labOptions, places: 2) { lab in
      let stage = RecipeStage(lab: lab, service: try LabService(RecipeStage.options, beside: lab))
      try Self.noWarning(in: lab, "at the start")
      try await stage.service.start()
      try await stage.prepare()
      try await withThrowingTaskGroup(of: Void.self) { group in
        let scenes: [@Sendable () async throws -> Void] = [
          stage.manager, stage.vips, stage.sequential, stage.ringAll, stage.menu, stage.backup,
          stage.strategies,
          stage.skills, stage.offer, stage.keys, stage.afterHours, stage.returning, stage.promise,
          stage.turns,
        ]
        for scene in scenes { group.addTask { try await scene() } }
        try await group.waitForAll()
      }
      try await stage.inTurn()
      try await stage.interrupted()
      try Self.noWarning(in: lab, "after the calls")
      try await stage.examined()
    }
  }

  /// What Asterisk says of our files, and of sounds they play.
  private static func noWarning(in lab: Lab, _ when: String) throws {
    let log = try String(contentsOfFile: "\(lab.pbx.directory)/log/messages.log", encoding: .utf8)
    let said = log.split(separator: "\n").filter { line in
      // That the service is away, which the last call is about, both say.
      (line.contains("WARNING") || line.contains("ERROR")) && !line.contains("stasis.c")
        && !line.contains("ari_websockets.c")
        && ["perezvon", "pbx_config", "pbx.c", "features", "app_queue", "config.c", "file.c"].contains {
          line.lowercased().contains($0)
        }
    }
    #expect(said.isEmpty, "\(when): \(said.prefix(5).joined(separator: "\n"))")
  }

  @Test func `touch nothing of the administrator's dialplan`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "asterisk-conf")
    var contexts = 0
    for folder in ["extensions.d", "freepbx"] {
      let names = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path())
      for name in names
      where name.hasSuffix(".conf") && (folder == "extensions.d" || name.hasPrefix("extensions")) {
        let text = try String(contentsOf: root.appending(path: "\(folder)/\(name)"), encoding: .utf8)
        #expect(text.hasPrefix(";"), "\(name) says at its head what it is for")
        for line in text.split(separator: "\n") where line.hasPrefix("[") {
          contexts += 1
          #expect(line.hasPrefix("[perezvon-"), "\(name): \(line)")
        }
      }
    }
    #expect(contexts > 15)
  }
}

extension RecipeStage {
  /// `doctor` is content with all of them, and says which file is missing where one is.
  func examined() async throws {
    let well = try await service.command("doctor").output
    #expect(!well.contains("without what it calls"), "\(well)")
    try await lab.pbx.cli("dialplan remove context perezvon-number")
    let ill = try await service.command("doctor").output
    #expect(
      ill.contains(
        "[perezvon-offer] without what it calls: add #tryinclude extensions.d/perezvon-number.conf"), "\(ill)"
    )
  }

  /// Whoever is with the service when it hangs or dies goes on within the 2 s of perezvon-ask.
  func interrupted() async throws {
    try await lab.pbx.setMember(119, of: "sales")
    for agent in [101, 102] { try await lab.pbx.setMember(agent, present: false) }
    // In the middle of the offer: he has taken it when the service hangs, and is back in the queue instead. Talks were
    // short by now, so he asks by key.
    let talking = try await lab.telco.placeCall(from: "+79161000090", to: PBXRecipes.keyed)
    try await taken("+79161000090", by: 115)
    let offered = try await lab.telco.placeCall(from: "+79161000091", to: PBXRecipes.keyed)
    try await waits("+79161000091")
    try await offered.press("1")
    _ = try await lab.pbx.caller("+79161000091", in: "Read")
    service.freeze()
    try await press("1", offered, "+79161000091", at: "keep-place")
    let began = ContinuousClock.now
    let routed = try await lab.telco.placeCall(from: Self.managed, to: PBXRecipes.manager)
    let returning = try await lab.telco.placeCall(from: "+79161000093", to: PBXRecipes.returning)
    let keyed = try await lab.telco.placeCall(from: "+79161000094", to: PBXRecipes.offer)
    try await taken(Self.managed, by: 119)
    for caller in ["+79161000093", "+79161000094"] { try await waits(caller) }
    #expect(.now - began < .seconds(10), "2 s for the question, and what a busy machine needs")
    try await press("#", offered, "+79161000091", at: "enter-number")
    try await waits("+79161000091")
    for call in [talking, offered, routed, returning, keyed] { try await call.hangUp() }
    await service.kill()
    // Gone: Stasis() fails at once.
    let stranger = "+79161000095"
    let last = try await lab.telco.placeCall(from: stranger, to: PBXRecipes.manager)
    try await taken(stranger, by: 119)
    try await last.hangUp()
  }
}
