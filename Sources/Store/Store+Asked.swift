public import CallPolicy
public import Telephony

/// A promise that was not kept in time.
public struct OverduePromise: Sendable, Hashable {
  public var job: Job
  /// When it was said to be.
  public var promisedAt: Timestamp
}

extension Store {
  private static let known = Statement(
    "job known",
    "SELECT 1 FROM perezvon.jobs WHERE id = $1 UNION ALL SELECT 1 FROM perezvon.words WHERE id = $1")
  private static let open = Statement(
    "job open to be asked",
    """
    SELECT \(JobRow.columns) FROM perezvon.jobs
    WHERE number = $1 AND campaign = $2 AND state IN ('waiting', 'working') FOR NO KEY UPDATE
    """)
  // What was said last counts; his place in line stays the one he had. Who was left alone to measure the uplift is not
  // left alone any more: he was told that he would be called.
  private static let askAgain = Statement(
    "job asked again",
    """
    UPDATE perezvon.jobs SET source = $2, due_at = $3, promised_at = $4, overdue_at = NULL,
      owner = coalesce($5, owner), expires_at = greatest(expires_at, $6), reason = $7, held_out = false
    WHERE id = $1 AND state = 'waiting'
    """)
  // His call is being made: what was said takes effect at its end (`AttemptRow.noteAsked`), and stands here until then.
  private static let askLater = Statement(
    "job asked while working",
    """
    UPDATE perezvon.jobs SET due_at = $2, owner = coalesce($3, owner), expires_at = greatest(expires_at, $4)
    WHERE id = $1 AND state = 'working'
    """)

  /// Puts a callback that was asked for or promised into the books, with its decision. Where this number has an open
  /// job in this campaign that one takes over what was said: at once, or when the call that is being made for it is
  /// over (`finish`); a promise then becomes a job of its own where that call was a talk. The same job told again
  /// changes nothing, also where another one has taken it over and is done: its id is that of a word that was said.
  /// Returns the job it belongs to now, and whether anything was written.
  public func ask(_ job: Job, decision: Decision) async throws(StoreError) -> (job: JobID, written: Bool) {
    try await pool.run { link throws(StoreError) in
      do throws(StoreError) { return try Self.ask(job, decision, link) } catch {
        // A call opened a job under another number's lock: the second look sees it.
        guard error.code == .uniqueViolation else { throw error }
        return try Self.ask(job, decision, link)
      }
    }
  }

  private static func ask(
    _ job: Job, _ decision: Decision, _ link: Link
  ) throws(StoreError) -> (job: JobID, written: Bool) {
    try link.transaction(
      reading: [
        Link.lock.with(.text(job.number.e164)), known.with(.uuid(job.id.id)),
        open.with(.text(job.number.e164), .text(job.campaign)),
      ]
    ) { rows throws(StoreError) in
      if rows[1].count > 0 { return ([], (job.id, false)) }
      var decision = decision
      let said = noteWord(job.id.id, at: job.createdAt)
      guard let present = try rows[2].first(JobRow.read) else {
        let writes = [
          JobRow.insert(job, now: job.createdAt), DecisionRow.insert(decision),
          JobRow.notify.with(.text(job.id.description)), said,
        ]
        return (writes, (job.id, true))
      }
      // The same word once more: another instance has heard it, or it waited in the spool.
      let isKnown =
        present.state == .working
        ? present.owner == job.owner : present.promisedAt == job.promisedAt && present.source == job.source
      if isKnown, present.dueAt == job.dueAt { return ([said], (present.id, false)) }
      decision.job = present.id
      let take =
        present.state == .working
        ? askLater.with(
          .uuid(present.id.id), .time(job.dueAt), .text(job.owner), .time(job.expiresAt))
        : askAgain.with(
          .uuid(present.id.id), .word(job.source), .time(job.dueAt), .time(job.promisedAt), .text(job.owner),
          .time(job.expiresAt), .text(job.reason))
      return (
        [take, DecisionRow.insert(decision), JobRow.notify.with(.text(present.id.description)), said],
        (present.id, true)
      )
    }
  }

  // It may be heard late, and with whole seconds: what he was owed since, or asked for since, is not meant.
  private static let cancelOwed = Statement(
    "jobs cancel owed",
    """
    WITH changed AS (
      UPDATE perezvon.jobs j SET state = 'cancelled', reason = $2, closed_at = $3
      WHERE number = $1 AND state = 'waiting' AND contact IS NULL AND created_at <= $3 + interval '1 second'
        AND NOT EXISTS (SELECT 1 FROM perezvon.decisions d
          WHERE d.job = j.id AND d.decision IN ('requested', 'promised', 'counted_up')
            AND d.at > $3 + interval '1 second')
      RETURNING id, number)
    INSERT INTO perezvon.decisions (at, number, job, decision, reason)
    SELECT $3, number, id, 'cancelled', $2 FROM changed
    """)

  /// Cancels the callbacks of a number in every campaign that waited at that moment and wait still; how many. One
  /// whose attempt is live stays.
  public func cancelOwed(
    _ number: PhoneNumber, reason: String, now: Timestamp
  ) async throws(StoreError) -> Int {
    let calls = [
      Link.lock.with(.text(number.e164)),
      Self.cancelOwed.with(.text(number.e164), .text(reason), .time(now)), JobRow.notify.with(.text("")),
    ]
    return try await pool.run { link throws(StoreError) in try link.batch(calls, commits: true)[1].affected }
  }

  // Once for each, whichever instance looks first.
  private static let overdue = Statement(
    "jobs overdue",
    """
    WITH late AS (
      UPDATE perezvon.jobs j SET overdue_at = $3 WHERE j.id IN (
        SELECT o.id FROM perezvon.jobs o
        WHERE o.promised_at IS NOT NULL AND o.overdue_at IS NULL AND o.state IN ('waiting', 'working')
          AND o.campaign = $1 AND o.promised_at < $2 AND NOT EXISTS (
            SELECT 1 FROM perezvon.attempts a WHERE a.job = o.id AND a.customer_dialed_at IS NOT NULL)
        ORDER BY o.promised_at LIMIT $4 FOR UPDATE SKIP LOCKED)
      RETURNING j.*),
    told AS (
      INSERT INTO perezvon.decisions (at, number, job, decision, reason)
      SELECT $3, number, id, 'promise_overdue', 'was told that he would be called, and is not called yet' FROM late)
    SELECT \(JobRow.columns) FROM late
    """)

  /// Callbacks of a campaign that the customer was told for before `moment` and whose first dial has not been made:
  /// each is returned once, with the decision `promise_overdue` written. At most `StoreSettings.listMax`.
  public func takeOverduePromises(
    of campaign: CampaignName, saidBefore moment: Timestamp, now: Timestamp
  ) async throws(StoreError) -> [OverduePromise] {
    let call = Self.overdue.with(
      .text(campaign), .time(moment), .time(now), .int(StoreSettings.listMax))
    return try await pool.run { link throws(StoreError) in
      try link.batch([call], commits: true)[0].map { row throws(StoreError) in
        let job = try JobRow.read(&row)
        return OverduePromise(job: job, promisedAt: job.promisedAt ?? now)
      }
    }
  }
}
