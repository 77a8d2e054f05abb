import ArgumentParser
import Foundation
import Service

struct Setup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a first configuration, and say which lines Asterisk needs.",
    discussion: """
      On a terminal it asks what was not given; in a pipe, or with --yes, it takes the defaults. Run it twice: the \
      first time it prints what to add to Asterisk, the second time it can log in there, and proposes the PBX's own \
      queues and contexts. It never writes over a configuration that somebody has changed, unless --force says so.
      """)

  @OptionGroup var configurationFile: ConfigurationOption
  @Option(help: "The database, a libpq URI.") var database: String?
  @Option(help: "Where manager.conf listens, HOST or HOST:PORT.") var ami: String?
  @Option(help: "A section of manager.conf.") var amiUser: String?
  @Option(help: "A file with its secret. Left out: the one of the last time, or a new one.")
  var amiSecretFile: String?
  @Option(help: "The address of ARI: http://127.0.0.1:8088/ari.") var ari: String?
  @Option(help: "A section of ari.conf.") var ariUser: String?
  @Option(help: "A file with its password. Left out: the one of the last time, or a new one.")
  var ariPasswordFile: String?
  @Option(help: "systemname of asterisk.conf.") var pbx: String?
  @Option(help: "A queue whose lost callers are called back; may be repeated.") var queue: [String] = []
  @Option(help: "A dialplan context in which callers from outside begin; may be repeated.") var context:
    [String] = []
  @Option(help: "A number of your own, E.164; may be repeated.") var ownNumber: [String] = []
  @Option(help: "How a customer is dialled: PJSIP/{number}@trunk.") var dial: String?
  @Option(help: "The country whose national numbers callers show: RU.") var region: String?
  @Option(help: "Whose clock the office keeps: Europe/Moscow.") var timezone: String?
  @Option(help: "Days and hours of the office: 'mon-fri 09:00-18:00'.") var open: String?
  @Option(help: "observe (default) decides everything and dials nobody; agent_first calls back.") var mode:
    SetupMode?
  @Option(help: "Asterisk's queue_log, read for what was missed while away.") var queueLog: String?
  @Option(help: "Bring this queue_log into the reports, to see what has been lost so far.")
  var importQueueLog: String?
  @Option(help: "Address and port of the API: 127.0.0.1:8080.") var listen: String?
  @Option(help: "Where the files for Asterisk lie.") var asteriskConf = "/usr/share/perezvon/asterisk-conf"
  @Flag(help: "The PBX is a FreePBX: lines go into its *_custom.conf.") var freepbx = false
  @Flag(help: "Write over a configuration that is there.") var force = false
  @Flag(help: "Ask nothing.") var yes = false

  func run() async throws {
    let asks = !yes && isatty(STDIN_FILENO) == 1
    let workshop = SetupWorkshop(configuration: configurationFile.config, force: force)
    try workshop.check()
    var answers = try firstAnswers(workshop)
    if asks { askForPeers(&answers) }
    // Before anything is asked of the PBX: its files must have the secrets first.
    try workshop.write(secrets: SetupFiles(answers).secrets)
    let survey = await survey(answers)
    if let survey {
      answers.propose(
        from: survey, queues: queue.isEmpty ? nil : queue, contexts: context.isEmpty ? nil : context)
    }
    if asks { askForPolicy(&answers) }
    let files = SetupFiles(answers)
    let prepared = try workshop.prepare(files, from: asteriskConf)
    try workshop.write(configuration: files.configuration)
    try workshop.keep(answers)
    print("Wrote \(workshop.configuration): \(Self.summary(answers)).")
    if survey == nil { printLines(files, prepared) }
    try await check()
    try await offerImport(asks)
  }

  // MARK: Answers

  private func firstAnswers(_ workshop: SetupWorkshop) throws -> SetupAnswers {
    // What was said the last time need not be said again.
    var answers = workshop.lastAnswers ?? SetupAnswers()
    if let database { answers.databaseURL = database }
    if let ami {
      let parts = ami.split(separator: ":", maxSplits: 1).map(String.init)
      answers.amiHost = parts.first ?? answers.amiHost
      if parts.count == 2 {
        guard let port = Int(parts[1]), 1...65_535 ~= port else {
          throw CommandFailure.usage("--ami \(PrintableText(ami)): write HOST or HOST:PORT.")
        }
        answers.amiPort = port
      }
    }
    if let amiUser { answers.amiUser = amiUser }
    if let ari { answers.ariURL = ari }
    if let ariUser { answers.ariUser = ariUser }
    answers.amiSecret = try workshop.secret("ami", given: amiSecretFile)
    answers.ariPassword = try workshop.secret("ari", given: ariPasswordFile)
    if let pbx { answers.pbxName = pbx }
    if !queue.isEmpty { answers.queues = queue }
    if !context.isEmpty { answers.inboundContexts = context }
    if !ownNumber.isEmpty { answers.ownNumbers = ownNumber }
    if let dial { answers.dial = dial }
    if let region { answers.region = region.uppercased() }
    if let timezone { answers.timeZone = timezone }
    if let open { answers.open = open }
    if let listen { answers.listen = listen }
    if let mode { answers.mode = mode.answer }
    answers.queueLog = queueLog ?? answers.queueLog ?? Self.readable("/var/log/asterisk/queue_log")
    if freepbx { answers.isFreePBX = true }
    return answers
  }

  private static func readable(_ path: String) -> String? {
    FileManager.default.isReadableFile(atPath: path) ? path : nil
  }

  private func askForPeers(_ answers: inout SetupAnswers) {
    answers.databaseURL = ask("Database", database, answers.databaseURL)
    answers.ariURL = ask("ARI", ari, answers.ariURL)
  }

  private func askForPolicy(_ answers: inout SetupAnswers) {
    func list(_ question: String, _ given: [String], _ proposed: [String]) -> [String] {
      given.isEmpty
        ? ask(question, nil, proposed.joined(separator: " ")).split(whereSeparator: { $0 == " " || $0 == "," }
        )
        .map(String.init) : given
    }
    answers.queues = list("Queues whose lost callers are called back", queue, answers.queues)
    answers.inboundContexts = list("Contexts in which callers begin", context, answers.inboundContexts)
    answers.ownNumbers = list("Your own numbers (+7…), never called back", ownNumber, answers.ownNumbers)
    answers.dial = ask("How a customer is dialled", dial, answers.dial)
    answers.region = ask("Country", region, answers.region).uppercased()
    answers.timeZone = ask("Time zone", timezone, answers.timeZone)
    answers.open = ask("Office hours", open, answers.open)
  }

  /// What was given by a flag is not asked.
  private func ask(_ question: String, _ given: String?, _ proposed: String) -> String {
    if let given { return given }
    print("\(question) [\(PrintableText(proposed, limit: 400))]: ", terminator: "")
    fflush(nil)
    let line = readLine() ?? ""
    return line.isEmpty ? proposed : line
  }

  // MARK: The PBX

  private func survey(_ answers: SetupAnswers) async -> SetupSurvey? {
    do throws(AdministrationError) {
      let survey = try await SetupSurvey.read(answers)
      let queues = survey.queues.isEmpty ? "none" : survey.queues.joined(separator: ", ")
      print("Asterisk \(survey.version) has \(survey.contexts.count) contexts and the queues \(queues).")
      return survey
    } catch {
      print("Asterisk cannot be asked yet: \(error.message).")
      return nil
    }
  }

  private func printLines(_ files: SetupFiles, _ prepared: String?) {
    print("\nAdd to Asterisk's configuration, as root on its machine:\n")
    guard let prepared else {
      print("  \(asteriskConf) is not there: say --asterisk-conf DIRECTORY.")
      return
    }
    for command in files.commands(prepared: prepared) { print("  \(command)") }
    print("\nThen run perezvon setup again: it reads the queues and contexts of the PBX.\n")
  }

  private static func summary(_ answers: SetupAnswers) -> String {
    let queues = answers.queues.isEmpty ? ["sales"] : answers.queues
    let what = answers.mode == .observe ? "decides and dials nobody" : answers.mode.rawValue
    return
      "PBX \(answers.pbxName), queues \(queues.joined(separator: ", ")), mode \(answers.mode.rawValue) (\(what))"
  }

  // MARK: Afterwards

  private func check() async throws {
    let settings = try configurationFile.load()
    let findings = await Doctor(settings).examine()
    DoctorCommand.show(findings)
    if findings.contains(where: { $0.grade == .error }) {
      print("Put right what says ERROR, then: perezvon doctor")
    } else {
      print("Next: systemctl enable --now perezvon, then perezvon status")
    }
  }

  private func offerImport(_ asks: Bool) async throws {
    var file = importQueueLog
    if file == nil, let found = Self.readable(queueLog ?? "/var/log/asterisk/queue_log") {
      if asks, ask("Bring \(found) into the reports, to see what has been lost so far? y/n", nil, "n") == "y"
      {
        file = found
      } else {
        print("What has been lost so far: perezvon import-queue-log \(found)")
      }
    }
    guard let file else { return }
    let summary = try await configurationFile.withAdministration {
      administration, _ throws(AdministrationError) in
      try await administration.importQueueLog(file: file, pbx: nil)
    }
    for line in summary.sentences { print(line) }
  }
}

/// `--mode` of setup.
enum SetupMode: String, ExpressibleByArgument, CaseIterable {
  case observe
  case agentFirst = "agent_first"

  var answer: SetupAnswers.Mode {
    switch self {
    case .observe: .observe
    case .agentFirst: .agentFirst
    }
  }
}
