import ArgumentParser
import Service

struct Migrate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Bring the database's schema up to date.")

  @OptionGroup var configurationFile: ConfigurationOption
  @Flag(name: .long, help: "Only say what would be done.")
  var dryRun = false

  func run() async throws {
    let dryRun = dryRun
    let lines = try await configurationFile.withAdministration {
      administration, _ throws(AdministrationError) in
      try await administration.migrate(dryRun: dryRun)
    }
    for line in lines { print(line) }
  }
}
