public import Telephony

extension Store {
  private static let acquire = Statement(
    "lease acquire",
    "SELECT pbx, holder, fence, renewed_at, expires_at FROM perezvon.acquire_lease($1, $2, $3)")
  private static let renewStatement = Statement(
    "lease renew",
    """
    UPDATE perezvon.leases SET renewed_at = clock_timestamp(), expires_at = clock_timestamp() + $4
    WHERE pbx = $1 AND holder = $2 AND fence = $3
    RETURNING pbx, holder, fence, renewed_at, expires_at
    """)
  private static let releaseStatement = Statement(
    "lease release",
    """
    UPDATE perezvon.leases SET expires_at = least(expires_at, clock_timestamp())
    WHERE pbx = $1 AND holder = $2 AND fence = $3
    """)

  /// Takes the lease of a PBX where it is free, expired, or held under the same instance name (a restart
  /// takes its own at once); the fence grows by one each time. Nil where another instance holds it.
  public func acquireLease(
    pbx: PBXName, holder: InstanceName, ttl: Duration
  ) async throws(StoreError) -> Lease? {
    try await lease(Self.acquire.with(.text(pbx), .text(holder), .span(ttl)), ttl: ttl)
  }

  /// Puts off the end by `ttl` from now, even when it had passed, as long as nobody else took the lease. Nil
  /// where somebody did: stop dialling at once.
  public func renew(_ lease: Lease) async throws(StoreError) -> Lease? {
    try await self.lease(
      Self.renewStatement.with(
        .text(lease.pbx), .text(lease.holder), .int(lease.fence), .span(lease.ttl)), ttl: lease.ttl)
  }

  /// Lets others take it at once.
  public func release(_ lease: Lease) async throws(StoreError) {
    let call = Self.releaseStatement.with(.text(lease.pbx), .text(lease.holder), .int(lease.fence))
    try await pool.run { link throws(StoreError) in _ = try link.execute(call, commits: true) }
  }

  private func lease(_ call: Statement.Call, ttl: Duration) async throws(StoreError) -> Lease? {
    try await pool.run { link throws(StoreError) in
      try link.execute(call, commits: true).first { row throws(StoreError) in
        Lease(
          pbx: try row.name(), holder: try row.name(), fence: Int64(try row.int()),
          renewedAt: try row.time(), expiresAt: try row.time(), ttl: ttl)
      }
    }
  }
}
