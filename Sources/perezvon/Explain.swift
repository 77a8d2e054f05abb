import ArgumentParser
import Service

struct Explain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell the whole story of a number: calls, verdicts, rules, attempts, and what comes next.")

  @OptionGroup var configurationFile: ConfigurationOption
  @Flag(name: .long, help: "For machines.") var json = false
  @Argument(help: "The number, as people write it: +79161234567 or 89161234567.") var number: String

  func run() async throws {
    let number = number
    let (explanation, zone) = try await configurationFile.withAdministration {
      administration, _ throws(AdministrationError) in
      (try await administration.explain(number), administration.zone)
    }
    if json { try printJSON(explanation) } else { print(explanation.text(zone: zone), terminator: "") }
  }
}
