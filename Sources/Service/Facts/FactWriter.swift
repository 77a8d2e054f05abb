import CallPolicy
import CallTracking
import Logging
import Store
import Synchronization
import Telephony

/// Carries facts to the books, in order and each exactly once in effect: to PostgreSQL, or to the spool while
/// PostgreSQL is away.
///
/// One call at a time: what a later one means may depend on what an earlier one wrote. The deciding itself
/// happens inside the store's transaction, under the number's lock. Stays in queues, for which nobody waits, are
/// written together when no call is waiting.
actor FactWriter {
  /// Facts that may wait in memory; more go straight to the spool. Default 10,000.
  static let queuedMax = 10_000
  /// After this many refusals of the same fact by a healthy database it is set aside. Default 5.
  static let refusalsMax = 5

  /// Stays in queues that wait for calls to be written first, at most. Default 1,000.
  static let entriesMax = 1_000

  /// How far apart the clocks of two PBXs may be. Default 2 s.
  static let clockMargin = Duration.seconds(2)

  /// What the switchboard is told after a call is in the books, or safe in the spool.
  struct Settled: Sendable {
    let call: CallRecord
    let caller: CallerNumber
    /// Nil where the call went to the spool: decided later.
    let verdict: CallVerdict?
  }

  let store: any Books
  private let spool: Spool?
  let world: World
  let settings: SettingsInForce
  private let onSettled: @Sendable (Settled) async -> Void
  private let onAvailability: @Sendable (Bool) async -> Void
  private let logger: Logger
  private let facts: AsyncStream<Input>
  nonisolated private let submission: AsyncStream<Input>.Continuation
  private var refusals = 0
  /// Stays in queues that are not written yet, in order.
  private var entries: [QueueEntryRecord] = []

  private enum Input: Sendable {
    case facts([FactForBooks])
    /// Everything that was handed over before the entries is written.
    case flush
    case drain
    case then(@Sendable () async -> Void)
  }

  init(
    store: any Books, spool: Spool?, world: World, settings: SettingsInForce, logger: Logger,
    onSettled: @escaping @Sendable (Settled) async -> Void,
    onAvailability: @escaping @Sendable (Bool) async -> Void
  ) {
    self.store = store
    self.spool = spool
    self.world = world
    self.settings = settings
    self.logger = logger
    self.onSettled = onSettled
    self.onAvailability = onAvailability
    (facts, submission) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.queuedMax))
  }

  /// Facts that wait for PostgreSQL.
  nonisolated var spooled: Int { spool?.count ?? 0 }

  /// Hands facts over; returns at once. Order is kept.
  nonisolated func submit(_ batch: [FactForBooks]) {
    guard !batch.isEmpty else { return }
    if case .dropped = submission.yield(.facts(batch)) {
      world.meter.limit(.facts)
      logger.error(
        "The queue of facts is full; these go straight to the spool", metadata: ["facts": "\(batch.count)"])
      Task { await keep(batch) }
    }
  }

  /// Does something when all that was handed over before is in the books or in the spool. Left out where the
  /// queue is full.
  nonisolated func afterAll(_ body: @escaping @Sendable () async -> Void) { submission.yield(.then(body)) }

  /// Works until the task is cancelled; then puts what is left into the spool.
  func run() async {
    await withTaskCancellationHandler {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await self.knock() }
        for await input in facts {
          switch input {
          case .facts(let batch): await write(batch)
          case .flush: await flush()
          case .drain:
            await flush()
            await drain()
          case .then(let body):
            await flush()
            await body()
          }
        }
        await flush()
        group.cancelAll()
      }
    } onCancel: {
      submission.finish()
    }
  }

  /// Once a second, while something waits in the spool.
  private func knock() async {
    while !Task.isCancelled {
      if let spool, spool.count > 0 { submission.yield(.drain) }
      try? await world.clock.sleep(for: .seconds(1))
    }
  }

  private func write(_ given: [FactForBooks]) async {
    // Somebody waits for what follows from a call; nobody for a stay in a queue.
    let stays = given.compactMap { if case .queueEntry(let entry) = $0 { entry } else { nil } }
    await writeCalls(given.filter(\.isWaitedFor))
    guard !stays.isEmpty else { return }
    let isFirst = entries.isEmpty
    entries += stays
    // Behind the calls that wait by now: in a rush many stays become one transaction.
    if isFirst, case .dropped = submission.yield(.flush) { await flush() }
    if entries.count >= Self.entriesMax { await flush() }
  }

  private func flush() async {
    guard !entries.isEmpty else { return }
    let facts = entries.map(FactForBooks.queueEntry)
    if let spool, spool.count > 0 { return await keepEntries(facts) }
    do throws(StoreError) {
      try await store.record(entries)
      entries = []
    } catch {
      logger.warning("Facts wait in the spool", metadata: ["reason": "\(error.message)"])
      await keepEntries(facts)
    }
  }

  private func keepEntries(_ facts: [FactForBooks]) async {
    entries = []
    await keep(facts)
  }

  private func writeCalls(_ batch: [FactForBooks]) async {
    for (index, fact) in batch.enumerated() {
      if let spool, spool.count > 0 {
        // Behind what already waits, so that the order stays.
        await keep(Array(batch[index...]))
        return
      }
      do throws(StoreError) {
        try await settle(fact)
      } catch {
        logger.warning("Facts wait in the spool", metadata: ["reason": "\(error.message)"])
        await keep(Array(batch[index...]))
        return
      }
    }
  }

  private func settle(_ fact: FactForBooks) async throws(StoreError) {
    switch fact {
    case .queueEntry(let entry):
      try await store.record([entry])
    case .answer(let answer): try await settle(answer)
    case .ask(let ask): try await settle(ask)
    case .wish(let wish): try await settle(wish)
    case .call(var call):
      let caller = settings.plan.read(call.rawNumber)
      call.requestedNumber = call.requestedNumber.flatMap { settings.plan.read($0).shown }
      let now = world.now()
      if let attempt = try await farEnd(of: call, from: caller) { call.attempt = attempt }
      let (jobID, draw) = world.draw(at: now)
      let decide = settings.policy
      let settled = try await store.settle(call, caller: caller, now: now) { [call] history in
        decide.decide(
          call: call, caller: caller, history: history, now: now, newJobID: jobID, holdOutDraw: draw)
      }
      await onSettled(Settled(call: call, caller: caller, verdict: settled.verdict))
    }
  }

  /// The attempt whose other end this call is: it came from a number of ours, to a number that we were dialling as
  /// it came. So a callback that reaches a queue of ours, of another PBX too, is nobody's missed call.
  private func farEnd(of call: CallRecord, from caller: CallerNumber) async throws(StoreError) -> AttemptID? {
    guard call.direction == .inbound, call.attempt == nil, let from = caller.e164,
      settings.policy.settings.ownNumbers.contains(from), let dialled = settings.plan.read(call.did).e164
    else { return nil }
    return try await store.attempt(
      dialling: dialled, before: call.startedAt + Self.clockMargin,
      notEndedBefore: call.startedAt - Self.clockMargin)
  }

  private func keep(_ facts: [FactForBooks]) async {
    do throws(Spool.Failure) {
      guard let spool else { throw Spool.Failure(description: "the spool could not be opened at the start") }
      try spool.append(facts)
      world.meter.count(.facts, "spooled", by: Double(facts.count))
    } catch {
      if error.isFull { world.meter.limit(.spool) }
      world.meter.count(.facts, "lost", by: Double(facts.count))
      logger.critical("Facts are lost", metadata: ["facts": "\(facts.count)", "reason": "\(error)"])
    }
    // Before anybody is told that these calls are over: whoever has talked in one is not dialled while only the spool
    // knows of it.
    await onAvailability(false)
    for case .call(let call) in facts {
      await onSettled(Settled(call: call, caller: settings.plan.read(call.rawNumber), verdict: nil))
    }
  }

  /// A fact that a healthy PostgreSQL refuses again and again must not hold up the others; it is kept for a person.
  private func setAside(_ fact: FactForBooks, because error: StoreError) {
    logger.critical(
      "PostgreSQL refuses a fact; it is set aside",
      metadata: ["reason": "\(error.message)", "file": "\(spool?.refusedFile ?? "")"])
    do { try spool?.setAside([fact]) } catch { logger.critical("A fact is lost: \(error)") }
  }

  private func drain() async {
    guard let spool, spool.count > 0 else { return }
    let waiting = spool.waiting()
    var done = 0
    for fact in waiting {
      do throws(StoreError) {
        try await settle(fact)
        done += 1
        refusals = 0
      } catch {
        if error.mayPass { break }
        refusals += 1
        guard refusals >= Self.refusalsMax else { break }
        setAside(fact, because: error)
        refusals = 0
        done += 1
      }
    }
    guard done > 0 else { return }
    do {
      try spool.removeFirst(done)
      logger.info(
        "Facts went from the spool to PostgreSQL", metadata: ["facts": "\(done)", "left": "\(spool.count)"])
    } catch {
      logger.error("\(error)")
    }
    if spool.count == 0 { await onAvailability(true) }
  }
}

extension FactForBooks {
  fileprivate var isWaitedFor: Bool {
    switch self {
    case .call, .answer, .ask, .wish: true
    case .queueEntry: false
    }
  }
}

extension StoreError {
  /// The fact is not to blame: the same write may go through later.
  fileprivate var mayPass: Bool {
    switch code {
    case .unavailable, .serialization, .deadlock, .readOnly, .diskFull, .schema: true
    case .uniqueViolation, .staleFence, .notLive, .other: false
    }
  }
}
