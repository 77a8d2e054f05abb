import CallPolicy
import Telephony

/// What `NumberHistory` is read from: two statements of one batch.
enum NumberHistoryRow {
  // BETWEEN says nothing new; by it the index on numbers serves, and not all of the last hour is read.
  // Our own legs' talks count by the attempt's outcome, since a talk of a second is not a conversation.
  private static let facts = Statement(
    "history facts",
    """
    SELECT
      EXISTS (SELECT 1 FROM perezvon.calls WHERE pbx = $2 AND linkedid = $3),
      talk.at, talk.who,
      coalesce(perezvon.is_do_not_call($1), false),
      (SELECT count(*) FROM perezvon.attempts WHERE number = $1 AND customer_dialed_at > $4),
      (SELECT count(DISTINCT m.number) FROM perezvon.missed_calls m
        WHERE m.at > $5 AND $1 LIKE '+%' AND m.number <> $1 AND length(m.number) = length($1)
          AND left(m.number, length($1) - 4) = left($1, length($1) - 4)
          AND m.number BETWEEN left($1, length($1) - 4) || '0000' AND left($1, length($1) - 4) || '9999'),
      $6::uuid IS NOT NULL AND NOT EXISTS (SELECT 1 FROM perezvon.attempts WHERE id = $6),
      (SELECT max(restored_at) FROM perezvon.restores),
      c.category, c.manager, coalesce(c.name, '')
    FROM (SELECT 1) AS one
    LEFT JOIN perezvon.customers c ON c.number = $1
    LEFT JOIN LATERAL (
      SELECT at, who FROM (
        (SELECT ended_at AS at, answered_by AS who FROM perezvon.calls
          WHERE number = $1 AND answered AND attempt IS NULL ORDER BY ended_at DESC LIMIT 1)
        UNION ALL
        (SELECT talk_ended_at, agent FROM perezvon.attempts
          WHERE number = $1 AND outcome = 'conversation' AND talk_ended_at IS NOT NULL
          ORDER BY talk_ended_at DESC LIMIT 1)) AS talks
      ORDER BY at DESC LIMIT 1) AS talk ON true
    """)
  // Also those of a contact whose other phone is dialled next.
  private static let open = """
    SELECT id FROM perezvon.jobs WHERE number = $1 AND state IN ('waiting', 'working')
    UNION ALL SELECT j.id FROM perezvon.contact_phones p JOIN perezvon.jobs j ON j.contact = p.of_contact
      WHERE p.number = $1 AND j.state IN ('waiting', 'working')
    """
  private static let openJobs = Statement(
    "history jobs",
    """
    SELECT \(JobRow.columns) FROM perezvon.jobs WHERE id IN (\(open))
    ORDER BY created_at
    """)

  // The end of an attempt closes a job without the number's lock: a call counted on a job that closes in the
  // same moment would be owed nothing.
  private static let openJobsLocked = Statement(
    "history jobs locked",
    """
    SELECT \(JobRow.columns) FROM perezvon.jobs WHERE id IN (\(open)) AND state IN ('waiting', 'working')
    ORDER BY created_at FOR NO KEY UPDATE
    """)

  /// `locksJobs`: the open jobs stay as they are read until the transaction is over.
  static func calls(
    number: String?, pbx: PBXName, linkedID: LinkedID, attempt: AttemptID? = nil, now: Timestamp,
    locksJobs: Bool
  ) -> [Statement.Call] {
    [
      facts.with(
        .text(number), .text(pbx), .text(linkedID), .time(now - .seconds(86_400)),
        .time(now - .seconds(3_600)), .uuid(attempt?.id)),
      (locksJobs ? openJobsLocked : openJobs).with(.text(number)),
    ]
  }

  static func read(_ rows: ArraySlice<Rows>) throws(StoreError) -> NumberHistory {
    var history = NumberHistory()
    let facts = try rows[rows.startIndex].first { row throws(StoreError) in
      (
        recorded: try row.bool(), talkedAt: try row.timeOrNil(), talkedWith: try row.textOrNil(),
        doNotCall: try row.bool(), dials: try row.int(), range: try row.int(), lost: try row.bool(),
        restoredAt: try row.timeOrNil(),
        category: try row.textOrNil(), manager: try row.nameOrNil(MemberInterface.self), name: try row.text()
      )
    }
    if let facts {
      history.alreadyRecorded = facts.recorded
      history.lastTalkEndedAt = facts.talkedAt
      history.lastTalkedWith = facts.talkedWith
      history.doNotCall = facts.doNotCall
      history.dialsLastDay = facts.dials
      history.rangeCallersLastHour = facts.range
      history.attemptLost = facts.lost
      history.restoredAt = facts.restoredAt
      history.category = facts.category
      history.manager = facts.manager
      history.customerName = facts.name
    }
    history.openJobs = try rows[rows.startIndex + 1].map(JobRow.read)
    return history
  }
}
