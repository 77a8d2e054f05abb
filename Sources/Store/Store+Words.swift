public import Telephony

/// What was said by keys is heard more than once: over AMI, by several instances, in queue_log. It is applied once.
extension Store {
  private static let known = Statement("word known", "SELECT 1 FROM perezvon.words WHERE id = $1")
  private static let note = Statement(
    "word note", "INSERT INTO perezvon.words (id, at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
  private static let lastCustomer = Statement(
    "last customer",
    """
    SELECT number FROM (
      (SELECT number, ended_at AS moment FROM perezvon.calls
        WHERE pbx = $1 AND answered_by = $2 AND number IS NOT NULL AND ended_at BETWEEN $3 AND $4
        ORDER BY ended_at DESC LIMIT 1)
      UNION ALL
      (SELECT number, talk_ended_at FROM perezvon.attempts
        WHERE pbx = $1 AND agent = $2 AND number IS NOT NULL AND started_at BETWEEN $3 AND $4 AND talk_ended_at <= $4
        ORDER BY talk_ended_at DESC LIMIT 1)) talks
    ORDER BY moment DESC LIMIT 1
    """)

  static func noteWord(_ id: UniqueID, at moment: Timestamp) -> Statement.Call {
    note.with(.uuid(id), .time(moment))
  }

  /// Whether what was said has been applied already.
  public func isApplied(_ word: UniqueID) async throws(StoreError) -> Bool {
    let call = Self.known.with(.uuid(word))
    return try await pool.run { link throws(StoreError) in try link.execute(call).count > 0 }
  }

  /// What was said at this moment is applied, and is not applied again.
  public func noteApplied(_ word: UniqueID, saidAt moment: Timestamp) async throws(StoreError) {
    try await write([Self.noteWord(word, at: moment)])
  }

  /// Whom an agent talked with last between two moments, by the end of the talk, on any path: the number as the books
  /// have it. Nil where he talked with nobody who showed one.
  public func lastCustomer(
    of agent: MemberInterface, on pbx: PBXName, from: Timestamp, to: Timestamp
  ) async throws(StoreError) -> String? {
    let call = Self.lastCustomer.with(.text(pbx), .text(agent), .time(from), .time(to))
    return try await pool.run { link throws(StoreError) in
      try link.execute(call).first { row throws(StoreError) in try row.text() }
    }
  }
}
