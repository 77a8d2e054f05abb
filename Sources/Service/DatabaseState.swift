import Synchronization
import Telephony

/// Whether PostgreSQL answers, and why not.
final class DatabaseState: Sendable {
  private let state = Mutex((up: false, problem: "not connected yet", changedAt: Timestamp?.none))

  var up: Bool { state.withLock { $0.up } }
  var problem: String { state.withLock { $0.problem } }
  /// When it last came or went; nil before it first did.
  var changedAt: Timestamp? { state.withLock { $0.changedAt } }

  func set(up: Bool, problem: String, at now: Timestamp) {
    state.withLock { state in
      let changedAt = state.up == up && state.changedAt != nil ? state.changedAt : now
      state = (up, problem, changedAt)
    }
  }
}
