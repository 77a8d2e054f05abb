import ArgumentParser
import Foundation
import Service
import Telephony

struct WhatIf: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "what-if",
    abstract:
      "Replay recorded calls through a changed configuration: whom it would have called, when, and at what cost.",
    discussion: """
      --config names the changed configuration, --against the one in force. The decisions are made by the code of the \
      service, in virtual time; how customers answer and which agents are there is estimated from what is recorded. \
      Nothing is dialled and nothing is written.
      """)

  @OptionGroup var configurationFile: ConfigurationOption
  @Option(name: .long, help: "The configuration to compare with.") var against = "/etc/perezvon/perezvon.yaml"
  @Option(name: .long, help: "From this moment: 2026-11-16T00:00:00+03:00.") var from: String
  @Option(name: .long, help: "To this moment (default: now).") var to: String?
  @Option(
    name: .long, help: "Agents beside the recorded ones in each queue, with the new configuration, 0 to 1000."
  )
  var moreAgents = 0
  @Option(name: .long, help: "Customers to list who are treated differently, at most.") var list = 20
  @Flag(name: .long, help: "For machines.") var json = false

  func validate() throws {
    guard 0...1_000 ~= moreAgents else { throw ValidationError("--more-agents is 0 to 1000") }
  }

  func run() async throws {
    let start = try Moment.read(from)
    let end =
      try to.map { text throws(CommandFailure) in try Moment.read(text) }
      ?? Timestamp(seconds: Date().timeIntervalSince1970)
    guard start < end else { throw CommandFailure.usage("--from must be before --to.") }
    var other = ConfigurationOption()
    other.config = against
    let current = try other.load()
    let moreAgents = moreAgents
    let (document, zone) = try await configurationFile.withAdministration {
      administration, _ throws(AdministrationError) in
      (
        try await administration.whatIf(against: current, from: start, to: end, moreAgents: moreAgents),
        administration.zone
      )
    }
    if json { return try printJSON(document) }
    print(document.table)
    printDifferences(document, zone)
    print("")
    for sentence in document.estimates { print(sentence) }
  }

  private func printDifferences(_ document: WhatIfDocument, _ zone: TimeZone) {
    guard !document.differences.isEmpty else { return print("\nEvery customer is treated the same.") }
    print("\n\(document.differences.count) customers are treated differently:\n")
    for difference in document.differences.prefix(max(0, list)) {
      print(
        "  \(difference.number)  \(Self.side(difference.firstDialNow, difference.dialsNow, difference.stateNow, zone))"
          + "  ->  \(Self.side(difference.firstDialThen, difference.dialsThen, difference.stateThen, zone))")
    }
    let more = document.differences.count - max(0, list)
    if more > 0 { print("  … and \(more) more (--list, --json)") }
  }

  private static func side(_ first: Timestamp?, _ dials: Int, _ state: String?, _ zone: TimeZone) -> String {
    guard let state else { return "owed nothing" }
    guard let first else { return "not dialled, \(state)" }
    let at = Date(timeIntervalSince1970: first.seconds).formatted(Date.ISO8601FormatStyle(timeZone: zone))
    return "dialled \(dials) times from \(at), \(state)"
  }
}

extension WhatIfDocument {
  /// The three sides beside each other.
  fileprivate var table: String {
    let sides = [recorded, now, then]
    func row(_ title: String, _ value: (Side) -> String) -> [String] { [title] + sides.map(value) }
    var rows = [
      row("customers called") { "\($0.customersCalled)" }, row("dials") { "\($0.dials)" },
      row("conversations") { "\($0.conversations)" }, row("agent minutes") { "\($0.agentMinutes)" },
      row("median to first dial") { side in
        side.medianSecondsToFirstDial.map { "\(Int($0.rounded())) s" } ?? ""
      },
      row("callbacks owed") { $0.jobs.map(String.init) ?? "" },
    ]
    for state in Set(sides.flatMap(\.states.keys)).sorted() {
      rows.append(row("  \(state)") { $0.name == recorded.name ? "" : "\($0.states[state] ?? 0)" })
    }
    for reason in Set(sides.flatMap(\.withoutJob.keys)).sorted() {
      rows.append(
        row("no callback: \(reason)") { $0.name == recorded.name ? "" : "\($0.withoutJob[reason] ?? 0)" })
    }
    return ReportTable(
      title: "\(calls) recorded calls, \(missed) of them missed", columns: [""] + sides.map(\.name),
      rows: rows
    ).table
  }
}
