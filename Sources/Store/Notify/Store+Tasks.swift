public import Telephony

extension Store {
  private static let byFilter = Statement(
    "tasks list",
    """
    SELECT \(TaskRow.columns("t")) FROM perezvon.tasks t
    WHERE ($1::bigint IS NULL OR (t.closed_at IS NULL) = ($1 = 1)) AND ($2::text IS NULL OR t.assignee = $2)
      AND ($3::text IS NULL OR t.number = $3)
    ORDER BY t.closed_at DESC NULLS FIRST, t.due_at, t.id LIMIT $4
    """)
  private static let taskByID = Statement(
    "task by id", "SELECT \(TaskRow.columns("t")) FROM perezvon.tasks t WHERE t.id = $1")

  /// Open ones first, in the order in which they are due; then closed ones, the latest first.
  public func tasks(_ filter: TaskFilter) async throws(StoreError) -> [BookedTask] {
    let call = Self.byFilter.with(
      .int(filter.open.map { $0 ? 1 : 0 }), .text(filter.assignee), .text(filter.number), .int(filter.limit))
    return try await pool.run { link throws(StoreError) in try link.execute(call).map(TaskRow.read) }
  }

  /// Nil where there is none.
  public func task(_ id: TaskID) async throws(StoreError) -> BookedTask? {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.taskByID.with(.uuid(id.id))).first(TaskRow.read)
    }
  }

  private static let closeTask = Statement(
    "task close",
    """
    UPDATE perezvon.tasks SET closed_at = $2, closed_how = $3, closed_by = $4, note = $5
    WHERE id = $1 AND closed_at IS NULL
    """)

  /// Closes a task; true where it was open. Whoever closes one that is closed changes nothing.
  public func closeTask(
    _ id: TaskID, how: TaskEnding, by: String, note: String, now: Timestamp
  ) async throws(StoreError) -> Bool {
    let call = Self.closeTask.with(.uuid(id.id), .time(now), .word(how), .text(by), .text(note))
    return try await pool.run { link throws(StoreError) in
      try link.execute(call, commits: true).affected > 0
    }
  }

  /// Adds a task, or counts it on the open one of the same number.
  public func add(_ task: TaskDraft) async throws(StoreError) { try await write([TaskRow.insert(task)]) }

  // Each marks a task and writes the event of it in one statement: told once, whoever looks.
  private static func watch(_ mark: String, _ moment: String, _ event: String, also: String = "") -> Statement
  {
    Statement(
      "tasks \(event)",
      """
      WITH late AS (
        SELECT id FROM perezvon.tasks
        WHERE closed_at IS NULL AND \(mark) IS NULL AND \(moment) <= $1\(also) ORDER BY \(moment) LIMIT 500
        FOR UPDATE SKIP LOCKED),
      marked AS (
        UPDATE perezvon.tasks t SET \(mark) = $1 FROM late WHERE t.id = late.id RETURNING t.id, t.job, t.\(moment))
      INSERT INTO perezvon.events (at, kind, task, job)
      SELECT \(moment), '\(event)', id, job FROM marked ORDER BY \(moment)
      """)
  }
  private static let watches = [
    watch("reminded_at", "remind_at", "task_reminder", also: " AND due_at > $1"),
    watch("overdue_at", "due_at", "task_overdue"),
    watch("escalated_at", "escalate_at", "task_escalated"),
  ]

  // What an agent promised is told of when its time comes, once for each time it was set to.
  private static let promises = Statement(
    "promises due",
    """
    WITH due AS (
      SELECT id, due_at, 'promise ' || id || ' ' || extract(epoch FROM due_at) AS what FROM perezvon.jobs
      WHERE source = 'promised' AND closed_at IS NULL AND NOT held_out AND contact IS NULL
        AND due_at <= $1 AND due_at > $1 - interval '7 days'
      LIMIT 500),
    fresh AS (INSERT INTO perezvon.told (what, at) SELECT what, $1 FROM due ON CONFLICT DO NOTHING RETURNING what)
    INSERT INTO perezvon.events (at, kind, job) SELECT due.due_at, 'promise_due', due.id FROM due JOIN fresh USING (what)
    """)
  private static let brokenPromises = Statement(
    "promises overdue",
    """
    WITH late AS (
      SELECT id, first_missed_at, 'promise overdue ' || id AS what FROM perezvon.jobs
      WHERE source = 'promised' AND closed_at IS NULL AND NOT held_out AND contact IS NULL
        AND due_at <= $1 - $2::interval
      LIMIT 500),
    fresh AS (INSERT INTO perezvon.told (what, at) SELECT what, $1 FROM late ON CONFLICT DO NOTHING RETURNING what)
    INSERT INTO perezvon.events (at, kind, job) SELECT $1, 'promise_overdue', late.id FROM late JOIN fresh USING (what)
    """)

  /// Writes the events of tasks whose reminder, end or escalation has come, and of promises that are due, or that were
  /// due `promiseSlack` ago and are not kept. Any instance, also several at once: each is told once.
  public func watchTasks(now: Timestamp, promiseSlack: Duration) async throws(StoreError) {
    let calls =
      Self.watches.map { $0.with(.time(now)) }
      + [Self.promises.with(.time(now)), Self.brokenPromises.with(.time(now), .span(promiseSlack))]
    for call in calls {
      try await pool.run { link throws(StoreError) in _ = try link.execute(call, commits: true) }
    }
  }
}
