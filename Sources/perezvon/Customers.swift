import ArgumentParser
import Foundation
import Service

struct Customers: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Who the customers are: name, category, personal manager.",
    subcommands: [Import.self, Show.self, Set.self, Remove.self])

  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Bring customers in.",
      discussion: """
        FILE is CSV with a header: phone, and of name, category (of routing.categories) and manager (an agent's \
        interface, PJSIP/101) those there are. A column that is not there leaves what is known, an empty field removes \
        it. A row that is wrong is told with its line and a reason, the rest goes in. - reads standard input.
        """)
    @OptionGroup var configurationFile: ConfigurationOption
    @Flag(name: .long, help: "For machines.") var json = false
    @Argument(help: "The file.") var file: String

    func run() async throws {
      let file = file
      let summary = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        try await administration.importCustomers(file: file)
      }
      if json { return try printJSON(summary) }
      for refusal in summary.refusals { complain("line \(refusal.line) refused: \(refusal.reason)") }
      if summary.refused > summary.refusals.count {
        complain("… and \(summary.refused - summary.refusals.count) more.")
      }
      print("\(summary.rows) rows: \(summary.taken) taken, \(summary.refused) refused.")
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "What is known of a customer.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Flag(name: .long, help: "For machines.") var json = false
    @Argument(help: "The number.") var number: String

    func run() async throws {
      let number = number
      try show(
        try await configurationFile.withAdministration { administration, _ throws(AdministrationError) in
          try await administration.customer(number)
        }, json: json)
    }
  }

  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say something of a customer; an empty text removes it.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Option(name: .long, help: "His name.") var name: String?
    @Option(name: .long, help: "A category of routing.categories.") var category: String?
    @Option(name: .long, help: "The agent who looks after him: PJSIP/101.") var manager: String?
    @Flag(name: .long, help: "For machines.") var json = false
    @Argument(help: "The number.") var number: String

    func run() async throws {
      let (number, name, category, manager) = (number, name, category, manager)
      try show(
        try await configurationFile.withAdministration { administration, _ throws(AdministrationError) in
          try await administration.setCustomer(number, name: name, category: category, manager: manager)
        }, json: json)
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forget what was said of a customer; his calls and jobs stay.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Argument(help: "The number.") var number: String

    func run() async throws {
      let number = number
      let known = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        try await administration.removeCustomer(number)
      }
      guard known else { throw CommandFailure.failed("Nothing was known of this number.") }
      print("Forgotten.")
    }
  }

  private static func show(_ customer: CustomerDocument, json: Bool) throws {
    if json { return try printJSON(customer) }
    print("\(customer.number)  \(PrintableText(customer.name.isEmpty ? "(no name)" : customer.name))")
    print("  category  \(PrintableText(customer.category ?? "none"))")
    print("  manager   \(PrintableText(customer.manager ?? "none"))")
  }
}
