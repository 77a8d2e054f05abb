import ArgumentParser
import Foundation
import Service
import Telephony

struct Erase: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Remove every trace of a number. On the do-not-call list it stays blocked, as a hash.",
    discussion: """
      What was removed cannot be brought back. Backups of the database and the logs of Asterisk are not touched: \
      an import of an old queue_log brings its calls back.
      """)

  @OptionGroup var configurationFile: ConfigurationOption
  @Flag(name: .long, help: "Do not ask.") var yes = false
  @Flag(name: .long, help: "For machines; needs --yes.") var json = false
  @Argument(help: "The number, as people write it: +79161234567 or 89161234567.") var number: String

  func run() async throws {
    let number = number
    if !yes {
      guard !json, isatty(STDIN_FILENO) == 1 else {
        throw CommandFailure.usage("erase asks before it removes anything; without a terminal say --yes.")
      }
      let shown = try configurationFile.load().numberPlan.read(number).shown ?? number
      print(
        "Every trace of \(PrintableText(shown)) will be removed for good. Type yes to go on: ", terminator: ""
      )
      fflush(nil)
      guard readLine()?.lowercased() == "yes" else { throw CommandFailure.failed("Nothing was removed.") }
    }
    let document = try await configurationFile.withAdministration {
      administration, _ throws(AdministrationError) in
      try await administration.erase(number)
    }
    if json { return try printJSON(document) }
    for sentence in document.sentences { print(sentence) }
  }
}
