import Foundation
import Glibc
import Synchronization

/// The lab's private PostgreSQL: a fresh cluster on loopback, trusted logins, gone with the lab.
public final class LabDatabase: Sendable {
  /// libpq URI of the database `perezvon` as its owner `perezvon`, who may create roles.
  public let url: String
  /// The same as superuser `postgres`.
  public let superuserURL: String
  /// Directory of `psql`, `pg_dump` and the server.
  public let binDirectory: String
  public let port: Int
  let directory: String
  let user: String?
  private let server = Mutex<ChildProcess?>(nil)

  /// How a server is stopped.
  public enum StopMode: Sendable {
    /// Ends sessions and shuts down cleanly (SIGINT).
    case fast
    /// Drops everything; recovery at the next start (SIGQUIT).
    case immediate
    /// SIGKILL to the postmaster.
    case kill
  }

  init(directory: String, port: Int, fsync: Bool) async throws(LabError) {
    guard let binDirectory = Program.postgresDirectory() else {
      throw LabError(.missingPackages, "the lab needs a PostgreSQL server: apt-get install postgresql")
    }
    self.directory = directory
    self.port = port
    self.binDirectory = binDirectory
    url = "postgresql://perezvon@127.0.0.1:\(port)/perezvon"
    superuserURL = "postgresql://postgres@127.0.0.1:\(port)/perezvon"
    // initdb refuses to run as root.
    user = getuid() == 0 ? "postgres" : nil
    if let user {
      guard let account = getpwnam(user) else {
        throw LabError(
          .missingPackages,
          "the lab runs as root and needs the account `postgres`: apt-get install postgresql")
      }
      chown(directory, account.pointee.pw_uid, account.pointee.pw_gid)
    }
    try await ChildProcess.mustRun(
      .init(
        arguments: [
          "\(binDirectory)/initdb", "-D", "\(directory)/data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
          "--locale=C.UTF-8", "--no-sync", "--no-instructions",
        ], workDirectory: directory, user: user))
    try writeFile(
      "\(directory)/data/postgresql.auto.conf",
      """
      listen_addresses = '127.0.0.1'
      port = \(port)
      unix_socket_directories = ''
      fsync = \(fsync ? "on" : "off")
      shared_buffers = 32MB
      max_connections = 60
      max_wal_size = 256MB
      wal_level = minimal
      max_wal_senders = 0
      autovacuum_max_workers = 1
      max_worker_processes = 2
      jit = off
      log_min_messages = warning
      log_line_prefix = '%m [%p] %q%u '

      """)
    try await start()
    try await setUp()
  }

  private func setUp() async throws(LabError) {
    let postgres = "postgresql://postgres@127.0.0.1:\(port)/postgres"
    try await psql("CREATE ROLE perezvon LOGIN CREATEROLE", at: postgres)
    try await psql("CREATE DATABASE perezvon OWNER perezvon", at: postgres)
  }

  public var isRunning: Bool { server.withLock { $0?.isRunning ?? false } }

  /// Starts the server, again after `stop`, and waits until it takes connections.
  public func start() async throws(LabError) {
    if isRunning { return }
    let end = ContinuousClock.now + Self.startTimeout
    var child = try await launch()
    while ContinuousClock.now < end {
      // The answer of the server itself, not of a socket that is merely open.
      let question = [
        "\(binDirectory)/pg_isready", "-q", "-h", "127.0.0.1", "-p", "\(port)", "-U", "postgres", "-d",
        "postgres",
      ]
      if try await ChildProcess.run(.init(arguments: question)).status == 0 { return }
      try? await Task.sleep(for: .milliseconds(20))
      // After a kill the old backends hold the shared memory for a moment, and the new server gives up.
      if !child.isRunning { child = try await launch() }
    }
    let log = (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? ""
    throw LabError(.boot, "PostgreSQL did not start: \(log.suffix(500))")
  }

  static let startTimeout: Duration = .seconds(60)

  private func launch() async throws(LabError) -> ChildProcess {
    let child = try await ChildProcess.start(
      "postgres",
      .init(
        arguments: ["\(binDirectory)/postgres", "-D", "\(directory)/data"], output: "\(directory)/log",
        // Interrupt is a fast shutdown: it also lets go of the shared memory.
        workDirectory: directory, deathSignal: "INT", user: user))
    server.withLock { $0 = child }
    return child
  }

  /// Stops the server and waits until it is gone.
  public func stop(_ mode: StopMode = .fast) async {
    guard let child = server.withLock({ $0 }) else { return }
    switch mode {
    case .fast: await child.stop(SIGINT, grace: .seconds(10))
    case .immediate: await child.stop(SIGQUIT, grace: .seconds(10))
    case .kill: await child.stop(SIGKILL, grace: .seconds(10))
    }
  }

  /// As `immediate`, from any thread; returns at once.
  public func stopNow() { server.withLock { $0 }?.signal(SIGQUIT) }

  /// Runs SQL as the superuser and returns unaligned rows, columns parted by `|`.
  @discardableResult
  public func psql(_ sql: String) async throws(LabError) -> String { try await psql(sql, at: superuserURL) }

  /// The same at another database of this server.
  @discardableResult
  public func psql(_ sql: String, at url: String) async throws(LabError) -> String {
    let output = try await ChildProcess.mustRun(
      .init(arguments: ["\(binDirectory)/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql]))
    return output.trimmingCharacters(in: .newlines)
  }

  /// Makes an empty database owned by `perezvon` and returns its URI: one per test keeps tests apart.
  public func createDatabase(_ name: String) async throws(LabError) -> String {
    try await psql("CREATE DATABASE \"\(name)\" OWNER perezvon", at: superuserURL)
    return "postgresql://perezvon@127.0.0.1:\(port)/\(name)"
  }

  /// Ends at once, for the end of the process.
  func killNow() { server.withLock { $0 }?.signal(SIGINT) }
}
