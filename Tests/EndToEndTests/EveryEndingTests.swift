import Foundation
import Lab
import Telephony
import Testing

/// All endings a call can have, played in one lab at the same time, each with its row in the reports.
@Suite struct `Every ending of a call` {
  @Test(arguments: bothAsterisks)
  func `is told by its row and its evidence`(_ asterisk: LabAsterisk) async throws {
    try await EndingsLab.with(asterisk, through: nil) { stage, _ in
      let chains = QueueEndings.all + OtherEndings.all
      try await EndingsLab.play(chains, on: stage)
      try await EndingsLab.judge(chains.flatMap { $0 }, on: stage)
      try await killedWithCallersWaiting(stage)
    }
  }

  @Test func `is told by the same row when events come twice and other channels' events come late`()
    async throws
  {
    let faults = AMIProxy.Faults(
      duplicatesEvents: true,
      holdBack: .init(upTo: .milliseconds(1_200), exceptPrefix: "PJSIP/trunk-", seed: 3))
    try await EndingsLab.with(.v22, through: faults) { stage, proxy in
      let chains = QueueEndings.all + OtherEndings.all
      try await EndingsLab.play(chains, on: stage)
      try await EndingsLab.judge(chains.flatMap { $0 }, on: stage)
      let proxy = try #require(proxy)
      let counts = proxy.counts
      #expect(counts.duplicated > 300 && counts.heldBack > 100 && counts.overtaken > 100, "\(counts)")
      try await cutWithCallerWaiting(stage, proxy)
    }
  }

  /// The line is cut while a caller waits, and he hangs up when it is back: one missed call, as ever.
  private func cutWithCallerWaiting(_ stage: Stage, _ proxy: AMIProxy) async throws {
    let caller = "+79167009003"
    let call = try await stage.lab.telco.placeCall(from: caller)
    _ = try await stage.lab.pbx.caller(caller, in: "Queue")
    let ups = { stage.service.logged.components(separatedBy: "AMI is up").count }
    let before = ups()
    proxy.cut()
    try await stage.lab.pbx.eventually(within: .seconds(20), "AMI up again") { _ in
      ups() > before ? true : nil
    }
    try await Task.sleep(for: .seconds(2))
    try await call.hangUp()
    try await stage.service.eventually(
      "SELECT count(*) FROM report.missed_calls WHERE number = '\(caller)'"
    ) { $0 == "1" }
    let row = try await EndingsLab.row(of: caller, on: stage)
    #expect(
      row.verdict == "answered=f by=- queue=sales lost_at=queue ending=caller_hung_up rung=- short=f job=t",
      "cut line: \(row)")
  }

  /// The PBX dies under two callers who wait: nothing but the end of the line tells it.
  private func killedWithCallersWaiting(_ stage: Stage) async throws {
    let callers = ["+79167009001", "+79167009002"]
    for caller in callers {
      _ = try await stage.lab.telco.placeCall(from: caller)
      _ = try await stage.lab.pbx.caller(caller, in: "Queue")
    }
    let open = "SELECT count(*) FROM report.missed_calls WHERE number LIKE '+7916700900%'"
    #expect(try await stage.service.sql(open) == "0")
    await stage.lab.pbx.kill()
    try await stage.lab.pbx.start()
    try await stage.service.eventually(open, within: .seconds(40)) { $0 == "2" }
    for caller in callers {
      let row = try await EndingsLab.row(of: caller, on: stage)
      #expect(
        row.verdict == "answered=f by=- queue=sales lost_at=queue ending=pbx rung=- short=f job=t",
        "killed PBX: \(row)")
    }
  }
}

/// One way a call can end.
struct PlayedEnding: Sendable {
  var name: String
  /// The number as the network shows it; every ending has a caller of its own.
  var caller: String
  var expected: ExpectedRow
  /// Plays the call and returns when it is over.
  var play: @Sendable (Stage, String) async throws -> Void
}

/// What `report.calls` and `report.missed_calls` must say.
struct ExpectedRow: Sendable {
  var verdict: String
  /// Seconds, one more or less.
  var wait: Double
  /// Words of the evidence, in this order; others may lie between.
  var steps: [String] = []
  /// Part of `no_job_reason`; nil where there is a job.
  var noJob: String?

  static func missed(
    _ lostAt: LostAt, _ ending: Ending, queue: String = "-", rung: String = "-", wait: Double,
    steps: [String], short: Bool = false, noJob: String? = nil
  ) -> ExpectedRow {
    ExpectedRow(
      verdict: "answered=f by=- queue=\(queue) lost_at=\(lostAt.rawValue) ending=\(ending.rawValue)"
        + " rung=\(rung) short=\(short ? "t" : "f") job=\(noJob == nil ? "t" : "f")",
      wait: wait, steps: ["began"] + steps + ["hung_up"], noJob: noJob)
  }

  static func talked(with member: String, queue: String = "-", wait: Double) -> ExpectedRow {
    ExpectedRow(
      verdict: "answered=t by=\(member) queue=\(queue) lost_at=- ending=- rung=- short=f job=f", wait: wait)
  }
}

/// What they do say.
struct FoundRow: Sendable, CustomStringConvertible {
  var verdict = ""
  var wait = -1.0
  var steps: [String] = []
  var noJob = ""

  var description: String { "\(verdict) wait=\(wait) steps=\(steps.joined(separator: ",")) \(noJob)" }

  /// Whether the words stand in the evidence in this order.
  func has(_ words: [String]) -> Bool {
    var rest = steps[...]
    for word in words {
      guard let index = rest.firstIndex(of: word) else { return false }
      rest = rest[(index + 1)...]
    }
    return true
  }
}

/// The lab that plays them: one service, all agents, nobody dialled.
enum EndingsLab {
  /// Extensions that never pick up, and those that do after a second.
  static let silent = [101, 102, 103, 110]
  static let willing = [104, 105, 106, 107, 108, 109]

  static func with(
    _ asterisk: LabAsterisk, through faults: AMIProxy.Faults?,
    _ body: (Stage, AMIProxy?) async throws -> Void
  ) async throws {
    let more = (107...110).map { LabAgent(extension: $0, name: "Agent \($0)") }
    let options = LabOptions(asterisk: asterisk, agents: LabAgent.usual + more)
    try await LabSlots.shared.withLab(options, places: LabSlots.max - 1) { lab in
      let proxy = try faults.map { try AMIProxy(to: lab.pbx.amiPort, faults: $0) }
      var options = LabServiceOptions(campaign: [
        "start_after": "30m", "min_wait": "1s",
        "queues": "[sales, support, closed, narrow, keyed, desk, delayed, emptying, none]",
      ])
      options.amiPort = proxy?.port
      options.stages = ["queues": "queue"]
      let stage = Stage(lab: lab, service: try LabService(options, beside: lab))
      try await stage.service.start()
      try await seat(stage)
      try await body(stage, proxy)
      await stage.service.kill()
      proxy?.stop()
    }
  }

  private static func seat(_ stage: Stage) async throws {
    for agent in silent { try await stage.lab.telco.setAgent(agent, .noAnswer) }
    for agent in willing { try await stage.lab.telco.setAgent(agent, .answers(after: .seconds(1))) }
    try await stage.lab.pbx.setMember(110, of: "desk")
    try await stage.lab.pbx.setMember(104, of: "support")
    try await stage.lab.pbx.setMember(105, of: "delayed")
  }

  /// All chains at once; the endings of one chain one after the other, since they share an agent.
  static func play(_ chains: [[PlayedEnding]], on stage: Stage) async throws {
    await withTaskGroup(of: Void.self) { group in
      for (index, chain) in chains.enumerated() {
        group.addTask {
          // Not all in the same instant: two cores carry two Asterisks.
          try? await Task.sleep(for: .milliseconds(100 * index))
          for ending in chain {
            do {
              try await ending.play(stage, ending.caller)
            } catch {
              Issue.record("\(ending.name) could not be played: \(error)")
            }
          }
        }
      }
    }
  }

  static func judge(_ endings: [PlayedEnding], on stage: Stage) async throws {
    let count = "SELECT count(*) FROM report.calls WHERE direction = 'inbound'"
    do {
      try await stage.service.eventually(count, within: .seconds(20)) { $0 == "\(endings.count)" }
    } catch {
      let found = try await stage.service.sql(count)
      Issue.record("\(endings.count) calls were played: \(found) are in the books")
    }
    for ending in endings {
      let found = try await row(of: ending.caller, on: stage)
      #expect(found.verdict == ending.expected.verdict, "\(ending.name): \(found)")
      #expect(abs(found.wait - ending.expected.wait) <= 1, "\(ending.name): \(found)")
      #expect(found.has(ending.expected.steps), "\(ending.name): \(ending.expected.steps) in \(found)")
      if let why = ending.expected.noJob { #expect(found.noJob.contains(why), "\(ending.name): \(found)") }
    }
    let missed = endings.count { $0.expected.verdict.hasPrefix("answered=f") }
    #expect(try await stage.service.sql("SELECT count(*) FROM report.missed_calls") == "\(missed)")
  }

  static func row(of caller: String, on stage: Stage) async throws -> FoundRow {
    let answer = try await stage.service.sql(
      """
      SELECT concat('answered=', c.answered, ' by=', coalesce(c.answered_by, '-'), ' queue=',
          coalesce(c.queue, '-'), ' lost_at=', coalesce(c.lost_at, '-'), ' ending=', coalesce(c.ending, '-'),
          ' rung=', coalesce(nullif(array_to_string(m.members_rung, ','), ''), '-'), ' short=', c.short,
          ' job=', m.job IS NOT NULL),
        round(extract(epoch FROM c.wait), 1),
        (SELECT string_agg(e.step->>'what', ',' ORDER BY e.i)
          FROM jsonb_array_elements(m.evidence) WITH ORDINALITY AS e (step, i)),
        m.no_job_reason
      FROM report.calls c LEFT JOIN report.missed_calls m USING (pbx, linkedid)
      WHERE c.direction = 'inbound' AND coalesce(c.number, 'anonymous') = '\(caller)'
      """)
    var found = FoundRow(verdict: "no row")
    let fields = answer.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    guard fields.count == 4 else {
      if !answer.isEmpty { found.verdict = "several rows: \(answer)" }
      return found
    }
    found.verdict = fields[0]
    found.wait = Double(fields[1]) ?? -1
    found.steps = fields[2].split(separator: ",").map(String.init)
    found.noJob = fields[3]
    return found
  }
}

extension Stage {
  /// A call that hangs up by itself; returns when it is over.
  func call(_ caller: String, to did: String, hangsUpAfter patience: Duration) async throws {
    let call = try await lab.telco.placeCall(from: caller, to: did, hangsUpAfter: patience)
    _ = try await call.ended(within: patience + .seconds(10))
  }

  /// A call that the PBX ends.
  func call(_ caller: String, to did: String) async throws {
    _ = try await lab.telco.placeCall(from: caller, to: did).ended()
  }

  /// Waits until an agent's phone talks; `shown` is the number it sees.
  func talking(_ agent: Int, with shown: String) async throws {
    try await lab.telco.wait(within: .seconds(20), "\(agent) talking with \(shown)") { legs in
      legs.first { $0.number == "\(agent)" && $0.other == shown && $0.isTalking }
    }
  }

  /// Waits until an agent's phone rings for that number.
  func ringing(_ agent: Int, for shown: String) async throws {
    try await lab.telco.wait(within: .seconds(20), "\(agent) ringing for \(shown)") { legs in
      legs.first { $0.number == "\(agent)" && $0.other == shown && $0.ringingAt != nil }
    }
  }

  /// How long people talk here: longer than any event is held back.
  static var chat: Duration { .seconds(4) }
}
