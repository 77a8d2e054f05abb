internal import NIOCore
internal import Synchronization

extension SimulatedPBX {
  /// Writes events, in one piece, to every session that wants events, and tells the moment just before its
  /// bytes went to the socket. Called on the session's own event loop it writes at once, so that what the
  /// caller answers afterwards comes later on the wire.
  public func write(
    events: [[String]], written: @escaping @Sendable (ContinuousClock.Instant) -> Void = { _ in }
  ) {
    let text = events.map { ($0 + ["", ""]).joined(separator: "\r\n") }.joined()
    let channels = state.withLock { state in
      state.sessions.values.filter { $0.isLoggedIn && $0.wantsEvents }.map(\.channel)
    }
    for channel in channels {
      let write: @Sendable () -> Void = {
        let bytes = channel.allocator.buffer(string: text)
        written(.now)
        channel.writeAndFlush(bytes, promise: nil)
      }
      if channel.eventLoop.inEventLoop { write() } else { channel.eventLoop.execute(write) }
    }
  }
}
