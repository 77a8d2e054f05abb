import CallPolicy
import CallTracking
import Dialer
import Telephony

@testable import Service
@testable import Store

/// The way of one instance to the simulated database.
struct BooksWire: Books {
  let instance: SimulatedInstance
  let database: SimulatedDatabase

  private func ask<T: Sendable>(
    reads: Bool = false, lock: String? = nil, _ body: @escaping SimulatedDatabase.Body<T>
  ) async throws(StoreError) -> T {
    try await send { database, answer in
      database.run(reads: reads, lock: lock, body, then: answer)
    }
  }

  /// Out of the process, to the server, back into the process: it may be frozen or killed between any two.
  private func send<T: Sendable>(
    _ body: @escaping (SimulatedDatabase, @escaping (Result<T, StoreError>) -> Void) -> Void
  ) async throws(StoreError) -> T {
    let (instance, database, time) = (instance, database, instance.time)
    return try await instance.wait(orDead: Result<T, StoreError>.failure(SimulatedDatabase.away)) { answer in
      instance.pass {
        body(database) { result in
          time.after(.microseconds(200 + time.random.below(1_000))) { instance.pass { answer(result) } }
        }
      }
    }.get()
  }

  func migrate(dryRun: Bool) async throws(StoreError) -> MigrationReport {
    try await ask(reads: true) { _, _ in }
    return MigrationReport(dryRun: dryRun, applied: [], present: [], viewsRenewed: false, notes: [])
  }

  func notifications(channels: [String]) -> AsyncStream<StoreNotification> {
    let (stream, continuation) = AsyncStream<StoreNotification>.makeStream(
      bufferingPolicy: .bufferingNewest(StoreSettings.notificationsMax))
    database.add(SimulatedDatabase.Listener(instance, continuation))
    return stream
  }

  // MARK: Facts

  func settle(
    _ call: CallRecord, caller: CallerNumber, now: Timestamp,
    decide: @escaping @Sendable (NumberHistory) -> CallVerdict
  ) async throws(StoreError) -> (verdict: CallVerdict, alreadyRecorded: Bool) {
    do throws(StoreError) {
      return try await settleOnce(call, caller, now, decide)
    } catch {
      guard error.code == .uniqueViolation else { throw error }
      return try await settleOnce(call, caller, now, decide)
    }
  }

  private struct Settlement: Sendable {
    var verdict: CallVerdict
    var alreadyRecorded: Bool
  }

  private func settleOnce(
    _ call: CallRecord, _ caller: CallerNumber, _ now: Timestamp,
    _ decide: @escaping @Sendable (NumberHistory) -> CallVerdict
  ) async throws(StoreError) -> (verdict: CallVerdict, alreadyRecorded: Bool) {
    let settled: Settlement = try await send { database, answer in
      database.runLocked(
        lock: caller.shown ?? "\(call.pbx)/\(call.linkedID)",
        read: { $0.history(of: caller.shown, pbx: call.pbx, linkedID: call.linkedID, now: now) },
        write: { (books: inout SimulatedBooks, history) throws(StoreError) in
          let verdict = decide(history)
          if history.alreadyRecorded { return Settlement(verdict: verdict, alreadyRecorded: true) }
          try books.settle(call, caller: caller, verdict: verdict, now: now)
          return Settlement(verdict: verdict, alreadyRecorded: false)
        }, then: answer)
    }
    instance.trace.note(
      instance.who, "settled",
      "\(call.linkedID) missed \(call.missed) \(settled.verdict.job.map(\.description) ?? settled.verdict.noJobReason ?? "-")"
    )
    return (settled.verdict, settled.alreadyRecorded)
  }

  func record(_ entries: [QueueEntryRecord]) async throws(StoreError) {
    try await ask { books, _ in books.record(entries) }
  }

  func record(_ decisions: [Decision]) async throws(StoreError) {
    try await ask { books, _ in books.record(decisions) }
  }

  func history(of number: PhoneNumber, now: Timestamp) async throws(StoreError) -> NumberHistory {
    try await ask(reads: true) { books, _ in
      books.history(of: number.e164, pbx: "", linkedID: "", now: now)
    }
  }

  // MARK: Jobs

  func waitingJobs(
    campaigns: [CampaignName], pbx: PBXName?, dueBefore: Timestamp, limit: Int
  ) async throws(StoreError) -> [Job] {
    try await ask(reads: true) { books, _ in
      books.waitingJobs(campaigns: campaigns, pbx: pbx, dueBefore: dueBefore, limit: limit)
    }
  }

  func job(_ id: JobID) async throws(StoreError) -> Job? {
    try await ask(reads: true) { books, _ in books.jobs[id]?.job }
  }

  func expireJobs(now: Timestamp) async throws(StoreError) -> [Job] {
    try await ask { books, _ in books.expireJobs(now: now) }
  }

  func apply(
    _ changes: [JobChange], decisions: [Decision], number: PhoneNumber, now: Timestamp
  ) async throws(StoreError) {
    try await ask(lock: number.e164) { (books, _) throws(StoreError) in
      try books.apply(changes, decisions: decisions, now: now)
    }
  }

  // MARK: Attempts

  func claim(
    _ attempt: AttemptRecord, lease: Lease, decision: Decision, limits: DialLimits
  ) async throws(StoreError) -> ClaimResult {
    let result = try await ask { (books, clock) throws(StoreError) in
      try books.claim(attempt, lease: lease, decision: decision, limits: limits, clock: clock)
    }
    instance.trace.note(
      instance.who, "claim", "\(attempt.id) \(attempt.number) \(attempt.agent?.rawValue ?? "-"): \(result)")
    return result
  }

  func write(
    _ attempt: AttemptRecord, lease: Lease, decisions: [Decision]
  ) async throws(StoreError) {
    try await ask { (books, _) throws(StoreError) in
      try books.write(attempt, lease: lease, decisions: decisions)
    }
  }

  func finish(
    _ attempt: AttemptRecord, lease: Lease, change: JobChange?, decisions: [Decision]
  ) async throws(StoreError) {
    try await ask { (books, _) throws(StoreError) in
      try books.finish(attempt, lease: lease, change: change, decisions: decisions)
    }
    instance.trace.note(instance.who, "finished", "\(attempt.id) \(attempt.outcome?.rawValue ?? "-")")
  }

  func attempt(_ id: AttemptID) async throws(StoreError) -> AttemptRecord? {
    try await ask(reads: true) { books, _ in books.attempts[id] }
  }

  func liveAttempts(pbx: PBXName) async throws(StoreError) -> [AttemptRecord] {
    try await ask(reads: true) { books, _ in books.liveAttempts(pbx: pbx) }
  }

  func attempt(
    dialling number: PhoneNumber, before moment: Timestamp, notEndedBefore end: Timestamp
  ) async throws(StoreError) -> AttemptID? {
    try await ask(reads: true) { books, _ in
      books.attempt(dialling: number, before: moment, notEndedBefore: end)
    }
  }

  // MARK: The lease

  func acquireLease(
    pbx: PBXName, holder: InstanceName, ttl: Duration
  ) async throws(StoreError) -> Lease? {
    let lease = try await ask { books, clock in
      books.acquireLease(pbx: pbx, holder: holder, ttl: ttl, clock: clock)
    }
    instance.trace.remark(instance.who, "lease: \(lease.map { "fence \($0.fence)" } ?? "another's")")
    return lease
  }

  func renew(_ lease: Lease) async throws(StoreError) -> Lease? {
    try await ask { books, clock in books.renew(lease, clock: clock) }
  }

  func release(_ lease: Lease) async throws(StoreError) {
    try await ask { books, clock in books.release(lease, clock: clock) }
  }
}
