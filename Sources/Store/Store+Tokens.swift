public import Telephony

extension Store {
  private static let insertToken = Statement(
    "token insert",
    "INSERT INTO perezvon.tokens (hash, role, label, created_at, expires_at, member) VALUES ($1, $2, $3, $4, $5, $6)"
  )
  private static let tokenByHash = Statement(
    "token by hash",
    """
    SELECT role, label, created_at, expires_at, member FROM perezvon.tokens
    WHERE hash = $1 AND (expires_at IS NULL OR expires_at > $2)
    """)
  private static let deleteToken = Statement("token delete", "DELETE FROM perezvon.tokens WHERE label = $1")
  private static let listTokens = Statement(
    "tokens list",
    "SELECT role, label, created_at, expires_at, member FROM perezvon.tokens ORDER BY label LIMIT $1")

  /// Makes a token and tells it this once; the books keep its SHA-256. Labels are unique: a second one of the
  /// same name throws `.uniqueViolation`. `expires` nil: never. `member`: whom a token of role agent acts for.
  public func createToken(
    role: TokenRole, label: String, member: MemberInterface? = nil, expires: Timestamp?, now: Timestamp
  ) async throws(StoreError) -> String {
    // 256 bits of the system's generator (getrandom), so that a plain hash is enough.
    var random = SystemRandomNumberGenerator()
    var token = "pz_"
    for _ in 0..<4 {
      let hex = String(random.next(), radix: 16)
      token += String(repeating: "0", count: 16 - hex.count) + hex
    }
    try await write([
      Self.insertToken.with(
        .text(SHA256.hex(token.utf8)), .word(role), .text(label), .time(now), .time(expires),
        .text(member))
    ])
    return token
  }

  /// A token that is known and not expired; nil otherwise.
  public func verify(token: String, now: Timestamp) async throws(StoreError) -> AccessToken? {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.tokenByHash.with(.text(SHA256.hex(token.utf8)), .time(now))).first(Self.read)
    }
  }

  private static func read(_ row: inout Row) throws(StoreError) -> AccessToken {
    AccessToken(
      role: try row.word(), label: try row.text(), createdAt: try row.time(),
      expiresAt: try row.timeOrNil(), member: try row.nameOrNil())
  }

  /// False where there is no token of this label.
  public func revokeToken(label: String) async throws(StoreError) -> Bool {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.deleteToken.with(.text(label)), commits: true).affected > 0
    }
  }

  /// By label, at most `StoreSettings.listMax`.
  public func tokens() async throws(StoreError) -> [AccessToken] {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.listTokens.with(.int(StoreSettings.listMax))).map(Self.read)
    }
  }
}
