public import CallPolicy
public import Telephony

extension Store {
  static let waiting = Statement(
    "jobs waiting",
    """
    SELECT \(JobRow.columns) FROM perezvon.jobs
    WHERE state = 'waiting' AND NOT held_out AND contact IS NULL AND campaign = ANY ($1) AND due_at <= $2
      AND ($4::text IS NULL OR pbx = $4)
    ORDER BY priority DESC, first_missed_at, id LIMIT $3
    """)

  /// Waiting jobs of these campaigns (and of this PBX, where one is named) due at that moment or before, not
  /// held out, and of no list (`contactJobs` has those): highest priority first, then
  /// who has waited longest. Jobs past their expiry are among them
  /// until `expireJobs` ran; `claim` refuses them.
  public func waitingJobs(
    campaigns: [CampaignName], pbx: PBXName? = nil, dueBefore: Timestamp, limit: Int
  ) async throws(StoreError) -> [Job] {
    let call = Self.waiting.with(
      .texts(campaigns.map(\.rawValue)), .time(dueBefore), .int(min(max(1, limit), StoreSettings.listMax)),
      .text(pbx))
    return try await pool.run { link throws(StoreError) in try link.execute(call).map(JobRow.read) }
  }

  private static let nextDueStatement = Statement(
    "jobs next due",
    """
    SELECT min(due_at) FROM perezvon.jobs
    WHERE state = 'waiting' AND NOT held_out AND campaign = ANY ($1) AND due_at > $2
    """)

  /// When the next waiting job becomes due after that moment; nil where none will.
  public func nextDue(campaigns: [CampaignName], after: Timestamp) async throws(StoreError) -> Timestamp? {
    let call = Self.nextDueStatement.with(.texts(campaigns.map(\.rawValue)), .time(after))
    return try await pool.run { link throws(StoreError) in
      try link.execute(call).first { row throws(StoreError) in try row.timeOrNil() } ?? nil
    }
  }

  private static let openJob = Statement(
    "job open",
    """
    SELECT \(JobRow.columns) FROM perezvon.jobs
    WHERE number = $1 AND campaign = $2 AND state IN ('waiting', 'working')
    """)

  /// Adds a job that no call brought, with its decision. Where this number has an open job in this campaign,
  /// nothing is written and that one is returned with `created` false.
  public func addJob(_ job: Job, decision: Decision) async throws(StoreError) -> (job: Job, created: Bool) {
    try await pool.run { link throws(StoreError) in
      try link.transaction(
        reading: [
          Link.lock.with(.text(job.number.e164)),
          Self.openJob.with(.text(job.number.e164), .text(job.campaign)),
        ]
      ) { rows throws(StoreError) in
        if let open = try rows[1].first(JobRow.read) { return ([], (open, false)) }
        let writes = [
          JobRow.insert(job, now: job.createdAt), DecisionRow.insert(decision),
          JobRow.notify.with(.text(job.id.description)),
        ]
        return (writes, (job, true))
      }
    }
  }

  private static let byID = Statement(
    "job by id", "SELECT \(JobRow.columns) FROM perezvon.jobs WHERE id = $1 AND number IS NOT NULL")

  /// Nil where there is none, or where its number was removed (retention).
  public func job(_ id: JobID) async throws(StoreError) -> Job? {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.byID.with(.uuid(id.id))).first(JobRow.read)
    }
  }

  private static let list = Statement(
    "jobs list",
    """
    SELECT \(JobRow.columns) FROM perezvon.jobs
    WHERE number IS NOT NULL AND ($1::text IS NULL OR number = $1) AND ($2::text IS NULL OR state = $2)
      AND ($3::text IS NULL OR campaign = $3) AND ($5::text IS NULL OR queue = $5)
      AND ($6::timestamptz IS NULL OR created_at >= $6) AND ($7::timestamptz IS NULL OR created_at < $7)
      AND ($8::timestamptz IS NULL OR (created_at, id) < ($8, $9))
    ORDER BY created_at DESC, id DESC LIMIT $4
    """)

  /// Newest first.
  public func jobs(_ filter: JobFilter) async throws(StoreError) -> [Job] {
    let call = Self.list.with(
      .text(filter.number), .word(filter.state), .text(filter.campaign), .int(filter.limit),
      .text(filter.queue), .time(filter.createdFrom), .time(filter.createdTo),
      .time(filter.after?.createdAt), .uuid(filter.after?.id.id))
    return try await pool.run { link throws(StoreError) in try link.execute(call).map(JobRow.read) }
  }

  // Each changes a waiting job and writes its decision, in one statement.
  private static let cancelStatement = Statement(
    "job cancel",
    """
    WITH changed AS (
      UPDATE perezvon.jobs SET state = 'cancelled', reason = $2, closed_at = $3
      WHERE id = $1 AND state = 'waiting' RETURNING id, number)
    INSERT INTO perezvon.decisions (at, number, job, decision, reason)
    SELECT $3, number, id, 'cancelled', $2 FROM changed
    """)
  private static let moveStatement = Statement(
    "job move",
    """
    WITH changed AS (
      UPDATE perezvon.jobs SET due_at = $3, reason = $4 WHERE id = $1 AND state = 'waiting'
      RETURNING id, number)
    INSERT INTO perezvon.decisions (at, number, job, decision, reason)
    SELECT $2, number, id, $5, $4 FROM changed
    """)

  /// True where the job was waiting and is cancelled now. False for a working one: its attempt has to end
  /// first; and for a closed or unknown one.
  public func cancel(_ id: JobID, reason: String, now: Timestamp) async throws(StoreError) -> Bool {
    try await change(id, Self.cancelStatement.with(.uuid(id.id), .text(reason), .time(now)))
  }

  /// Makes a waiting job due now; false where it is not waiting.
  public func makeDue(
    _ id: JobID, reason: String = "Somebody asked for the call to be made now.", now: Timestamp
  ) async throws(StoreError) -> Bool {
    try await change(
      id,
      Self.moveStatement.with(.uuid(id.id), .time(now), .time(now), .text(reason), .text("made_due")))
  }

  /// Moves a waiting job to another time; false where it is not waiting.
  public func postpone(
    _ id: JobID, to dueAt: Timestamp, reason: String, now: Timestamp
  ) async throws(StoreError) -> Bool {
    try await change(
      id, Self.moveStatement.with(.uuid(id.id), .time(now), .time(dueAt), .text(reason), .text("postponed")))
  }

  func change(_ id: JobID, _ call: Statement.Call) async throws(StoreError) -> Bool {
    try await pool.run { link throws(StoreError) in
      try link.batch([call, JobRow.notify.with(.text(id.description))], commits: true)[0].affected > 0
    }
  }

  // No more at a time than fits one answer.
  private static let expire = Statement(
    "jobs expire",
    """
    WITH late AS (
      SELECT id AS late_id FROM perezvon.jobs WHERE state = 'waiting' AND expires_at < $1
      ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED),
    closed AS (
      UPDATE perezvon.jobs SET state = 'expired', closed_at = $1,
        reason = CASE WHEN held_out THEN 'Held out to measure the uplift; its time is over.'
          WHEN attempts = 0 THEN 'Its time was over before anybody could be dialled.'
          ELSE 'Its time was over; he was dialled but not talked to.' END
      FROM late WHERE id = late_id RETURNING \(JobRow.columns)),
    told AS (
      INSERT INTO perezvon.decisions (at, number, job, decision, reason)
      SELECT $1, number, id, 'expired', reason FROM closed),
    notified AS (SELECT pg_notify('perezvon_jobs', id::text) FROM closed)
    SELECT \(JobRow.columns) FROM closed, (SELECT count(*) FROM notified) AS sent
    """)

  /// Closes waiting jobs whose time is over, each with its decision; returns them, at most
  /// `StoreSettings.listMax` at once.
  public func expireJobs(now: Timestamp) async throws(StoreError) -> [Job] {
    try await pool.run { link throws(StoreError) in
      let call = Self.expire.with(.time(now), .int(StoreSettings.listMax))
      return try link.execute(call, commits: true).map(JobRow.read)
    }
  }

  /// Changes and decisions about one number in one transaction, under the number's lock. Changes to closed
  /// jobs are ignored; so are `retry` and `postpone` of a job whose attempt is live.
  public func apply(
    _ changes: [JobChange], decisions: [Decision], number: PhoneNumber, now: Timestamp
  ) async throws(StoreError) {
    var calls = [Link.lock.with(.text(number.e164))]
    for change in changes { calls += try JobRow.calls(change, now: now) }
    calls += decisions.map(DecisionRow.insert)
    try await pool.run { [calls] link throws(StoreError) in _ = try link.batch(calls, commits: true) }
  }
}
