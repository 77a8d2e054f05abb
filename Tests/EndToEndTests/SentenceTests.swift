import Foundation
import Lab
import Testing

/// What an administrator reads when something is wrong: a sentence that says what to do.
@Suite struct `What is wrong is said in a sentence` {
  /// A service's configuration beside a lab, changed by hand as an administrator would.
  private func withChanged(
    _ asterisk: LabAsterisk, options: LabServiceOptions = LabServiceOptions(), _ change: (String) -> String,
    _ body: (LabService) async throws -> Void
  ) async throws {
    try await LabSlots.shared.withLab(LabOptions(asterisk: asterisk)) { lab in
      let service = try LabService(options, beside: lab)
      let text = try String(contentsOfFile: service.configuration, encoding: .utf8)
      try change(text).write(toFile: service.configuration, atomically: true, encoding: .utf8)
      try await body(service)
      await service.kill()
    }
  }

  @Test(arguments: bothAsterisks)
  func `a wrong AMI secret`(_ asterisk: LabAsterisk) async throws {
    try await withChanged(asterisk, { $0.replacing(/secret: "[^"]*"/, with: #"secret: "wrong""#) }) {
      service in
      let doctor = try await service.command("doctor")
      #expect(doctor.status == 1)
      #expect(doctor.output.contains("AMI login refused for user \"perezvon\""), "\(doctor.output)")
      #expect(doctor.output.contains("manager.conf"), "\(doctor.output)")
      // The running service says the same, and goes on.
      try await service.start(ready: false)
      try await service.waitForLog("AMI login refused for user \"perezvon\"")
      try await service.waitForLog("this instance drives")
      #expect(service.isRunning)
      #expect(!service.logged.contains(service.lab.pbx.amiSecret))
    }
  }

  @Test(arguments: bothAsterisks)
  func `a privilege that the AMI user lacks`(_ asterisk: LabAsterisk) async throws {
    try await withChanged(asterisk, { $0 }) { service in
      let file = "\(service.lab.pbx.directory)/etc/manager.d/perezvon.conf"
      let text = try String(contentsOfFile: file, encoding: .utf8)
      try text.replacing(/write ?= ?[a-z,]+/, with: "write = call").write(
        toFile: file, atomically: true, encoding: .utf8)
      try await service.lab.pbx.cli("manager reload")
      let doctor = try await service.command("doctor")
      #expect(doctor.status == 1)
      #expect(doctor.output.contains("write="), "\(doctor.output)")
      #expect(doctor.output.contains("manager.conf"), "\(doctor.output)")
    }
  }

  @Test(arguments: bothAsterisks)
  func `a dialplan file that is old or missing`(_ asterisk: LabAsterisk) async throws {
    try await withChanged(asterisk, { $0 }) { service in
      let file = "\(service.lab.pbx.directory)/etc/extensions.d/perezvon.conf"
      let text = try String(contentsOfFile: file, encoding: .utf8)
      let right = try await service.command("doctor")
      #expect(!right.output.contains("dialplan"), "\(right.output)")
      #expect(right.output.contains("\(service.lab.pbx.queueLog) can be read."), "\(right.output)")

      // As it was before it had a version.
      let old = text.replacing(/\[perezvon-version\]\n.*\n/, with: "")
      #expect(old != text)
      try old.write(toFile: file, atomically: true, encoding: .utf8)
      try await service.lab.pbx.cli("dialplan reload")
      let outdated = try await service.command("doctor")
      #expect(
        outdated.output.contains("another version of extensions.d/perezvon.conf than this program"),
        "\(outdated.output)")
      #expect(outdated.output.contains("then run \"dialplan reload\""), "\(outdated.output)")

      try FileManager.default.removeItem(atPath: file)
      try await service.lab.pbx.cli("dialplan reload")
      let missing = try await service.command("doctor")
      #expect(missing.status == 1)
      #expect(missing.output.contains("the dialplan has no [perezvon-bridge]"), "\(missing.output)")
      #expect(missing.output.contains("#tryinclude extensions.d/perezvon.conf"), "\(missing.output)")
    }
  }

  @Test func `a queue_log that is not there, or is not read`() async throws {
    try await withChanged(.v22, { $0 }) { service in
      let text = try String(contentsOfFile: service.configuration, encoding: .utf8)
      for (line, sentence) in [
        ("queue_log: /nowhere/queue_log", "/nowhere/queue_log is not there or cannot be read by this user"),
        ("", "No queue_log is read (pbx.queue_log)"),
      ] {
        try text.replacing(/queue_log: [^\n]*/, with: line)
          .write(toFile: service.configuration, atomically: true, encoding: .utf8)
        let doctor = try await service.command("doctor")
        #expect(doctor.output.contains(sentence), "\(doctor.output)")
      }
    }
  }

  @Test(arguments: bothAsterisks)
  func `a queue that does not exist`(_ asterisk: LabAsterisk) async throws {
    try await withChanged(asterisk, options: LabServiceOptions(agents: ["queue": "slaes"]), { $0 }) {
      service in
      let doctor = try await service.command("doctor")
      #expect(doctor.status == 1)
      #expect(
        doctor.output.contains("takes its agents from queue slaes, which this PBX does not have (it has:"),
        "\(doctor.output)")
    }
  }

  @Test func `a database that is down`() async throws {
    try await withChanged(.v22, { $0 }) { service in
      await service.lab.database?.stop()
      let doctor = try await service.command("doctor")
      #expect(doctor.status == 1)
      #expect(doctor.output.contains("ERROR   database:"), "\(doctor.output)")
      try await service.start(ready: false)
      try await service.waitForLog("PostgreSQL is away, dialling waits")
      try await service.waitForLog("AMI is up")
      // A call is missed meanwhile: kept in the spool, in the books when PostgreSQL is back.
      let customer = "+79165000001"
      let call = try await service.lab.telco.placeCall(from: customer, hangsUpAfter: .seconds(4))
      _ = try await call.ended()
      try await service.waitForLog("Facts wait in the spool")
      #expect(service.isRunning)
      try await service.lab.database?.start()
      try await service.waitForLog("PostgreSQL is there", within: .seconds(30))
      try await service.eventually(
        "SELECT coalesce((SELECT lost_at FROM report.missed_calls WHERE number = '\(customer)'), '')",
        within: .seconds(30)
      ) { $0 == "queue" }
      try await service.eventually("SELECT count(*) FROM report.jobs") { $0 == "1" }
    }
  }

  @Test func `a configuration with five mistakes`() async throws {
    let mistaken = { (text: String) in
      text.replacing("timezone: Europe/Moscow", with: "timezone: Europe/Moskva")
        .replacing("min_wait:", with: "min_wiat:")
        .replacing("mode: agent_first", with: "mode: agents_first")
        .replacing("calendar: always", with: "calendar: allways")
        .replacing("ring: 15s", with: "ring: 15")
    }
    try await withChanged(.v22, mistaken) { service in
      let check = try await service.command("check-config")
      #expect(check.status == 78)
      let lines = check.output.split(separator: "\n")
      #expect(lines.count == 5, "\(check.output)")
      #expect(lines.allSatisfy { $0.contains("/perezvon.yaml:") }, "\(check.output)")
      #expect(check.output.contains("did you mean \"min_wait\""), "\(check.output)")
      let serve = try await service.command("serve")
      #expect(serve.status == 78)
    }
  }
}
