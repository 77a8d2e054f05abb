import Foundation
import Lab
import Telephony
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Everything the service writes, at the most talkative level, searched for what must never stand there.
@Suite struct `What the service writes` {
  static let databasePassword = "Kd7wordOfTheDatabase"
  static let customer = "+79161000077"

  /// The forms in which a customer's number may stand somewhere.
  static let numberForms = ["79161000077", "89161000077", "9161000077"]

  @Test func `holds no secret and no whole number, also when everything is refused`() async throws {
    try await LabSlots.shared.withLab(LabOptions(asterisk: .v22)) { lab in
      var options = LabServiceOptions()
      options.logLevel = "trace"
      let url = try #require(lab.database?.url)
      options.databaseURL = url.replacing("perezvon@", with: "perezvon:\(Self.databasePassword)@")
      let stage = Stage(lab: lab, service: try LabService(options, beside: lab))
      let service = stage.service
      try await service.start()
      var secrets = [lab.pbx.amiSecret, lab.pbx.ariPassword, Self.databasePassword]
      #expect(secrets.allSatisfy { $0.utf8.count >= 8 })
      let token = try await service.command("token", "create", "--role", "viewer", "--label", "wall")
      secrets.append(token.output.trimmingCharacters(in: .whitespacesAndNewlines))
      var said: [String] = []

      try await callBack(on: stage)
      said.append(try await answer(service, token: secrets[3]))
      said.append(try await answer(service, token: secrets[3] + "x"))
      for command in [["status"], ["status", "--json"], ["doctor"], ["check-config"], ["summary"]] {
        said.append(try await output(service, command))
      }
      try await refuseEverything(stage, url: url, &said)
      await service.stop()

      let folder = URL(filePath: service.configuration).deletingLastPathComponent()
      let log = try String(contentsOf: URL(filePath: service.log), encoding: .utf8)
      #expect(log.contains("trace"), "the level is not the one that is meant")
      let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path())
      #expect(names.contains { $0.contains("spool") })
      for text in said + [log] + names {
        for secret in secrets { expectAbsent(secret, in: text) }
        // As it goes over the wire to ARI.
        expectAbsent(Data("\(lab.pbx.ariUser):\(lab.pbx.ariPassword)".utf8).base64EncodedString(), in: text)
        for form in Self.numberForms { expectAbsent(form, in: text) }
      }
      #expect(log.contains("+79*******77"), "the customer is not there even masked: nothing was proven")
    }
  }

  private func expectAbsent(_ part: String, in text: String) {
    guard let place = text.firstRange(of: part) else { return }
    let line = text[..<place.lowerBound].suffix(200) + "<<" + text[place.upperBound...].prefix(60)
    Issue.record("stands there: …\(line)")
  }

  /// A missed call, dialled, busy, then talked with.
  private func callBack(on stage: Stage) async throws {
    try await stage.lab.telco.setCustomer(
      Self.customer, .busy, .answers(after: .milliseconds(500), talk: .seconds(6)))
    try await stage.willing(101)
    try await stage.abandon(Self.customer)
    try await stage.lab.pbx.setMember(101)
    try await stage.job(Self.customer, is: .succeeded, within: .seconds(60))
  }

  private func output(_ service: LabService, _ arguments: [String]) async throws -> String {
    switch arguments.count {
    case 1: try await service.command(arguments[0]).output
    default: try await service.command(arguments[0], arguments[1]).output
    }
  }

  private func answer(_ service: LabService, token: String) async throws -> String {
    var text = ""
    for path in ["api/v1/status", "readyz"] {
      var request = URLRequest(url: URL(string: "http://127.0.0.1:\(service.httpPort)/\(path)")!)
      request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
      let (body, response) = try await URLSession.shared.data(for: request)
      text += String(decoding: body, as: UTF8.self) + "\(response)"
    }
    return text
  }

  /// Wrong secrets, a database that is away or cannot be named, a broken file: first a reload, then doctor.
  private func refuseEverything(_ stage: Stage, url: String, _ said: inout [String]) async throws {
    let service = stage.service
    let good = try String(contentsOfFile: service.configuration, encoding: .utf8)
    let pbx = stage.lab.pbx
    func with(_ text: String) async throws {
      try text.write(toFile: service.configuration, atomically: true, encoding: .utf8)
      said.append(try await output(service, ["check-config"]))
      said.append(try await output(service, ["doctor"]))
      said.append(try await output(service, ["status"]))
      said.append(try await output(service, ["summary"]))
    }
    // Cut so that the true one would still be recognised in what is said.
    try await with(good.replacing(pbx.amiSecret, with: "x\(pbx.amiSecret)y"))
    try await with(good.replacing(pbx.ariPassword, with: "x\(pbx.ariPassword)y"))
    for bad in ["%zz", "@", ":", "[", "?x=", " "] {
      try await with(good.replacing(Self.databasePassword, with: Self.databasePassword + bad))
    }
    try await with(good.replacing("secret: ", with: "secret: [") + "\nunknown_key: 1")
    service.hangUp()
    try await service.waitForLog("the old one stays in force")
    try await with(good)
    await stage.lab.database?.stop(.immediate)
    try await service.waitForLog("PostgreSQL is away")
    try await stage.abandon(Self.customer)
    try await service.waitForLog("Facts wait in the spool", within: .seconds(30))
    try await with(good)
    try await stage.lab.database?.start()
    await pbx.kill()
    try await service.waitForLog("AMI is down")
    try await with(good)
  }
}
