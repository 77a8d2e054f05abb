import Foundation
import Glibc
import Synchronization

/// A streaming standby of the lab's PostgreSQL, which can be promoted.
public final class LabStandby: Sendable {
  public let port: Int
  private let database: LabDatabase
  private let directory: String
  private let server = Mutex<ChildProcess?>(nil)

  /// Copies the primary and follows it. `reachedAt` is the primary's port as the standby sees it, such as a
  /// proxy's. The primary is restarted once, so that it may be followed.
  public init(of database: LabDatabase, reachedAt primary: Int) async throws(LabError) {
    self.database = database
    // The one port of a lab's block that nobody has.
    port = database.port + 1
    directory = database.directory + "/standby"
    for (name, value) in [("wal_level", "replica"), ("max_wal_senders", "4")] {
      try await database.psql("ALTER SYSTEM SET \(name) = \(value)")
    }
    await database.stop(.fast)
    try await database.start()
    try await ChildProcess.mustRun(
      .init(
        arguments: [
          "\(database.binDirectory)/pg_basebackup", "-h", "127.0.0.1", "-p", "\(primary)", "-U", "postgres",
          "-D", directory, "-R", "-X", "stream", "-c", "fast",
        ], workDirectory: database.directory, user: database.user))
    let child = try await ChildProcess.start(
      "standby",
      .init(
        arguments: ["\(database.binDirectory)/postgres", "-D", directory, "-c", "port=\(port)"],
        output: database.directory + "/standby.log", workDirectory: database.directory, deathSignal: "INT",
        user: database.user))
    server.withLock { $0 = child }
    try await eventually("SELECT pg_is_in_recovery()", is: "t")
  }

  /// Runs SQL as the superuser.
  @discardableResult
  public func psql(_ sql: String) async throws(LabError) -> String {
    try await database.psql(sql, at: "postgresql://postgres@127.0.0.1:\(port)/perezvon")
  }

  /// Waits until it has everything the primary has.
  public func catchUp() async throws(LabError) {
    let place = try await database.psql("SELECT pg_current_wal_flush_lsn()")
    try await eventually("SELECT pg_last_wal_replay_lsn() >= '\(place)'", is: "t")
  }

  /// Becomes the primary, with what it has.
  public func promote() async throws(LabError) {
    try await psql("SELECT pg_promote(true, 30)")
    try await eventually("SELECT pg_is_in_recovery()", is: "f")
  }

  public func stop() async { await server.withLock { $0 }?.stop(SIGQUIT, grace: .seconds(5)) }

  private func eventually(_ question: String, is expected: String) async throws(LabError) {
    let end = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < end {
      if (try? await psql(question)) == expected { return }
      try? await Task.sleep(for: .milliseconds(50))
    }
    throw LabError(.timeout, "the standby did not answer \(expected) to \(question)")
  }
}
