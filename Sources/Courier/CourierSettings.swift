/// Limits of one courier.
public struct CourierSettings: Sendable, Hashable {
  /// Requests in flight or waiting. Default 1,000; one more is refused with `busy`.
  public var requestsMax: Int
  /// Connections to one host at once; further requests wait for one, within their own time limit.
  /// Default 32 (Asterisk's `sessionlimit` in http.conf is 100 by default).
  public var connectionsPerHostMax: Int
  /// Idle connections kept, all hosts together. Default 64.
  public var idleConnectionsMax: Int
  /// A connection idle for longer is not used again. Default 10 s, below Asterisk's `session_keep_alive` of 15 s
  /// (`main/http.c`), so that no request meets a connection that is just being closed. Range 1 s and up.
  public var idleMax: Duration
  /// Header bytes of one answer. Default 64 KiB.
  public var headerBytesMax: Int

  public init(
    requestsMax: Int = 1_000, connectionsPerHostMax: Int = 32, idleConnectionsMax: Int = 64,
    idleMax: Duration = .seconds(10), headerBytesMax: Int = 64 << 10
  ) {
    self.requestsMax = requestsMax
    self.connectionsPerHostMax = connectionsPerHostMax
    self.idleConnectionsMax = idleConnectionsMax
    self.idleMax = idleMax
    self.headerBytesMax = headerBytesMax
  }
}
