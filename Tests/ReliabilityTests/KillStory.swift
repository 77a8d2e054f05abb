import Foundation
import Lab
import Telephony

/// Where the service is killed in one story.
struct KillPoint: Sendable, CustomStringConvertible {
  enum What: String, Sendable, CaseIterable { case statement, command }

  enum Victim: String, Sendable {
    case service
    /// Only the connection is cut; the service lives.
    case connection
    /// PostgreSQL is stopped (`immediate`) and started again; the service lives.
    case database
  }

  var what: What
  var moment: FaultTrap.Moment
  /// The n-th request of the story, or the first of this name.
  var n = 1
  var label: String?
  /// What is struck at this place.
  var victim = Victim.service
  /// Killed again at this statement of its next life, or 2.5 s after its start, whichever is first.
  var again: Int?

  var description: String {
    let done = victim == .service ? "" : "\(victim.rawValue) struck "
    let place = label.map { "the first \($0)" } ?? "\(what.rawValue) \(n)"
    return "\(done)\(moment.rawValue) \(place)"
      + (again.map { ", again at statement \($0) of its next life" } ?? "")
  }
}

/// One customer's story: he calls, gives up, is owed a callback, is called back, talks with an agent. Somewhere
/// in it the service is killed, and started again at once.
struct KillStory: Sendable {
  /// What the story came to.
  struct Report: Sendable {
    var point: KillPoint
    /// The request it was killed at; nil where the story was over before.
    var killedAt: String?
    var complaints: [String]
    var invites: Int
    var seconds: Double

    var line: String {
      "\(point): \(killedAt ?? "not reached"), \(invites) INVITE, \(String(format: "%.1f", seconds)) s"
        + (complaints.isEmpty ? "" : ": " + complaints.joined(separator: "; "))
    }
  }

  /// How long he is in the line. What a snapshot and queue_log know of his wait has whole seconds: a second more
  /// than `min_wait`, or it may look like a short abandon.
  static let patience = Duration.milliseconds(2_900)
  /// How long the two talk before the customer hangs up, from when the PBX has them in one bridge.
  static let talk = Duration.milliseconds(1_600)
  /// A story that is not over by then is a failure.
  static let bound = Duration.seconds(60)

  let stage: FaultStage

  /// What passes in a story in which nothing happens: statements, then commands.
  func dryRun() async throws -> (statements: [String], commands: [String], report: Report) {
    stage.statements.reset()
    stage.commands.reset()
    let report = try await play(nil)
    defer {
      stage.statements.reset()
      stage.commands.reset()
    }
    return (stage.statements.labels, stage.commands.labels, report)
  }

  func play(_ point: KillPoint) async throws -> Report { try await play(.some(point)) }

  private func play(_ point: KillPoint?) async throws -> Report {
    let start = ContinuousClock.now
    let number = Lab.uniqueNumber()
    try await stage.lab.telco.setCustomer(number, .answers(after: .milliseconds(300)))
    let trap = point?.what == .command ? stage.commands : stage.statements
    if let point { arm(trap, point) }
    let call = try await stage.lab.telco.placeCall(from: number, hangsUpAfter: Self.patience)
    _ = call
    var life = Life(left: point?.again == nil ? 1 : 2)
    var complaints: [String] = []
    do {
      var talks = Talks()
      while true {
        try await revive(&life, trap, point)
        try await watch(number, &talks)
        // What was struck in the last moment is set right before anybody is asked.
        if await isOver(number), life.left == 0 || trap.sprungAt == nil { break }
        guard ContinuousClock.now - start < Self.bound else {
          complaints.append("the story is not over after \(Self.bound)")
          break
        }
        try await Task.sleep(for: .milliseconds(60))
      }
      try await stage.nothingIsLeft(within: complaints.isEmpty ? .seconds(20) : .zero)
      complaints += try await judge(number, talks)
    } catch {
      complaints.append("\(error)".prefix(300) + "")
    }
    if point != nil {
      stage.statements.reset()
      stage.commands.reset()
    }
    if !complaints.isEmpty { try await clear(number) }
    return Report(
      point: point ?? KillPoint(what: .statement, moment: .before), killedAt: life.killedAt,
      complaints: complaints, invites: stage.invites(number).count,
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  private func arm(_ trap: FaultTrap, _ point: KillPoint) {
    let kill: @Sendable () -> Void = { [service = stage.service, database = stage.database] in
      switch point.victim {
      case .service: service.killNow()
      case .connection: break
      case .database: database.stopNow()
      }
    }
    if let label = point.label {
      trap.arm(point.moment, at: 1, of: { $0 == label }, kill)
    } else {
      trap.arm(point.moment, at: point.n, kill)
    }
  }

  // MARK: The service

  private struct Life {
    /// Kills to come.
    var left: Int
    var killedAt: String?
    var startedAt: ContinuousClock.Instant?
  }

  /// Starts it again where it was killed.
  private func revive(_ life: inout Life, _ trap: FaultTrap, _ point: KillPoint?) async throws {
    if life.left == 1, let startedAt = life.startedAt, stage.service.isRunning,
      ContinuousClock.now - startedAt > .milliseconds(2_500)
    {
      stage.statements.reset()
      stage.service.killNow()
      life.left = 0
    } else if life.left > 0, let label = trap.sprungAt {
      life.killedAt = life.killedAt.map { "\($0), then \(label)" } ?? label
      life.left -= 1
      trap.reset()
      if point?.victim == .database {
        await stage.database.stop(.immediate)
        try await stage.database.start()
      }
      if point?.victim != .service { return }
    } else {
      guard !stage.service.isRunning else { return }
      if life.left == 1, let label = stage.statements.sprungAt {
        life.killedAt = (life.killedAt ?? "") + ", then \(label)"
        life.left = 0
      }
    }
    await stage.service.ended()
    if life.left == 1, let again = point?.again {
      stage.statements.arm(point?.moment ?? .before, at: again) { [service = stage.service] in
        service.killNow()
      }
    }
    try await stage.service.start(ready: false)
    life.startedAt = ContinuousClock.now
  }

  // MARK: The floor

  /// When which attempt's two legs were seen in one bridge.
  private struct Talks {
    var first: [String: ContinuousClock.Instant] = [:]
    var last: [String: ContinuousClock.Instant] = [:]
    var hungUp: Set<String> = []
  }

  private func watch(_ number: String, _ talks: inout Talks) async throws {
    let now = ContinuousClock.now
    for pair in FaultStage.pairs(try await stage.lab.pbx.channels()) {
      let first = talks.first[pair] ?? now
      talks.first[pair] = first
      talks.last[pair] = now
      if now - first > Self.talk, talks.hungUp.insert(pair).inserted {
        try await stage.lab.telco.hangUp(number)
      }
    }
  }

  /// False also while nobody answers.
  private func isOver(_ number: String) async -> Bool {
    let answer = try? await stage.database.psql(
      """
      SELECT EXISTS (SELECT 1 FROM perezvon.jobs WHERE number = '\(number)')
        AND NOT EXISTS (SELECT 1 FROM perezvon.jobs WHERE number = '\(number)' AND closed_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM perezvon.attempts WHERE ended_at IS NULL)
      """)
    return answer == "t"
  }

  // MARK: The judgement

  private func judge(_ number: String, _ talks: Talks) async throws -> [String] {
    var complaints = stage.complaints(number)
    let rows = try await stage.database.psql(
      """
      SELECT (SELECT count(*) FROM perezvon.missed_calls WHERE number = '\(number)'),
        (SELECT count(*) FROM perezvon.jobs WHERE number = '\(number)'),
        (SELECT string_agg(state, ',') FROM perezvon.jobs WHERE number = '\(number)'),
        (SELECT count(*) FROM perezvon.attempts WHERE number = '\(number)' AND outcome = 'conversation'),
        (SELECT string_agg(no_job_reason, ', ') FROM perezvon.missed_calls WHERE number = '\(number)')
      """)
    if rows != "1|1|succeeded|1|" { complaints.append("missed|jobs|state|conversations|no job: \(rows)") }
    let talked = talks.first.filter { pair, first in (talks.last[pair] ?? first) - first > .seconds(1) }
    if talked.count != 1 { complaints.append("\(talked.count) talks with an agent") }
    let legs = stage.invites(number)
    if let last = legs.last, talked.count == 1 {
      // Whoever hung up after the talk was on the last leg: nothing came after it.
      if legs.filter({ ($0.talk ?? .zero) > Self.talk }).contains(where: { $0.invitedAt < last.invitedAt }),
        legs.dropLast().contains(where: { ($0.talk ?? .zero) >= Self.talk })
      {
        complaints.append("called again after a talk: \(legs.map { $0.talk ?? .zero })")
      }
    }
    return complaints
  }

  /// After a failure: the next story must not inherit this one's job.
  private func clear(_ number: String) async throws {
    if !stage.service.isRunning { try await stage.service.start() }
    try await stage.database.psql(
      """
      UPDATE perezvon.jobs SET state = 'cancelled', closed_at = now(), reason = 'cleared by the test'
      WHERE closed_at IS NULL
      """)
    try? await stage.nothingIsLeft()
  }
}
