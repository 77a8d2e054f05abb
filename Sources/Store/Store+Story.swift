import CallPolicy
import CallTracking
import Dialer
import Telephony

extension Store {
  // Each takes the newest rows; they are turned round after reading.
  private static let storyCalls = Statement(
    "story calls",
    """
    SELECT pbx, linkedid, direction, started_at, ended_at, number, did, queue, answered, answered_by, wait,
      talk, lost_at, ending, short, attempt
    FROM perezvon.calls WHERE number = $1 ORDER BY ended_at DESC, linkedid DESC LIMIT $2
    """)
  private static let storyMissed = Statement(
    "story missed",
    """
    SELECT pbx, linkedid, at, number, customer_name, did, queue, wait, lost_at, ending, members_rung, short,
      steps.at_us, steps.what, steps.detail, job, no_job_reason
    FROM perezvon.missed_calls m
    CROSS JOIN LATERAL (
      SELECT coalesce(array_agg((extract(epoch FROM (s->>'at')::timestamptz) * 1000000)::bigint::text
          ORDER BY i), '{}') AS at_us,
        coalesce(array_agg(s->>'what' ORDER BY i), '{}') AS what,
        coalesce(array_agg(s->>'detail' ORDER BY i), '{}') AS detail
      FROM jsonb_array_elements(m.evidence) WITH ORDINALITY AS e(s, i)) AS steps
    WHERE number = $1 ORDER BY at DESC, linkedid DESC LIMIT $2
    """)
  private static let storyJobs = Statement(
    "story jobs",
    """
    SELECT \(JobRow.columns) FROM perezvon.jobs
    WHERE id IN (SELECT perezvon.jobs_of($1)) AND number IS NOT NULL ORDER BY created_at DESC, id DESC LIMIT $2
    """)
  private static let storyAttempts = Statement(
    "story attempts",
    """
    SELECT \(AttemptRow.columns) FROM perezvon.attempts WHERE number = $1
    ORDER BY started_at DESC, id DESC LIMIT $2
    """)
  private static let storyDecisions = Statement(
    "story decisions",
    """
    SELECT at, number, job, decision, reason FROM perezvon.decisions WHERE number = $1
    ORDER BY at DESC, id DESC LIMIT $2
    """)
  private static let storyDenied = Statement(
    "story denied", "SELECT coalesce(perezvon.is_do_not_call($1), false)")

  /// All that the books hold about a number, as the reports show it: E.164, or raw digits where unreadable.
  public func story(of number: String) async throws(StoreError) -> NumberStory {
    let values: [Parameter] = [.text(number), .int(StoreSettings.listMax)]
    let contacts = try await contacts(number: number)
    let runs = try await campaignRuns()
    return try await pool.run { link throws(StoreError) in
      let five = [
        Self.storyCalls, Self.storyMissed, Self.storyJobs, Self.storyAttempts, Self.storyDecisions,
      ].map { Statement.Call(statement: $0, parameters: values) }
      let rows = try link.batch(five + [Self.storyDenied.with(.text(number))])
      return NumberStory(
        number: number,
        calls: try rows[0].map(Self.readCall).reversed(),
        missed: try rows[1].map(Self.readMissed).reversed(),
        jobs: try rows[2].map(JobRow.read).reversed(),
        attempts: try rows[3].map(AttemptRow.read).reversed(),
        decisions: try rows[4].map(DecisionRow.read).reversed(),
        doNotCall: try rows[5].first { row throws(StoreError) in try row.bool() } ?? false,
        contacts: contacts,
        runs: runs)
    }
  }

  private static func readCall(_ row: inout Row) throws(StoreError) -> StoredCall {
    StoredCall(
      pbx: try row.name(), linkedID: try row.name(), direction: try row.word(), startedAt: try row.time(),
      endedAt: try row.time(), number: try row.textOrNil(), did: try row.text(), queue: try row.nameOrNil(),
      answered: try row.bool(), answeredBy: try row.textOrNil(), wait: try row.span(), talk: try row.span(),
      lostAt: try row.wordOrNil(), ending: try row.wordOrNil(), short: try row.bool(),
      attempt: try row.uuidOrNil().map(AttemptID.init))
  }

  private static func readMissed(_ row: inout Row) throws(StoreError) -> MissedCall {
    MissedCall(
      pbx: try row.name(), linkedID: try row.name(), at: try row.time(), number: try row.textOrNil(),
      customerName: try row.text(), did: try row.text(), queue: try row.nameOrNil(), wait: try row.span(),
      lostAt: try row.wordOrNil(), ending: try row.wordOrNil(), membersRung: try row.texts(),
      short: try row.bool(), evidence: try readEvidence(&row), job: try row.uuidOrNil().map(JobID.init),
      noJobReason: try row.textOrNil())
  }

  private static func readEvidence(_ row: inout Row) throws(StoreError) -> [EvidenceStep] {
    let (moments, words, details) = (try row.texts(), try row.texts(), try row.texts())
    return zip(moments, zip(words, details)).map { moment, word in
      EvidenceStep(at: Timestamp(microseconds: Int64(moment) ?? 0), what: word.0, detail: word.1)
    }
  }
}
