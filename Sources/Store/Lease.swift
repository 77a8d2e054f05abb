public import Telephony

/// The right of one instance to drive one PBX, for a while. The moments are the database's clock; what the
/// holder trusts is its own monotonic clock from when it *sent* the renewal, `ttl` less a margin long.
public struct Lease: Sendable, Hashable {
  public var pbx: PBXName
  public var holder: InstanceName
  /// Grows by one with each `acquireLease` that succeeds, never shrinks.
  public var fence: Int64
  public var renewedAt: Timestamp
  public var expiresAt: Timestamp
  public var ttl: Duration

  public init(
    pbx: PBXName, holder: InstanceName, fence: Int64, renewedAt: Timestamp, expiresAt: Timestamp,
    ttl: Duration
  ) {
    self.pbx = pbx
    self.holder = holder
    self.fence = fence
    self.renewedAt = renewedAt
    self.expiresAt = expiresAt
    self.ttl = ttl
  }
}
