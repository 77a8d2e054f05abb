import Foundation
import Lab
import Telephony
import Testing

/// A lab whose service reaches PostgreSQL, AMI and ARI through fault proxies.
struct FaultStage: Sendable {
  let lab: Lab
  let database: LabDatabase
  let service: LabService
  let sql: FaultProxy
  let ami: FaultProxy
  let ari: FaultProxy
  /// Of statements to PostgreSQL.
  let statements: FaultTrap
  /// Of commands to Asterisk, over AMI and ARI together.
  let commands: FaultTrap

  /// How many labs run at once: each is two Asterisks, a PostgreSQL and a service on two cores.
  static let labs = 5
  static let slots = Slots(free: labs)

  /// Times as short as they can be: a story takes seconds. Callers wait in `sales`, agents sit in `support`, so
  /// that no queue rings them.
  static func options(_ change: (inout LabServiceOptions) -> Void = { _ in }) -> LabServiceOptions {
    var options = LabServiceOptions(
      campaign: [
        "queues": "[sales]", "min_wait": "1s", "start_after": "0s", "ring": "8s", "success_after": "1s",
        "retry": "{busy: [1s], no_answer: [1s], congestion: [1s], agent_missed: [0s], dropped: [1s]}",
        "max_attempts": "9",
      ],
      agents: ["queue": "support", "wrap_up": "1s", "cool_down": "1s", "ring": "5s"],
      top: ["min_redial_gap": "2s"])
    change(&options)
    return options
  }

  /// Runs a test on a stage of its own; everything goes away after it.
  static func with(
    _ asterisk: LabAsterisk = .v22, _ options: LabServiceOptions = FaultStage.options(), starts: Bool = true,
    database: (LabDatabase) -> String? = { _ in nil }, _ body: (FaultStage) async throws -> Void
  ) async throws {
    await slots.enter()
    do {
      let lab = try await Lab.start(LabOptions(asterisk: asterisk))
      do {
        let stage = try FaultStage(lab, options, database)
        try await stage.lab.pbx.setMember(101, of: "support")
        try await stage.willing(101)
        if starts { try await stage.service.start() }
        try await body(stage)
        await stage.service.kill()
        stage.stop()
      } catch {
        await lab.stop()
        throw error
      }
      await lab.stop()
    } catch {
      await slots.leave()
      throw error
    }
    await slots.leave()
  }

  private init(_ lab: Lab, _ given: LabServiceOptions, _ url: (LabDatabase) -> String?) throws {
    self.lab = lab
    database = try #require(lab.database)
    statements = FaultTrap()
    commands = FaultTrap()
    sql = try FaultProxy(to: database.port, as: .postgres, trap: statements)
    ami = try FaultProxy(to: lab.pbx.amiPort, as: .ami, trap: commands)
    ari = try FaultProxy(to: lab.pbx.ariPort, as: .ari, trap: commands)
    var options = given
    options.databaseURL =
      url(database) ?? "postgresql://perezvon@127.0.0.1:\(sql.port)/perezvon?gssencmode=disable"
    options.amiPort = ami.port
    options.ariPort = ari.port
    service = try LabService(options, beside: lab)
  }

  private func stop() { for proxy in [sql, ami, ari] { proxy.stop() } }

  /// Another instance beside the same lab, with nothing between it and its peers.
  func another(_ given: LabServiceOptions = FaultStage.options()) throws -> LabService {
    var options = given
    options.instance = "other"
    return try LabService(options, beside: lab)
  }

  // MARK: People

  /// An agent whose phone answers at once and presses 1.
  func willing(_ extension: Int) async throws {
    try await lab.telco.setAgent(
      `extension`, .answers(after: .milliseconds(200), keys: "1", keysAfter: .milliseconds(300)))
  }

  /// A customer who calls, waits in `sales` and gives up.
  func abandon(_ number: String) async throws {
    let call = try await lab.telco.placeCall(from: number, hangsUpAfter: .milliseconds(1_900))
    _ = try await call.ended(within: .seconds(20))
  }

  /// INVITEs the customer's phone received.
  func invites(_ number: String) -> [TelcoLeg] { lab.telco.legs(of: number).filter { $0.party == .customer } }

  @discardableResult
  func invited(_ number: String, times: Int = 1, within bound: Duration = .seconds(30)) async throws
    -> TelcoLeg
  {
    try await lab.telco.wait(within: bound, "INVITE \(times) to \(number)") { legs in
      let own = legs.filter { $0.number == number && $0.party == .customer }
      return own.count >= times ? own[times - 1] : nil
    }
  }

  /// Waits until the two are in one bridge of the PBX.
  func together(within bound: Duration = .seconds(30)) async throws {
    try await lab.pbx.eventually(within: bound, "agent and customer in one bridge") { pbx in
      try await Self.pairs(pbx.channels()).isEmpty ? nil : true
    }
  }

  /// Attempts whose two legs are in one bridge.
  static func pairs(_ channels: [LabPBX.Channel]) -> Set<String> {
    let ours = channels.filter { $0.id.rawValue.hasPrefix("pz-") && !$0.bridge.isEmpty }
    let byBridge = Dictionary(grouping: ours, by: \.bridge).values.filter { $0.count > 1 }
    return Set(byBridge.map { String($0[0].id.rawValue.prefix(39)) })
  }

  // MARK: Rows

  /// Asks the database, past the proxy, until the answer is the one waited for.
  @discardableResult
  func eventually(
    _ query: String, within bound: Duration = .seconds(30), _ isExpected: (String) -> Bool
  ) async throws -> String {
    let end = ContinuousClock.now + bound
    var answer = ""
    while true {
      answer = try await database.psql(query)
      if isExpected(answer) { return answer }
      guard ContinuousClock.now < end else { break }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw LabError(
      .timeout,
      "\(query) still answers \"\(answer)\" after \(bound); the log ends: \(service.logged.suffix(2_500))")
  }

  func job(_ number: String, is state: JobState, within bound: Duration = .seconds(30)) async throws {
    try await eventually(
      "SELECT state FROM perezvon.jobs WHERE number = '\(number)' ORDER BY created_at DESC LIMIT 1",
      within: bound
    ) { $0 == state.rawValue }
  }

  /// Nothing of ours is left: no live attempt, no channel, no pause.
  func nothingIsLeft(within bound: Duration = .seconds(20)) async throws {
    try await eventually("SELECT count(*) FROM perezvon.attempts WHERE ended_at IS NULL", within: bound) {
      $0 == "0"
    }
    try await lab.pbx.eventually(within: bound, "no channel of ours and no pause left") { pbx in
      let channels = try await pbx.channels().filter { $0.id.rawValue.hasPrefix("pz-") }
      let paused = try await pbx.members(of: "support").filter { $0.paused }
      return channels.isEmpty && paused.isEmpty ? true : nil
    }
  }

  /// How long a leg that was hung up may seem to live beside the next: the telco takes a BYE apart in another
  /// thread than the INVITE that follows it. (Its leg ends later still: 0.2 s were seen on a busy machine.)
  static let overlapMax = Duration.milliseconds(100)

  /// What the telco says against the story of this customer, from his call on; empty where nothing.
  func complaints(_ number: String, talks: Int = 1) -> [String] {
    var found: [String] = []
    guard let start = lab.telco.legs(of: number).map(\.invitedAt).min() else { return ["he never called"] }
    for phone in [number, "101"] {
      let legs = lab.telco.legs(of: phone)
        .filter { ($0.party == .customer || $0.party == .agent) && $0.invitedAt >= start }
        .sorted { $0.invitedAt < $1.invitedAt }
      for (a, b) in zip(legs, legs.dropFirst()) {
        let over = (a.letGoAt ?? a.endedAt).map { $0 - b.invitedAt } ?? .seconds(999)
        if over > Self.overlapMax { found.append("two of our legs at once to \(phone), for \(over)") }
      }
    }
    if invites(number).isEmpty, talks > 0 { found.append("his phone never rang") }
    return found
  }

  actor Slots {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []
    init(free: Int) { self.free = free }

    func enter() async {
      if free > 0 { free -= 1 } else { await withCheckedContinuation { waiting.append($0) } }
    }

    func leave() {
      if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
  }
}

/// The Asterisks that stories are played on.
let bothAsterisks: [LabAsterisk] = [.v22, .v16]
