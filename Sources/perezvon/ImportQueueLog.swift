import ArgumentParser
import Foundation
import Service
import Telephony

struct ImportQueueLog: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import-queue-log",
    abstract: "Bring years of a queue_log into the reports. Nobody is called back for it.",
    discussion: """
      FILE is a queue_log, or a .gz of one. What is in the books already stays as it is: a second import of the \
      same file adds nothing. Calls of the last hours (recover_max_age) are left to the running service, calls \
      older than retention.calls are left out.
      """)

  @OptionGroup var configurationFile: ConfigurationOption
  @Option(name: .long, help: "Whose log it is; needed where the configuration has several PBXs.")
  var pbx: String?
  @Flag(name: .long, help: "For machines.") var json = false
  @Argument(help: "The log.") var file: String

  func run() async throws {
    let (file, pbx) = (file, pbx)
    let bar = ImportBar(shown: isatty(STDERR_FILENO) == 1)
    defer { bar.clear() }
    let summary = try await configurationFile.withAdministration {
      administration, _ throws(AdministrationError) in
      try await administration.importQueueLog(file: file, pbx: pbx) { bar.show($0) }
    }
    bar.clear()
    if json { return try printJSON(summary) }
    for line in summary.sentences { print(line) }
  }
}

extension ImportSummary {
  /// For people, a line each.
  var sentences: [String] {
    var lines = [
      "Read \(self.lines) lines in \(String(format: "%.1f", seconds)) s (\(Int(linesPerSecond)) lines/s).",
      "They tell of \(calls) calls: \(answered) answered, \(missed) missed.",
      "New in the books: \(addedCalls) calls, \(addedMissed) of them missed, \(addedQueueEntries) stays in queues.",
    ]
    if withoutEnd > 0 {
      lines.append("Without a known end: \(withoutEnd) calls (cut off by rotation, withdrawn).")
    }
    if tooRecent > 0 {
      lines.append("Left to the running service: \(tooRecent) calls within recover_max_age of now.")
    }
    if tooOld > 0 { lines.append("Left out: \(tooOld) calls older than retention.calls.") }
    if malformed > 0 {
      let numbers = malformedLines.map(String.init).joined(separator: ", ")
      lines.append("Malformed: \(malformed) lines, the first in line \(numbers).")
    }
    if addedMissed > 0 {
      lines.append("Where they were lost: SELECT * FROM report.loss_points; by hour: report.queue_hours.")
    }
    return lines
  }
}
