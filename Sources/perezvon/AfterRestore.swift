import ArgumentParser
import Service
import Telephony

struct AfterRestore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "after-restore",
    abstract:
      "After a backup of the database was restored and before the service starts: nobody is called twice.",
    discussion: """
      What was owed in the backup may have been carried out since, and what was carried out is not in it. So callbacks \
      that were due or under way are closed, and what was missed before now is recorded without a callback. Stop every \
      instance first.
      """)

  @OptionGroup var configurationFile: ConfigurationOption
  @Option(name: .long, help: "When the backup was begun: 2026-11-23T03:00:00+03:00.") var dumpedAt: String

  func run() async throws {
    let moment = try Moment.read(dumpedAt)
    let lines = try await configurationFile.withAdministration {
      administration, _ throws(AdministrationError) in
      try await administration.afterRestore(dumpedAt: moment)
    }
    for line in lines { print(line) }
  }
}
