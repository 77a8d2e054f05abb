import ArgumentParser

@main
struct Perezvon: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perezvon",
    abstract: "Missed-call recovery and callback dialer beside an Asterisk.",
    discussion:
      "Exit codes: 0 done, 1 the answer is no or something failed, 2 wrong usage, 78 bad configuration.",
    version: "0.1.0",
    subcommands: [
      Serve.self, CheckConfig.self, DoctorCommand.self, Migrate.self, Status.self, Watch.self, Jobs.self,
      Explain.self,
      Token.self, Summary.self, ImportQueueLog.self, Erase.self, Campaigns.self, Contacts.self,
      Customers.self, Report.self,
      SimulateDialing.self, Tasks.self, Outbox.self,
    ])

  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let failure as CommandFailure {
      complain(failure.message)
      leave(withCode: failure.code)
    } catch let error as ExitCode {
      leave(withCode: error.rawValue)
    } catch {
      // ArgumentParser's own: help is 0, wrong usage 64 there and 2 here.
      let code = exitCode(for: error).rawValue
      let message = fullMessage(for: error)
      if code == 0 { print(message) } else { complain(message) }
      leave(withCode: code == 0 ? 0 : 2)
    }
  }
}
