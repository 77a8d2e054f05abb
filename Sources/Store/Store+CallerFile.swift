public import CallPolicy
public import Telephony

extension Store {
  // One round trip, each row by its index. Our own legs' talks count by the attempt's outcome.
  private static let callerFile = Statement(
    "caller file",
    """
    SELECT coalesce(nullif(c.name, ''), talk.name, ''), c.category, c.manager, talk.at, talk.who,
      coalesce(perezvon.is_do_not_call($1), false)
    FROM (SELECT 1) AS one
    LEFT JOIN perezvon.customers c ON c.number = $1
    LEFT JOIN LATERAL (
      SELECT at, who, name FROM (
        (SELECT ended_at AS at, answered_by AS who, customer_name AS name FROM perezvon.calls
          WHERE number = $1 AND answered AND attempt IS NULL ORDER BY ended_at DESC LIMIT 1)
        UNION ALL
        (SELECT talk_ended_at, agent, NULL FROM perezvon.attempts
          WHERE number = $1 AND outcome = 'conversation' AND talk_ended_at IS NOT NULL
          ORDER BY talk_ended_at DESC LIMIT 1)) AS talks
      ORDER BY at DESC LIMIT 1) AS talk ON true
    """)
  private static let callerJob = Statement(
    "caller job",
    """
    SELECT \(JobRow.columns) FROM perezvon.jobs
    WHERE number = $1 AND state IN ('waiting', 'working') AND contact IS NULL AND NOT held_out
    ORDER BY first_missed_at, id LIMIT 1
    """)

  /// What the books know of a number that calls in. One round trip, no lock.
  public func callerFile(_ number: PhoneNumber) async throws(StoreError) -> CallerFile {
    let wanted = Parameter.text(number.e164)
    return try await pool.run { link throws(StoreError) in
      let rows = try link.batch([Self.callerFile.with(wanted), Self.callerJob.with(wanted)])
      var file =
        try rows[0].first { row throws(StoreError) in
          CallerFile(
            name: try row.text(), category: try row.textOrNil(), manager: try row.nameOrNil(),
            lastTalkEndedAt: try row.timeOrNil(), lastTalkedWith: try row.textOrNil(),
            doNotCall: try row.bool())
        } ?? CallerFile()
      file.openJob = try rows[1].first(JobRow.read)
      return file
    }
  }
}
