import CallPolicy
import CallTracking
import Dialer
import Store
import Telephony

/// The books in memory, with the meaning of the SQL behind `Store`: the same unique keys, guards and rules,
/// transaction by transaction. `BooksContractTests` holds it against `Store` on a real PostgreSQL.
///
/// Every function is one transaction: it does all or throws and does nothing. `now` of the leases is the
/// clock of the database, which the caller keeps.
struct SimulatedBooks: Sendable {
  /// A row of `perezvon.jobs`.
  struct JobRow: Sendable, Hashable {
    var job: Job
    var closedAt: Timestamp?
  }

  struct CallKey: Sendable, Hashable {
    var pbx: PBXName
    var linkedID: LinkedID
  }

  /// A row of `perezvon.calls`, with what a row of `perezvon.missed_calls` adds where it is one.
  struct CallRow: Sendable, Hashable {
    var call: CallRecord
    /// E.164, raw digits, or nil where hidden.
    var number: String?
    var short: Bool
    var job: JobID?
    var noJobReason: String?
  }

  struct EntryKey: Sendable, Hashable {
    var pbx: PBXName
    var channel: ChannelID
    var join: Int
  }

  var calls: [CallKey: CallRow] = [:]
  var entries: [EntryKey: QueueEntryRecord] = [:]
  var jobs: [JobID: JobRow] = [:]
  var attempts: [AttemptID: AttemptRecord] = [:]
  var decisions: [Decision] = []
  var doNotCall: Set<String> = []
  var leases: [PBXName: Lease] = [:]
  /// Jobs that were notified since somebody last looked.
  var notified: [JobID] = []

  static func failure(_ code: StoreError.Code, _ message: String) -> StoreError {
    StoreError(code: code, message: message)
  }

  /// Runs a transaction: what it did is undone where it throws.
  mutating func transaction<T>(
    _ body: (inout SimulatedBooks) throws(StoreError) -> T
  ) throws(StoreError) -> T {
    let before = self
    do throws(StoreError) {
      return try body(&self)
    } catch {
      self = before
      throw error
    }
  }

  // MARK: Calls

  /// What `settle` reads under the number's lock.
  func history(of number: String?, pbx: PBXName, linkedID: LinkedID, now: Timestamp) -> NumberHistory {
    var history = NumberHistory()
    history.alreadyRecorded = calls[CallKey(pbx: pbx, linkedID: linkedID)] != nil
    guard let number else { return history }
    history.doNotCall = doNotCall.contains(number)
    var talks: [(at: Timestamp, who: String?)] = []
    for row in calls.values where row.number == number && row.call.answered && row.call.attempt == nil {
      talks.append((row.call.endedAt, row.call.answeredBy))
    }
    for attempt in attempts.values where attempt.number.e164 == number {
      if let dialed = attempt.customerDialedAt, dialed > now - .seconds(86_400) { history.dialsLastDay += 1 }
      if attempt.outcome == .conversation, let ended = attempt.talkEndedAt {
        talks.append((ended, attempt.agent?.rawValue))
      }
    }
    if let last = talks.max(by: { $0.at < $1.at }) {
      history.lastTalkEndedAt = last.at
      history.lastTalkedWith = last.who
    }
    if number.hasPrefix("+") {
      let length = number.count
      var others: Set<String> = []
      for row in calls.values where row.call.missed && row.call.endedAt > now - .seconds(3_600) {
        guard let other = row.number, other != number, other.count == length,
          other.prefix(max(0, length - 4)) == number.prefix(max(0, length - 4))
        else { continue }
        others.insert(other)
      }
      history.rangeCallersLastHour = others.count
    }
    history.openJobs = jobs.values.filter { $0.job.number.e164 == number && $0.job.state.isOpen }
      .map(\.job).sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    return history
  }

  /// The writes of `settle`. Throws `.uniqueViolation` where somebody else wrote this call or opened a job for
  /// this number meanwhile.
  mutating func settle(
    _ call: CallRecord, caller: CallerNumber, verdict: CallVerdict, now: Timestamp
  ) throws(StoreError) {
    try transaction { books throws(StoreError) in
      let key = CallKey(pbx: call.pbx, linkedID: call.linkedID)
      guard books.calls[key] == nil else { throw Self.failure(.uniqueViolation, "calls_pkey") }
      var row = CallRow(call: call, number: caller.shown, short: verdict.short)
      try books.change(verdict.changes, now: now)
      if call.missed {
        row.job = verdict.job
        row.noJobReason = verdict.job == nil ? verdict.noJobReason ?? "No reason was given." : nil
        if let job = row.job, books.jobs[job] == nil { throw Self.failure(.other, "missed_calls_job_fkey") }
      }
      books.calls[key] = row
      books.decisions += verdict.decisions
    }
  }

  mutating func record(_ stays: [QueueEntryRecord]) {
    for stay in stays {
      let key = EntryKey(pbx: stay.pbx, channel: stay.channel, join: stay.join)
      if entries[key] == nil { entries[key] = stay }
    }
  }

  mutating func record(_ sentences: [Decision]) { decisions += sentences }

  // MARK: Jobs

  func waitingJobs(
    campaigns: [CampaignName], pbx: PBXName?, dueBefore: Timestamp, limit: Int
  ) -> [Job] {
    let found = jobs.values.map(\.job).filter { job in
      job.state == .waiting && !job.heldOut && campaigns.contains(job.campaign) && job.dueAt <= dueBefore
        && pbx.map { $0 == job.pbx } ?? true
    }
    let inLine = found.sorted {
      ($1.priority, $0.firstMissedAt, $0.id) < ($0.priority, $1.firstMissedAt, $1.id)
    }
    return Array(inLine.prefix(max(1, limit)))
  }

  /// Closed with their decision, in no order that means anything.
  mutating func expireJobs(now: Timestamp) -> [Job] {
    var expired: [Job] = []
    for id in jobs.keys.sorted() {
      guard var row = jobs[id], row.job.state == .waiting, row.job.expiresAt < now else { continue }
      row.job.state = .expired
      row.closedAt = now
      row.job.reason =
        row.job.heldOut
        ? "Held out to measure the uplift; its time is over."
        : row.job.attempts == 0
          ? "Its time was over before anybody could be dialled."
          : "Its time was over; he was dialled but not talked to."
      jobs[id] = row
      decisions.append(
        Decision(
          at: now, number: row.job.number.e164, job: id, decision: "expired", reason: row.job.reason))
      notified.append(id)
      expired.append(row.job)
    }
    return expired
  }

  mutating func apply(
    _ changes: [JobChange], decisions sentences: [Decision], now: Timestamp
  ) throws(StoreError) {
    try transaction { books throws(StoreError) in
      try books.change(changes, now: now)
      books.decisions += sentences
    }
  }

  private mutating func change(_ changes: [JobChange], now: Timestamp) throws(StoreError) {
    for change in changes {
      switch change {
      case .create(let job): try insert(job, now: now)
      case .countUp(let id, at: _):
        if jobs[id]?.job.state.isOpen == true { jobs[id]?.job.missedCount += 1 }
        notified.append(id)
      case .retry(let id, let dueAt, let count, let owner, let reason):
        if mayMove(id) {
          jobs[id]?.job.state = .waiting
          jobs[id]?.job.dueAt = dueAt
          jobs[id]?.job.attempts = count
          jobs[id]?.job.owner = owner
          jobs[id]?.job.reason = reason
        }
        notified.append(id)
      case .close(let id, let state, let reason):
        guard !state.isOpen else {
          throw Self.failure(.other, "job \(id) cannot be closed as \(state.rawValue)")
        }
        if jobs[id]?.job.state.isOpen == true {
          jobs[id]?.job.state = state
          jobs[id]?.job.reason = reason
          jobs[id]?.closedAt = now
        }
        notified.append(id)
      case .dialNext(let id, let next):
        if mayMove(id) {
          jobs[id]?.job.state = .waiting
          jobs[id]?.job.number = next.number
          jobs[id]?.job.dueAt = next.dueAt
          jobs[id]?.job.attempts = next.attempts
          jobs[id]?.job.reason = next.reason
        }
        notified.append(id)
      case .postpone(let id, let dueAt, let reason):
        if mayMove(id) {
          jobs[id]?.job.state = .waiting
          jobs[id]?.job.dueAt = dueAt
          jobs[id]?.job.reason = reason
        }
        notified.append(id)
      }
    }
  }

  private mutating func insert(_ job: Job, now: Timestamp) throws(StoreError) {
    guard jobs[job.id] == nil else { throw Self.failure(.uniqueViolation, "jobs_pkey") }
    let rival = jobs.values.contains {
      $0.job.state.isOpen && $0.job.number == job.number && $0.job.campaign == job.campaign
    }
    if rival, job.state.isOpen { throw Self.failure(.uniqueViolation, "jobs_one_open") }
    jobs[job.id] = JobRow(job: job, closedAt: job.state.isOpen ? nil : now)
    notified.append(job.id)
  }

  /// A job whose attempt is live stays with it.
  private func mayMove(_ id: JobID) -> Bool {
    jobs[id]?.job.state.isOpen == true
      && !attempts.values.contains { $0.job == id && $0.phase != .ended }
  }
}
