import CallPolicy
import CallTracking
import Dialer
import Telephony

@testable import Store

/// A migrated database of its own and what tests put into it.
struct Books {
  let store: Store
  let url: String
  /// 2026-11-22 16:00:00 UTC.
  let now = Timestamp(microseconds: 1_795_363_200_000_000)
  let pbx: PBXName = "pbx1"
  let campaign: CampaignName = "sales"
  let limits = DialLimits(perNumberPerDay: 6, perHour: 500)

  init(poolSize: Int = 4, server: PrivatePostgres? = nil) async throws {
    url = try (server ?? PrivatePostgres.shared.get()).database()
    // A busy machine may serve two hundred waiters slowly; that is no matter of these tests.
    store = Store(
      StoreSettings(
        url: url, poolSize: poolSize, acquireTimeout: .seconds(60), statementTimeout: .seconds(60)))
    _ = try await store.migrate()
  }

  static let number = PhoneNumber(e164: "+79161234567")!

  func number(_ n: Int) -> PhoneNumber { PhoneNumber(e164: "+7916000\(1_000 + n)")! }

  func caller(_ number: PhoneNumber = Books.number) -> CallerNumber { .number(number, kind: .mobile) }

  func newID() -> UniqueID {
    var random = SystemRandomNumberGenerator()
    return UniqueID(at: now, using: &random)
  }

  /// An inbound call that gave up in the queue after ten seconds.
  func missedCall(_ linkedID: LinkedID = "1.1", name: String = "Anna") -> CallRecord {
    CallRecord(
      pbx: pbx, linkedID: linkedID, channel: ChannelID(linkedID.rawValue), direction: .inbound,
      startedAt: now - .seconds(12), endedAt: now, rawNumber: "89161234567", rawName: name, did: "4951112233",
      queue: "sales", answered: false, answeredBy: nil, wait: .seconds(10), talk: .zero, lostAt: .queue,
      ending: .callerHungUp, cause: .normalClearing, membersRung: ["PJSIP/101", "PJSIP/102"],
      evidence: [
        EvidenceStep(at: now - .seconds(12), what: "began"),
        EvidenceStep(at: now - .seconds(10), what: "joined", detail: "sales"),
      ], attempt: nil)
  }

  func job(_ number: PhoneNumber = Books.number, dueIn: Duration = .zero) -> Job {
    Job(
      id: JobID(newID()), campaign: campaign, number: number, customerName: "Anna", source: .missedCall,
      state: .waiting, reason: "He gave up in sales.", createdAt: now, firstMissedAt: now - .seconds(2),
      missedCount: 1, priority: 0, owner: nil, dueAt: now + dueIn, expiresAt: now + .seconds(86_400),
      attempts: 0, queue: "sales", pbx: pbx, heldOut: false)
  }

  func decision(_ word: String, _ job: Job) -> Decision {
    Decision(at: now, number: job.number.e164, job: job.id, decision: word, reason: "Because of \(word).")
  }

  /// The smallest policy: a job for the first missed call, one more on its count for the next.
  func policy(_ number: PhoneNumber = Books.number) -> @Sendable (NumberHistory) -> CallVerdict {
    let job = job(number)
    let created = decision("job_created", job)
    return { history in
      if let open = history.openJobs.first {
        return CallVerdict(job: open.id, changes: [.countUp(open.id, at: open.createdAt)])
      }
      return CallVerdict(job: job.id, changes: [.create(job)], decisions: [created])
    }
  }

  func add(_ job: Job) async throws -> Job {
    _ = try await store.addJob(job, decision: decision("job_created", job))
    return job
  }

  func attempt(_ job: Job, agent: MemberInterface = "PJSIP/101") -> AttemptRecord {
    AttemptRecord(
      id: AttemptID(newID()), job: job.id, campaign: job.campaign, pbx: pbx, n: 0, number: job.number,
      agent: agent, queue: "sales", phase: .agent, fence: 0, pbxStartedAt: now - .seconds(1_000),
      startedAt: now, deadline: now + .seconds(300))
  }

  func lease(_ holder: InstanceName = "node-a", ttl: Duration = .seconds(600)) async throws -> Lease? {
    try await store.acquireLease(pbx: pbx, holder: holder, ttl: ttl)
  }

  func claim(_ attempt: AttemptRecord, _ job: Job, _ lease: Lease) async throws -> ClaimResult {
    try await store.claim(attempt, lease: lease, decision: decision("claimed", job), limits: limits)
  }

  /// SQL as the administrator would type it.
  func sql(_ text: String) async throws(StoreError) {
    try await store.pool.run { link throws(StoreError) in try link.script(text, name: "test") }
  }

  /// One value of one row, as text.
  func value(_ query: String) async throws(StoreError) -> String? {
    try await store.pool.run { link throws(StoreError) in
      try link.execute(
        Statement("value \(SHA256.hex(query.utf8).prefix(16))", "SELECT (\(query))::text").with()
      ).first { row throws(StoreError) in
        try row.textOrNil()
      } ?? nil
    }
  }

  /// How PostgreSQL would carry a query out, as JSON.
  func plan(_ query: String) async throws(StoreError) -> String? {
    try await store.pool.run { link throws(StoreError) in
      let name = "plan \(SHA256.hex(query.utf8).prefix(16))"
      return try link.execute(Statement(name, "EXPLAIN (FORMAT JSON) \(query)").with())
        .first { row throws(StoreError) in try row.text() }
    }
  }
}

/// The claimed attempt; nil where the claim was refused.
func claimed(_ result: ClaimResult) -> AttemptRecord? {
  if case .claimed(let attempt) = result { attempt } else { nil }
}

/// The error's code; nil where nothing was thrown.
func code(_ body: () async throws -> Void) async -> StoreError.Code? {
  do {
    try await body()
    return nil
  } catch {
    return (error as? StoreError)?.code
  }
}
