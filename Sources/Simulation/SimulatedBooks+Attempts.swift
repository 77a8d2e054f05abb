import CallPolicy
import Dialer
import Store
import Telephony

/// Attempts and leases: `perezvon.claim_attempt`, `require_live`, `acquire_lease` in memory.
extension SimulatedBooks {
  mutating func claim(
    _ attempt: AttemptRecord, lease: Lease, decision: Decision, limits: DialLimits, clock: Timestamp
  ) throws(StoreError) -> ClaimResult {
    guard attempt.pbx == lease.pbx, let held = leases[lease.pbx], held.holder == lease.holder,
      held.fence == lease.fence, held.expiresAt > clock
    else { return .staleFence }
    guard let row = jobs[attempt.job], row.job.state == .waiting, !row.job.heldOut,
      row.job.number == attempt.number, row.job.expiresAt > attempt.startedAt
    else {
      if let known = attempts[attempt.id], known.endedAt == nil, known.fence == lease.fence,
        known.job == attempt.job
      {
        var claimed = attempt
        claimed.n = known.n
        claimed.fence = lease.fence
        return .claimed(claimed)
      }
      return .jobNotWaiting
    }
    if let refused = cap(attempt, limits) { return refused }
    let n = (attempts.values.filter { $0.job == attempt.job }.map(\.n).max() ?? 0) + 1
    let live = attempts.values.filter { $0.endedAt == nil }
    if live.contains(where: { $0.number == attempt.number }) { return .numberBusy }
    if attempts[attempt.id] != nil {
      throw Self.failure(.uniqueViolation, "attempt \(attempt.id) is in the books already")
    }
    if let agent = attempt.agent, live.contains(where: { $0.pbx == attempt.pbx && $0.agent == agent }) {
      return .agentBusy
    }
    var claimed = attempt
    claimed.n = n
    claimed.fence = lease.fence
    // The columns that a claim does not write.
    var stored = claimed
    stored.agentAnsweredAt = nil
    stored.connectedAt = nil
    stored.talkEndedAt = nil
    stored.endedAt = nil
    stored.outcome = nil
    stored.cause = nil
    stored.agentResult = .none
    stored.customerResult = .none
    attempts[attempt.id] = stored
    jobs[attempt.job]?.job.state = .working
    jobs[attempt.job]?.job.reason = decision.reason
    if attempt.customerDialedAt != nil { jobs[attempt.job]?.job.attempts += 1 }
    var told = decision
    told.job = attempt.job
    decisions.append(told)
    return .claimed(claimed)
  }

  private func cap(_ attempt: AttemptRecord, _ limits: DialLimits) -> ClaimResult? {
    if doNotCall.contains(attempt.number.e164) { return .doNotCall }
    let day = attempts.values.count {
      $0.number == attempt.number
        && $0.customerDialedAt.map { $0 > attempt.startedAt - .seconds(86_400) } ?? false
    }
    if day >= limits.perNumberPerDay {
      return .dayCapReached("He was dialled \(day) times in 24 hours, the most allowed for a number.")
    }
    let hour = attempts.values.count { other in
      let moment = other.customerDialedAt ?? (other.endedAt == nil ? other.startedAt : nil)
      return other.pbx == attempt.pbx && moment.map { $0 > attempt.startedAt - .seconds(3_600) } ?? false
    }
    let counted = min(hour, limits.perHour)
    guard counted >= limits.perHour else { return nil }
    return .hourCapReached(
      "\(attempt.pbx) dialled \(counted) times within an hour, the most allowed for a PBX.")
  }

  mutating func write(
    _ attempt: AttemptRecord, lease: Lease, decisions sentences: [Decision]
  ) throws(StoreError) {
    try requireLive(attempt, lease)
    if attempt.phase == .customer { try requireOwed(attempt) }
    update(attempt, fence: lease.fence)
    decisions += sentences
  }

  mutating func finish(
    _ attempt: AttemptRecord, lease: Lease, change: JobChange?, decisions sentences: [Decision]
  ) throws(StoreError) {
    guard let endedAt = attempt.endedAt, attempt.outcome != nil else {
      throw Self.failure(.other, "attempt \(attempt.id) is to end without endedAt or outcome")
    }
    try transaction { books throws(StoreError) in
      try books.requireLive(attempt, lease)
      var ended = attempt
      ended.phase = .ended
      books.update(ended, fence: lease.fence)
      if let change { try books.apply([change], decisions: [], now: endedAt) }
      if books.jobs[attempt.job]?.job.state == .working {
        books.jobs[attempt.job]?.job.state = .waiting
        books.jobs[attempt.job]?.job.reason =
          "The attempt ended; nothing was said of what comes next."
      }
      books.notified.append(attempt.job)
      books.decisions += sentences
    }
  }

  private func requireLive(_ attempt: AttemptRecord, _ lease: Lease) throws(StoreError) {
    guard let held = leases[lease.pbx], held.holder == lease.holder, held.fence == lease.fence else {
      throw Self.failure(.staleFence, "the lease of \(lease.pbx) is no longer held")
    }
    guard let known = attempts[attempt.id], known.pbx == lease.pbx, known.phase != .ended else {
      throw Self.failure(.notLive, "attempt \(attempt.id) is not live")
    }
  }

  /// As perezvon.require_owed.
  private func requireOwed(_ attempt: AttemptRecord) throws(StoreError) {
    guard attempts[attempt.id]?.customerDialedAt == nil, jobs[attempt.job]?.job.state != .working else {
      return
    }
    throw Self.failure(.notLive, "the callback is not owed any more")
  }

  private mutating func update(_ attempt: AttemptRecord, fence: Int64) {
    guard let before = attempts[attempt.id] else { return }
    var row = attempt
    // Keys and what is written once.
    row.job = before.job
    row.campaign = before.campaign
    row.pbx = before.pbx
    row.n = before.n
    row.number = before.number
    row.startedAt = before.startedAt
    row.fence = fence
    if attempt.phase != .ended { row.customerDialedAt = before.customerDialedAt ?? attempt.customerDialedAt }
    attempts[attempt.id] = row
    let charged = jobs[before.job]?.job.attempts ?? 0
    if before.customerDialedAt == nil, attempt.customerDialedAt != nil {
      jobs[before.job]?.job.attempts = charged + 1
    } else if attempt.phase == .ended, before.customerDialedAt != nil, attempt.customerDialedAt == nil {
      jobs[before.job]?.job.attempts = max(0, charged - 1)
    }
  }

  func liveAttempts(pbx: PBXName) -> [AttemptRecord] {
    attempts.values.filter { $0.pbx == pbx && $0.endedAt == nil }
      .sorted { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) }
  }

  func attempt(dialling number: PhoneNumber, before moment: Timestamp, notEndedBefore end: Timestamp)
    -> AttemptID?
  {
    attempts.values.compactMap { attempt -> (dialed: Timestamp, id: AttemptID)? in
      guard attempt.number == number, let dialed = attempt.customerDialedAt, dialed <= moment else {
        return nil
      }
      if let ended = attempt.endedAt, ended < end { return nil }
      return (dialed, attempt.id)
    }.min { ($1.dialed, $0.id) < ($0.dialed, $1.id) }?.id
  }

  // MARK: Leases

  mutating func acquireLease(
    pbx: PBXName, holder: InstanceName, ttl: Duration, clock: Timestamp
  ) -> Lease? {
    let held = leases[pbx]
    if let held, held.expiresAt > clock, held.holder != holder { return nil }
    let lease = Lease(
      pbx: pbx, holder: holder, fence: (held?.fence ?? 0) + 1, renewedAt: clock, expiresAt: clock + ttl,
      ttl: ttl)
    leases[pbx] = lease
    return lease
  }

  mutating func renew(_ lease: Lease, clock: Timestamp) -> Lease? {
    guard var held = leases[lease.pbx], held.holder == lease.holder, held.fence == lease.fence else {
      return nil
    }
    held.renewedAt = clock
    held.expiresAt = clock + lease.ttl
    held.ttl = lease.ttl
    leases[lease.pbx] = held
    return held
  }

  mutating func release(_ lease: Lease, clock: Timestamp) {
    guard let held = leases[lease.pbx], held.holder == lease.holder, held.fence == lease.fence else { return }
    leases[lease.pbx]?.expiresAt = min(held.expiresAt, clock)
  }
}
