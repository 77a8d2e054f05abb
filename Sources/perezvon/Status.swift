import ArgumentParser
import Service
import WebAPI

struct Status: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "What the running service sees now.")

  @OptionGroup var configurationFile: ConfigurationOption
  @Flag(name: .long, help: "For machines.") var json = false

  func run() async throws {
    let status = try await configurationFile.withAdministration {
      administration, settings throws(AdministrationError) in
      try await StatusClient(settings, administration: administration).status()
    }
    if json { try printJSON(status) } else { print(FloorScreen(status, colors: false).text(rows: nil)) }
  }
}
