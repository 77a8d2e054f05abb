import ArgumentParser
import Foundation
import Service
import Telephony

struct Jobs: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The callbacks that are owed.",
    subcommands: [
      List.self, Show.self, Add.self, Cancel.self, Now.self, Postpone.self, Promise.self,
      Disposition.self,
    ],
    defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List jobs.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Option(name: .long, help: "Only this number.") var number: String?
    @Option(
      name: .long, help: "Only this state: \(JobState.allCases.map(\.rawValue).joined(separator: ", ")).")
    var state: String?
    @Option(name: .long, help: "Only this campaign.") var campaign: String?
    @Option(name: .long, help: "At most this many, 1 to 1000.") var limit = 100
    @Flag(name: .long, help: "For machines.") var json = false

    func run() async throws {
      var wanted: JobState?
      if let state {
        guard let known = JobState(rawValue: state) else {
          throw CommandFailure.usage(
            "--state \(state): take one of \(JobState.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        wanted = known
      }
      let (number, campaign, limit, chosen) = (number, campaign, limit, wanted)
      let (jobs, zone) = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        (
          try await administration.jobs(number: number, state: chosen, campaign: campaign, limit: limit),
          administration.zone
        )
      }
      if json { return try printJSON(jobs) }
      guard !jobs.isEmpty else { return print("No job matches.") }
      for job in jobs { print(job.line(zone: zone)) }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show one job.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Flag(name: .long, help: "For machines.") var json = false
    @Argument(help: "The job's id.") var job: String

    func run() async throws {
      let id = job
      let (document, zone) = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        (try await administration.job(id), administration.zone)
      }
      if json { try printJSON(document) } else { print(document.line(zone: zone)) }
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Owe a number a callback.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Argument(help: "The number.") var number: String
    @Option(name: .long, help: "The campaign that calls back.") var campaign: String
    @Option(name: .long, help: "The PBX that dials; needed where there are several.") var pbx: String?
    @Option(name: .long, help: "Not before this moment: 2026-11-23T09:00:00+03:00.") var at: String?

    func run() async throws {
      let moment = try at.map { text throws(CommandFailure) in try Moment.read(text) }
      let (number, campaign, pbx) = (number, campaign, pbx)
      let added = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        try await administration.addJob(number: number, campaign: campaign, pbx: pbx, at: moment)
      }
      print(added.created ? "Added job \(added.job.job)." : "There is an open job already: \(added.job.job).")
    }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Close a waiting job without calling.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Argument(help: "The job's id.") var job: String
    func run() async throws { try await change(configurationFile, job, .cancel) }
  }

  struct Now: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a waiting job due at once.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Argument(help: "The job's id.") var job: String
    func run() async throws { try await change(configurationFile, job, .now) }
  }

  struct Postpone: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a waiting job due later.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Argument(help: "The job's id.") var job: String
    @Argument(help: "The moment: 2026-11-23T09:00:00+03:00.") var to: String
    func run() async throws {
      try await change(configurationFile, job, .postpone(to: try Moment.read(to)))
    }
  }

  struct Disposition: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what came of a call; an empty word takes it back.",
      discussion: "do_not_call puts the number, and a contact's other phones, on the do-not-call list.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Option(name: .long, help: "A note beside it.") var note: String?
    @Argument(help: "The attempt's id, or the job's: its latest attempt is meant.") var call: String
    @Argument(help: "One word or a few: sold, call later, wrong person.") var disposition: String

    func run() async throws {
      let (call, disposition, note) = (call, disposition, note)
      let lines = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        try await administration.remark(call: call, disposition: disposition, note: note, by: "somebody")
      }
      for line in lines { print(line) }
    }
  }

  private static func change(
    _ file: ConfigurationOption, _ id: String, _ action: Administration.JobAction
  ) async throws(CommandFailure) {
    let job = try await file.withAdministration { administration, _ throws(AdministrationError) in
      try await administration.change(id, action)
    }
    print("Job \(job.job) is \(job.state): \(PrintableText(job.reason, limit: 400))")
  }
}

enum Moment {
  static func read(_ text: String) throws(CommandFailure) -> Timestamp {
    guard let date = try? Date(text, strategy: .iso8601) else {
      throw .usage("\(PrintableText(text)) is not a moment; write it as 2026-11-23T09:00:00+03:00.")
    }
    return Timestamp(seconds: date.timeIntervalSince1970)
  }
}

extension JobDocument {
  func line(zone: TimeZone) -> String {
    let due = Date(timeIntervalSince1970: dueAt.seconds)
      .formatted(Date.ISO8601FormatStyle(timeZone: zone))
    return "\(job)  \(state)  \(number)  \(PrintableText(campaign, limit: 60))  due \(due)"
      + "  attempts \(attempts)  missed \(missedCount)  \(reason)"
  }
}
