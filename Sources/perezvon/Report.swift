import ArgumentParser
import Foundation
import Service
import Telephony

/// The reports. A new one is a case of `Name` and its work in `Administration`.
struct Report: AsyncParsableCommand {
  enum Name: String, CaseIterable, ExpressibleByArgument {
    case compliance
  }

  /// As `ReportTable.Format`, for the command line.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case table, csv, json
  }

  static let configuration = CommandConfiguration(
    abstract: "A report about a span of time.",
    discussion:
      "compliance: each rule of the campaign's law (`legal`), its source, the figure, and whether it was kept."
  )

  @OptionGroup var configurationFile: ConfigurationOption
  @Argument(help: "Which: \(Name.allCases.map(\.rawValue).joined(separator: ", ")).") var name: Name
  @Option(name: .long, help: "Only this campaign; compliance needs one.") var campaign: String?
  @Option(name: .long, help: "From this moment, 2026-11-23T09:00:00+03:00 (default: 30 days before the end).")
  var from: String?
  @Option(name: .long, help: "To this moment (default: now).") var to: String?
  @Option(name: .long, help: "How it is written: table, csv, json.") var format = Format.table

  func run() async throws {
    let end =
      try to.map { text throws(CommandFailure) in try Moment.read(text) }
      ?? Timestamp(seconds: Date().timeIntervalSince1970)
    let start =
      try from.map { text throws(CommandFailure) in try Moment.read(text) } ?? end - .seconds(30 * 86_400)
    guard start < end else { throw CommandFailure.usage("--from must be before --to.") }
    switch name {
    case .compliance:
      guard let campaign else {
        throw CommandFailure.usage("Name the campaign: perezvon report compliance --campaign NAME.")
      }
      let report = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        try await administration.compliance(campaign: campaign, from: start, to: end)
      }
      print(report.text(ReportTable.Format(rawValue: format.rawValue) ?? .table))
    }
  }
}
