public import Telephony

/// What one step of retention did.
public struct RetentionStep: Sendable, Hashable {
  /// Calls deleted, with their missed calls.
  public var calls = 0
  public var queueEntries = 0
  /// Closed jobs deleted, with their attempts.
  public var jobs = 0
  public var decisions = 0
  /// Closed tasks.
  public var tasks = 0
  /// Rows whose number and name were removed.
  public var numbers = 0
  /// There is more to do than one step may.
  public var more = false

  public init() {}

  public static func += (sum: inout RetentionStep, step: RetentionStep) {
    sum.calls += step.calls
    sum.queueEntries += step.queueEntries
    sum.jobs += step.jobs
    sum.decisions += step.decisions
    sum.tasks += step.tasks
    sum.numbers += step.numbers
    sum.more = step.more
  }

  public var isEmpty: Bool { calls + queueEntries + jobs + decisions + tasks + numbers == 0 }
}

extension StoreSettings {
  /// Rows of one table that one step of retention touches, at most: a step's locks last well under a second.
  public static let retentionRowsMax = 5_000
}

extension Store {
  private static let dropCalls = Statement(
    "retention calls",
    """
    DELETE FROM perezvon.calls WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM perezvon.calls WHERE ended_at < $1 ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED))
    """)
  private static let dropEntries = Statement(
    "retention entries",
    """
    DELETE FROM perezvon.queue_entries WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM perezvon.queue_entries WHERE joined_at < $1 AND left_at < $1
      ORDER BY joined_at LIMIT $2 FOR UPDATE SKIP LOCKED))
    """)
  // A job with a missed call that is not yet old enough stays: it is that call's story.
  private static let dropJobs = Statement(
    "retention jobs",
    """
    WITH old AS MATERIALIZED (
      SELECT j.id FROM perezvon.jobs j
      WHERE j.closed_at < $1 AND NOT EXISTS (SELECT 1 FROM perezvon.missed_calls m WHERE m.job = j.id)
        AND NOT EXISTS (SELECT 1 FROM perezvon.attempts a WHERE a.job = j.id AND a.phase <> 'ended')
      ORDER BY j.closed_at LIMIT $2 FOR UPDATE OF j SKIP LOCKED),
    tried AS (DELETE FROM perezvon.attempts a USING old WHERE a.job = old.id)
    DELETE FROM perezvon.jobs j USING old WHERE j.id = old.id
    """)
  // A person of a list is his number and name and little else: he goes as a whole, once nobody means to call him.
  private static let dropContacts = Statement(
    "retention contacts",
    """
    DELETE FROM perezvon.contacts WHERE id = ANY (ARRAY(
      SELECT c.id FROM perezvon.contacts c
      WHERE c.updated_at < $1 AND NOT EXISTS (SELECT 1 FROM perezvon.jobs j
        WHERE j.contact = c.id AND (j.closed_at IS NULL OR j.closed_at >= $1))
      ORDER BY c.updated_at LIMIT $2 FOR UPDATE OF c SKIP LOCKED))
    """)
  private static let dropTasks = Statement(
    "retention tasks",
    """
    DELETE FROM perezvon.tasks WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM perezvon.tasks WHERE created_at < $1 AND closed_at < $1
      ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))
    """)
  private static let dropTexts = Statement(
    "retention customer texts",
    """
    DELETE FROM perezvon.customer_texts WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM perezvon.customer_texts WHERE at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))
    """)
  private static let dropDecisions = Statement(
    "retention decisions",
    """
    DELETE FROM perezvon.decisions WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM perezvon.decisions WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED))
    """)

  // Whether a word that old was applied is asked by nobody: the log that told it is not read so far back.
  private static let dropWords = Statement(
    "retention words",
    """
    DELETE FROM perezvon.words WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM perezvon.words WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED))
    """)

  /// Removes numbers and names from the rows between the mark and a moment, oldest first, and moves the mark to
  /// where it came. A row held by somebody else is waited for.
  private static func unname(_ table: String, at column: String, also: String = "") -> Statement {
    let named = table == "decisions" ? "number IS NOT NULL" : "(number IS NOT NULL OR customer_name <> '')"
    let changed = table == "decisions" ? "number = NULL" : "number = NULL, customer_name = ''"
    return Statement(
      "retention numbers of \(table)",
      """
      WITH old AS MATERIALIZED (
        SELECT ctid AS place, \(column) AS moment FROM perezvon.\(table)
        WHERE \(column) < $1 AND \(named)\(also.isEmpty ? "" : " AND " + also) AND \(column) >= coalesce(
          (SELECT done_to FROM perezvon.retention_marks WHERE what = '\(table)'), '-infinity')
        ORDER BY \(column) LIMIT $2 FOR UPDATE),
      changed AS (
        UPDATE perezvon.\(table) t SET \(changed) FROM old WHERE t.ctid = old.place RETURNING 1),
      moved AS (
        INSERT INTO perezvon.retention_marks AS m (what, done_to)
        SELECT '\(table)', CASE WHEN count(*) < $2 THEN $1 ELSE max(moment) END FROM old
        ON CONFLICT (what) DO UPDATE SET done_to = greatest(m.done_to, excluded.done_to))
      SELECT count(*) FROM changed
      """)
  }

  private static let unnameCalls = unname("calls", at: "ended_at")
  private static let unnameMissed = unname("missed_calls", at: "at")
  private static let unnameTasks = unname("tasks", at: "created_at", also: "closed_at IS NOT NULL")
  private static let unnameDecisions = unname("decisions", at: "at")
  // Attempts lose their number with their job.
  private static let unnameJobs = Statement(
    "retention numbers of jobs",
    """
    WITH old AS MATERIALIZED (
      SELECT j.id, j.closed_at FROM perezvon.jobs j
      WHERE j.closed_at < $1 AND j.closed_at >= coalesce(
          (SELECT done_to FROM perezvon.retention_marks WHERE what = 'jobs'), '-infinity')
        AND (j.number IS NOT NULL OR j.customer_name <> '')
        AND NOT EXISTS (SELECT 1 FROM perezvon.attempts a WHERE a.job = j.id AND a.phase <> 'ended')
      ORDER BY j.closed_at LIMIT $2 FOR UPDATE OF j),
    tried AS (UPDATE perezvon.attempts a SET number = NULL, note = '' FROM old WHERE a.job = old.id),
    changed AS (
      UPDATE perezvon.jobs j SET number = NULL, customer_name = '' FROM old WHERE j.id = old.id RETURNING 1),
    moved AS (
      INSERT INTO perezvon.retention_marks AS m (what, done_to)
      SELECT 'jobs', CASE WHEN count(*) < $2 THEN $1 ELSE max(closed_at) END FROM old
      ON CONFLICT (what) DO UPDATE SET done_to = greatest(m.done_to, excluded.done_to))
    SELECT count(*) FROM changed
    """)

  /// One step: deletes what ended before `callsBefore`, removes numbers and names of what ended before
  /// `numbersBefore`, at most `limit` rows of each table. Any instance may take it, also two at once; repeat it
  /// while `more`. Open jobs and live attempts are not touched. The address book and the do-not-call list have
  /// no age.
  public func retain(
    callsBefore: Timestamp, numbersBefore: Timestamp, limit: Int = StoreSettings.retentionRowsMax
  ) async throws(StoreError) -> RetentionStep {
    let limit = min(max(1, limit), StoreSettings.retentionRowsMax)
    let drops = [
      Self.dropCalls, Self.dropEntries, Self.dropJobs, Self.dropDecisions, Self.dropTasks, Self.dropWords,
    ]
    let unnames = [
      Self.unnameCalls, Self.unnameMissed, Self.unnameJobs, Self.unnameDecisions, Self.dropContacts,
      Self.unnameTasks, Self.dropTexts,
    ]
    var counts: [Int] = []
    // A transaction for each table: short locks. One instance at a time, or a cascade of one and an update of
    // another could wait for each other.
    for (statements, moment) in [(drops, callsBefore), (unnames, numbersBefore)] {
      for statement in statements {
        let call = statement.with(.time(moment), .int(limit))
        let count = try await pool.run { link throws(StoreError) in
          let rows = try link.batch([Link.lock.with(.text("retention")), call], commits: true)[1]
          return try rows.first { row throws(StoreError) in try row.int() } ?? rows.affected
        }
        counts.append(count)
      }
    }
    var step = RetentionStep()
    step.calls = counts[0]
    step.queueEntries = counts[1]
    step.jobs = counts[2]
    step.decisions = counts[3]
    step.tasks = counts[4]
    step.numbers = counts[6...].reduce(0, +)
    step.more = counts.contains { $0 >= limit }
    return step
  }
}
