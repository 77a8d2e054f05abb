import CallPolicy
import Foundation
import Telephony
import Testing

@testable import Service

@Suite struct `A first configuration` {
  private static let dropIns = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "asterisk-conf")

  private func settings(_ answers: SetupAnswers) throws -> Settings {
    try Settings.read(
      yaml: SetupFiles(answers).configuration, fileName: "/etc/perezvon/perezvon.yaml", environment: [:]
    ) { path in
      switch path {
      case "/etc/perezvon/secrets/ami": .success("ami secret\n")
      case "/etc/perezvon/secrets/ari": .success("ari password\n")
      case "/etc/perezvon/secrets/database": .success("postgresql://p:word@db/perezvon\n")
      default: .failure(.init(sentence: "no file \(path)"))
      }
    }
  }

  @Test func `has a campaign for each queue, dials nobody, and its secrets are elsewhere`() throws {
    var answers = SetupAnswers()
    answers.queues = ["sales", "support"]
    answers.ownNumbers = ["+74951112233"]
    answers.amiSecret = "ami secret"
    let read = try settings(answers)
    #expect(read.policy.campaigns.map(\.name.rawValue) == ["sales-callback", "support-callback"])
    #expect(read.policy.campaigns.allSatisfy { $0.mode == .observe })
    #expect(read.policy.campaigns[0].takes(queue: nil, lostAt: .ivr, requested: false))
    #expect(!read.policy.campaigns[1].takes(queue: nil, lostAt: .ivr, requested: false))
    #expect(read.policy.numbers.allow == ["+7"])
    #expect(read.pbxs[0].ami.secret.value == "ami secret")
    #expect(!SetupFiles(answers).configuration.contains("ami secret"))
  }

  @Test func `keeps a database's password out of the file`() throws {
    var answers = SetupAnswers()
    answers.databaseURL = "postgresql://p:word@db/perezvon"
    let read = try settings(answers)
    #expect(read.database.url.value == "postgresql://p:word@db/perezvon")
    #expect(!SetupFiles(answers).configuration.contains("word@"))
  }

  @Test func `takes what a PBX and a person say as text, whatever it is`() throws {
    var answers = SetupAnswers()
    answers.databaseURL = "postgresql://db/perezvon?application_name=${HOME}"
    #expect(try settings(answers).database.url.value == answers.databaseURL)
    // What the configuration takes for no name is not proposed.
    let survey = SetupSurvey(
      queues: ["sales", "a b", "c\"d: [", "yes"], contexts: ["from-trunk", "from-trunk #1"])
    answers.propose(from: survey, queues: nil, contexts: nil)
    #expect(answers.queues == ["sales", "yes"] && answers.inboundContexts == ["from-trunk"])
    #expect(try settings(answers).policy.campaigns.count == 2)
  }

  @Test func `is proposed from the PBX's own queues and contexts`() {
    let survey = SetupSurvey(
      version: "22.10.1", systemName: "office", queues: ["sales"],
      contexts: [
        "after-hours", "from-internal", "from-trunk", "from-trunk-custom", "ivr-main", "perezvon-bridge",
      ])
    var answers = SetupAnswers()
    answers.propose(from: survey, queues: nil, contexts: nil)
    #expect(
      answers.queues == ["sales"] && answers.inboundContexts == ["from-trunk"] && answers.pbxName == "office")
    #expect(answers.stages.map(\.context) == ["after-hours", "ivr-main"])
    #expect(!answers.isFreePBX)
    answers.propose(from: survey, queues: ["support"], contexts: ["incoming"])
    #expect(answers.queues == ["support"] && answers.inboundContexts == ["incoming"])
  }

  @Test func `fills its secrets and its port into Asterisk's files, and nothing else`() throws {
    var answers = SetupAnswers()
    (answers.amiSecret, answers.ariPassword, answers.amiUser) = ("s1", "s2", "zvon")
    answers.ariURL = "http://127.0.0.1:8099/ari"
    let files = SetupFiles(answers)
    func filled(_ folder: String) throws -> [Substring] {
      let file = Self.dropIns.appending(path: "\(folder)/perezvon.conf")
      return files.filledIn(try String(contentsOf: file, encoding: .utf8)).split(separator: "\n")
    }
    let manager = try filled("manager.d")
    #expect(
      manager.contains("secret = s1") && manager.contains("[zvon]") && manager.contains("enabled = yes"))
    #expect(try filled("ari.d").contains("password = s2"))
    #expect(try filled("ari.d").contains("[perezvon]"))
    #expect(try filled("http.d").contains("bindport = 8099"))
    let dialplan = try String(
      contentsOf: Self.dropIns.appending(path: "extensions.d/perezvon.conf"), encoding: .utf8)
    #expect(files.filledIn(dialplan) == dialplan)
  }

  @Test func `puts its lines where a FreePBX leaves them alone`() {
    var answers = SetupAnswers()
    #expect(
      SetupFiles(answers).lines.map(\.file) == ["manager.conf", "ari.conf", "http.conf", "extensions.conf"])
    answers.isFreePBX = true
    #expect(
      SetupFiles(answers).lines.map(\.file) == [
        "manager_custom.conf", "ari_additional_custom.conf", "extensions_custom.conf",
      ])
  }

  @Test func `finds the copy of a secret that systemd handed over before the file itself`() throws {
    let yaml = SetupFiles(SetupAnswers()).configuration
    let read = try Settings.read(
      yaml: yaml, fileName: "/etc/perezvon/perezvon.yaml",
      environment: ["CREDENTIALS_DIRECTORY": "/run/credentials/perezvon.service"]
    ) { path in
      path.hasPrefix("/run/credentials/perezvon.service/secrets_")
        ? .success("copy of \(path.suffix(3))") : .failure(.init(sentence: "cannot be read"))
    }
    #expect(read.pbxs[0].ami.secret.value == "copy of ami")
  }
}

@Suite struct `The manual` {
  @Test func `says every key, and nothing in it is a request of its own`() {
    let page = ConfigurationReference.manual(version: "1.2")
    for line in ConfigurationReference.sample().split(separator: "\n") {
      let trimmed = line.drop { " #-".contains($0) }
      guard let colon = trimmed.firstIndex(of: ":"),
        trimmed[..<colon].allSatisfy({ $0.isLetter || $0 == "_" }),
        line.first != "#", !line.contains("# ")
      else { continue }
      let key = trimmed[..<colon]
      #expect(
        page.contains(key)
          || ["office", "greeting", "sat", "vip", "sales", "Authorization"].contains(String(key)),
        "\(key)")
    }
    let requests = Set(
      page.split(separator: "\n").filter { $0.hasPrefix(".") }.map { $0.prefix { $0 != " " } })
    #expect(requests.isSubset(of: [".TH", ".nh", ".ad", ".SH", ".TP", ".PP"]), "\(requests)")
    #expect(Roff.text("a\n.SH b \\x") == "a\n\\&.SH b \\ex")
  }
}
