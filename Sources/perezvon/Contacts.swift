import ArgumentParser
import Foundation
import Service

struct Contacts: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The lists of outbound campaigns.",
    subcommands: [Import.self, Export.self, Disposition.self, Note.self])

  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Bring a list into a campaign.",
      discussion: """
        FILE is CSV with a header: phone, phone2 … or phones (parted by ;), and if there are such: key (that of \
        your own system), name, time_zone, priority, due. Other columns are kept with the contact. A row that is \
        wrong is told with its line and a reason, the rest goes in. A contact that is there already, by its key \
        or a number, is updated; one that was called already is not called again. - reads standard input.
        """)
    @OptionGroup var configurationFile: ConfigurationOption
    @Option(name: .long, help: "The campaign, of kind outbound.") var campaign: String
    @Option(name: .long, help: "A file for the refused rows, each with its line and the reason.")
    var refused: String?
    @Flag(name: .long, help: "For machines.") var json = false
    @Argument(help: "The list.") var file: String

    func run() async throws {
      let (file, campaign, refused) = (file, campaign, refused)
      let bar = ImportBar(shown: isatty(STDERR_FILENO) == 1)
      defer { bar.clear() }
      let summary = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        try await administration.importContacts(file: file, campaign: campaign, refused: refused) {
          bar.show($0)
        }
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
          + "\(summary.added) added, \(summary.updated) updated, \(summary.refused) refused"
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
    @Option(name: .long, help: "csv.") var format = "csv"

    func run() async throws {
      guard format == "csv" else { throw CommandFailure.usage("--format \(format): csv is what there is.") }
      let campaign = campaign
      _ = try await configurationFile.withAdministration { administration, _ throws(AdministrationError) in
        try await administration.exportContacts(campaign: campaign) {
          FileHandle.standardOutput.write(Data($0.utf8))
        }
      }
    }
  }

  struct Disposition: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what came of a contact; an empty word takes it back.")
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
