public import Telephony

/// What is known of an idempotency key.
public enum KeptAnswerState: Sendable, Hashable {
  /// It is the caller's now.
  case taken
  case answered(status: Int, contentType: String, body: [UInt8])
  /// Somebody is at it.
  case busy
  /// It was used for something else.
  case otherRequest
}

extension Store {
  /// How long an answer is kept.
  public static let answersKeptFor: Duration = .seconds(86_400)
  /// After this a key without an answer is free again: its service died.
  public static let keyBusyFor: Duration = .seconds(60)
  /// Old answers removed with each new one, at most.
  static let answersRemovedMax = 100

  private static let purgeAnswers = Statement(
    "kept answers purge",
    """
    DELETE FROM perezvon.kept_answers WHERE ctid IN (
      SELECT ctid FROM perezvon.kept_answers WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)
    """)
  private static let takeKey = Statement(
    "kept answers take",
    """
    INSERT INTO perezvon.kept_answers AS k (bearer, key, fingerprint, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (bearer, key) DO UPDATE SET fingerprint = excluded.fingerprint, at = excluded.at,
      status = NULL, content_type = NULL, body = NULL
    WHERE k.at < $5 OR (k.status IS NULL AND k.at < $6)
    """)
  private static let findKey = Statement(
    "kept answers find",
    """
    SELECT fingerprint, status, content_type, body FROM perezvon.kept_answers WHERE bearer = $1 AND key = $2
    """)
  private static let keep = Statement(
    "kept answers keep",
    """
    UPDATE perezvon.kept_answers SET status = $3, content_type = $4, body = $5
    WHERE bearer = $1 AND key = $2 AND status IS NULL
    """)
  private static let giveKeyBack = Statement(
    "kept answers give back",
    "DELETE FROM perezvon.kept_answers WHERE bearer = $1 AND key = $2 AND status IS NULL")

  /// Takes an idempotency key of a token, or tells what became of it. One of several at once gets it.
  public func takeKey(
    _ key: String, of bearer: String, fingerprint: String, now: Timestamp
  ) async throws(StoreError) -> KeptAnswerState {
    let print = SHA256.hex(fingerprint.utf8)
    let old = now - Self.answersKeptFor
    return try await pool.run { link throws(StoreError) in
      let rows = try link.batch(
        [
          Self.purgeAnswers.with(.time(old), .int(Self.answersRemovedMax)),
          Self.takeKey.with(
            .text(bearer), .text(key), .text(print), .time(now), .time(old), .time(now - Self.keyBusyFor)),
          Self.findKey.with(.text(bearer), .text(key)),
        ], commits: true)
      if rows[1].affected > 0 { return .taken }
      let found = try rows[2].first { row throws(StoreError) -> KeptAnswerState in
        guard try row.text() == print else { return .otherRequest }
        guard let status = try row.intOrNil() else { return .busy }
        return .answered(status: Int(status), contentType: try row.text(), body: try row.bytes())
      }
      return found ?? .busy
    }
  }

  /// Removes answers that are older than a day, a hundred at a time; they tell of customers.
  public func forgetOldAnswers(now: Timestamp) async throws(StoreError) {
    let call = Self.purgeAnswers.with(.time(now - Self.answersKeptFor), .int(Self.answersRemovedMax))
    try await pool.run { link throws(StoreError) in
      while try link.execute(call, commits: true).affected == Self.answersRemovedMax {}
    }
  }

  /// Keeps the answer to a request whose key was taken.
  public func keepAnswer(
    status: Int, contentType: String, body: [UInt8], key: String, of bearer: String
  ) async throws(StoreError) {
    try await write([
      Self.keep.with(.text(bearer), .text(key), .int(status), .text(contentType), .bytes(body))
    ])
  }

  /// Lets a key go whose request was not done.
  public func giveKeyBack(_ key: String, of bearer: String) async throws(StoreError) {
    try await write([Self.giveKeyBack.with(.text(bearer), .text(key))])
  }
}
