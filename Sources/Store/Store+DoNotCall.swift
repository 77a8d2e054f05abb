public import Telephony

extension Store {
  private static let deny = Statement(
    "do not call set",
    """
    INSERT INTO perezvon.do_not_call (hash, number, reason, created_at)
    SELECT DISTINCT perezvon.number_hash(n), n, $2, $3::timestamptz FROM unnest($1::text[]) AS n
    ON CONFLICT (hash) DO UPDATE SET number = excluded.number, reason = excluded.reason
    """)
  private static let undeny = Statement(
    "do not call clear", "DELETE FROM perezvon.do_not_call WHERE hash = perezvon.number_hash($1)")

  private static let denyPhones = Statement(
    "do not call phones", "UPDATE perezvon.contact_phones SET state = 'do_not_call' WHERE number = ANY ($1)")
  private static let undenyPhones = Statement(
    "do not call phones clear",
    "UPDATE perezvon.contact_phones SET state = 'ok' WHERE number = $1 AND state = 'do_not_call'")
  // Who has another phone is called there; a job with a call going on is left to it, and its next claim is refused.
  private static let closeDenied = Statement(
    "do not call close jobs",
    """
    WITH closed AS (
      UPDATE perezvon.jobs j SET state = 'excluded', closed_at = $3,
        reason = 'the number was put on the do-not-call list: ' || $2
      WHERE j.id IN (
          SELECT id FROM perezvon.jobs WHERE number = ANY ($1)
          UNION SELECT o.id FROM perezvon.contact_phones p JOIN perezvon.jobs o ON o.contact = p.of_contact
            WHERE p.number = ANY ($1))
        AND j.state = 'waiting' AND NOT EXISTS (SELECT 1 FROM perezvon.contact_phones p
          WHERE p.of_contact = j.contact AND p.state = 'ok')
      RETURNING j.id, j.number, j.reason)
    INSERT INTO perezvon.decisions (at, number, job, decision, reason)
    SELECT $3, number, id, 'excluded', reason FROM closed
    """)

  /// Puts numbers on the do-not-call list and closes the jobs that wait for nothing else.
  static func exclusion(_ numbers: [String], reason: String, _ now: Timestamp) -> [Statement.Call] {
    let numbers = Parameter.texts(numbers)
    return [
      deny.with(numbers, .text(reason), .time(now)), denyPhones.with(numbers),
      closeDenied.with(numbers, .text(reason), .time(now)), JobRow.notify.with(.text("")),
    ]
  }

  /// Never to be dialled from now on. Jobs that wait for this number are closed as excluded, those of contacts with
  /// another phone go on with that.
  public func setDoNotCall(
    _ number: PhoneNumber, reason: String, now: Timestamp
  ) async throws(StoreError) {
    try await write(Self.exclusion([number.e164], reason: reason, now))
  }

  /// False where the number was not on the list. Jobs that were closed stay so.
  public func clearDoNotCall(_ number: PhoneNumber) async throws(StoreError) -> Bool {
    let number = Parameter.text(number.e164)
    return try await pool.run { link throws(StoreError) in
      try link.batch([Self.undeny.with(number), Self.undenyPhones.with(number)], commits: true)[0].affected
        > 0
    }
  }
}
