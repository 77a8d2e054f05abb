import ArgumentParser
import Service

struct CheckConfig: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config", abstract: "Read the configuration and say everything that is wrong with it.")

  @OptionGroup var configurationFile: ConfigurationOption

  func run() async throws {
    let settings = try configurationFile.load()
    for warning in settings.warnings { print("note: \(warning)") }
    print("\(configurationFile.config) is good: \(settings.outline).")
  }
}
