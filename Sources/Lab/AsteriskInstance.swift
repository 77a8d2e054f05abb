import Foundation
import Glibc
import Synchronization

/// One running Asterisk of the lab with its own directories, and the lab's full-rights session to it.
final class AsteriskInstance: Sendable {
  let name: String
  let directory: String
  let managerPort: Int
  let managerSecret: String
  private let package: AsteriskPackage
  private let onEvent: @Sendable (ManagerMessage) -> Void
  private let state = Mutex(State())

  private struct State: Sendable {
    var process: ChildProcess?
    var session: ManagerSession?
  }

  static let bootTimeout: Duration = .seconds(30)

  init(
    name: String, directory: String, package: AsteriskPackage, managerPort: Int, managerSecret: String,
    onEvent: @escaping @Sendable (ManagerMessage) -> Void
  ) throws(LabError) {
    self.name = name
    self.directory = directory
    self.package = package
    self.managerPort = managerPort
    self.managerSecret = managerSecret
    self.onEvent = onEvent
    try prepareDirectories()
  }

  private func prepareDirectories() throws(LabError) {
    do {
      let files = FileManager.default
      for inner in ["etc", "lib/keys", "spool", "run", "log/cel-custom", "share"] {
        try files.createDirectory(atPath: "\(directory)/\(inner)", withIntermediateDirectories: true)
      }
      // The data directory is a view on the package's, with the lab's prompts in front.
      for name in try files.contentsOfDirectory(atPath: package.data) where name != "sounds" {
        try? files.createSymbolicLink(
          atPath: "\(directory)/share/\(name)", withDestinationPath: "\(package.data)/\(name)")
      }
      let sounds = "\(directory)/share/sounds"
      try files.createDirectory(atPath: sounds, withIntermediateDirectories: true)
      // Debian names the English prompts by their speaker; `en` is an alternative that may be missing.
      let candidates = ["\(package.data)/sounds/en_US_f_Allison", "\(package.data)/sounds/en"]
      if let english = candidates.first(where: { files.fileExists(atPath: $0) }) {
        try files.createSymbolicLink(atPath: "\(sounds)/en", withDestinationPath: english)
      }
    } catch {
      throw LabError(.resources, "cannot prepare \(directory): \(error.localizedDescription)")
    }
    // Asterisk calls a missing file an error; these have nothing to say here.
    for name in ["cdr", "cel", "udptl", "pjproject", "ccss", "features"] {
      try writeFile("\(directory)/etc/\(name).conf", "[general]\n")
    }
    for name in ["acl", "websocket_client"] { try writeFile("\(directory)/etc/\(name).conf", "") }
    try writeFile(
      "\(directory)/etc/asterisk.conf",
      """
      [directories]
      astetcdir => \(directory)/etc
      astmoddir => \(package.modules)
      astvarlibdir => \(directory)/lib
      astdbdir => \(directory)/lib
      astkeydir => \(directory)/lib
      astdatadir => \(directory)/share
      astagidir => \(directory)/share/agi-bin
      astspooldir => \(directory)/spool
      astrundir => \(directory)/run
      astlogdir => \(directory)/log
      [options]
      systemname = \(name)
      nocolor = yes
      verbose = 3
      documentation_language = en_US

      """)
  }

  /// Writes modules.conf.
  func load(_ modules: [String]) throws(LabError) {
    try writeFile(
      "\(directory)/etc/modules.conf", AsteriskModules.configuration(modules, in: package.modules))
  }

  /// The program that asks this Asterisk from a shell: with `-rx` and a line of the console.
  var console: [String] { package.command + ["-C", "\(directory)/etc/asterisk.conf"] }

  /// What `asterisk -V` says.
  var version: String { package.version }

  var processID: Int32? { state.withLock { $0.process?.isRunning == true ? $0.process?.pid : nil } }

  /// Starts Asterisk and waits until it says FullyBooted to the lab's session.
  func start() async throws(LabError) {
    let child = try await ChildProcess.start(
      name,
      .init(
        arguments: package.command + ["-f", "-C", "\(directory)/etc/asterisk.conf"],
        output: "\(directory)/log/console.log", workDirectory: directory))
    state.withLock { $0.process = child }
    try await attach()
  }

  /// Opens the lab's session; retried until Asterisk listens.
  func attach() async throws(LabError) {
    let end = ContinuousClock.now + Self.bootTimeout
    while ContinuousClock.now < end {
      if let child = state.withLock({ $0.process }), !child.isRunning { break }
      let port = managerPort
      let handler = onEvent
      if let session = await onThread({ ManagerSession(port: port, onEvent: handler) }) {
        do {
          try await session.logIn(user: "lab", secret: managerSecret, events: true)
          state.withLock { $0.session = session }
          return
        } catch {
          // While it starts, Asterisk may listen before it serves; while it restarts, the old one may answer.
          session.disconnect()
        }
      }
      try? await Task.sleep(for: .milliseconds(20))
    }
    let log = (try? String(contentsOfFile: "\(directory)/log/console.log", encoding: .utf8)) ?? ""
    throw LabError(.boot, "Asterisk \(name) did not start: \(log.suffix(800))")
  }

  /// The open session; it is opened anew where Asterisk was restarted from its own console.
  func session() async throws(LabError) -> ManagerSession {
    if let open = state.withLock({ $0.session }), open.isOpen { return open }
    guard let child = state.withLock({ $0.process }), child.isRunning else {
      throw LabError(.disconnected, "Asterisk \(name) is not running")
    }
    try await attach()
    guard let session = state.withLock({ $0.session }) else {
      throw LabError(.disconnected, "Asterisk \(name) is not running")
    }
    return session
  }

  func signal(_ number: Int32) { state.withLock { $0.process }?.signal(number) }

  /// Stops at once and waits until the process is gone.
  func stop(_ number: Int32 = SIGTERM) async {
    guard let child = state.withLock({ $0.process }) else { return }
    await child.stop(number, grace: .seconds(3))
    state.withLock { $0.session }?.disconnect()
  }
}
