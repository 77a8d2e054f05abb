import CallPolicy
import Store
import Telephony

/// What a caller who is owed a callback wants of it: `UserEvent(PerezvonWish,Wish: …)` on his own channel.
struct CallerWish: Sendable, Equatable, Codable {
  enum Kind: String, Sendable, Codable {
    /// Not to be called back.
    case cancel
    /// Never to be called again.
    case never
  }

  /// The number he called from: a key can say nothing of another one.
  var number: PhoneNumber
  var kind: Kind
  var at: Timestamp
  /// Nil where it is said again by ourselves, when what was under way is over.
  var said: SaidWord?
}

extension FactWriter {
  /// Writes what a caller wished, once however often it is told.
  func settle(_ wish: CallerWish) async throws(StoreError) {
    if let said = wish.said, try await store.isApplied(said.id) { return }
    switch wish.kind {
    case .cancel:
      _ = try await store.cancelOwed(wish.number, reason: "he cancelled it by a key", now: wish.at)
    case .never:
      try await store.setDoNotCall(wish.number, reason: "said so by a key as he called", now: wish.at)
      try await store.record([
        Decision(
          at: wish.at, number: wish.number.e164, job: nil, decision: "do_not_call",
          reason: "He said so by a key as he called: he is not called again")
      ])
    }
    if let said = wish.said { try await store.noteApplied(said.id, saidAt: wish.at) }
  }
}
