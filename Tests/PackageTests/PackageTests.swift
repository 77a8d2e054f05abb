import Foundation
import Testing

@testable import Lab

@Suite(.serialized, .enabled(if: DebianRoot.hindrance == nil)) struct `The package` {
  @Test func `is what lintian accepts, but for the exceptions that are named`() async throws {
    let package = try await BuiltPackage.files().current
    let (status, output) = try await ChildProcess.run(
      .init(arguments: [
        "lintian", "--no-cfg", "--fail-on", "error,warning",
        // Of this test's own package only, which is made in a hurry.
        "--suppress-tags", "uses-no-compression-for-data-tarball,uses-no-compression-for-control-tarball",
        package,
      ]))
    #expect(status == 0, "\(output)")
    // An exception without its reason is none.
    let overrides = try String(contentsOfFile: "\(checkout)deploy/debian/lintian-overrides", encoding: .utf8)
    var previous: Substring = ""
    for line in overrides.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("perezvon") {
        #expect(previous.hasPrefix("#") || previous.hasPrefix("perezvon"), "\(line)")
      }
      previous = line
    }
  }

  @Test func `is installed, upgraded over an older one, removed and purged`() async throws {
    let files = try await BuiltPackage.files()
    let root = try await DebianRoot.unpack("package")
    do { try await lives(in: root, files) } catch {
      await root.remove()
      throw error
    }
    await root.remove()
  }

  private func lives(in root: DebianRoot, _ files: BuiltPackage.Files) async throws {
    try await root.put(files.older, at: "/older.deb")
    try await root.put(files.current, at: "/current.deb")
    try await root.mustRun("addgroup --quiet --system asterisk && dpkg -i /older.deb")
    #expect(try await version(root) == BuiltPackage.older)
    try await isInstalled(root)
    try await isMadeOfOneSource(root)

    // An administrator's own words, and a fact in the spool, outlive the upgrade.
    try await root.mustRun("echo '# mine' >>/etc/perezvon/perezvon.yaml; install -d /var/lib/perezvon/spool")
    let words = try #require(root.text("/etc/perezvon/perezvon.yaml"))
    try await root.mustRun("dpkg -i /current.deb")
    #expect(try await version(root) != BuiltPackage.older)
    #expect(root.text("/etc/perezvon/perezvon.yaml") == words)
    #expect(root.has("/var/lib/perezvon/spool"))

    try await root.mustRun("dpkg -r perezvon")
    #expect(!root.has("/usr/bin/perezvon"))
    #expect(root.text("/etc/perezvon/perezvon.yaml") == words)
    try await root.mustRun("dpkg -P perezvon")
    #expect(!root.has("/etc/perezvon") && !root.has("/var/lib/perezvon"))
    let left = try await root.run(
      "find / -xdev -path /proc -prune -o -name '*perezvon*' -print; getent passwd perezvon")
    #expect(left.output == "", "after the purge there is still: \(left.output)")
  }

  private func version(_ root: DebianRoot) async throws -> String {
    try await root.mustRun("dpkg-query -W -f '${Version}' perezvon")
  }

  private func isInstalled(_ root: DebianRoot) async throws {
    let rights = try await root.mustRun(
      "stat -c '%a %U:%G %n' /etc/perezvon /etc/perezvon/secrets /etc/perezvon/perezvon.yaml /var/lib/perezvon"
    )
    #expect(
      rights == """
        750 root:perezvon /etc/perezvon
        700 root:root /etc/perezvon/secrets
        640 root:perezvon /etc/perezvon/perezvon.yaml
        700 perezvon:perezvon /var/lib/perezvon

        """)
    #expect(try await root.mustRun("id -nG perezvon") == "perezvon asterisk\n")
    // The sample is whole: nothing is wrong with it but that nobody has filled it in.
    try await root.mustRun("setpriv --reuid perezvon --regid perezvon --init-groups perezvon check-config")
    let verdict = try await root.run("systemd-analyze verify --man=no /lib/systemd/system/perezvon.service")
    #expect(verdict.status == 0 && verdict.output == "", "\(verdict.output)")
    let unit = try #require(root.text("/lib/systemd/system/perezvon.service"))
    for line in ["Type=notify", "WatchdogSec=30", "LoadCredential=secrets:/etc/perezvon/secrets"] {
      #expect(unit.split(separator: "\n").contains { $0 == line }, "\(line)")
    }
  }

  /// Manual and completions name what the program has.
  private func isMadeOfOneSource(_ root: DebianRoot) async throws {
    let page = try await root.mustRun("zcat /usr/share/man/man8/perezvon.8.gz")
    for command in ["serve", "setup", "what\\-if", "doctor", "jobs add", "import\\-queue\\-log"] {
      #expect(page.contains(".SS \"\(command)"), "perezvon(8) lacks \(command)")
    }
    let keys = try await root.mustRun("zcat /usr/share/man/man5/perezvon.yaml.5.gz")
    for key in ["pbx[].ami.secret", "campaigns[].retry.no_answer", "database.spool"] {
      #expect(keys.contains("\\fB\(key)\\fR"), "perezvon.yaml(5) lacks \(key)")
    }
    for place in [
      "bash-completion/completions/perezvon", "zsh/vendor-completions/_perezvon",
      "fish/vendor_completions.d/perezvon.fish",
    ] {
      #expect(root.text("/usr/share/\(place)")?.contains("import-queue-log") == true, "\(place)")
    }
    #expect(root.has("/usr/share/perezvon/asterisk-conf/extensions.d/perezvon.conf"))
  }
}
