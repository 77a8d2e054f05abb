import Synchronization
import Telephony

/// What waits for the consumer: bounded in events, never waits in `push`. One consumer.
final class InputQueue: Sendable {
  private struct State {
    var items: [LinkInput] = []
    /// First item not taken yet; the array is cleared when all are taken.
    var head = 0
    var events = 0
    var dropped = 0
    var droppedInAll = 0
    var isFinished = false
    var waiter: CheckedContinuation<LinkInput?, Never>?
  }

  private let state = Mutex(State())
  private let eventsMax: Int
  /// Called, outside the lock, when the consumer takes the report of a loss.
  private let onOverflow: @Sendable () -> Void

  init(eventsMax: Int, onOverflow: @escaping @Sendable () -> Void) {
    self.eventsMax = eventsMax
    self.onOverflow = onOverflow
  }

  /// Events dropped so far, in all.
  var dropped: Int { state.withLock { $0.droppedInAll } }

  /// Puts one item behind the others. Events over the limit are dropped and counted; nothing else ever is.
  func push(_ item: LinkInput) {
    let waiter: CheckedContinuation<LinkInput?, Never>? = state.withLock { state in
      guard !state.isFinished else { return nil }
      if case .events(let events, _, _) = item {
        // Once something was lost, all is until the consumer has been told: what follows a gap makes no sense.
        let fits = state.waiter != nil || state.events + events.count <= eventsMax
        guard state.dropped == 0, fits else {
          state.dropped += events.count
          state.droppedInAll += events.count
          return nil
        }
        if state.waiter == nil { state.events += events.count }
      }
      if let waiter = state.waiter {
        state.waiter = nil
        return waiter
      }
      state.items.append(item)
      return nil
    }
    waiter?.resume(returning: item)
  }

  /// The next item; nil after `finish`.
  func next() async -> LinkInput? {
    let item: LinkInput?
    switch take() {
    case .item(let next): item = next
    case .finished: item = nil
    case .nothing:
      item = await withCheckedContinuation { continuation in
        switch take(orWait: continuation) {
        case .item(let next): continuation.resume(returning: next)
        case .finished: continuation.resume(returning: nil)
        case .nothing: break
        }
      }
    }
    if case .overflow? = item { onOverflow() }
    return item
  }

  private enum Taken {
    case item(LinkInput), finished, nothing
  }

  /// What is at hand; the report of a loss comes where the lost events would have come.
  private func take(orWait waiter: CheckedContinuation<LinkInput?, Never>? = nil) -> Taken {
    state.withLock { state in
      if state.head < state.items.count { return .item(Self.pop(&state)) }
      if state.dropped > 0 {
        defer { state.dropped = 0 }
        return .item(.overflow(dropped: state.dropped))
      }
      if state.isFinished { return .finished }
      state.waiter = waiter
      return .nothing
    }
  }

  private static func pop(_ state: inout State) -> LinkInput {
    let item = state.items[state.head]
    state.head += 1
    if case .events(let events, _, _) = item { state.events -= events.count }
    if state.head == state.items.count {
      state.items.removeAll(keepingCapacity: state.items.count <= 1_024)
      state.head = 0
    }
    return item
  }

  /// Nothing is accepted any more; the consumer gets what is left and then nil.
  func finish() {
    let waiter = state.withLock { state in
      state.isFinished = true
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: nil)
  }
}
