import Foundation
import Lab
import Telephony
import Testing

/// A lab whose PBX has every recipe of `asterisk-conf`, and the calls that prove them. Scenes with agents of their own may
/// be played at once.
struct RecipeStage {
  let lab: Lab
  let service: LabService
  /// Between the service and PostgreSQL; nil where nothing is.
  var books: FaultProxy?

  static let agents = (101...120).map { LabAgent(extension: $0, name: "Agent\($0)") }

  static var options: LabServiceOptions {
    var options = LabServiceOptions(
      campaign: [
        "queues": "[held, offering, promising]", "success_after": "1s", "requests": "{overdue_after: 1s}",
      ],
      agents: ["queue": "owing", "confirm": "false", "wrap_up": "0s"],
      top: [
        "routing": "{sticky: {within: 30d, wait: 10s}, categories: {vip: {priority: 10, bypass_queue: true}, "
          + "blocked: {reject: true}}}"
      ])
    options.moreCampaigns = """
        - name: turn-callback
          kind: callback
          queues: [turns]
          mode: agent_first
          calendar: always
          success_after: 1s
          agents: {queue: turns, confirm: false, wrap_up: 0s, ring: 6s}
      """
    options.stages = [
      "perezvon-ivr": "ivr", "perezvon-hours": "after_hours", "perezvon-request": "after_hours",
    ]
    return options
  }

  static let managed = "+79161000001"
  static let known = "+79161000002"
  static let blocked = "+79161000003"
  static let vip = "+79161000004"

  /// Customers as an administrator brings them, agents who pick up after half a second.
  func prepare() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "customers-\(UUID().uuidString).csv")
    defer { try? FileManager.default.removeItem(at: file) }
    try """
    phone;name;category;manager
    \(Self.managed);"Petrov, Ivan";;PJSIP/101
    \(Self.blocked);;blocked;
    \(Self.vip);Anna;vip;
    nonsense;;;
    +79161000009;;gold;
    """.write(to: file, atomically: true, encoding: .utf8)
    let done = try await service.command("customers", "import", file.path())
    #expect(done.status == 0 && done.output.contains("5 rows: 3 taken, 2 refused."), "\(done.output)")
    for agent in Self.agents {
      try await lab.telco.setAgent(agent.extension, .answers(after: .milliseconds(500)))
    }
  }

  /// The agent's phone that this caller was given, once it has answered.
  @discardableResult
  func taken(
    _ caller: String, by extension: Int, times: Int = 1, within bound: Duration = .seconds(15)
  ) async throws -> TelcoLeg {
    try await lab.telco.wait(within: bound, "\(`extension`) in a talk with \(caller)") { legs in
      let own = legs.filter { $0.number == "\(`extension`)" && $0.answeredAt != nil && $0.other == caller }
      return own.count >= times ? own[times - 1] : nil
    }
  }

  func legs(of extension: Int, from caller: String) -> [TelcoLeg] {
    lab.telco.legs(of: "\(`extension`)").filter { $0.other == caller }
  }

  /// Calls, is taken by this agent, hangs up.
  func call(_ caller: String, to did: String, takenBy extension: Int, within bound: Duration = .seconds(15))
    async throws
  {
    let before = legs(of: `extension`, from: caller).count
    let call = try await lab.telco.placeCall(from: caller, to: did)
    try await taken(caller, by: `extension`, times: before + 1, within: bound)
    try await together(`extension`)
    try await call.hangUp()
  }

  /// Waits until an agent who has picked up is in a bridge: only then is it a talk, and do keys count.
  func together(_ extension: Int) async throws {
    try await lab.pbx.eventually("\(`extension`) in a bridge") { pbx in
      try await pbx.channels().first { $0.name.hasPrefix("PJSIP/\(`extension`)-") && !$0.bridge.isEmpty }
    }
  }

  /// Waits until the dialplan asks this caller for a key, by the prompt of that Read(), and presses it.
  func press(_ keys: String, _ call: LabCall, _ caller: String, at prompt: String) async throws {
    _ = try await lab.pbx.eventually(within: .seconds(15), "\(caller) at \(prompt)") { pbx -> Bool? in
      let lines = try await pbx.cli("core show channels concise").split(separator: "\n")
      return lines.contains {
        $0.contains("!Read!") && $0.contains("perezvon/\(prompt),") && $0.contains("!\(caller)!")
      }
        ? true : nil
    }
    try await call.press(keys)
  }

  /// Waits in a queue, by the PBX's own word.
  func waits(_ caller: String) async throws { _ = try await lab.pbx.caller(caller, in: "Queue") }

  func sql(_ query: String, _ expected: String, within bound: Duration = .seconds(15)) async throws {
    try await service.eventually(query, within: bound) { $0 == expected }
  }
}

/// Who takes a caller.
extension RecipeStage {
  func manager() async throws {
    for agent in [101, 102] { try await lab.pbx.setMember(agent) }
    try await call(Self.managed, to: PBXRecipes.manager, takenBy: 101)
    try await sql(
      "SELECT reason FROM report.decisions WHERE decision = 'routed' AND number = '\(Self.managed)'",
      "called; goes to PJSIP/101, his personal manager")
    let shown = lab.telco.legs(of: "101").first { $0.other == Self.managed }
    #expect(shown?.name == "Petrov Ivan", "the customers table knows his name")

    // Whom he talked with last, by his own call.
    try await call(Self.known, to: PBXDialplan.directNumber(102), takenBy: 102)
    try await sql("SELECT answered_by FROM report.calls WHERE number = '\(Self.known)'", "PJSIP/102")
    try await call(Self.known, to: PBXRecipes.manager, takenBy: 102)
    try await sql(
      "SELECT reason FROM report.decisions WHERE decision = 'routed' AND number = '\(Self.known)'",
      "called; goes to PJSIP/102, whom he talked with last")

    // FreePBX: with nobody in particular, into its own context for queues.
    let stranger = "+79161000005"
    let call = try await lab.telco.placeCall(from: stranger, to: PBXRecipes.freePBX)
    let channel = try await lab.pbx.caller(stranger, in: "Queue")
    #expect(channel.context == "ext-queues")
    try await call.hangUp()

    let refused = try await lab.telco.placeCall(from: Self.blocked, to: PBXRecipes.manager)
    let end = try await refused.ended()
    #expect(end.answeredAt == nil && end.cause == .callRejected, "\(String(describing: end.cause))")
    #expect(legs(of: 101, from: Self.blocked).isEmpty && legs(of: 102, from: Self.blocked).isEmpty)
  }

  func vips() async throws {
    try await call(Self.vip, to: PBXRecipes.vip, takenBy: 103)
    let plain = "+79161000006"
    let call = try await lab.telco.placeCall(from: plain, to: PBXRecipes.vip)
    _ = try await lab.telco.wait(within: .seconds(10), "\(plain) in the queue") {
      $0.first { $0.other == plain }
    }
    #expect(legs(of: 103, from: plain).isEmpty, "the queue is for him")
    try await call.hangUp()
  }

  func sequential() async throws {
    let caller = "+79161000010"
    try await lab.telco.setAgent(104, .noAnswer)
    try await lab.telco.setAgent(105, .declines(after: .zero))
    let call = try await lab.telco.placeCall(from: caller, to: PBXRecipes.sequential)
    _ = try await lab.telco.wait(within: .seconds(15), "105 in the first round") { legs in
      legs.first { $0.number == "105" && !$0.isLive }
    }
    try await lab.telco.setAgent(105, .answers(after: .milliseconds(500)))
    let taken = try await taken(caller, by: 105)
    let first = legs(of: 104, from: caller)
    #expect(first.count == 2 && first.allSatisfy { $0.answeredAt == nil }, "104 rang in both rounds")
    #expect(legs(of: 105, from: caller).count == 2)
    #expect(
      first.last.flatMap(\.endedAt) ?? taken.invitedAt <= taken.invitedAt + .seconds(1), "one after the other"
    )
    try await call.hangUp()
  }

  func ringAll() async throws {
    let caller = "+79161000011"
    try await lab.telco.setAgent(106, .noAnswer)
    try await call(caller, to: PBXRecipes.ringAll, takenBy: 107)
    let other = legs(of: 106, from: caller)
    #expect(other.count == 1 && other[0].answeredAt == nil, "rung at the same time")
  }

  func menu() async throws {
    try await lab.pbx.setMember(108, of: "team")
    let caller = "+79161000012"
    let call = try await lab.telco.placeCall(from: caller, to: PBXRecipes.menu)
    try await press("7", call, caller, at: "menu")
    try await lab.pbx.eventually("asked again") { pbx in
      try await pbx.caller(caller, in: "Read", within: .seconds(5))
    }
    try await press("2", call, caller, at: "menu")
    try await taken(caller, by: 108)
    try await call.hangUp()
  }

  func backup() async throws {
    let caller = "+79161000013"
    try await lab.telco.setCustomer(PBXRecipes.backupMobile, .answers(after: .milliseconds(500)))
    let call = try await lab.telco.placeCall(from: caller, to: PBXRecipes.backup)
    _ = try await lab.telco.wait(within: .seconds(15), "the supervisor's mobile") { legs in
      legs.first { $0.number == PBXRecipes.backupMobile && $0.isTalking }
    }
    let channel = try await lab.pbx.caller(caller, in: "Dial")
    try await lab.pbx.eventually("the caller in a bridge") { pbx in
      try await pbx.channels().first { $0.name == channel.name && !$0.bridge.isEmpty }
    }
    try await call.hangUp()
    try await sql("SELECT answered FROM report.calls WHERE number = '\(caller)'", "t")
  }

  /// The backup number is busy too: he waits in the queue.
  func backupBusy() async throws {
    let caller = "+79161000014"
    try await lab.telco.setCustomer(PBXRecipes.otherBackupMobile, .busy)
    let call = try await lab.telco.placeCall(from: caller, to: PBXRecipes.otherBackup)
    try await waits(caller)
    // The telco tells of it over a connection of its own: later, maybe.
    _ = try await lab.telco.wait(within: .seconds(15), "the mobile that was tried first") { legs in
      legs.first { $0.number == PBXRecipes.otherBackupMobile && !$0.isLive }
    }
    #expect(lab.telco.legs(of: PBXRecipes.otherBackupMobile).count == 1)
    try await call.hangUp()
    try await sql("SELECT answered, queue FROM report.calls WHERE number = '\(caller)'", "f|deserted")
  }

  /// Two have taken no call while one took two: fewest calls and longest idle part here.
  func strategies() async throws {
    for (queue, did, one, two) in [
      ("fewest", PBXRecipes.fewest, 109, 110), ("idle", PBXRecipes.idle, 111, 112),
    ] {
      let queue = QueueName(queue)
      try await lab.pbx.setMember(one, of: queue)
      try await lab.pbx.setMember(two, of: queue, paused: true)
      for index in 1...2 { try await served("+791610001\(index)\(one % 10)", did, queue, by: one) }
      try await lab.pbx.setMember(two, of: queue)
      try await served("+791610002\(one % 10)0", did, queue, by: two)
      // Now `one` has taken two and is idle longer, `two` has taken one and was busy last.
      try await served("+791610003\(one % 10)0", did, queue, by: queue == "fewest" ? two : one)
    }
  }

  /// A call of which the queue has written that it is over: only then does it count.
  private func served(_ caller: String, _ did: String, _ queue: QueueName, by extension: Int) async throws {
    let before = try await lab.pbx.member(`extension`, of: queue)?.callsTaken ?? 0
    try await call(caller, to: did, takenBy: `extension`)
    try await lab.pbx.eventually("\(`extension`) is free again") { pbx in
      let member = try await pbx.member(`extension`, of: queue)
      return member?.callsTaken == before + 1 && member?.inCall == false && member?.status == .notInUse
        ? true : nil
    }
    // app_queue counts idle time in whole seconds.
    try await Task.sleep(for: .milliseconds(1_100))
  }

  /// The one who knows it best is busy: others are rung only after 20 s.
  func skills() async throws {
    try await lab.pbx.setMember(113, of: "skilled", penalty: 5)
    try await lab.pbx.setMember(114, of: "skilled", penalty: 1)
    let (first, second) = ("+79161000040", "+79161000041")
    let call = try await lab.telco.placeCall(from: first, to: PBXRecipes.skilled)
    try await taken(first, by: 114)
    let next = try await lab.telco.placeCall(from: second, to: PBXRecipes.skilled)
    let joined = Timestamp(seconds: Date().timeIntervalSince1970)
    let other = try await taken(second, by: 113, within: .seconds(40))
    #expect(other.invitedAt - joined >= .seconds(15), "the less skilled one was rung too soon")
    try await call.hangUp()
    try await next.hangUp()
  }
}
