import ArgumentParser
import Service
import Telephony

struct Campaigns: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What runs: list, start, pause and resume campaigns.",
    subcommands: [List.self, Start.self, Pause.self, Resume.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List campaigns with what is left to do.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Flag(name: .long, help: "For machines.") var json = false

    func run() async throws {
      let all = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        try await administration.campaigns()
      }
      if json { return try printJSON(all) }
      for campaign in all { print(campaign.line) }
    }
  }

  struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a campaign dial, now or at a time. Lists wait for this; callbacks run by themselves.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Argument(help: "The campaign.") var campaign: String
    @Option(name: .long, help: "Not before this moment: 2026-11-23T09:00:00+03:00.") var at: String?
    @Option(name: .long, help: "Begin nothing from this moment on.") var until: String?

    func run() async throws {
      let (at, until) = (try at.map(Moment.read), try until.map(Moment.read))
      try await change(configurationFile, campaign, .start(at: at, until: until))
    }
  }

  struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Begin no further calls for a campaign; those that ring or talk go on.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Argument(help: "The campaign.") var campaign: String
    @Option(name: .long, help: "From this moment on: 2026-11-23T18:00:00+03:00. Left out: now.") var at:
      String?

    func run() async throws {
      try await change(configurationFile, campaign, .pause(at: try at.map(Moment.read)))
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let a paused campaign dial again.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Argument(help: "The campaign.") var campaign: String
    func run() async throws { try await change(configurationFile, campaign, .resume) }
  }

  private static func change(
    _ file: ConfigurationOption, _ name: String, _ action: Administration.CampaignAction
  ) async throws(CommandFailure) {
    let campaign = try await file.withAdministration { administration, _ throws(AdministrationError) in
      try await administration.change(campaign: name, action, by: "somebody")
    }
    print(campaign.line)
  }
}
