import ArgumentParser
import Foundation
import Service
import Telephony

struct Summary: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What a span of time brought: calls, missed, called back, conversations.")

  @OptionGroup var configurationFile: ConfigurationOption
  @Option(name: .long, help: "From this moment (default: the last 24 hours).") var from: String?
  @Option(name: .long, help: "To this moment (default: now).") var to: String?
  @Flag(name: .long, help: "For machines.") var json = false

  func run() async throws {
    let end =
      try to.map { text throws(CommandFailure) in try Moment.read(text) }
      ?? Timestamp(seconds: Date().timeIntervalSince1970)
    let start =
      try from.map { text throws(CommandFailure) in try Moment.read(text) } ?? end - .seconds(86_400)
    let summary = try await configurationFile.withAdministration {
      administration, _ throws(AdministrationError) in
      try await administration.summary(from: start, to: end)
    }
    if json { return try printJSON(summary) }
    print("Inbound calls          \(summary.calls)")
    print("Missed                 \(summary.missed) (\(summary.short) of them short abandons)")
    print("Called back            \(summary.calledBack)")
    print("Conversations          \(summary.conversations)")
    print("Recovered by customers \(summary.recovered)")
    let median = summary.medianSecondsToFirstDial.map { String(format: "%.1f s", $0) } ?? "nobody was dialled"
    print("Median to first dial   \(median)")
  }
}
