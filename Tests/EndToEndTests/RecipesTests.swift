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
      let database = try #require(lab.database)
      let books = try FaultProxy(to: database.port, as: .postgres)
      defer { books.stop() }
      var options = RecipeStage.options
      options.databaseURL = "postgresql://perezvon@127.0.0.1:\(books.port)/perezvon?gssencmode=disable"
      let stage = RecipeStage(lab: lab, service: try LabService(options, beside: lab), books: books)
      try Self.noWarning(in: lab, "at the start")
      try await stage.service.start()
      try await stage.prepare()
      try await withThrowingTaskGroup(of: Void.self) { group in
        let scenes: [@Sendable () async throws -> Void] = [
          stage.manager, stage.vips, stage.sequential, stage.ringAll, stage.menu, stage.backup,
          stage.backupBusy, stage.dutyAnswers, stage.withinHours, stage.strategies,
          stage.skills, stage.offer, stage.keys, stage.afterHours, stage.returning, stage.promise,
          stage.turns,
        ]
        for scene in scenes { group.addTask { try await scene() } }
        try await group.waitForAll()
      }
      try await stage.inTurn()
      try await stage.withSlowBooks()
      try await stage.interruptedAtTheirKeys()
      try await stage.interrupted()
      try await stage.saidWhileAway()
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

  /// PostgreSQL slow or away: who is asked about goes on within the limit as if never asked; when it is back, with an
  /// answer.
  func withSlowBooks() async throws {
    let books = try #require(self.books)
    _ = try await service.sql(
      "INSERT INTO perezvon.customers (number, name, category) "
        + "SELECT '+7916' || (2000000 + n), 'Anna', 'vip' FROM generate_series(1, 10) n")
    var slow = FaultProxy.Faults()
    slow.delays[.toClient] = .milliseconds(400)
    for faults in [FaultProxy.Faults.silence, slow] {
      books.set(faults)
      let unanswered = try await routeAsked(.few)
      books.set(FaultProxy.Faults())
      #expect(unanswered.allSatisfy { $0.category.isEmpty }, "\(unanswered)")
      // 150 ms, and what a machine with two cores and dozens of processes adds.
      #expect(unanswered.allSatisfy { $0.wait < .milliseconds(600) }, "\(unanswered)")
      #expect(unanswered.contains { $0.wait >= .milliseconds(150) }, "somebody was waited for: \(unanswered)")
      // Whatever waited for PostgreSQL is done after a while, and callers are known again.
      var answered = unanswered
      for _ in 0..<10 where !answered.allSatisfy({ $0.category == "vip" }) {
        answered = try await routeAsked(.few)
      }
      #expect(answered.allSatisfy { $0.category == "vip" }, "\(answered)")
      // 16 would look for our commands every 200 ms only.
      let middle = answered.map(\.wait).sorted()[answered.count / 2]
      #expect(middle < .milliseconds(150), "\(answered)")
    }
  }

  /// The service hangs while an agent keys in his promise, a caller his time, another his request: the talk goes on, who
  /// keyed in a time is asked again, the request is told thanks. When it goes on, all three are in the books.
  func interruptedAtTheirKeys() async throws {
    let (promised, timed, late) = ("+79161000096", "+79161000097", "+79161000098")
    let talk = try await lab.telco.placeCall(from: promised, to: PBXRecipes.promise)
    try await taken(promised, by: 117)
    let talking = try await lab.telco.placeCall(from: "+79161000099", to: PBXRecipes.keyed)
    try await taken("+79161000099", by: 115)
    let keyed = try await lab.telco.placeCall(from: timed, to: PBXRecipes.keyed)
    try await waits(timed)
    try await keyed.press("1")
    try await press("1", keyed, timed, at: "keep-place")
    try await press("1", keyed, timed, at: "number-right")
    try await press("2", keyed, timed, at: "when")
    let asking = try await lab.telco.placeCall(from: late, to: PBXRecipes.request)
    try await press("1", asking, late, at: "closed")
    _ = try await lab.pbx.eventually("he is asked whether the number is right") { pbx -> Bool? in
      try await pbx.cli("core show channels concise").contains("perezvon/number-right") ? true : nil
    }
    try await together(117)
    try await lab.telco.press("*77", on: "117")
    _ = try await lab.pbx.eventually("117 is asked when") { pbx -> Bool? in
      try await pbx.cli("core show channels concise").contains("perezvon/promise-when") ? true : nil
    }
    service.freeze()
    try await lab.telco.press("2356", on: "117")
    try await press("1", asking, late, at: "number-right")
    try await press("2355", keyed, timed, at: "enter-time")
    _ = try await lab.pbx.caller(timed, in: "Stasis")
    _ = try await asking.ended(within: .seconds(15))
    try await together(117)
    // Nobody knows whether that is a time: he is asked for it again.
    _ = try await lab.pbx.caller(timed, in: "Read")
    service.thaw()
    try await press("2354", keyed, timed, at: "enter-time")
    _ = try await keyed.ended(within: .seconds(15))
    let clock = "to_char(due_at AT TIME ZONE 'Europe/Moscow', 'HH24:MI')"
    for (number, columns, expected) in [
      (promised, "source, owner, \(clock)", "promised|PJSIP/117|23:56"),
      (timed, "source, \(clock)", "requested|23:54"), (late, "source, state", "requested|waiting"),
    ] {
      try await sql("SELECT \(columns) FROM report.jobs WHERE number = '\(number)'", expected)
    }
    for call in [talk, talking] { try await call.hangUp() }
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
