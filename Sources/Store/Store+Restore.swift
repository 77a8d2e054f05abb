public import Telephony

/// What was done to restored books.
public struct RestoreCounts: Sendable, Hashable {
  /// Callbacks that were due, or under way, in the backup: closed.
  public let jobs: Int
  /// Attempts that were live in the backup: ended, outcome unknown.
  public let attempts: Int
  /// Contacts of lists that wait, and were left as they are.
  public let contacts: Int
}

extension Store {
  private static let markRestored = Statement(
    "restore mark",
    "INSERT INTO perezvon.restores (restored_at, dumped_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
  private static let endRestored = Statement(
    "restore attempts",
    """
    UPDATE perezvon.attempts SET phase = 'ended', ended_at = $1, outcome = coalesce(outcome, 'unknown')
    WHERE ended_at IS NULL
    """)
  private static let closeRestored = Statement(
    "restore jobs",
    """
    WITH changed AS (
      UPDATE perezvon.jobs SET state = 'cancelled', reason = $2, closed_at = $1
      WHERE state = 'working' OR (state = 'waiting' AND contact IS NULL AND NOT held_out AND due_at <= $1)
      RETURNING id, number)
    INSERT INTO perezvon.decisions (at, number, job, decision, reason)
    SELECT $1, number, id, 'cancelled', $2 FROM changed
    """)
  private static let contactsLeft = Statement(
    "restore contacts", "SELECT count(*) FROM perezvon.jobs WHERE state = 'waiting' AND contact IS NOT NULL")

  /// Makes restored books safe to dial from: whatever may have been carried out between the backup and now is closed,
  /// and what was missed before now is not called back. No instance may be running.
  ///
  /// - Parameter reason: for the jobs it closes, one sentence.
  public func settleRestore(
    dumpedAt: Timestamp, reason: String, now: Timestamp
  ) async throws(StoreError) -> RestoreCounts {
    try await pool.run { link throws(StoreError) in
      let rows = try link.batch(
        [
          Self.markRestored.with(.time(now), .time(dumpedAt)), Self.endRestored.with(.time(now)),
          Self.closeRestored.with(.time(now), .text(reason)), Self.contactsLeft.with(),
        ], commits: true)
      let contacts = try rows[3].first { row throws(StoreError) in try row.int() } ?? 0
      return RestoreCounts(jobs: rows[2].affected, attempts: rows[1].affected, contacts: contacts)
    }
  }
}
