public import Telephony

extension StoreSettings {
  /// How long sent and dropped rows of the outbox are kept, without what they said; failed ones stay five times as
  /// long, to be sent again. A week.
  public static let outboxKept = Duration.seconds(7 * 86_400)
}

extension Store {
  // The first of a customer's spell wins: a spell ends with a talk, or with the end of his job, or after a day.
  private static let insertText = Statement(
    "outbox insert text",
    """
    WITH spell AS (
      SELECT greatest($8::timestamptz - interval '24 hours',
        (SELECT max(c.ended_at) FROM perezvon.calls c
          WHERE c.number = $4 AND c.answered AND c.attempt IS NULL),
        (SELECT max(a.talk_ended_at) FROM perezvon.attempts a WHERE a.number = $4 AND a.outcome = 'conversation'),
        (SELECT max(j.closed_at) FROM perezvon.jobs j WHERE j.number = $4)) AS began),
    open AS (SELECT EXISTS (SELECT 1 FROM perezvon.jobs j WHERE j.number = $4 AND j.closed_at IS NULL
        AND j.created_at <= (SELECT x.at FROM perezvon.customer_texts x WHERE x.number = $4)) AS same),
    first AS (
      INSERT INTO perezvon.customer_texts AS t (number, at) VALUES ($4, $8)
      ON CONFLICT (number) DO UPDATE SET at = excluded.at
        WHERE t.at <= (SELECT began FROM spell) AND NOT (SELECT same FROM open)
      RETURNING 1)
    INSERT INTO perezvon.outbox (key, event, sink, stream, number, payload, created_at, due_at, expires_at,
      to_customer)
    SELECT $1, $2, $3, $5, $4, $6, $8, $7, $9, true FROM first ON CONFLICT DO NOTHING
    """)
  private static let insertOutbox = Statement(
    "outbox insert",
    """
    INSERT INTO perezvon.outbox (key, event, sink, stream, number, payload, created_at, due_at, expires_at)
    VALUES ($1, $2, $3, $5, $4, $6, $8, $7, $9) ON CONFLICT DO NOTHING
    """)

  static func insert(_ draft: OutboxDraft, now: Timestamp) -> Statement.Call {
    (draft.toCustomer ? insertText : insertOutbox).with(
      .uuid(draft.key), .text(draft.event), .text(draft.sink), .text(draft.number), .text(draft.stream),
      .json(draft.payload), .time(draft.dueAt), .time(now), .time(draft.expiresAt))
  }

  // Nothing overtakes what stands before it in its stream. Each sink has its turn, however many rows another has: the
  // sinks are found one by one in the index. `FOR UPDATE SKIP LOCKED`: instances share the work.
  private static let claimOutbox = Statement(
    "outbox claim",
    """
    WITH RECURSIVE sinks AS (
      (SELECT sink FROM perezvon.outbox WHERE state = 'waiting' ORDER BY sink LIMIT 1)
      UNION ALL
      SELECT (SELECT o.sink FROM perezvon.outbox o WHERE o.state = 'waiting' AND o.sink > sinks.sink
        ORDER BY o.sink LIMIT 1) FROM sinks WHERE sinks.sink IS NOT NULL),
    due AS (
      SELECT chosen.id FROM (SELECT sink FROM sinks WHERE sink IS NOT NULL AND NOT (sink = ANY ($2))) s
      CROSS JOIN LATERAL (
        SELECT o.id FROM perezvon.outbox o
        WHERE o.state = 'waiting' AND o.sink = s.sink AND o.due_at <= $1
          AND coalesce(o.leased_until, '-infinity') <= $1 AND NOT EXISTS (
            SELECT 1 FROM perezvon.outbox e
            WHERE e.sink = o.sink AND e.stream = o.stream AND e.state = 'waiting' AND e.id < o.id)
        ORDER BY o.due_at, o.id LIMIT $3 FOR UPDATE SKIP LOCKED) chosen)
    UPDATE perezvon.outbox o SET leased_by = $4, leased_until = $1 + $5::interval, tries = o.tries + 1
    WHERE o.id = ANY (ARRAY(SELECT due.id FROM due)) RETURNING \(OutboxRow.columns)
    """)
  // One row of a sink that is held, due or not: to see whether it is well again.
  private static let probeOutbox = Statement(
    "outbox probe",
    """
    WITH due AS (
      SELECT o.id FROM perezvon.outbox o
      WHERE o.state = 'waiting' AND o.sink = $2 AND coalesce(o.leased_until, '-infinity') <= $1
      ORDER BY o.sink, o.stream, o.id LIMIT 1 FOR UPDATE OF o SKIP LOCKED)
    UPDATE perezvon.outbox o SET leased_by = $3, leased_until = $1 + $4::interval, tries = o.tries + 1
    FROM due WHERE o.id = due.id RETURNING \(OutboxRow.columns)
    """)

  /// Takes rows that are due and not held by anybody, oldest first, of sinks other than `except`, at most `limit` of
  /// each sink; nobody else takes them for `lease`. In a stream only the first of a sink is taken.
  public func claimOutbox(
    by holder: InstanceName, now: Timestamp, lease: Duration, limit: Int, except: [String]
  ) async throws(StoreError) -> [OutboxRow] {
    let call = Self.claimOutbox.with(
      .time(now), .texts(except), .int(limit), .text(holder), .span(lease))
    return try await pool.run { link throws(StoreError) in
      try link.execute(call, commits: true).map(OutboxRow.read).sorted { $0.id < $1.id }
    }
  }

  /// Takes one row of a sink, the first of a stream, whenever it is due; nil where none waits.
  public func probeOutbox(
    sink: String, by holder: InstanceName, now: Timestamp, lease: Duration
  ) async throws(StoreError) -> OutboxRow? {
    let call = Self.probeOutbox.with(.time(now), .text(sink), .text(holder), .span(lease))
    return try await pool.run { link throws(StoreError) in
      try link.execute(call, commits: true).first(OutboxRow.read)
    }
  }

  // Whoever lost his lease changes nothing: another one has the row.
  private static let settleOutbox = Statement(
    "outbox settle",
    """
    UPDATE perezvon.outbox SET state = $3, due_at = coalesce($4, due_at), last_error = $5, leased_by = NULL,
      leased_until = NULL, done_at = CASE WHEN $3 = 'waiting' THEN NULL ELSE $6 END,
      payload = CASE WHEN $3 IN ('sent', 'dropped') THEN NULL ELSE payload END
    WHERE id = $1 AND leased_by = $2 AND state = 'waiting'
    """)
  private static let releaseSink = Statement(
    "outbox release",
    """
    UPDATE perezvon.outbox SET due_at = $2
    WHERE sink = $1 AND state = 'waiting' AND due_at > $2 AND last_error <> '' AND NOT to_customer
    """)

  /// Writes what became of a claimed row.
  public func settleOutbox(
    _ id: Int64, by holder: InstanceName, _ outcome: OutboxOutcome, now: Timestamp
  ) async throws(StoreError) {
    let (state, dueAt, why): (OutboxState, Timestamp?, String) =
      switch outcome {
      case .sent: (.sent, nil, "")
      case .again(let at, let why): (.waiting, at, why)
      case .failed(let why): (.failed, nil, why)
      case .dropped(let why): (.dropped, nil, why)
      }
    let call = Self.settleOutbox.with(
      .int(id), .text(holder), .word(state), .time(dueAt), .text(why), .time(now))
    try await pool.run { link throws(StoreError) in _ = try link.execute(call, commits: true) }
  }

  /// A sink is well again: what waits for its next try is due at once.
  public func releaseOutbox(sink: String, now: Timestamp) async throws(StoreError) {
    let call = Self.releaseSink.with(.text(sink), .time(now))
    try await pool.run { link throws(StoreError) in _ = try link.execute(call, commits: true) }
  }

  private static let listOutbox = Statement(
    "outbox list",
    """
    SELECT \(OutboxRow.columns) FROM perezvon.outbox o WHERE o.state = ANY ($1)
    ORDER BY o.id DESC LIMIT $2
    """)
  private static let countOutbox = Statement(
    "outbox count",
    "SELECT sink, state, count(*), min(created_at) FROM perezvon.outbox GROUP BY sink, state ORDER BY sink, state"
  )

  /// The latest first.
  public func outbox(states: [OutboxState], limit: Int) async throws(StoreError) -> [OutboxRow] {
    let call = Self.listOutbox.with(
      .texts(states.map(\.rawValue)), .int(min(max(1, limit), StoreSettings.listMax)))
    return try await pool.run { link throws(StoreError) in try link.execute(call).map(OutboxRow.read) }
  }

  /// By sink and state.
  public func outboxCounts() async throws(StoreError) -> [OutboxCount] {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.countOutbox.with()).map { row throws(StoreError) in
        OutboxCount(sink: try row.text(), state: try row.word(), rows: try row.int(), oldest: try row.time())
      }
    }
  }

  // What is sent at this moment is left alone.
  private static let retryOutbox = Statement(
    "outbox retry",
    """
    UPDATE perezvon.outbox SET state = 'waiting', due_at = $2, created_at = $2, tries = 0, done_at = NULL,
      expires_at = NULL
    WHERE ($1::bigint IS NULL OR id = $1) AND payload IS NOT NULL AND coalesce(leased_until, '-infinity') <= $2
      AND (state = 'failed' OR (state = 'waiting' AND $1 IS NOT NULL))
    """)
  private static let dropOutbox = Statement(
    "outbox drop",
    """
    UPDATE perezvon.outbox SET state = 'dropped', done_at = $2, payload = NULL
    WHERE ($1::bigint IS NULL OR id = $1) AND coalesce(leased_until, '-infinity') <= $2
      AND (state = 'failed' OR (state = 'waiting' AND $1 IS NOT NULL))
    """)

  /// Sends a failed or waiting row again, now; without an id all failed ones. Returns how many.
  public func retryOutbox(_ id: Int64?, now: Timestamp) async throws(StoreError) -> Int {
    try await changeOutbox(Self.retryOutbox.with(.int(id), .time(now)))
  }

  /// Gives a failed or waiting row up; without an id all failed ones. Returns how many.
  public func dropOutbox(_ id: Int64?, now: Timestamp) async throws(StoreError) -> Int {
    try await changeOutbox(Self.dropOutbox.with(.int(id), .time(now)))
  }

  private func changeOutbox(_ call: Statement.Call) async throws(StoreError) -> Int {
    try await pool.run { link throws(StoreError) in try link.execute(call, commits: true).affected }
  }

  private static let pruneOutbox = Statement(
    "outbox prune",
    """
    DELETE FROM perezvon.outbox WHERE id = ANY (ARRAY(
      SELECT id FROM perezvon.outbox WHERE state <> 'waiting'
        AND done_at < $1 - CASE WHEN state = 'failed' THEN 5 * $2::interval ELSE $2 END
      LIMIT 5000 FOR UPDATE SKIP LOCKED))
    """)
  private static let pruneTold = Statement(
    "told prune", "DELETE FROM perezvon.told WHERE at < $1 - interval '60 days'")
  // Of digests that no rule makes any more.
  private static let pruneDigests = Statement(
    "digests prune", "DELETE FROM perezvon.digest_calls WHERE at < $1 - interval '60 days'")

  /// Removes rows of the outbox that were sent long ago, and marks that nobody needs any more.
  public func pruneOutbox(now: Timestamp) async throws(StoreError) {
    let calls = [
      Self.pruneOutbox.with(.time(now), .span(StoreSettings.outboxKept)), Self.pruneTold.with(.time(now)),
      Self.pruneDigests.with(.time(now)),
    ]
    try await pool.run { link throws(StoreError) in _ = try link.batch(calls, commits: true) }
  }
}
