import Synchronization

/// Whether PostgreSQL answers, and why not.
final class DatabaseState: Sendable {
  private let state = Mutex((up: false, problem: "not connected yet"))

  var up: Bool { state.withLock { $0.up } }
  var problem: String { state.withLock { $0.problem } }
  func set(up: Bool, problem: String) { state.withLock { $0 = (up, problem) } }
}
