/// What the measured service did, as the other side of its sockets saw it.
enum Signal: Sendable {
  /// `QueuePause` with `Paused: true`.
  case pauseArrived(at: ContinuousClock.Instant)
  case unpauseArrived
  /// `POST /channels` of the agent's leg; the job of its attempt as another session reads it in PostgreSQL, nil
  /// where the attempt is not committed.
  case originateArrived(at: ContinuousClock.Instant, job: String?)
  /// NOTIFY on `perezvon_jobs`.
  case notified(job: String, at: ContinuousClock.Instant)
  case written(at: ContinuousClock.Instant)
  case timedOut(Int)
}

/// Signals in the order of their arrival, for the one who drives the cases.
final class Mailbox {
  let post: @Sendable (Signal) -> Void
  private var signals: AsyncStream<Signal>.AsyncIterator
  private var waits = 0

  init() {
    let (stream, continuation) = AsyncStream.makeStream(of: Signal.self)
    signals = stream.makeAsyncIterator()
    post = { continuation.yield($0) }
  }

  /// The first signal that `pick` accepts; those before it are dropped.
  func first<Value>(_ what: String, _ pick: (Signal) -> Value?) async throws(BenchError) -> Value {
    waits += 1
    let timer = Task { [wait = waits, post] in
      try await Task.sleep(for: .seconds(10))
      post(.timedOut(wait))
    }
    defer { timer.cancel() }
    while let signal = await signals.next(isolation: #isolation) {
      if case .timedOut(let wait) = signal, wait == waits { break }
      if let value = pick(signal) { return value }
    }
    throw BenchError("\(what) did not come within 10 s")
  }
}
