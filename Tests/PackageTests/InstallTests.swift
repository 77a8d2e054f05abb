import Foundation
import Telephony
import Testing

@testable import Lab

/// An empty Debian beside a plain Asterisk, and docs/install.md.
@Suite(.serialized, .enabled(if: DebianRoot.hindrance == nil && Lab.prerequisites().isEmpty))
struct `Who follows docs/install.md` {
  @Test func `has a callback at its end, with every command as it stands there`() async throws {
    let package = try await BuiltPackage.files().current
    let lab = try await Lab.start(LabOptions(plain: true))
    let mounts = [
      (from: "\(lab.pbx.directory)/etc", to: "/etc/asterisk"),
      (from: lab.pbx.directory, to: lab.pbx.directory),
      (from: LabOptions().cacheDirectory, to: LabOptions().cacheDirectory),
    ]
    let root = try await DebianRoot.unpack("install", mounts: mounts)
    let manager = try await UnitManager(root: root)
    do {
      let begun = ContinuousClock.now
      try await prepare(root, beside: lab, package)
      try await follow(root, lab, manager)
      try await isCalledBack(root, lab, manager)
      let took = (ContinuousClock.now - begun).formatted(
        .units(allowed: [.seconds], fractionalPart: .show(length: 1)))
      print("docs/install.md took \(took) from an empty Debian to a callback")
    } catch {
      print(manager.logged.suffix(3_000))
      await end(root, lab, manager)
      throw error
    }
    await end(root, lab, manager)
  }

  private func end(_ root: DebianRoot, _ lab: Lab, _ manager: UnitManager) async {
    await manager.stop()
    await root.remove()
    await lab.stop()
  }

  /// What is there before Perezvon: Debian's user of Asterisk, its console, sudo, and the package file.
  private func prepare(_ root: DebianRoot, beside lab: Lab, _ package: String) async throws {
    try await root.mustRun("adduser --quiet --system --group asterisk")
    let console = lab.pbx.console.map { "'\($0)'" }.joined(separator: " ")
    try await root.write("#!/bin/sh\nexec \(console) \"$@\"\n", to: "/usr/local/bin/asterisk", mode: "755")
    try await root.write(
      "#!/bin/sh\n[ \"$1\" = -u ] && export PGUSER=\"$2\" && shift 2\nexec \"$@\"\n",
      to: "/usr/local/bin/sudo",
      mode: "755")
    try await root.put(package, at: "/root/perezvon_0.1.0_amd64.deb")
    // The lab has made these for others.
    let postgres = try #require(lab.database)
    let maintenance = "postgresql://postgres@127.0.0.1:\(postgres.port)/postgres"
    try await postgres.psql("DROP DATABASE perezvon", at: maintenance)
    try await postgres.psql("DROP ROLE perezvon", at: maintenance)
  }

  private func follow(_ root: DebianRoot, _ lab: Lab, _ manager: UnitManager) async throws {
    let document = try InstallDocument("\(checkout)docs/install.md")
    #expect(document.commands.count > 15)
    let database = try #require(lab.database)
    // What is otherwise in a lab: ports, and an office that never closes.
    let peers =
      "--ami 127.0.0.1:\(lab.pbx.amiPort) --ari \(lab.pbx.ariURL) --listen 127.0.0.1:\(lab.sparePorts.lowerBound)"
    let differences = [
      ("perezvon setup --yes --database", "perezvon setup --yes \(peers) --database"),
      ("@127.0.0.1/perezvon", "@127.0.0.1:\(database.port)/perezvon"),
      ("mon-fri 09:00-18:00", "mon-sun 00:00-24:00"),
      ("perezvon_0.1.0_amd64.deb", "perezvon_0.1.0_amd64.deb"),
    ]
    for command in document.commands {
      if command.hasPrefix("perezvon explain") { try await isObserved(root, lab, command) }
      let line = differences.reduce(command) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
      let (status, output) = try await root.run(
        "cd /root\n\(line)", environment: ["PGHOST": "127.0.0.1", "PGPORT": "\(database.port)"])
      // Before Asterisk has the four lines, setup says that it cannot be asked, and so does doctor in it.
      try #require(status == 0, "\(line)\n\(output)")
      if command == "perezvon setup --yes" {
        #expect(output.contains("has") && output.contains("the queues sales"), "\(output)")
        #expect(!output.contains("ERROR"), "\(output)")
      }
    }
    let told = manager.notices
    #expect(told.contains("READY=1") && told.contains("WATCHDOG=1"), "\(told)")
    try await manager.told("STATUS=PostgreSQL, AMI and ARI are up")
  }

  /// Somebody calls in and gives up while the service only observes.
  private func isObserved(_ root: DebianRoot, _ lab: Lab, _ command: String) async throws {
    let number = try #require(command.split(separator: " ").last.map(String.init))
    let call = try await lab.telco.placeCall(from: number, hangsUpAfter: .seconds(7))
    _ = try await call.ended()
    let id = try await job(of: number, lab)
    try await root.mustRun("perezvon jobs now \(id)")
    try await eventually(
      lab, "SELECT decision FROM report.decisions WHERE number = '\(number)' ORDER BY at DESC LIMIT 1"
    ) {
      $0 == "held"
    }
    let story = try await root.mustRun("perezvon explain \(number)")
    #expect(story.contains("would have been called"), "\(story)")
    #expect(lab.telco.legs(of: number).filter { $0.party == .customer }.isEmpty)
  }

  private func isCalledBack(_ root: DebianRoot, _ lab: Lab, _ manager: UnitManager) async throws {
    let number = "+79161234568"
    try await lab.telco.setAgent(101, .answers(after: .seconds(1), keys: "1", keysAfter: .seconds(1)))
    try await lab.telco.setCustomer(number, .answers(after: .seconds(1), talk: .seconds(7)))
    let call = try await lab.telco.placeCall(from: number, hangsUpAfter: .seconds(7))
    _ = try await call.ended()
    try await lab.pbx.setMember(101)
    let id = try await job(of: number, lab)
    // 30 s of start_after less.
    try await root.mustRun("perezvon jobs now \(id)")
    try await eventually(
      lab, "SELECT state FROM report.jobs WHERE number = '\(number)'", within: .seconds(40)
    ) {
      $0 == "succeeded"
    }
    #expect(lab.telco.legs(of: number).contains { $0.party == .customer })
    // The same configuration, asked what it would have done with both: it treats them alike.
    let whatIf = try await root.mustRun(
      "perezvon what-if --config /etc/perezvon/perezvon.yaml --from 2020-01-01T00:00:00Z")
    #expect(
      whatIf.contains("2 of them missed") && whatIf.contains("Every customer is treated the same"),
      "\(whatIf)")
  }

  private func job(of number: String, _ lab: Lab) async throws -> String {
    try await eventually(lab, "SELECT job FROM report.jobs WHERE number = '\(number)'") { !$0.isEmpty }
  }

  @discardableResult
  private func eventually(
    _ lab: Lab, _ query: String, within bound: Duration = .seconds(15), _ isExpected: (String) -> Bool
  ) async throws -> String {
    let database = try #require(lab.database)
    let end = ContinuousClock.now + bound
    while true {
      let answer = try await database.psql(query)
      if isExpected(answer) { return answer }
      guard ContinuousClock.now < end else {
        throw LabError(.timeout, "\(query) still answers \"\(answer)\"")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}
