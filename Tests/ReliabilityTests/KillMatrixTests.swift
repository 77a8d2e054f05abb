import Foundation
import Lab
import Synchronization
import Testing

/// SIGKILL at every statement to PostgreSQL and at every command to Asterisk, from a caller's first ring to the end
/// of his callback's wrap-up.
///
/// `make test` kills at every command and at the first statement of each kind, before and after it was carried
/// out; `PEREZVON_SOAK=1` at every request, once and twice.
@Suite(.serialized) struct `A service that is killed at any point of a story` {
  static let soaks = ProcessInfo.processInfo.environment["PEREZVON_SOAK"] == "1"

  @Test func `keeps every invariant, wherever it is killed`() async throws {
    let rehearsal = try await rehearse(.v22)
    let points = Self.sample(rehearsal)
    try await play(points, on: .v22)
  }

  @Test(.enabled(if: soaks), arguments: bothAsterisks)
  func `keeps every invariant at every single request`(_ asterisk: LabAsterisk) async throws {
    let (statements, commands) = try await rehearse(asterisk)
    // Statements by the clock come in between: a few more than the rehearsal had.
    let points = Self.every(.statement, statements.count + 4) + Self.every(.command, commands.count)
    try await play(points, on: asterisk)
  }

  @Test(.enabled(if: soaks), arguments: bothAsterisks)
  func `keeps every invariant when it is killed again within 3 s of its restart`(_ asterisk: LabAsterisk)
    async throws
  {
    let (statements, commands) = try await rehearse(asterisk)
    var points = Self.every(.statement, statements.count) + Self.every(.command, commands.count)
    for index in points.indices { points[index].again = 1 + index * 7 % 23 }
    try await play(points, on: asterisk)
  }

  // MARK: Which, and how

  /// The requests of a story in which nothing happens.
  private func rehearse(_ asterisk: LabAsterisk) async throws -> (statements: [String], commands: [String]) {
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

  private static func sample(_ rehearsal: (statements: [String], commands: [String])) -> [KillPoint] {
    func first(_ labels: [String], _ what: KillPoint.What) -> [KillPoint] {
      var seen: Set<String> = []
      return labels.filter { seen.insert($0).inserted }.flatMap { label in
        FaultTrap.Moment.allCases.map { KillPoint(what: what, moment: $0, label: label) }
      }
    }
    // Those that come by the clock are in every story anyhow.
    let clock: Set<String> = ["SQL lease renew", "SQL SELECT 1"]
    let statements = rehearsal.statements.filter { !clock.contains($0) }
    let twice = [3, 9, 15].map { KillPoint(what: .command, moment: .after, n: $0, again: $0) }
    return every(.command, rehearsal.commands.count) + twice + first(statements, .statement)
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
