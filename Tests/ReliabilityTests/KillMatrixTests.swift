import Foundation
import Lab
import Synchronization
import Testing

/// SIGKILL at every statement to PostgreSQL and at every command to Asterisk, from a caller's first ring to the end
/// of his callback's wrap-up.
///
/// `make test` kills at every command, before and after it was carried out, and at the first statement of each kind;
/// `PEREZVON_SOAK=1` at every request, once and twice.
@Suite(.serialized) struct `A service that is killed at any point of a story` {
  static let soaks = ["1", "22", "16"].contains(ProcessInfo.processInfo.environment["PEREZVON_SOAK"] ?? "")
  /// `PEREZVON_SOAK=22` or `16`: on this one only.
  static let soaked: [LabAsterisk] =
    switch ProcessInfo.processInfo.environment["PEREZVON_SOAK"] {
    case "22": [.v22]
    case "16": [.v16]
    case let both: both == nil ? [] : bothAsterisks
    }

  @Test func `keeps every invariant, wherever it is killed`() async throws {
    let rehearsal = try await Self.rehearsal.value
    let twice = [3, 9, 15].map { KillPoint(what: .command, moment: .after, n: $0, again: $0) }
    let statements = Self.first(rehearsal.statements, FaultTrap.Moment.allCases)
    try await play(Self.every(.command, rehearsal.commands.count) + twice + statements, on: .v22)
  }

  @Test func `keeps every invariant, wherever a connection is cut and an answer lost`() async throws {
    let rehearsal = try await Self.rehearsal.value
    let commands = Self.every(.command, rehearsal.commands.count).filter { $0.moment == .after }
    // The others of a transaction are lost with it.
    let commits: Set<String> = [
      "SQL commit", "SQL attempt claim", "SQL attempt update", "SQL attempt let go", "SQL queue entry insert",
    ]
    let statements = Self.first(rehearsal.statements, [.after]).filter { commits.contains($0.label ?? "") }
    try await play(Self.struck(commands + statements, .connection), on: .v22)
  }

  @Test func `keeps every invariant, in whichever transaction PostgreSQL is stopped`() async throws {
    let rehearsal = try await Self.rehearsal.value
    let statements = Self.first(rehearsal.statements, FaultTrap.Moment.allCases)
    try await play(Self.struck(statements, .database), on: .v22)
  }

  @Test(.enabled(if: soaks), arguments: soaked)
  func `keeps every invariant with every single connection cut`(_ asterisk: LabAsterisk) async throws {
    let (statements, commands) = try await Self.rehearse(asterisk)
    let points = Self.every(.statement, statements.count + 4) + Self.every(.command, commands.count)
    try await play(Self.struck(Self.asked(points), .connection), on: asterisk)
  }

  @Test(.enabled(if: soaks), arguments: soaked)
  func `keeps every invariant at every single request`(_ asterisk: LabAsterisk) async throws {
    let (statements, commands) = try await Self.rehearse(asterisk)
    // Statements by the clock come in between: a few more than the rehearsal had.
    let points = Self.every(.statement, statements.count + 4) + Self.every(.command, commands.count)
    try await play(Self.asked(points), on: asterisk)
  }

  @Test(.enabled(if: soaks), arguments: soaked)
  func `keeps every invariant when it is killed again within 3 s of its restart`(_ asterisk: LabAsterisk)
    async throws
  {
    let (statements, commands) = try await Self.rehearse(asterisk)
    var points = Self.every(.statement, statements.count) + Self.every(.command, commands.count)
    for index in points.indices { points[index].again = 1 + index * 7 % 23 }
    try await play(Self.asked(points), on: asterisk)
  }

  // MARK: Which, and how

  /// One rehearsal for the three tests that are not of the soak.
  private static let rehearsal = Task { try await rehearse(.v22) }

  /// The requests of a story in which nothing happens.
  private static func rehearse(_ asterisk: LabAsterisk) async throws -> (
    statements: [String], commands: [String]
  ) {
    let kept = Mutex<(statements: [String], commands: [String])>(([], []))
    try await FaultStage.with(asterisk) { stage in
      let story = KillStory(stage: stage)
      // The first prepares its statements; the second is as all others.
      for _ in 1...2 {
        let run = try await story.dryRun()
        #expect(run.report.complaints == [])
        #expect(run.report.invites == 1)
        kept.withLock { $0 = (run.statements, run.commands) }
      }
    }
    let found = kept.withLock { $0 }
    print("\(found.statements.count) statements: \(found.statements.joined(separator: ", "))")
    print("\(found.commands.count) commands: \(found.commands.joined(separator: ", "))")
    #expect(found.commands.count >= 10)
    return found
  }

  private static func every(_ what: KillPoint.What, _ count: Int) -> [KillPoint] {
    (1...count).flatMap { n in FaultTrap.Moment.allCases.map { KillPoint(what: what, moment: $0, n: n) } }
  }

  /// `PEREZVON_KILL=38-53`: only these statements; `PEREZVON_KILL=commands`: only the commands.
  private static func asked(_ points: [KillPoint]) -> [KillPoint] {
    guard let text = ProcessInfo.processInfo.environment["PEREZVON_KILL"] else { return points }
    if text == "commands" { return points.filter { $0.what == .command } }
    let ends = text.split(separator: "-").compactMap { Int($0) }
    guard let first = ends.first, let last = ends.last else { return points }
    return points.filter { $0.what == .statement && $0.n >= first && $0.n <= last }
  }

  private static func struck(_ points: [KillPoint], _ victim: KillPoint.Victim) -> [KillPoint] {
    points.map { point in
      var point = point
      point.victim = victim
      return point
    }
  }

  /// The first statement of each name, at one moment or the other, in turn.
  private static func first(_ labels: [String], _ moments: [FaultTrap.Moment]) -> [KillPoint] {
    // Those that come by the clock are in every story anyhow, or in none.
    var seen: Set<String> = [
      "SQL lease renew", "SQL SELECT 1", "SQL jobs expire", "SQL queue log position save",
    ]
    return labels.filter { seen.insert($0).inserted }.enumerated().map { index, label in
      KillPoint(what: .statement, moment: moments[index % moments.count], label: label)
    }
  }

  private func play(_ points: [KillPoint], on asterisk: LabAsterisk) async throws {
    let work = Work(points)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<FaultStage.labs {
        group.addTask {
          try await FaultStage.with(asterisk) { stage in
            let story = KillStory(stage: stage)
            while let point = work.next() {
              let report = try await story.play(point)
              work.keep(report)
              print(report.line)
              if !report.complaints.isEmpty { Issue.record("\(report.line)") }
            }
          }
        }
      }
      try await group.waitForAll()
    }
    let all = work.reports
    let reached = all.filter { $0.killedAt != nil }.count
    let again = all.filter { $0.invites > 1 }.count
    print(
      "\(asterisk): \(all.count) stories, killed in \(reached), \(again) with another INVITE,",
      "\(all.filter { !$0.complaints.isEmpty }.count) broken")
    #expect(reached * 10 >= all.count * 8)
  }

  /// Points still to be killed at, and what came of the others.
  private final class Work: Sendable {
    private let state: Mutex<(points: ArraySlice<KillPoint>, reports: [KillStory.Report])>
    init(_ points: [KillPoint]) { state = Mutex((points[...], [])) }
    var reports: [KillStory.Report] { state.withLock { $0.reports } }
    func next() -> KillPoint? { state.withLock { $0.points.popFirst() } }
    func keep(_ report: KillStory.Report) { state.withLock { $0.reports.append(report) } }
  }
}
