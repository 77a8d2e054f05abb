import Synchronization

/// The books in PostgreSQL. Every call takes one connection of the pool for one transaction; nothing here
/// logs, errors are returned. Safe to use from any task.
public final class Store: Sendable {
  public let settings: StoreSettings
  let pool: Pool
  private let listeners = Mutex<[Listener]>([])

  /// Connects with the first query, not here.
  public init(_ settings: StoreSettings) {
    self.settings = settings
    pool = Pool(settings)
  }

  /// Waits for the queries in flight, then closes all connections and ends all streams. New queries are
  /// refused as `.unavailable`. May be called twice.
  public func close() async {
    let open = listeners.withLock { listeners in
      defer { listeners = [] }
      return listeners
    }
    for listener in open { listener.stop() }
    await pool.close()
  }

  /// Queries that wait for a free connection.
  public var queriesWaiting: Int { pool.waiting }

  /// Queries that were refused because `StoreSettings.waitersMax` waited already, since the start.
  public var queriesRefused: Int { pool.refused }

  private static let pingStatement = Statement("ping", "SELECT 1")

  /// Whether the server answers.
  public func ping() async throws(StoreError) {
    try await pool.run { link throws(StoreError) in _ = try link.execute(Self.pingStatement.with()) }
  }

  /// `15.20`.
  public func serverVersion() async throws(StoreError) -> String {
    try await pool.run { link throws(StoreError) in
      "\(link.serverVersion / 10_000).\(link.serverVersion % 10_000)"
    }
  }

  /// LISTEN on a connection of its own, that is made anew when it breaks. Begins with `.resynced`; ends when
  /// the reader stops or the store closes. Channels are names such as `StoreChannel.jobs`.
  public func notifications(channels: [String]) -> AsyncStream<StoreNotification> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: StoreNotification.self, bufferingPolicy: .bufferingNewest(StoreSettings.notificationsMax))
    let listener = Listener(settings, channels: channels, continuation: continuation)
    listeners.withLock { listeners in
      listeners.removeAll(where: \.stopped)
      listeners.append(listener)
    }
    continuation.onTermination = { _ in listener.stop() }
    listener.start()
    return stream
  }
}
