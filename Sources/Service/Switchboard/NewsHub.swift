import Synchronization
import WebAPI

/// Hands news to whoever watches. A reader that does not keep up loses the oldest news, never holds up a
/// switchboard.
final class NewsHub: Sendable {
  /// News kept for a slow reader. Default 256.
  static let bufferedMax = 256

  private struct State {
    var readers: [Int: AsyncStream<News>.Continuation] = [:]
    var next = 0
    var changed = false
  }

  private let state = Mutex(State())
  private let meter: Meter

  init(meter: Meter) { self.meter = meter }

  /// How many watch.
  var readers: Int { state.withLock { $0.readers.count } }

  /// Something changed: the next status is worth sending.
  func touch() { state.withLock { $0.changed = true } }

  /// Whether somebody watches and something changed since the last time this was asked.
  func takeChange() -> Bool {
    state.withLock { state in
      defer { state.changed = false }
      return state.changed && !state.readers.isEmpty
    }
  }

  /// Whether somebody watches.
  var isWatched: Bool { state.withLock { !$0.readers.isEmpty } }

  func publish(_ notice: Notice) { publish(.notice(notice)) }

  func publish(_ news: News) {
    let readers = state.withLock { Array($0.readers.values) }
    for reader in readers {
      if case .dropped = reader.yield(news) { meter.limit(.news) }
    }
  }

  func subscribe() -> AsyncStream<News> {
    let (stream, continuation) = AsyncStream<News>.makeStream(
      bufferingPolicy: .bufferingNewest(Self.bufferedMax))
    let id = state.withLock { state in
      state.next += 1
      state.readers[state.next] = continuation
      return state.next
    }
    continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.readers[id] = nil } }
    return stream
  }

  func close() {
    let readers = state.withLock { Array($0.readers.values) }
    for reader in readers { reader.finish() }
  }
}
