import Foundation
import Lab
import Testing

/// Runs `perezvon-simulate` in processes of its own: it takes the whole process's tasks into its hands.
struct Simulator {
  /// Beside the tests, as SwiftPM puts both into one directory.
  private static var binary: URL {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(filePath: own).deletingLastPathComponent().appending(path: "perezvon-simulate")
  }

  struct Report: Sendable {
    var output: String
    var status: Int32
    var lines: [Substring] { output.split(separator: "\n") }
  }

  static func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Report {
    let (status, output) = try await BuiltProgram.runOther(
      [binary.path()] + arguments, environment: environment)
    return Report(output: output, status: status)
  }

  /// Seeds in as many processes as there are cores; the reports of all.
  static func run(seeds: Int, from first: Int = 1, _ more: [String] = []) async throws -> [Report] {
    let processes = max(1, ProcessInfo.processInfo.activeProcessorCount)
    return try await withThrowingTaskGroup(of: Report.self) { group in
      for index in 0..<processes {
        group.addTask {
          try await run(
            ["--from", "\(first + index)", "--seeds", "\(max(1, seeds - index))", "--step", "\(processes)"]
              + more)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }
}

@Suite struct `The service in virtual time` {
  /// How many seeds a plain test run takes; `PEREZVON_SEEDS` asks for another number.
  static let seedsByDefault = 10_000

  static var seeds: Int {
    ProcessInfo.processInfo.environment["PEREZVON_SEEDS"].flatMap(Int.init) ?? seedsByDefault
  }

  @Test func `keeps what must always hold, whatever befalls it`() async throws {
    for report in try await Simulator.run(seeds: Self.seeds, ["--go-on"]) {
      let broken = report.lines.filter { $0.hasPrefix("seed ") }
      #expect(broken.isEmpty, "see it with `perezvon-simulate --trace --from SEED`")
      #expect(report.status == 0, "\(report.output.suffix(2_000))")
    }
  }

  @Test func `repeats a seed to the last event`() async throws {
    let first = try await Simulator.run(["--seeds", "20", "--list", "--go-on"])
    let second = try await Simulator.run(["--seeds", "20", "--list", "--go-on"])
    #expect(first.output == second.output)
    #expect(first.lines.count { $0.contains("fingerprint") } == 20)
  }

  @Test func `does not run the same thing again and again`() async throws {
    let report = try await Simulator.run(["--seeds", "20", "--list", "--go-on"])
    let marks = report.lines.filter { $0.contains("fingerprint") }
      .compactMap { $0.split(separator: " ").dropFirst(3).first }
    #expect(Set(marks).count == 20)
  }
}
