import ArgumentParser
import Foundation
import Service
import Telephony

struct Outbox: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Notifications on their way: list them, send again or drop what failed.",
    subcommands: [List.self, Retry.self, Drop.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List notifications, the latest first.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Option(name: .long, help: "open (waiting and failed), waiting, sent, failed, dropped or all.")
    var state = "open"
    @Option(name: .long, help: "At most this many, 1 to 1000.") var limit = 100
    @Flag(name: .long, help: "For machines.") var json = false

    func run() async throws {
      let (state, limit) = (state, limit)
      let (rows, zone) = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        (try await administration.outbox(state: state, limit: limit), administration.zone)
      }
      if json { return try printJSON(rows) }
      guard !rows.isEmpty else { return print("Nothing is there.") }
      let style = Date.ISO8601FormatStyle(timeZone: zone)
      for row in rows { print(row.line { Date(timeIntervalSince1970: $0.seconds).formatted(style) }) }
    }
  }

  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send again what failed for good, or one that waits, now.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Argument(help: "The number in the list; left out: all that failed.") var id: Int64?

    func run() async throws {
      let id = id
      let count = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        try await administration.retryOutbox(id)
      }
      try said(count, "sent again", id)
    }
  }

  struct Drop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give up what failed for good, or one that waits.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Argument(help: "The number in the list; left out: all that failed.") var id: Int64?

    func run() async throws {
      let id = id
      let count = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        try await administration.dropOutbox(id)
      }
      try said(count, "dropped", id)
    }
  }

  private static func said(_ count: Int, _ what: String, _ id: Int64?) throws(CommandFailure) {
    if count == 0, let id { throw .failed("There is no notification \(id) that waits or failed.") }
    print(count == 1 ? "1 notification is \(what)." : "\(count) notifications are \(what).")
  }
}
