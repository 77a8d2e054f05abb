import ArgumentParser
import Foundation
import Service
import Telephony

/// The reports. A new one is a case of `ReportName` and its SQL in Sources/Store/Reports.
struct Report: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A report about a span of time.",
    discussion: ReportName.allCases.map { "\($0.rawValue): \($0.sentence)" }.joined(separator: "\n"))

  @OptionGroup var configurationFile: ConfigurationOption
  @Argument(help: "Which: \(ReportName.allCases.map(\.rawValue).joined(separator: ", ")).") var name: String
  @Option(name: .long, help: "Only this campaign; compliance needs one.") var campaign: String?
  @Option(name: .long, help: "Only this queue.") var queue: String?
  @Option(name: .long, help: "Only this number, in reports that list calls or jobs.") var number: String?
  @Option(name: .long, help: "Only this state or outcome, in reports that list calls or jobs.") var state:
    String?
  @Option(name: .long, help: "Rows, at most, 1 to 1000000 (default: 1000; in CSV, all of these).") var limit:
    Int?
  @Option(
    name: .long,
    help: "From this moment, 2026-11-23T09:00:00+03:00, or day, 2026-11-23 (default: 30 days before the end)."
  )
  var from: String?
  @Option(name: .long, help: "To this moment, or to the beginning of this day (default: now).") var to:
    String?
  @Option(
    name: .long,
    help: "How it is written: \(ReportTable.Format.allCases.map(\.rawValue).joined(separator: ", ")).")
  var format = "table"

  func run() async throws {
    guard let name = ReportName(rawValue: name) else {
      throw CommandFailure.usage(
        "There is no report \(PrintableText(name)); take one of "
          + "\(ReportName.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    guard let format = ReportTable.Format(rawValue: format) else {
      throw CommandFailure.usage(
        "--format: take one of \(ReportTable.Format.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    guard name != .compliance || campaign != nil else {
      throw CommandFailure.usage("Name the campaign: perezvon report compliance --campaign NAME.")
    }
    let limit = limit ?? (format == .csv ? Self.rowsMax : 1_000)
    guard (1...Self.rowsMax).contains(limit) else { throw CommandFailure.usage("--limit: 1 to 1000000.") }
    var request = ReportRequest(name)
    request.campaign = campaign
    request.queue = queue
    request.number = number
    request.state = state
    request.limit = limit
    let (from, to) = (from, to)
    // A day begins where the office is.
    let zone = Administration.zone(of: try configurationFile.load())
    let end = try to.map { text throws(CommandFailure) in try Self.moment(text, zone) } ?? Timestamp.now
    let start =
      try from.map { text throws(CommandFailure) in try Self.moment(text, zone) } ?? end
      - .seconds(30 * 86_400)
    guard start < end else { throw CommandFailure.usage("--from must be before --to.") }
    let wanted = request
    let report = try await configurationFile.withAdministration {
      administration, _ throws(AdministrationError) in
      try await administration.patientReport(wanted, from: start, to: end)
    }
    print(report.text(format))
    // A table says so itself; CSV has no place for a sentence.
    if report.isCut, format == .csv {
      FileHandle.standardError.write(Data("There may be more: only \(limit) rows were asked for.\n".utf8))
    }
  }

  private static let rowsMax = 1_000_000

  private static func moment(_ text: String, _ zone: TimeZone) throws(CommandFailure) -> Timestamp {
    if text.count == 10, let day = try? Date(text, strategy: .iso8601.year().month().day()) {
      var calendar = Calendar(identifier: .gregorian)
      calendar.timeZone = .gmt
      var parts = calendar.dateComponents([.year, .month, .day], from: day)
      calendar.timeZone = zone
      parts.timeZone = zone
      if let midnight = calendar.date(from: parts) {
        return Timestamp(seconds: midnight.timeIntervalSince1970)
      }
    }
    return try Moment.read(text)
  }
}

extension Timestamp {
  fileprivate static var now: Timestamp { Timestamp(seconds: Date().timeIntervalSince1970) }
}
