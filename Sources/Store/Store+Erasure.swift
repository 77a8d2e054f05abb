import Telephony

/// What `erase` removed, by the kind of row.
public struct Erasure: Sendable, Hashable {
  public var calls = 0
  public var missedCalls = 0
  public var queueEntries = 0
  public var jobs = 0
  /// Of the jobs, those that were still owed.
  public var openJobs = 0
  public var attempts = 0
  public var decisions = 0
  /// People of contact lists, with all their phones.
  public var contacts = 0
  public var customers = 0
  /// What a person had to do, or has done.
  public var tasks = 0
  /// He is on the do-not-call list and stays blocked: of the entry only a hash is left.
  public var stillBlocked = false

  public init() {}

  /// There was nothing of this number.
  public var isEmpty: Bool { self == Erasure() }
}

/// How an erasure went.
public enum ErasureResult: Sendable, Hashable {
  case erased(Erasure)
  /// He is being called at this moment; nothing was removed.
  case attemptLive
}

extension Store {
  // Locks his jobs, so that no attempt is claimed between the look and the removal.
  private static let lockJobs = Statement(
    "erase lock jobs",
    "SELECT id, state FROM perezvon.jobs WHERE id IN (SELECT perezvon.jobs_of($1)) ORDER BY id FOR UPDATE")
  private static let live = Statement(
    "erase live",
    """
    SELECT EXISTS (SELECT 1 FROM perezvon.attempts a WHERE a.number = $1 AND a.ended_at IS NULL)
      OR EXISTS (SELECT 1 FROM perezvon.attempts a
        WHERE a.job IN (SELECT perezvon.jobs_of($1)) AND a.ended_at IS NULL)
    """)

  // In this order: each before what it is found by.
  private static let removeDecisions = Statement(
    "erase decisions",
    """
    DELETE FROM perezvon.decisions
    WHERE number = $1 OR job IN (SELECT perezvon.jobs_of($1))
    """)
  // The index on the time finds the entries of a call; what joined before the call began is not its.
  private static let removeEntries = Statement(
    "erase queue entries",
    """
    DELETE FROM perezvon.queue_entries q USING perezvon.calls c
    WHERE c.number = $1 AND q.pbx = c.pbx AND (q.linkedid = c.linkedid OR q.channel = c.channel)
      AND q.joined_at BETWEEN c.started_at - interval '2 s' AND c.ended_at + interval '2 s'
    """)
  private static let countMissed = Statement(
    "erase count missed",
    """
    SELECT count(*) FROM perezvon.missed_calls m
    WHERE m.number = $1 OR (m.pbx, m.linkedid) IN (SELECT pbx, linkedid FROM perezvon.calls WHERE number = $1)
    """)
  // The missed calls go with their calls.
  private static let removeCalls = Statement(
    "erase calls",
    """
    DELETE FROM perezvon.calls c
    WHERE c.number = $1
      OR (c.pbx, c.linkedid) IN (SELECT pbx, linkedid FROM perezvon.missed_calls WHERE number = $1)
    """)
  // A call from another number may have led to a job for this one (a callback asked for).
  private static let parted = Statement(
    "erase part calls",
    """
    UPDATE perezvon.missed_calls SET job = NULL, no_job_reason = 'the job was erased with its number'
    WHERE job IN (SELECT perezvon.jobs_of($1))
    """)
  private static let removeAttempts = Statement(
    "erase attempts",
    """
    DELETE FROM perezvon.attempts
    WHERE number = $1 OR job IN (SELECT perezvon.jobs_of($1))
    """)
  private static let removeJobs = Statement(
    "erase jobs", "DELETE FROM perezvon.jobs WHERE id IN (SELECT perezvon.jobs_of($1))")
  // The whole person, with his other phones.
  private static let removeContacts = Statement(
    "erase contacts",
    """
    DELETE FROM perezvon.contacts
    WHERE id IN (SELECT of_contact FROM perezvon.contact_phones WHERE number = $1)
    """)
  private static let removeCustomer = Statement(
    "erase customer", "DELETE FROM perezvon.customers WHERE number = $1")
  private static let removeTasks = Statement(
    "erase tasks",
    "DELETE FROM perezvon.tasks WHERE number = $1 OR job IN (SELECT perezvon.jobs_of($1))")
  // A digest that is not sent yet may tell of it among others: it goes as a whole. Fewer digits than a phone number
  // has would be found in anything.
  private static let removeOutbox = Statement(
    "erase outbox",
    """
    DELETE FROM perezvon.outbox
    WHERE number = $1 OR (length($1) > 6 AND strpos(payload::text, ltrim($1, '+')) > 0)
    """)
  private static let removeTexts = Statement(
    "erase customer texts", "DELETE FROM perezvon.customer_texts WHERE number = $1")
  private static let hashDoNotCall = Statement(
    "erase do not call",
    """
    UPDATE perezvon.do_not_call SET number = NULL, reason = 'Kept as a hash when the number was erased.'
    WHERE hash = perezvon.number_hash($1)
    """)

  /// Removes every trace of a number (E.164, or the raw digits that the reports show) from all tables, in one
  /// transaction under the number's lock. An open job is closed by that: it is gone. Refused while an attempt is
  /// live. An entry of the do-not-call list goes on blocking, as a hash.
  ///
  /// Backups, PostgreSQL's write-ahead log and a spool that waits are out of its reach.
  public func erase(_ number: String) async throws(StoreError) -> ErasureResult {
    let result = try await pool.run { link throws(StoreError) in
      do throws(StoreError) {
        return try Self.erase(number, link)
      } catch {
        if !link.broken { _ = try? link.batch([Link.rollback.with()]) }
        throw error
      }
    }
    return result
  }

  private static func erase(_ number: String, _ link: Link) throws(StoreError) -> ErasureResult {
    let wanted = Parameter.text(number)
    let held = try link.batch([
      Link.begin.with(), Link.lock.with(wanted), lockJobs.with(wanted), live.with(wanted),
    ])
    let jobs = try held[2].map { row throws(StoreError) in (id: try row.uuid(), state: try row.text()) }
    if try held[3].first({ row throws(StoreError) in try row.bool() }) == true {
      try link.batch([Link.rollback.with()])
      return .attemptLive
    }
    let steps = [
      removeDecisions, removeEntries, countMissed, removeCalls, parted, removeAttempts, removeJobs,
      removeContacts, removeCustomer, hashDoNotCall, removeTexts,
    ]
    // By the jobs of the number: before these go.
    let first = [removeTasks, removeOutbox]
    let open = jobs.filter { $0.state == "waiting" || $0.state == "working" }
    let told = open.map { JobRow.notify.with(.text($0.id.description)) }
    let calls = (first + steps).map { $0.with(wanted) }
    let all = try link.batch(calls + told + [Link.commit.with()], commits: true)
    let done = all[first.count...].map { $0 }
    var erasure = Erasure()
    erasure.tasks = all[0].affected
    erasure.decisions = done[0].affected
    erasure.queueEntries = done[1].affected
    erasure.missedCalls = try done[2].first { row throws(StoreError) in try row.int() } ?? 0
    erasure.calls = done[3].affected
    erasure.attempts = done[5].affected
    erasure.jobs = done[6].affected
    erasure.openJobs = open.count
    erasure.contacts = done[7].affected
    erasure.customers = done[8].affected
    erasure.stillBlocked = done[9].affected > 0
    return .erased(erasure)
  }
}
