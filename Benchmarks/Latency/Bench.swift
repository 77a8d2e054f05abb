import ArgumentParser
import Foundation
import Lab

@main
struct Bench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perezvon-bench",
    abstract: "Measures the running service between a simulated PBX and a real PostgreSQL (fsync on).")

  enum Part: String, CaseIterable, ExpressibleByArgument {
    case agentFree = "agent-free", hangingSink = "hanging-sink", hangup, memory, storm
  }

  @Option(help: "Cases of each latency.") var cases = 1_000
  @Option(help: "Calls of the memory measurement.") var calls = 5_000
  @Option(help: "How long the storm lasts, in seconds.") var seconds = 60
  @Option(help: "Only this part; may be given more than once.") var only: [Part] = []
  @Option(help: "The program to measure. Default: perezvon beside this one.") var binary: String?

  func run() async throws {
    let parts = only.isEmpty ? Part.allCases : only
    var report = Report()
    report.show("\(ProcessInfo.processInfo.activeProcessorCount) cores, load \(Self.load)")
    let lab = try await DatabaseLab.start()
    do {
      try await measure(parts, lab, &report)
    } catch {
      await lab.stop()
      throw error
    }
    await lab.stop()
    report.printLines()
    guard report.isSound else { throw ExitCode.failure }
  }

  private func measure(_ parts: [Part], _ lab: DatabaseLab, _ report: inout Report) async throws {
    for (index, part) in parts.enumerated() {
      if part == .storm { try await Storm.prepare(lab.database) }
      let sink = part == .hangingSink ? try HangingSink() : nil
      var wishes = part == .storm ? Storm.wishes : Stand.Wishes()
      if let sink { wishes.more = sink.configuration }
      let stand = try await Stand.start(
        lab: lab, name: "part\(index)", binary: binary ?? Self.besideThis,
        port: lab.sparePorts.lowerBound + index, wishes)
      do {
        switch part {
        case .agentFree: try await AgentFree(stand: stand, cases: cases).run(&report)
        case .hangingSink:
          try sink?.queue(stand.books)
          try await AgentFree(
            stand: stand, cases: cases, beside: "10,000 notifications for a sink that hangs"
          )
          .run(&report)
          try sink?.check(stand.books, &report)
        case .hangup: try await Hangup(stand: stand, cases: cases).run(&report)
        case .memory: try await TrackedCalls(stand: stand, calls: calls).run(&report)
        case .storm: try await Storm(stand: stand, duration: .seconds(seconds)).run(&report)
        }
      } catch {
        await stand.stop()
        throw error
      }
      await stand.stop()
    }
    let session = try DatabaseSession(lab.database.url)
    report.heading("other limits, in this run")
    report.add(Figures("one query (SELECT 1)", try Limits.queries(session, count: cases)))
    report.add(Figures("loopback TCP round trip", try Limits.roundTrips(count: cases)))
  }

  private static var besideThis: String {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(filePath: own).deletingLastPathComponent().appending(path: "perezvon").path()
  }

  static var load: String {
    let text = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? ""
    return text.split(separator: " ").first.map(String.init) ?? "unknown"
  }
}
