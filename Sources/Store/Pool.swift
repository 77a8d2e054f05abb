import Synchronization

/// Connections to share; the one used last is handed out first, so that few are warm rather than all cool.
final class Pool: Sendable {
  private struct State {
    var idle: [Connection]
    var waiters: [Waiter] = []
    var nextWaiter = 0
    var refused = 0
    var inUse = 0
    var closed = false
    var closers: [CheckedContinuation<Void, Never>] = []
  }

  private struct Waiter {
    let id: Int
    let continuation: CheckedContinuation<Connection?, Never>
  }

  private let state: Mutex<State>
  private let settings: StoreSettings

  init(_ settings: StoreSettings) {
    self.settings = settings
    state = Mutex(State(idle: (0..<settings.poolSize).map { _ in Connection(settings) }))
  }

  var waiting: Int { state.withLock { $0.waiters.count } }

  /// Refused because `StoreSettings.waitersMax` waited already, since the start.
  var refused: Int { state.withLock { $0.refused } }

  /// Runs `body` on a connection's thread.
  func run<R: Sendable>(
    _ body: @escaping @Sendable (Link) throws(StoreError) -> R
  ) async throws(StoreError) -> R {
    let connection = try await acquire()
    defer { release(connection) }
    return try await connection.run(body)
  }

  /// Refuses new work, waits for what is in flight, closes all connections.
  func close() async {
    let refused = state.withLock { state in
      state.closed = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in refused { waiter.continuation.resume(returning: nil) }
    await withCheckedContinuation { continuation in
      let now = state.withLock { state in
        if state.inUse > 0 { state.closers.append(continuation) }
        return state.inUse == 0
      }
      if now { continuation.resume() }
    }
    let all = state.withLock { state in
      defer { state.idle = [] }
      return state.idle
    }
    for connection in all { await connection.close() }
  }

  private enum Turn { case ready(Connection), wait, closed, full }

  private func acquire() async throws(StoreError) -> Connection {
    switch take() {
    case .ready(let connection): return connection
    case .closed: throw StoreError(code: .unavailable, message: "the store is closed")
    case .full: throw busy("\(StoreSettings.waitersMax) queries are waiting for a connection already")
    case .wait: break
    }
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    var timeout: Task<Void, Never>?
    let connection = await withCheckedContinuation { continuation in
      // A connection may have come back meanwhile.
      let now: Connection?? = state.withLock { state in
        if state.closed { return .some(nil) }
        if let connection = state.idle.popLast() {
          state.inUse += 1
          return .some(connection)
        }
        state.waiters.append(Waiter(id: id, continuation: continuation))
        return nil
      }
      if let now {
        continuation.resume(returning: now)
      } else {
        timeout = Task { [settings] in
          try? await Task.sleep(for: settings.acquireTimeout)
          self.giveUp(id)
        }
      }
    }
    timeout?.cancel()
    guard let connection else {
      throw busy("no free connection within \(settings.acquireTimeout)")
    }
    return connection
  }

  private func take() -> Turn {
    state.withLock { state in
      if state.closed { return .closed }
      if let connection = state.idle.popLast() {
        state.inUse += 1
        return .ready(connection)
      }
      guard state.waiters.count >= StoreSettings.waitersMax else { return .wait }
      state.refused += 1
      return .full
    }
  }

  private func release(_ connection: Connection) {
    let (waiter, closers) = state.withLock { state -> (Waiter?, [CheckedContinuation<Void, Never>]) in
      if !state.waiters.isEmpty { return (state.waiters.removeFirst(), []) }
      state.idle.append(connection)
      state.inUse -= 1
      guard state.closed, state.inUse == 0 else { return (nil, []) }
      defer { state.closers = [] }
      return (nil, state.closers)
    }
    waiter?.continuation.resume(returning: connection)
    for closer in closers { closer.resume() }
  }

  private func giveUp(_ id: Int) {
    let waiter = state.withLock { state -> Waiter? in
      guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
      return state.waiters.remove(at: index)
    }
    waiter?.continuation.resume(returning: nil)
  }

  private func busy(_ what: String) -> StoreError {
    StoreError(
      code: .unavailable, message: what,
      hint: "PostgreSQL is slow or away, or the pool of \(settings.poolSize) connections is too small")
  }
}
