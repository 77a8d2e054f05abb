import Foundation
import Glibc
import Synchronization

@testable import Lab

/// Plays systemd for the unit `perezvon.service` in a Debian root, where none can run: gives it its credentials, starts
/// its `ExecStart` as its user, hears what it tells (sd_notify), and answers a `systemctl` there that asks for it.
final class UnitManager: Sendable {
  private let root: DebianRoot
  private let descriptor: Int32
  private let requests: Int32
  private let answers: Int32
  private let state = Mutex(State())

  private struct State {
    var child: ChildProcess?
    var notices: [String] = []
  }

  /// Where what the service says goes.
  var log: String { root.path + "/var/log/perezvon.log" }
  var logged: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }
  /// Every line it has told so far.
  var notices: [String] { state.withLock { $0.notices } }

  init(root: DebianRoot) async throws {
    self.root = root
    try await root.write(
      "#!/bin/sh\necho \"$*\" >/run/systemctl.request; read answer </run/systemctl.answer; exit \"$answer\"\n",
      to: "/usr/local/bin/systemctl", mode: "755")
    for name in ["request", "answer"] { mkfifo("\(root.path)/run/systemctl.\(name)", 0o600) }
    requests = open("\(root.path)/run/systemctl.request", O_RDWR | O_CLOEXEC)
    answers = open("\(root.path)/run/systemctl.answer", O_RDWR | O_CLOEXEC)
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array("\(root.path)/run/notify".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0, requests >= 0, answers >= 0, chmod("\(root.path)/run/notify", 0o777) == 0 else {
      throw LabError(.resources, "no place to be told: \(String(cString: strerror(errno)))")
    }
    Thread.detachNewThread { [self] in hear() }
    Thread.detachNewThread { [self] in obey() }
  }

  /// Ends what runs, and both threads.
  func stop() async {
    await state.withLock { $0.child }?.stop(SIGTERM, grace: .seconds(40))
    _ = "quit\n".withCString { write(requests, $0, 5) }
    shutdown(descriptor, Int32(SHUT_RDWR))
    close(descriptor)
  }

  /// Waits until it has told a line with this in it, counted from the `from`-th.
  func told(_ part: String, from: Int = 0, within bound: Duration = .seconds(30)) async throws {
    let end = ContinuousClock.now + bound
    while !notices.dropFirst(from).contains(where: { $0.contains(part) }) {
      guard ContinuousClock.now < end else {
        throw LabError(.timeout, "it did not tell \(part) within \(bound): \(notices.suffix(20))")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private func hear() {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return }
      let lines = String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: "\n").map(
        String.init)
      state.withLock { $0.notices += lines }
    }
  }

  private func obey() {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = read(requests, &buffer, buffer.count)
      guard count > 0 else { return }
      let words = String(decoding: buffer.prefix(count), as: UTF8.self).split(whereSeparator: \.isWhitespace)
      guard let verb = words.first, verb != "quit" else { return }
      Task { [answers] in
        let done = (try? await carryOut(String(verb), now: words.contains("--now"))) ?? false
        let code = done ? "0\n" : "1\n"
        _ = code.withCString { write(answers, $0, 2) }
      }
    }
  }

  private func carryOut(_ verb: String, now: Bool) async throws -> Bool {
    switch verb {
    case "enable": if now { try await start() }
    case "start": try await start()
    case "reload":
      let count = notices.count
      state.withLock { $0.child }?.signal(SIGHUP)
      try await told("READY=1", from: count)
    default: return false
    }
    return true
  }

  private func start() async throws {
    let unit = try await root.mustRun("sed -n 's/^ExecStart=//p' /lib/systemd/system/perezvon.service")
    let command = unit.trimmingCharacters(in: .whitespacesAndNewlines)
    // LoadCredential=secrets:/etc/perezvon/secrets
    try await root.mustRun(
      """
      mkdir -p /run/credentials
      install -d -m 500 -o perezvon /run/credentials/perezvon.service
      for file in /etc/perezvon/secrets/*; do
        install -m 400 -o perezvon "$file" "/run/credentials/perezvon.service/secrets_${file##*/}"
      done
      """)
    let launch = root.launch(
      "exec setpriv --pdeathsig KILL --reuid perezvon --regid perezvon --init-groups \(command)",
      environment: [
        "NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "3000000",
        "CREDENTIALS_DIRECTORY": "/run/credentials/perezvon.service",
      ], output: log)
    let child = try await ChildProcess.start("perezvon", launch)
    state.withLock { $0.child = child }
    try await told("READY=1")
  }
}
