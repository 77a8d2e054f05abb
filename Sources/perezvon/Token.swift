import ArgumentParser
import Service

struct Token: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tokens for the API.", subcommands: [Create.self, Revoke.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a token; it is shown once.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Option(name: .long, help: "viewer, agent, supervisor or admin.") var role: String
    @Option(name: .long, help: "A name to revoke it by.") var label: String
    @Option(name: .long, help: "For role agent: the member it acts for, PJSIP/101.") var member: String?

    func run() async throws {
      let (role, label, member) = (role, label, member)
      print(
        try await configurationFile.withAdministration { administration, _ throws(AdministrationError) in
          try await administration.createToken(role: role, label: label, member: member, lifetime: nil)
        })
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take a token back.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Argument(help: "The label it was made with.") var label: String

    func run() async throws {
      let label = label
      let found = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        try await administration.revokeToken(label: label)
      }
      guard found else { throw CommandFailure.failed("There is no token labelled \(PrintableText(label)).") }
    }
  }
}
