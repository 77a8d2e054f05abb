import CallPolicy
import CallTracking
import Dialer
import Lab
import Synchronization
import Telephony
import Testing

@testable import Simulation
@testable import Store

/// The same random operations against `Store` on a real PostgreSQL and against the books in memory: every answer,
/// every error and every row at rest must be the same. So a simulation is no fantasy.
@Suite struct `The simulated books` {
  static let seeds: ClosedRange<UInt64> = 1...8
  static let operations = 150

  @Test func `answer and keep what PostgreSQL does`() async throws {
    let lab = try await DatabaseLab.start()
    let store = Store(StoreSettings(url: lab.database.url, poolSize: 2, acquireTimeout: .seconds(60)))
    _ = try await store.migrate()
    for seed in Self.seeds {
      var clerk = Clerk(seed: seed, store: store)
      for _ in 0..<Self.operations {
        try await clerk.operate()
        guard clerk.difference == nil else { break }
      }
      try await clerk.compareRows()
      if let difference = clerk.difference { Issue.record("seed \(seed): \(difference)") }
      #expect(clerk.done.count > 10, "too few operations were drawn: \(clerk.done)")
    }
    await store.close()
    await lab.stop()
  }
}

/// Does everything twice.
struct Clerk {
  private var random: SeededChance
  private let store: Store
  private var books = SimulatedBooks()
  private let pbx: PBXName
  private let numbers: [PhoneNumber]
  private let holders: [InstanceName] = ["node-a", "node-b"]
  private let limits = DialLimits(perNumberPerDay: 3, perHour: 6)
  private var now = Timestamp(seconds: 1_795_363_200)
  private var clock = Timestamp(seconds: 1_795_363_200)
  private var leases: [Lease] = []
  private var jobs: [JobID] = []
  private var attempts: [AttemptRecord] = []
  private var calls: [LinkedID] = []
  /// The first thing that was not the same.
  private(set) var difference: String?
  private(set) var done: [String: Int] = [:]

  init(seed: UInt64, store: Store) {
    random = SeededChance(state: seed)
    self.store = store
    pbx = PBXName("pbx\(seed)")
    numbers = (0..<3).compactMap { PhoneNumber(e164: "+7916\(100 + seed)\(1_000 + $0)") }
  }

  private mutating func same<T: Equatable>(_ what: String, _ real: Outcome<T>, _ simulated: Outcome<T>) {
    done[what, default: 0] += 1
    guard difference == nil, real != simulated else { return }
    difference = "\(what): PostgreSQL says \(real), the simulation \(simulated)"
  }

  /// An answer or an error's code.
  enum Outcome<T: Equatable>: Equatable {
    case answer(T)
    case error(StoreError.Code)

    init(_ body: () async throws(StoreError) -> T) async {
      do throws(StoreError) { self = .answer(try await body()) } catch { self = .error(error.code) }
    }
    init(now body: () throws(StoreError) -> T) {
      do throws(StoreError) { self = .answer(try body()) } catch { self = .error(error.code) }
    }
  }

  struct Nothing: Equatable {}

  mutating func operate() async throws {
    now = now + .milliseconds(Int64(random.below(200_000)))
    clock = clock + .microseconds(1)
    switch random.below(14) {
    case 0, 1, 2: await settle()
    case 3: await waitingJobs()
    case 4, 5, 6: await claim()
    case 7, 8: await write()
    case 9, 10: await finish()
    case 11: await apply()
    case 12: await lease()
    default: await read()
    }
  }

  // MARK: Calls

  private mutating func call() -> (CallRecord, CallerNumber) {
    let linkedID = random.chance(1, 6) ? random.pick(calls) ?? "c0" : LinkedID("c\(calls.count)")
    if !calls.contains(linkedID) { calls.append(linkedID) }
    let answered = random.chance(1, 4)
    let number = random.pick(numbers)
    let record = CallRecord(
      pbx: pbx, linkedID: linkedID, channel: ChannelID(linkedID.rawValue), direction: .inbound,
      startedAt: now - .seconds(30), endedAt: now - .seconds(2), rawNumber: number?.e164 ?? "",
      rawName: "Ann",
      did: "495", queue: "sales", answered: answered, answeredBy: answered ? "PJSIP/101" : nil,
      wait: .seconds(10), talk: answered ? .seconds(9) : .zero, lostAt: answered ? nil : .queue,
      ending: answered ? nil : .callerHungUp, cause: .normalClearing, membersRung: [],
      evidence: [EvidenceStep(at: now, what: "began")], attempt: nil)
    if random.chance(1, 8) { return (record, .hidden) }
    return (record, number.map { .number($0, kind: .mobile) } ?? .hidden)
  }

  private mutating func settle() async {
    let (call, caller) = call()
    let id = JobID(UniqueID(at: now, using: &random))
    let job = job(id, caller)
    let heldOut = random.chance(1, 10)
    let decide: @Sendable (NumberHistory) -> CallVerdict = { [now] history in
      Self.decide(call, caller, history, job, heldOut: heldOut, now: now)
    }
    let seen = Mutex<NumberHistory?>(nil)
    let (store, now, pbx) = (store, now, pbx)
    let real = await Outcome<Bool> { () async throws(StoreError) in
      try await store.settle(call, caller: caller, now: now) { history in
        seen.withLock { $0 = history }
        return decide(history)
      }.alreadyRecorded
    }
    let history = books.history(of: caller.shown, pbx: pbx, linkedID: call.linkedID, now: now)
    same("history in settle", .answer(seen.withLock { $0 }), .answer(Optional(history)))
    let simulated = Outcome<Bool>(now: { () throws(StoreError) in
      if history.alreadyRecorded { return true }
      try books.settle(call, caller: caller, verdict: decide(history), now: now)
      return false
    })
    same("settle", real, simulated)
    if books.jobs[id] != nil { jobs.append(id) }
  }

  private static func decide(
    _ call: CallRecord, _ caller: CallerNumber, _ history: NumberHistory, _ job: Job?, heldOut: Bool,
    now: Timestamp
  ) -> CallVerdict {
    let said = Decision(at: now, number: caller.shown, job: nil, decision: "seen", reason: "\(call.linkedID)")
    if let open = history.openJobs.first {
      return call.answered
        ? CallVerdict(changes: [.close(open.id, .recovered, reason: "talked")], decisions: [said])
        : CallVerdict(job: open.id, changes: [.countUp(open.id, at: now)], decisions: [said])
    }
    guard !call.answered, var job else { return CallVerdict(noJobReason: "none", decisions: [said]) }
    job.heldOut = heldOut
    return CallVerdict(job: job.id, changes: [.create(job)], decisions: [said])
  }

  private mutating func job(_ id: JobID, _ caller: CallerNumber) -> Job? {
    guard let number = caller.e164 else { return nil }
    return Job(
      id: id, campaign: "sales", number: number, customerName: "Ann", source: .missedCall, state: .waiting,
      reason: "missed", createdAt: now, firstMissedAt: now - .seconds(30), missedCount: 1,
      priority: random.below(3), owner: random.chance(1, 3) ? "PJSIP/101" : nil,
      dueAt: now + .seconds(Int64(random.below(60))),
      expiresAt: now + .seconds(Int64(600 + random.below(3_000))),
      attempts: 0, queue: "sales", pbx: pbx, heldOut: false)
  }

  // MARK: Jobs

  private mutating func waitingJobs() async {
    let (store, pbx, until, limit) = (store, pbx, now + .seconds(60), 1 + random.below(4))
    let real = await Outcome<[Job]> { () async throws(StoreError) in
      try await store.waitingJobs(campaigns: ["sales"], pbx: pbx, dueBefore: until, limit: limit)
    }
    same(
      "waiting jobs", real,
      .answer(books.waitingJobs(campaigns: ["sales"], pbx: pbx, dueBefore: until, limit: limit)))
  }

  private mutating func apply() async {
    guard let id = random.pick(jobs), let number = books.jobs[id]?.job.number else { return }
    let change: JobChange =
      switch random.below(5) {
      case 0: .close(id, .excluded, reason: "denied")
      case 1: .close(id, .waiting, reason: "no final state")
      case 2: .retry(id, dueAt: now + .seconds(5), attempts: 2, owner: nil, reason: "again")
      case 3: .postpone(id, dueAt: now + .seconds(9), reason: "closed now")
      default: .countUp(id, at: now)
      }
    let said = [Decision(at: now, number: number.e164, job: id, decision: "applied", reason: "\(change)")]
    let (store, now) = (store, now)
    let real = await Outcome<Nothing> { () async throws(StoreError) in
      try await store.apply([change], decisions: said, number: number, now: now)
      return Nothing()
    }
    let simulated = Outcome<Nothing>(now: { () throws(StoreError) in
      try books.apply([change], decisions: said, now: now)
      return Nothing()
    })
    same("apply", real, simulated)
  }

  // MARK: Attempts

  private mutating func claim() async {
    guard let id = random.pick(jobs), let job = books.jobs[id]?.job, let lease = random.pick(leases) else {
      return await self.lease()
    }
    var record = AttemptRecord(
      id: AttemptID(UniqueID(at: now, using: &random)), job: id, campaign: "sales", pbx: pbx, n: 0,
      number: job.number, agent: random.pick(["PJSIP/101", "PJSIP/102"]), queue: "sales", phase: .agent,
      fence: lease.fence, pbxStartedAt: now - .seconds(9_000), startedAt: now, deadline: now + .seconds(900))
    if let known = random.pick(attempts), random.chance(1, 6) { record = known }
    let said = Decision(
      at: now, number: job.number.e164, job: record.job, decision: "attempt", reason: "free")
    let (store, limits, clock) = (store, limits, clock)
    let real = await Outcome<ClaimResult> { [record] () async throws(StoreError) in
      try await store.claim(record, lease: lease, decision: said, limits: limits)
    }
    let simulated = Outcome<ClaimResult>(now: { () throws(StoreError) in
      try books.claim(record, lease: lease, decision: said, limits: limits, clock: clock)
    })
    same("claim", real, simulated)
    if case .answer(.claimed(let claimed)) = simulated, !attempts.contains(where: { $0.id == claimed.id }) {
      attempts.append(claimed)
    }
  }

  private mutating func known() -> (AttemptRecord, Lease)? {
    guard let id = random.pick(attempts)?.id, var record = books.attempts[id], let lease = random.pick(leases)
    else { return nil }
    record.fence = lease.fence
    return (record, lease)
  }

  private mutating func write() async {
    guard let (found, lease) = known() else { return }
    var record = found
    switch random.below(3) {
    case 0: record.agentRangAt = now
    case 1:
      record.phase = .customer
      record.customerDialedAt = now
    default:
      record.phase = .connected
      record.customerDialedAt = nil
      record.connectedAt = now
    }
    if record.phase == .ended { record.phase = .customer }
    let said = [
      Decision(at: now, number: nil, job: record.job, decision: "phase", reason: record.phase.rawValue)
    ]
    let store = store
    let real = await Outcome<Nothing> { [record, lease] () async throws(StoreError) in
      try await store.write(record, lease: lease, decisions: said)
      return Nothing()
    }
    let simulated = Outcome<Nothing>(now: { () throws(StoreError) in
      try books.write(record, lease: lease, decisions: said)
      return Nothing()
    })
    same("write", real, simulated)
  }

  private mutating func finish() async {
    guard let (found, lease) = known() else { return }
    var record = found
    record.phase = .ended
    record.endedAt = random.chance(1, 12) ? nil : now
    record.outcome = random.pick([.customerMissed, .conversation, .agentMissed])
    if random.chance(1, 3) { record.customerDialedAt = nil }
    if record.outcome == .conversation { record.talkEndedAt = now }
    let change: JobChange? =
      switch random.below(4) {
      case 0: nil
      case 1: .close(record.job, .succeeded, reason: "talked")
      default:
        .retry(record.job, dueAt: now + .seconds(3), attempts: random.below(3), owner: nil, reason: "again")
      }
    let store = store
    let real = await Outcome<Nothing> { [record, lease] () async throws(StoreError) in
      try await store.finish(record, lease: lease, change: change, decisions: [])
      return Nothing()
    }
    let simulated = Outcome<Nothing>(now: { () throws(StoreError) in
      try books.finish(record, lease: lease, change: change, decisions: [])
      return Nothing()
    })
    same("finish", real, simulated)
  }

  private mutating func read() async {
    let (store, pbx, now) = (store, pbx, now)
    let live = await Outcome<[AttemptRecord]> { () async throws(StoreError) in
      try await store.liveAttempts(pbx: pbx)
    }
    same("live attempts", live, .answer(books.liveAttempts(pbx: pbx)))
    if let number = random.pick(numbers) {
      let (before, end) = (now - .seconds(random.below(20)), now - .seconds(random.below(40)))
      let real = await Outcome<AttemptID?> { () async throws(StoreError) in
        try await store.attempt(dialling: number, before: before, notEndedBefore: end)
      }
      same(
        "dialling", real, .answer(books.attempt(dialling: number, before: before, notEndedBefore: end)))
    }
    if let id = random.pick(jobs) {
      let real = await Outcome<Job?> { () async throws(StoreError) in try await store.job(id) }
      same("job", real, .answer(books.jobs[id]?.job))
    }
    if let number = random.pick(numbers) {
      let real = await Outcome<NumberHistory> { () async throws(StoreError) in
        try await store.history(of: number, now: now)
      }
      same(
        "history", real, .answer(books.history(of: number.e164, pbx: "", linkedID: "", now: now)))
    }
    guard random.chance(1, 4) else { return }
    let expired = await Outcome<[Job]> { () async throws(StoreError) in
      try await store.expireJobs(now: now).filter { $0.pbx == pbx }.sorted { $0.id < $1.id }
    }
    same("expire", expired, .answer(books.expireJobs(now: now).sorted { $0.id < $1.id }))
  }

  // MARK: The lease

  private struct Held: Equatable {
    var holder: InstanceName
    var fence: Int64
    init(_ lease: Lease) { (holder, fence) = (lease.holder, lease.fence) }
  }

  private mutating func lease() async {
    let (store, pbx, clock) = (store, pbx, clock)
    if let lease = random.pick(leases), random.chance(1, 2) {
      if random.chance(1, 2) {
        let real = await Outcome<Nothing> { () async throws(StoreError) in
          try await store.release(lease)
          return Nothing()
        }
        books.release(lease, clock: clock)
        same("release", real, .answer(Nothing()))
      } else {
        let real = await Outcome<Held?> { () async throws(StoreError) in
          try await store.renew(lease).map(Held.init)
        }
        same("renew", real, .answer(books.renew(lease, clock: clock).map(Held.init)))
      }
      return
    }
    let holder = random.pick(holders) ?? "node-a"
    let real = await Outcome<Held?> { () async throws(StoreError) in
      try await store.acquireLease(pbx: pbx, holder: holder, ttl: .seconds(3_600)).map(Held.init)
    }
    let simulated = books.acquireLease(pbx: pbx, holder: holder, ttl: .seconds(3_600), clock: clock)
    same("acquire", real, .answer(simulated.map(Held.init)))
    if let simulated { leases.append(simulated) }
  }

  // MARK: At rest

  mutating func compareRows() async throws {
    for number in numbers {
      let story = try await store.story(of: number.e164)
      let jobs = books.jobs.values.map(\.job).filter { $0.number == number }
      same(
        "jobs at rest", .answer(story.jobs.sorted { $0.id < $1.id }), .answer(jobs.sorted { $0.id < $1.id }))
      let attempts = books.attempts.values.filter { $0.number == number }
      same(
        "attempts at rest", .answer(story.attempts.sorted { $0.id < $1.id }),
        .answer(attempts.sorted { $0.id < $1.id }))
      let said = books.decisions.filter { $0.number == number.e164 }.map { "\($0)" }
      same("decisions at rest", .answer(story.decisions.map { "\($0)" }.sorted()), .answer(said.sorted()))
      let missed = books.calls.values.filter { $0.call.missed && $0.number == number.e164 }
        .map { "\($0.call.linkedID) \($0.job?.description ?? $0.noJobReason ?? "-")" }
      same(
        "missed calls at rest",
        .answer(
          story.missed.map { "\($0.linkedID) \($0.job?.description ?? $0.noJobReason ?? "-")" }.sorted()),
        .answer(missed.sorted()))
      same(
        "calls at rest", .answer(story.calls.map(\.linkedID).sorted()),
        .answer(books.calls.values.filter { $0.number == number.e164 }.map(\.call.linkedID).sorted()))
    }
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct SeededChance: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }
  mutating func chance(_ share: Int, _ total: Int) -> Bool { below(total) < share }
  mutating func pick<T>(_ choices: [T]) -> T? { choices.isEmpty ? nil : choices[below(choices.count)] }
}
