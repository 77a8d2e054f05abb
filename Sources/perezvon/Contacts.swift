import ArgumentParser
import Foundation
import Service

struct Contacts: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The lists of outbound campaigns.",
    subcommands: [
      Import.self, Export.self, Disposition.self, Note.self, Exclude.self, Readmit.self,
    ])

  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Bring a list into a campaign.",
      discussion: """
        FILE is CSV with a header: phone, phone2 … or phones (parted by ;), and if there are such: key (that of \
        your own system), name, time_zone, priority, due. Other columns are kept with the contact. A row that is \
        wrong is told with its line and a reason, the rest goes in. A contact that is there already, by its key \
        or a number, is updated; one that was called to an end is not called again without --again. \
        - reads standard input.
        """)
    @OptionGroup var configurationFile: ConfigurationOption
    @Option(name: .long, help: "The campaign, of kind outbound.") var campaign: String
    @Option(name: .long, help: "A file for the refused rows, each with its line and the reason.")
    var refused: String?
    @Flag(name: .long, help: "Call those again who were called to an end.") var again = false
    @Flag(name: .long, help: "For machines.") var json = false
    @Argument(help: "The list.") var file: String

    func run() async throws {
      let (file, campaign, again, refused) = (file, campaign, again, refused)
      let bar = ImportBar(shown: isatty(STDERR_FILENO) == 1)
      defer { bar.clear() }
      let summary = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        try await administration.importContacts(
          file: file, campaign: campaign, again: again, refused: refused
        ) { bar.show($0) }
      }
      bar.clear()
      if json { return try printJSON(summary) }
      for refusal in summary.refusals {
        let what =
          refusal.phone.map { "line \(refusal.line), phone \($0) left out" } ?? "line \(refusal.line) refused"
        complain("\(what): \(refusal.reason)")
      }
      let told = summary.refusals.count
      if summary.refused + summary.phonesLeftOut > told {
        complain(
          "… and \(summary.refused + summary.phonesLeftOut - told) more; --refused FILE takes them all.")
      }
      print(
        "\(summary.rows) rows in \(String(format: "%.1f", summary.seconds)) s (\(Int(summary.rowsPerSecond)) rows/s): "
          + "\(summary.added) added, \(summary.refused) refused, \(summary.updated) updated"
          + (summary.reopened > 0 ? ", \(summary.reopened) of them called again" : "")
          + (summary.replaced > 0 ? ", \(summary.replaced) told anew by a later row" : "")
          + (summary.phonesLeftOut > 0
            ? "; \(summary.phonesLeftOut) phones left out of rows that went in." : "."))
    }
  }

  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the list of a campaign as CSV, with what came of each contact.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Option(name: .long, help: "The campaign, of kind outbound.") var campaign: String
    @Option(name: .long, help: "csv or json.") var format = "csv"
    @Flag(name: .long, help: "For machines: --format json.") var json = false

    func run() async throws {
      guard let format = Administration.ExportFormat(rawValue: json ? "json" : format) else {
        throw CommandFailure.usage("--format \(PrintableText(format)): take csv or json.")
      }
      let campaign = campaign
      _ = try await configurationFile.withAdministration { administration, _ throws(AdministrationError) in
        try await administration.exportContacts(campaign: campaign, as: format) {
          let text = format == .json ? TerminalJSON.harmless($0) : $0
          FileHandle.standardOutput.write(Data(text.utf8))
        }
      }
    }
  }

  struct Disposition: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what came of a contact; an empty word takes it back.",
      discussion: "do_not_call puts all his phones on the do-not-call list.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Option(name: .long, help: "The campaign; needed where the contact is in several.") var campaign: String?
    @Option(name: .long, help: "A note beside it.") var note: String?
    @Argument(help: "The contact: its id, its key or one of its numbers.") var contact: String
    @Argument(help: "One word or a few: sold, call later, wrong person.") var disposition: String

    func run() async throws {
      try await remark(configurationFile, contact, campaign, disposition: disposition, note: note)
    }
  }

  struct Note: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Set the note of a contact.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Option(name: .long, help: "The campaign; needed where the contact is in several.") var campaign: String?
    @Argument(help: "The contact: its id, its key or one of its numbers.") var contact: String
    @Argument(help: "The note; empty text removes it.") var note: String

    func run() async throws {
      try await remark(configurationFile, contact, campaign, disposition: nil, note: note)
    }
  }

  struct Exclude: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put a number on the do-not-call list: no campaign dials it any more.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Option(name: .long, help: "Why, for whoever reads its story later.") var reason: String?
    @Argument(help: "The number.") var number: String

    func run() async throws {
      let (number, reason) = (number, reason)
      print(
        try await configurationFile.withAdministration { administration, _ throws(AdministrationError) in
          try await administration.exclude(number: number, reason: reason, by: "somebody")
        })
    }
  }

  struct Readmit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take a number from the do-not-call list.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Argument(help: "The number.") var number: String

    func run() async throws {
      let number = number
      print(
        try await configurationFile.withAdministration { administration, _ throws(AdministrationError) in
          try await administration.readmit(number: number)
        })
    }
  }

  private static func remark(
    _ file: ConfigurationOption, _ contact: String, _ campaign: String?, disposition: String?, note: String?
  ) async throws(CommandFailure) {
    let lines = try await file.withAdministration { administration, _ throws(AdministrationError) in
      try await administration.remark(
        contact: contact, campaign: campaign, disposition: disposition, note: note, by: "somebody")
    }
    for line in lines { print(line) }
  }
}
