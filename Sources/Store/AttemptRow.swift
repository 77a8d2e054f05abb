import Dialer
import Telephony

/// Attempts as rows of `perezvon.attempts`.
enum AttemptRow {
  static let columns = """
    id, job, course, agent_leg, campaign, pbx, n, number, agent, queue, phase, fence, pbx_started_at, started_at, deadline,
    agent_rang_at, agent_answered_at, customer_dialed_at, customer_answered_at, connected_at, talk_ended_at, ended_at,
    agent_result, customer_result, outcome, hangup_cause, paused_reason_found,
    card_offered_at, card_until, card_accepted_at
    """

  static func read(_ row: inout Row) throws(StoreError) -> AttemptRecord {
    let id = AttemptID(try row.uuid())
    let job = JobID(try row.uuid())
    let course: AttemptCourse = try row.word()
    let agentLeg = try row.uuidOrNil().map { AttemptID($0) }
    let campaign: CampaignName = try row.name()
    let pbx: PBXName = try row.name()
    let n = try row.int()
    guard let number = PhoneNumber(e164: try row.text()) else {
      throw StoreError(code: .schema, message: "attempt \(id) has a number that is not E.164")
    }
    var attempt = AttemptRecord(
      id: id, job: job, campaign: campaign, pbx: pbx, n: n, number: number, agent: try row.nameOrNil(),
      queue: try row.nameOrNil(), phase: try row.word(), fence: Int64(try row.int()),
      pbxStartedAt: try row.time(), startedAt: try row.time(), deadline: try row.time())
    attempt.course = course
    attempt.agentLeg = agentLeg
    attempt.agentRangAt = try row.timeOrNil()
    attempt.agentAnsweredAt = try row.timeOrNil()
    attempt.customerDialedAt = try row.timeOrNil()
    attempt.customerAnsweredAt = try row.timeOrNil()
    attempt.connectedAt = try row.timeOrNil()
    attempt.talkEndedAt = try row.timeOrNil()
    attempt.endedAt = try row.timeOrNil()
    attempt.agentResult = try row.word()
    attempt.customerResult = try row.word()
    attempt.outcome = try row.wordOrNil()
    attempt.cause = try row.intOrNil().map { HangupCause(rawValue: Int($0)) }
    attempt.pausedReasonFound = try row.text()
    attempt.cardOfferedAt = try row.timeOrNil()
    attempt.cardUntil = try row.timeOrNil()
    attempt.cardAcceptedAt = try row.timeOrNil()
    return attempt
  }

  // The moment of the customer's dial, once written, stays while the attempt lives; writing it is what charges
  // the job, once. Only its end may take it back, where the customer was certainly not dialled: then the job is
  // not charged either.
  private static let update = Statement(
    "attempt update",
    """
    WITH before AS (SELECT customer_dialed_at FROM perezvon.attempts WHERE id = $1),
    written AS (
      UPDATE perezvon.attempts SET agent = $2, queue = $3, phase = $4, fence = $5, pbx_started_at = $6,
        deadline = $7, agent_rang_at = $8, agent_answered_at = $9,
        customer_dialed_at = CASE WHEN $4 = 'ended' THEN $10 ELSE coalesce(customer_dialed_at, $10) END,
        connected_at = $11, talk_ended_at = $12,
        ended_at = $13, agent_result = $14, customer_result = $15, outcome = $16, hangup_cause = $17,
        paused_reason_found = $18, customer_answered_at = $19, agent_leg = $20,
        card_offered_at = $21, card_until = $22, card_accepted_at = $23
      WHERE id = $1 RETURNING job)
    UPDATE perezvon.jobs j SET attempts =
      greatest(0, j.attempts + CASE WHEN before.customer_dialed_at IS NULL THEN 1 ELSE -1 END)
    FROM before, written
    WHERE j.id = written.job AND (before.customer_dialed_at IS NULL) <> ($10::timestamptz IS NULL)
      AND ($10::timestamptz IS NOT NULL OR $4 = 'ended')
    """)

  /// The whole row, under the lease's fence.
  static func update(_ attempt: AttemptRecord, fence: Int64) -> Statement.Call {
    update.with(
      .uuid(attempt.id.id), .text(attempt.agent), .text(attempt.queue), .word(attempt.phase), .int(fence),
      .time(attempt.pbxStartedAt), .time(attempt.deadline), .time(attempt.agentRangAt),
      .time(attempt.agentAnsweredAt), .time(attempt.customerDialedAt), .time(attempt.connectedAt),
      .time(attempt.talkEndedAt), .time(attempt.endedAt), .word(attempt.agentResult),
      .word(attempt.customerResult), .word(attempt.outcome), .int(attempt.cause?.rawValue),
      .text(attempt.pausedReasonFound), .time(attempt.customerAnsweredAt),
      .uuid(attempt.agentLeg?.id), .time(attempt.cardOfferedAt), .time(attempt.cardUntil),
      .time(attempt.cardAcceptedAt))
  }

  static let requireLive = Statement("attempt require live", "SELECT perezvon.require_live($1, $2, $3, $4)")

  static let requireOwed = Statement("attempt require owed", "SELECT perezvon.require_owed($1)")

  // Whatever the change was: no job stays working without an attempt.
  static let letGo = Statement(
    "attempt let go",
    """
    UPDATE perezvon.jobs SET state = 'waiting',
      reason = 'The attempt ended; nothing was said of what comes next.'
    WHERE id = $1 AND state = 'working'
    """)

  // A job is claimed when it is due: where a working one is due after its attempt began, a callback was promised or
  // asked for meanwhile. Kept in a setting of the transaction, since what follows moves the job.
  static let noteAsked = Statement(
    "attempt note asked",
    """
    SELECT set_config('perezvon.asked', coalesce((
      SELECT jsonb_build_object('due', j.due_at, 'owner', j.owner, 'agent', a.agent, 'word', d.decision, 'reason', d.reason)::text
      FROM perezvon.attempts a JOIN perezvon.jobs j ON j.id = a.job AND j.due_at > a.started_at
      CROSS JOIN LATERAL (
        SELECT decision, reason FROM perezvon.decisions
        WHERE job = j.id AND decision IN ('promised', 'requested') ORDER BY at DESC, id DESC LIMIT 1) d
      WHERE a.id = $1), ''), true)
    """)

  // What was noted: the job that is still owed is owed then. One that is done has had its call, and a promise is
  // owed anew; not to who must not be called. The job that is done stays with the agent who made its call.
  static let takeUpAsked = Statement(
    "attempt take up asked",
    """
    WITH asked AS (
      SELECT (text::jsonb ->> 'due')::timestamptz AS due, text::jsonb ->> 'owner' AS owner,
        text::jsonb ->> 'agent' AS agent, text::jsonb ->> 'word' AS word, text::jsonb ->> 'reason' AS reason
      FROM (SELECT nullif(current_setting('perezvon.asked', true), '') AS text) t WHERE text IS NOT NULL),
    again AS (
      UPDATE perezvon.jobs j SET source = asked.word, due_at = asked.due, promised_at = asked.due, overdue_at = NULL,
        owner = coalesce(asked.owner, j.owner), reason = asked.reason
      FROM asked WHERE j.id = $1 AND j.state = 'waiting'),
    done AS (
      UPDATE perezvon.jobs j SET due_at = least(asked.due, $2), owner = coalesce(asked.agent, j.owner) FROM asked
      WHERE j.id = $1 AND j.state NOT IN ('waiting', 'working') RETURNING j.*),
    owed AS (
      INSERT INTO perezvon.jobs (id, campaign, number, customer_name, source, state, reason, created_at,
        first_missed_at, missed_count, priority, owner, due_at, expires_at, attempts, queue, pbx, held_out,
        contact, time_zone, promised_at)
      SELECT $3, done.campaign, done.number, done.customer_name, 'promised', 'waiting', asked.reason, $2, $2, 0,
        done.priority, asked.owner, asked.due, greatest(done.expires_at, asked.due), 0, done.queue, done.pbx, false,
        done.contact, done.time_zone, asked.due
      FROM done, asked WHERE asked.word = 'promised' AND done.state NOT IN ('excluded', 'cancelled', 'failed')
      ON CONFLICT DO NOTHING RETURNING id, number, reason)
    INSERT INTO perezvon.decisions (at, number, job, decision, reason)
    SELECT $2, number, id, 'promised', reason FROM owed
    """)

  // A list's phone remembers how its last dial ended, and whether there is such a number at all.
  static let phoneResult = Statement(
    "attempt phone result",
    """
    UPDATE perezvon.contact_phones p SET last_result = $3, last_at = $4,
      state = CASE WHEN $3 = 'invalid' THEN 'out_of_order' ELSE p.state END
    FROM perezvon.jobs j WHERE j.id = $1 AND p.of_contact = j.contact AND p.number = $2
    """)

  static let claim = Statement(
    "attempt claim",
    """
    SELECT code, n, seen, until FROM perezvon.claim_course($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
      $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
    """)
}
