public import CallPolicy
public import Dialer
public import Telephony

extension Store {
  /// The first step of the originate protocol: in one round trip and one durable commit, the lease is
  /// checked, the job goes from waiting to working, the attempt is written with the next `n` and the lease's
  /// fence, and the decision with it. The job's `reason` becomes the decision's. Anything but `.claimed`
  /// wrote nothing.
  ///
  /// Where the error's `commitUnknown` is set, ask `attempt(_:)` or call again with the same attempt: the
  /// same id is answered `.claimed`.
  public func claim(
    _ attempt: AttemptRecord, lease: Lease, decision: Decision, limits: DialLimits
  ) async throws(StoreError) -> ClaimResult {
    guard attempt.pbx == lease.pbx else { return .staleFence }
    let call = AttemptRow.claim.with(
      .word(attempt.course), .uuid(attempt.id.id), .uuid(attempt.job.id), .text(attempt.campaign),
      .text(attempt.pbx),
      .text(attempt.number.e164), .text(attempt.agent), .text(attempt.queue), .text(lease.holder),
      .int(lease.fence), .time(attempt.pbxStartedAt), .time(attempt.startedAt), .time(attempt.deadline),
      .time(attempt.agentRangAt), .time(attempt.customerDialedAt), .word(attempt.phase),
      .text(attempt.pausedReasonFound), .int(limits.perNumberPerDay), .int(limits.perHour),
      .int(limits.perContactPerDay),
      .time(decision.at), .text(decision.number), .text(decision.decision), .text(decision.reason))
    let answer = try await pool.run { link throws(StoreError) in
      try link.execute(call, commits: true).first { row throws(StoreError) in
        (
          code: try row.text(), n: try row.intOrNil(), seen: try row.intOrNil() ?? 0,
          until: try row.timeOrNil()
        )
      }
    }
    switch answer?.code {
    case "claimed":
      var claimed = attempt
      claimed.n = Int(answer?.n ?? 1)
      claimed.fence = lease.fence
      return .claimed(claimed)
    case "stale_fence": return .staleFence
    case "number_busy": return .numberBusy
    case "agent_busy": return .agentBusy
    case "do_not_call": return .doNotCall
    case "campaign_held": return .campaignHeld
    case "contact_cap":
      return .contactCapReached(
        "the contact was dialled \(answer?.seen ?? 0) times in 24 hours (attempts_per_day)",
        until: answer?.until ?? attempt.startedAt)
    case "number_cap":
      return .dayCapReached(
        "He was dialled \(answer?.seen ?? 0) times in 24 hours, the most allowed for a number.")
    case "hour_cap":
      return .hourCapReached(
        "\(attempt.pbx) dialled \(answer?.seen ?? 0) times within an hour, the most allowed for a PBX.")
    default: return .jobNotWaiting
    }
  }

  /// Writes the whole row of a live attempt. `customerDialedAt`, once set, stays, and setting it adds one to
  /// the job's attempts. Throws `.staleFence` where the lease is lost, `.notLive` where the attempt has
  /// ended, or where its first dial is to be written and the job was closed meanwhile.
  public func write(
    _ attempt: AttemptRecord, lease: Lease, decisions: [Decision] = []
  ) async throws(StoreError) {
    var calls = [guardLive(attempt, lease)]
    if attempt.phase == .customer { calls.append(AttemptRow.requireOwed.with(.uuid(attempt.id.id))) }
    calls.append(AttemptRow.update(attempt, fence: lease.fence))
    try await commit(calls + decisions.map(DecisionRow.insert))
  }

  /// Ends an attempt and does to its job what follows, in one transaction. `endedAt` and `outcome` must be
  /// set; `phase` is written as `ended`. A job that was closed meanwhile stays closed. Without a change, a
  /// working job goes back to waiting, due as before. What was asked for or promised meanwhile takes effect now
  /// (`ask`). Throws as `write`.
  public func finish(
    _ attempt: AttemptRecord, lease: Lease, change: JobChange?, decisions: [Decision]
  ) async throws(StoreError) {
    guard let endedAt = attempt.endedAt, attempt.outcome != nil else {
      throw StoreError(code: .other, message: "attempt \(attempt.id) is to end without endedAt or outcome")
    }
    var ended = attempt
    ended.phase = .ended
    var calls = [
      guardLive(ended, lease), AttemptRow.noteAsked.with(.uuid(attempt.id.id)),
      AttemptRow.update(ended, fence: lease.fence),
    ]
    if attempt.customerResult != .none {
      calls.append(
        AttemptRow.phoneResult.with(
          .uuid(attempt.job.id), .text(attempt.number.e164), .word(attempt.customerResult), .time(endedAt)))
    }
    if let change { calls += try JobRow.calls(change, now: endedAt) }
    calls.append(AttemptRow.letGo.with(.uuid(attempt.job.id)))
    var random = SystemRandomNumberGenerator()
    calls.append(
      AttemptRow.takeUpAsked.with(
        .uuid(attempt.job.id), .time(endedAt), .uuid(UniqueID(at: endedAt, using: &random))))
    calls.append(JobRow.notify.with(.text(attempt.job.description)))
    try await commit(calls + decisions.map(DecisionRow.insert))
  }

  private func guardLive(_ attempt: AttemptRecord, _ lease: Lease) -> Statement.Call {
    AttemptRow.requireLive.with(
      .text(lease.pbx), .text(lease.holder), .int(lease.fence), .uuid(attempt.id.id))
  }

  private func commit(_ calls: [Statement.Call]) async throws(StoreError) {
    try await pool.run { link throws(StoreError) in _ = try link.batch(calls, commits: true) }
  }

  private static let byID = Statement(
    "attempt by id",
    "SELECT \(AttemptRow.columns) FROM perezvon.attempts WHERE id = $1 AND number IS NOT NULL")
  private static let live = Statement(
    "attempts live",
    """
    SELECT \(AttemptRow.columns) FROM perezvon.attempts WHERE pbx = $1 AND ended_at IS NULL
    ORDER BY started_at, id
    """)

  /// Nil where there is none.
  public func attempt(_ id: AttemptID) async throws(StoreError) -> AttemptRecord? {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.byID.with(.uuid(id.id))).first(AttemptRow.read)
    }
  }

  /// Oldest first: what a restart has to adopt, finish or clear away.
  public func liveAttempts(pbx: PBXName) async throws(StoreError) -> [AttemptRecord] {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.live.with(.text(pbx))).map(AttemptRow.read)
    }
  }

  private static let dialling = Statement(
    "attempt dialling",
    """
    SELECT id FROM perezvon.attempts
    WHERE number = $1 AND customer_dialed_at <= $2 AND coalesce(ended_at, 'infinity') >= $3
    ORDER BY customer_dialed_at DESC, id LIMIT 1
    """)

  /// The attempt, of any PBX, that dialled this number up to `moment` and had not ended before `end`; nil where
  /// there is none.
  public func attempt(
    dialling number: PhoneNumber, before moment: Timestamp, notEndedBefore end: Timestamp
  ) async throws(StoreError) -> AttemptID? {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.dialling.with(.text(number.e164), .time(moment), .time(end))).first {
        row throws(StoreError) in AttemptID(try row.uuid())
      }
    }
  }

  private static let agents = Statement(
    "attempts by agent",
    """
    SELECT agent, max(ended_at), count(*), count(*) FILTER (WHERE outcome = 'conversation')
    FROM perezvon.attempts WHERE pbx = $1 AND started_at >= $2 AND agent IS NOT NULL GROUP BY agent
    """)

  /// Who of the agents was rung by us since then.
  public func agentHistory(
    pbx: PBXName, since: Timestamp
  ) async throws(StoreError) -> [MemberInterface: AgentHistory] {
    let rows = try await pool.run { link throws(StoreError) in
      try link.execute(Self.agents.with(.text(pbx), .time(since))).map { row throws(StoreError) in
        let agent: MemberInterface = try row.name()
        return (
          agent,
          AgentHistory(
            lastAttemptEndedAt: try row.timeOrNil(), attempts: try row.int(), conversations: try row.int())
        )
      }
    }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }
}
