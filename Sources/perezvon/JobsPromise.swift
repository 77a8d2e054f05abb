import ArgumentParser
import Service

extension Jobs {
  struct Promise: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Record what an agent promised: the callback is his, and due then.",
      discussion: "His phone rings at that moment; after agents.sticky_wait anybody of the group takes it.")
    @OptionGroup var configurationFile: ConfigurationOption
    @Argument(help: "The customer's number.") var number: String
    @Option(name: .long, help: "Who promised: PJSIP/101.") var agent: String
    @Option(name: .long, help: "When: 2026-11-23T15:30:00+03:00.") var at: String
    @Option(name: .long, help: "The campaign. Left out: the first that is fed by missed calls.")
    var campaign: String?
    @Option(name: .long, help: "A few words for whoever makes the call.") var note = ""
    @Option(name: .long, help: "The PBX that dials; needed where there are several.") var pbx: String?
    @Flag(name: .long, help: "For machines.") var json = false

    func run() async throws {
      let moment = try Moment.read(at)
      let call = OwnCall(agent: agent, number: number, campaign: campaign, pbx: pbx, note: note)
      let job = try await configurationFile.withAdministration {
        administration, _ throws(AdministrationError) in
        try await administration.promise(call, at: moment).job
      }
      if json { try printJSON(job) } else { print("Job \(job.job) is \(agent)'s.") }
    }
  }
}
