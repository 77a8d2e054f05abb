import CallPolicy
import CallTracking
import Telephony
import Testing

/// The books of one number, kept as the database keeps them, while random things happen to it.
private struct Books {
  let policy: CallPolicy
  var random: SeededRandom
  var now = utc("2026-03-20 00:00")
  var open: [Job] = []
  var finals: [JobID: JobState] = [:]
  var created: Set<JobID> = []
  var talkEndedAt: Timestamp?
  var next: UInt64 = 1
  var trouble: [String] = []

  mutating func apply(_ changes: [JobChange]) {
    for change in changes {
      switch change {
      case .create(let job):
        if !created.insert(job.id).inserted { trouble.append("job \(job.id) created twice") }
        if open.contains(where: { $0.campaign == job.campaign }) { trouble.append("a second open job") }
        check(due: job.dueAt, of: job)
        open.append(job)
      case .countUp(let id, _):
        edit(id) { $0.missedCount += 1 }
      case .retry(let id, let dueAt, let attempts, let owner, _):
        edit(id) { ($0.dueAt, $0.attempts, $0.owner, $0.state) = (dueAt, attempts, owner, .waiting) }
        if let job = open.first(where: { $0.id == id }) {
          check(due: dueAt, of: job)
          if dueAt >= job.expiresAt { trouble.append("a retry after the job's end") }
        }
      case .dialNext(let id, let next):
        edit(id) {
          ($0.number, $0.dueAt, $0.attempts, $0.state) = (next.number, next.dueAt, next.attempts, .waiting)
        }
      case .postpone(let id, let dueAt, _):
        edit(id) { $0.dueAt = dueAt }
        if let job = open.first(where: { $0.id == id }) { check(due: dueAt, of: job) }
      case .close(let id, let state, _):
        if state.isOpen { trouble.append("closed as \(state)") }
        if finals.updateValue(state, forKey: id) != nil { trouble.append("closed twice") }
        if !open.contains(where: { $0.id == id }) { trouble.append("closed an unknown job") }
        open.removeAll { $0.id == id }
      }
    }
  }

  private mutating func edit(_ id: JobID, _ change: (inout Job) -> Void) {
    guard let index = open.firstIndex(where: { $0.id == id }) else {
      trouble.append("changed a job that is not open")
      return
    }
    change(&open[index])
  }

  /// Due in opening hours and before the end; or at the end, which is where it is closed.
  private mutating func check(due: Timestamp, of job: Job) {
    let calendar = policy.settings.campaign(named: job.campaign).flatMap(policy.settings.calendar)
    if due > job.expiresAt { trouble.append("due after its end") }
    if due < job.expiresAt, !(calendar?.isOpen(at: due) ?? true) { trouble.append("due outside hours") }
  }

  mutating func pass() { now = now + .seconds(Int.random(in: 1...20_000, using: &random)) }

  mutating func ringIn() {
    var call = lostCall(
      queue: [nil, "sales", "support"].randomElement(using: &random)!,
      lostAt: LostAt.allCases.randomElement(using: &random)!,
      ending: Ending.allCases.randomElement(using: &random)!,
      wait: .seconds(Int.random(in: 0...60, using: &random)), endedAt: now)
    let human = Bool.random(using: &random)
    if human {
      call = talkedCall(
        direction: CallDirection.allCases.randomElement(using: &random)!,
        talk: .seconds(Int.random(in: 0...20, using: &random)), endedAt: now)
    }
    let late = Int.random(in: 0..<8, using: &random) == 0
    now = now + .seconds(late ? 20_000 : 1)
    let kind = PhoneNumberKind.allCases.randomElement(using: &random)!
    let caller: CallerNumber = Bool.random(using: &random) ? .number(mobile, kind: kind) : .hidden
    // Another caller has another history: only this number's calls meet its jobs.
    let ours = caller.e164 != nil
    let history = NumberHistory(
      openJobs: ours ? open : [], lastTalkEndedAt: ours ? talkEndedAt : nil,
      doNotCall: Int.random(in: 0..<20, using: &random) == 0,
      dialsLastDay: Int.random(in: 0...6, using: &random))
    let verdict = policy.decide(
      call: call, caller: caller, history: history, now: now, newJobID: jobID(next),
      holdOutDraw: Double.random(in: 0..<1, using: &random))
    next += 1
    if call.missed, (verdict.job == nil) == (verdict.noJobReason == nil) {
      trouble.append(
        "a missed call with job \(String(describing: verdict.job)) and reason"
          + " \(verdict.noJobReason ?? "none")")
    }
    if call.missed, verdict.decisions.isEmpty { trouble.append("a missed call without a sentence") }
    if verdict.decisions.contains(where: { $0.reason.isEmpty }) { trouble.append("an empty sentence") }
    if human, ours, call.talk >= .seconds(5) { talkEndedAt = call.endedAt }
    apply(verdict.changes)
  }

  mutating func dial() {
    guard let job = open.randomElement(using: &random) else { return }
    let conditions = DialConditions(
      onLine: Bool.random(using: &random), dialsLastDay: Int.random(in: 0...6, using: &random))
    let permission = policy.mayDial(job: job, now: now, conditions: conditions)
    if let outcome = permission.outcome(for: job, now: now) { apply([outcome.change]) }
    guard permission == .yes else { return }
    if job.heldOut { trouble.append("dialled a job that is left alone") }
    if now >= job.expiresAt || job.attempts >= 4 { trouble.append("dialled a job that is over") }
    if !office.isOpen(at: now), job.campaign == "sales-callback" { trouble.append("dialled at night") }
    let outcome = AttemptOutcome.allCases.randomElement(using: &random)!
    let result = CustomerResult.allCases.randomElement(using: &random)!
    let charged = outcome != .agentMissed && result != .cancelled
    let end = AttemptReport(
      outcome: outcome, customerResult: result, attempts: job.attempts + (charged ? 1 : 0), charged: charged,
      agentFailed: outcome == .agentMissed, agent: "PJSIP/101")
    now = now + .seconds(Int.random(in: 1...120, using: &random))
    apply([policy.afterAttempt(job: job, end: end, now: now).change])
  }
}

@Suite struct `The books` {
  @Test(arguments: 1...60)
  func `hold each job once, open or in one final state, whatever happens`(seed: Int) {
    var rest = CampaignPolicy(name: "rest")
    rest.numberKinds = [.mobile, .fixed, .voip]
    rest.holdOut = 0.3
    rest.lostAt = Set(LostAt.allCases)
    let sales = salesCampaign { $0.expireAfter = .seconds(2 * 86_400) }
    var books = Books(policy: policy([sales, rest]), random: SeededRandom(seed: UInt64(seed)))
    for _ in 0..<300 {
      books.pass()
      if Bool.random(using: &books.random) { books.ringIn() } else { books.dial() }
    }
    #expect(books.trouble.isEmpty, "seed \(seed): \(books.trouble)")
    #expect(!books.created.isEmpty)
    #expect(Set(books.finals.keys).isDisjoint(with: books.open.map(\.id)))
    #expect(books.created == Set(books.finals.keys).union(books.open.map(\.id)))

    // In the end everything is closed: the dialler asks each job once more after its time.
    books.now = books.now + .seconds(30 * 86_400)
    for job in books.open {
      let permission = books.policy.mayDial(
        job: job, now: books.now, conditions: DialConditions(onLine: false))
      if let outcome = permission.outcome(for: job, now: books.now) { books.apply([outcome.change]) }
    }
    #expect(books.open.isEmpty && books.trouble.isEmpty)
    #expect(books.created == Set(books.finals.keys))
  }

  @Test func `over all seeds every final state of a callback is seen`() {
    var seen: Set<JobState> = []
    for seed in 1...60 {
      var books = Books(
        policy: policy([salesCampaign { ($0.calendar, $0.expireAfter) = (nil, .seconds(7 * 86_400)) }]),
        random: SeededRandom(seed: UInt64(seed)))
      for _ in 0..<400 {
        books.pass()
        // Mostly dials, or nobody would let us use up all of them.
        if Int.random(in: 0..<6, using: &books.random) == 0 { books.ringIn() } else { books.dial() }
      }
      seen.formUnion(books.finals.values)
    }
    #expect(seen.isSuperset(of: [.succeeded, .recovered, .exhausted, .expired, .failed]))
  }
}
