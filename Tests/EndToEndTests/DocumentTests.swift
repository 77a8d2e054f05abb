import Foundation
import Lab
import Telephony
import Testing

/// What the documents show is done here, beside a real PBX and with a missed call, a task and a list in the books.
///
/// The commands of docs/install.md are followed by PackageTests, line by line.
@Suite struct `The documents` {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test func `show commands, requests and queries that work, each of them`() async throws {
    var options = LabServiceOptions(
      campaign: ["queues": "[sales]", "number_kinds": "[mobile]"],
      top: [
        "routing": "{categories: {vip: {priority: 5}}}",
        "notify":
          "{allow_private: [127.0.0.1], rules: [{on: '*', webhook: {url: 'http://127.0.0.1:9/', secret: k}}]}",
      ])
    options.moreCampaigns = "  - {name: spring, kind: outbound, calendar: always, agents: {queue: support}}\n"
    try await Stage.with(.v22, options) { stage in
      let place = "\(stage.lab.path)/documents"
      try await prepare(stage, place)
      let made = try await stage.service.command("token", "create", "--role", "admin", "--label", "documents")
      let token = made.output.split(separator: "\n").last.map(String.init) ?? ""
      let shown = try Self.documents().flatMap { try Self.commands(in: $0) }
      #expect(shown.count > 40, "the documents lost their commands, or the test its way of finding them")
      let words = try await placeholders(stage)
      for (document, command) in shown {
        let line = try await (words + openTask(stage, for: command)).reduce(command) {
          $0.replacing($1.0, with: $1.1)
        }
        let answer = try await BuiltProgram.runOther(
          ["/bin/sh", "-c", Self.shell(stage, token) + line], in: place)
        #expect(answer.status == 0, "\(document): \(command)\n\(line)\n\(answer.output.suffix(600))")
      }
      let queries = try Self.blocks("sql", in: "docs/reports.md")
      #expect(queries.count > 3)
      for query in queries { _ = try await stage.service.sql(query) }
    }
  }

  private static let calledBack = "+79161234568"
  private static let landlines = ["+74957654321", "+74957654322", "+74957654323"]

  /// A callback that was made, one that is owed, a task for each landline, and the files that the commands name.
  private func prepare(_ stage: Stage, _ place: String) async throws {
    try await stage.lab.telco.setCustomer(Self.calledBack, .answers(after: .seconds(1), talk: .seconds(6)))
    try await stage.willing(101)
    try await stage.abandon(Self.calledBack)
    try await stage.lab.pbx.setMember(101)
    try await stage.job(Self.calledBack, is: .succeeded)
    try await stage.lab.pbx.clearMembers()
    for number in ["+79161234567"] + Self.landlines {
      _ = try await stage.lab.telco.placeCall(from: number, hangsUpAfter: .seconds(4))
    }
    try await stage.job("+79161234567", is: .waiting)
    try await stage.service.eventually("SELECT count(*) FROM report.tasks WHERE closed_at IS NULL") {
      $0 == "3"
    }
    try await stage.service.eventually("SELECT count(*) > 0 FROM perezvon.outbox") { $0 == "t" }
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    let files = [
      "spring.csv": "key,name,phone\nA1,Anna,+79161234567\n",
      "customers.csv": "number,name,category,manager\n+79161234567,Anna,vip,PJSIP/101\n",
      "new.yaml": try String(contentsOfFile: stage.service.configuration, encoding: .utf8),
    ]
    for (name, text) in files {
      try text.write(toFile: "\(place)/\(name)", atomically: true, encoding: .utf8)
    }
    let log = "\(stage.lab.path)/pbx/log/queue_log"
    _ = try await BuiltProgram.runOther(["/bin/sh", "-c", "gzip -c \(log) > \(log).1.gz"])
  }

  /// What stands in the documents for something of the reader's own, and what it is here; the longest first.
  private func placeholders(_ stage: Stage) async throws -> [(String, String)] {
    let sql = stage.service.sql
    return [
      ("https://perezvon.example.org", "http://127.0.0.1:\(stage.service.httpPort)"),
      ("http://127.0.0.1:8080", "http://127.0.0.1:\(stage.service.httpPort)"),
      ("/var/log/asterisk", "\(stage.lab.path)/pbx/log"), ("pz_…", "$TOKEN"),
      ("0198…", try await sql("SELECT job FROM report.jobs WHERE number = '\(Self.calledBack)'")),
      ("retry 17", "retry"), ("drop 17", "drop \(try await sql("SELECT min(id) FROM perezvon.outbox"))"),
      ("NUMBER", "+79161234567"), ("--pbx NAME", "--pbx pbx1"), ("NAME", "sales-callback"),
      ("FILE", "customers.csv"), ("--from … --to …", "--from 2026-11-01"), ("--seeds 100", "--seeds 1"),
      (
        "--from 2026-11-16T00:00:00+03:00 --to 2026-11-23T00:00:00+03:00",
        "--from $(date -u -d '-1 hour' +%FT%TZ)"
      ),
      ("what-if", "what-if --against \(stage.service.configuration)"),
      ("erase 8", "erase --yes 8"), ("erase +", "erase --yes +"),
    ]
  }

  /// The commands close one after the other.
  private func openTask(_ stage: Stage, for command: String) async throws -> [(String, String)] {
    guard command.contains("TASK") else { return [] }
    return [
      ("TASK", try await stage.service.sql("SELECT task FROM report.tasks WHERE closed_at IS NULL LIMIT 1"))
    ]
  }

  /// The program by its name, with the configuration of the stage where none is named; a request that is refused fails.
  private static func shell(_ stage: Stage, _ token: String) -> String {
    """
    set -e
    TOKEN=\(token)
    perezvon() {
      case "$*" in
        *--config*) \(stage.service.options.binary) "$@";;
        *) \(stage.service.options.binary) "$@" --config \(stage.service.configuration);;
      esac
    }
    curl() { command curl -fsS "$@"; }

    """
  }

  // MARK: What is shown

  private static func documents() throws -> [String] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: "docs").path())
    return ["README.md"]
      + names.filter { $0.hasSuffix(".md") && $0 != "install.md" }.sorted().map { "docs/\($0)" }
  }

  private static func text(_ document: String) throws -> String {
    try String(contentsOf: root.appending(path: document), encoding: .utf8)
  }

  /// The code of a language.
  private static func blocks(_ language: String, in document: String) throws -> [String] {
    try text(document).components(separatedBy: "```\(language)\n").dropFirst().compactMap {
      $0.components(separatedBy: "\n```").first
    }
  }

  /// Ends on its own, and needs nothing that is not here: the first steps are PackageTests', backups too.
  private static let elsewhere = ["setup", "serve", "watch", "after-restore", "migrate"]

  /// Commands in blocks, and those within a sentence that have arguments.
  private static func commands(in document: String) throws -> [(document: String, command: String)] {
    let lines = try blocks("sh", in: document).flatMap {
      $0.replacing("\\\n", with: " ").split(separator: "\n").map { String($0.prefix { $0 != "#" }) }
    }
    let inSentences = try text(document).matches(of: /`(perezvon [^`]*(?: --|[A-Z\/]{3,})[^`]*)`/).map {
      String($0.1).replacing("\n", with: " ")
    }
    return (lines + inSentences).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { line in
        let first = line.split(separator: " ").prefix(2)
        return first.first == "curl"
          || (first.first == "perezvon" && !elsewhere.contains(String(first.last ?? "")))
      }
      .map { (document, $0) }
  }
}
