import ArgumentParser
import Foundation
import Service
import Telephony

struct Tasks: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What people have to do: list tasks, close one with a note.",
    subcommands: [List.self, Close.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List tasks, those that are due first at the top.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Option(name: .long, help: "open, closed or all.") var state = "open"
    @Option(name: .long, help: "Only of this person.") var assignee: String?
    @Option(name: .long, help: "Only of this number.") var number: String?
    @Option(name: .long, help: "At most this many, 1 to 1000.") var limit = 100
    @Flag(name: .long, help: "For machines.") var json = false

    func run() async throws {
      guard ["open", "closed", "all"].contains(state) else {
        throw CommandFailure.usage("--state \(state): take one of open, closed, all.")
      }
      let (state, assignee, number, limit) = (state == "all" ? nil : state, assignee, number, limit)
      let (tasks, zone) = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        (
          try await administration.listTasks(state: state, assignee: assignee, number: number, limit: limit),
          administration.zone
        )
      }
      if json { return try printJSON(tasks) }
      guard !tasks.isEmpty else { return print("No task matches.") }
      let style = Date.ISO8601FormatStyle(timeZone: zone)
      for task in tasks {
        print(task.line { Date(timeIntervalSince1970: $0.seconds).formatted(style) })
      }
    }
  }

  struct Close: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Close a task, with a note of what was done.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Argument(help: "The task's id.") var task: String
    @Option(name: .long, help: "What was done.") var note: String
    @Option(name: .long, help: "Who says so. Default: the user of this shell.") var by: String?

    func run() async throws {
      let (task, note, by) = (task, note, by ?? NSUserName())
      let closed = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        try await administration.closeTask(task, by: by, note: note)
      }
      print("Task \(closed.task) is closed.")
    }
  }
}
