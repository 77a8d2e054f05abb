import CallPolicy
import Telephony

/// Jobs as rows of `perezvon.jobs`.
enum JobRow {
  static let columns = """
    id, campaign, number, customer_name, source, state, reason, created_at, first_missed_at, missed_count,
    priority, owner, due_at, expires_at, attempts, queue, pbx, held_out, drawn, contact, promised_at,
    CASE WHEN source = 'promised' THEN (
      SELECT max(said.moment) FROM (
        SELECT d.job AS whose, d.at AS moment FROM perezvon.decisions d WHERE d.decision = 'promised') said
      WHERE said.whose = id) END,
    CASE WHEN contact IS NULL THEN '{}' ELSE ARRAY(
      SELECT x.number || ' ' || x.state || ' ' || CASE WHEN attempts = 0 THEN 0 ELSE (
          SELECT count(*) FROM perezvon.attempts a
          WHERE a.number = x.number AND a.campaign = x.campaign AND a.customer_dialed_at >= created_at) END
        || ' ' || x.time_zone FROM perezvon.contact_phones x
      WHERE x.of_contact = contact ORDER BY x.n) END
    """

  static func read(_ row: inout Row) throws(StoreError) -> Job {
    let id = JobID(try row.uuid())
    let campaign: CampaignName = try row.name()
    guard let number = PhoneNumber(e164: try row.text()) else {
      throw StoreError(code: .schema, message: "job \(id) has a number that is not E.164")
    }
    var job = Job(
      id: id, campaign: campaign, number: number, customerName: try row.text(), source: try row.word(),
      state: try row.word(), reason: try row.text(), createdAt: try row.time(), firstMissedAt: try row.time(),
      missedCount: try row.int(), priority: try row.int(), owner: try row.nameOrNil(),
      dueAt: try row.time(), expiresAt: try row.time(), attempts: try row.int(), queue: try row.nameOrNil(),
      pbx: try row.name(), heldOut: try row.bool())
    job.drawn = try row.wordOrNil()
    let contact = try row.uuidOrNil().map(ContactID.init)
    job.promisedAt = try row.timeOrNil()
    job.promiseMadeAt = try row.timeOrNil()
    let phones = try row.texts()
    if let contact { job.contact = JobContact(id: contact, phones: phones.compactMap(Self.phone)) }
    return job
  }

  /// `+79161234567 ok 2 Europe/Moscow`; the zone may be empty.
  private static func phone(_ text: String) -> JobContact.Phone? {
    let words = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard words.count == 4, let number = PhoneNumber(e164: String(words[0])),
      let state = ContactPhoneState(rawValue: String(words[1])), let dials = Int(words[2])
    else { return nil }
    return JobContact.Phone(
      number: number, zone: words[3].isEmpty ? nil : String(words[3]), state: state, dials: dials)
  }

  static let insert = Statement(
    "job insert",
    """
    INSERT INTO perezvon.jobs (id, campaign, number, customer_name, source, state, reason, created_at,
      first_missed_at, missed_count, priority, owner, due_at, expires_at, attempts, queue, pbx, held_out,
      closed_at, contact, time_zone, promised_at, drawn)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
      $22, $23)
    """)

  static func insert(_ job: Job, now: Timestamp) -> Statement.Call {
    insert.with(
      .uuid(job.id.id), .text(job.campaign), .text(job.number.e164), .text(job.customerName),
      .word(job.source), .word(job.state), .text(job.reason), .time(job.createdAt),
      .time(job.firstMissedAt), .int(job.missedCount), .int(job.priority), .text(job.owner),
      .time(job.dueAt), .time(job.expiresAt), .int(job.attempts), .text(job.queue), .text(job.pbx),
      .bool(job.heldOut), .time(job.state.isOpen ? nil : now), .uuid(job.contact?.id.id),
      .text(job.contact?.phones.first { $0.number == job.number }?.zone ?? ""), .time(job.promisedAt),
      .word(job.drawn))
  }

  static let countUp = Statement(
    "job count up",
    """
    UPDATE perezvon.jobs SET missed_count = missed_count + 1
    WHERE id = $1 AND state IN ('waiting', 'working')
    """)

  // A job whose attempt is live stays with it: only the attempt's end moves it. `phase` rather than
  // `ended_at`, so that the planner takes the index on the job, not a partial one full of dead entries.
  static let retry = Statement(
    "job retry",
    """
    UPDATE perezvon.jobs SET state = 'waiting', due_at = $2, attempts = $3, owner = $4,
      reason = $5
    WHERE id = $1 AND state IN ('waiting', 'working')
      AND NOT EXISTS (SELECT 1 FROM perezvon.attempts a WHERE a.job = $1 AND a.phase <> 'ended')
    """)

  static let close = Statement(
    "job close",
    """
    UPDATE perezvon.jobs SET state = $2, reason = $3, closed_at = $4
    WHERE id = $1 AND state IN ('waiting', 'working')
    """)

  static let postpone = Statement(
    "job postpone",
    """
    UPDATE perezvon.jobs SET state = 'waiting', due_at = $2, reason = $3
    WHERE id = $1 AND state IN ('waiting', 'working')
      AND NOT EXISTS (SELECT 1 FROM perezvon.attempts a WHERE a.job = $1 AND a.phase <> 'ended')
    """)

  // Another job of the campaign may hold that number by now: then the present phone is dialled again, later.
  static let dialNext = Statement(
    "job dial next",
    """
    UPDATE perezvon.jobs j SET state = 'waiting', attempts = $6,
      number = CASE WHEN free THEN $2 ELSE j.number END,
      time_zone = CASE WHEN free THEN $3 ELSE j.time_zone END,
      due_at = CASE WHEN free THEN $4 ELSE $5 END, reason = $7
    FROM (SELECT NOT EXISTS (SELECT 1 FROM perezvon.jobs o JOIN perezvon.jobs own ON own.id = $1
      WHERE o.number = $2 AND o.campaign = own.campaign AND o.id <> $1
        AND o.state IN ('waiting', 'working')) AS free) look
    WHERE j.id = $1 AND j.state IN ('waiting', 'working')
      AND NOT EXISTS (SELECT 1 FROM perezvon.attempts a WHERE a.job = $1 AND a.phase <> 'ended')
    """)
  static let retirePhone = Statement(
    "job retire phone",
    """
    UPDATE perezvon.contact_phones p SET state = $2 FROM perezvon.jobs j
    WHERE j.id = $1 AND p.of_contact = j.contact AND p.number = j.number
    """)

  static let notify = Statement("job notify", "SELECT pg_notify('perezvon_jobs', $1)")

  /// The statements of one change. A closed job stays as it is: final states are final.
  static func calls(_ change: JobChange, now: Timestamp) throws(StoreError) -> [Statement.Call] {
    switch change {
    case .create(let job):
      return [insert(job, now: now), notify.with(.text(job.id.description))]
    case .countUp(let id, at: _):
      return [countUp.with(.uuid(id.id)), notify.with(.text(id.description))]
    case .retry(let id, let dueAt, let attempts, let owner, let reason):
      return [
        retry.with(.uuid(id.id), .time(dueAt), .int(attempts), .text(owner), .text(reason)),
        notify.with(.text(id.description)),
      ]
    case .close(let id, let state, let reason):
      guard !state.isOpen else {
        throw StoreError(code: .other, message: "job \(id) cannot be closed as \(state.rawValue)")
      }
      return [
        close.with(.uuid(id.id), .word(state), .text(reason), .time(now)),
        notify.with(.text(id.description)),
      ]
    case .dialNext(let id, let next):
      let retire = retirePhone.with(.uuid(id.id), .word(next.present))
      return (next.present == .ok ? [] : [retire]) + [
        dialNext.with(
          .uuid(id.id), .text(next.number.e164), .text(next.zone ?? ""), .time(next.dueAt),
          .time(next.otherwiseAt), .int(next.attempts), .text(next.reason)),
        notify.with(.text(id.description)),
      ]
    case .postpone(let id, let dueAt, let reason):
      return [
        postpone.with(.uuid(id.id), .time(dueAt), .text(reason)), notify.with(.text(id.description)),
      ]
    }
  }
}

/// Decisions as rows of `perezvon.decisions`.
enum DecisionRow {
  static let insert = Statement(
    "decision insert",
    "INSERT INTO perezvon.decisions (at, number, job, decision, reason) VALUES ($1, $2, $3, $4, $5)")

  static func insert(_ decision: Decision) -> Statement.Call {
    insert.with(
      .time(decision.at), .text(decision.number), .uuid(decision.job?.id), .text(decision.decision),
      .text(decision.reason))
  }

  static func read(_ row: inout Row) throws(StoreError) -> Decision {
    Decision(
      at: try row.time(), number: try row.textOrNil(), job: try row.uuidOrNil().map(JobID.init),
      decision: try row.text(), reason: try row.text())
  }
}
