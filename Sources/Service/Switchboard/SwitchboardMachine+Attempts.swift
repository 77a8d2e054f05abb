import CallPolicy
import CallTracking
import Dialer
import Store
import Telephony

/// Carrying attempts on: events in, steps for their runners out.
extension SwitchboardMachine {
  mutating func feed(_ id: AttemptID, _ event: AttemptEvent, at now: Timestamp) {
    guard var live = attempts[id], !live.ended else { return }
    let wasOffered = live.machine.isOffered
    let actions = live.machine.handle(event, at: now)
    attempts[id] = live
    tellDesk(of: id, at: now)
    tellCard(of: live, wasOffered: wasOffered, actions, at: now)
    carryOut(id, actions, at: now)
  }

  mutating func carryOut(_ id: AttemptID, _ actions: [AttemptAction], at now: Timestamp) {
    guard let live = attempts[id], !actions.isEmpty else { return }
    var steps: [AttemptStep] = []
    var tickets: [AgentTicket] = []
    // After what this attempt has to say of itself.
    defer { for ticket in tickets { passOn(ticket, at: now) } }
    for action in actions {
      switch action {
      case .write(_, let sentence):
        steps.append(.act(action))
        if let sentence { tell(live, sentence) }
      case .say(let sentence):
        steps.append(
          .note(
            Decision(
              at: now, number: live.job.number.e164, job: live.job.id, decision: "attempt", reason: sentence))
        )
        tell(live, sentence)
      case .command(.release, let command):
        if stillOurs(command, of: id) { steps.append(.act(action)) }
      case .ended(let end):
        if end.next == .handedOn {
          if !steps.isEmpty { out.append(.steps(id, steps)) }
          handOn(id, live, end, at: now)
          return
        }
        steps.append(finish(id, live, end, at: now))
      case .anomaly(let text): out.append(.anomaly("attempt: \(text)"))
      case .openLines(let count): openLines(count, for: id, at: now)
      case .passOn(let ticket): tickets.append(ticket)
      case .command, .ask, .askMedia, .startTimer, .cancelTimer: steps.append(.act(action))
      }
    }
    if !steps.isEmpty { out.append(.steps(id, steps)) }
  }

  /// Our hold on an attempt is over; its row stays live for whoever has the lease next, ourselves included.
  private mutating func handOn(
    _ id: AttemptID, _ live: LiveAttempt, _ end: AttemptEnd, at now: Timestamp
  ) {
    tell(live, end.sentence)
    holdUntilSettled(id, live, at: now)
    tellDesk(of: id, ended: end, at: now)
    attempts[id] = nil
    out.append(.dropRunner(id))
    if fence != nil { out.append(.loadLiveAttempts) }
  }

  /// The end of an attempt with what follows for its job.
  private mutating func finish(
    _ id: AttemptID, _ live: LiveAttempt, _ end: AttemptEnd, at now: Timestamp
  ) -> AttemptStep {
    attempts[id]?.ended = true
    tellDesk(of: id, ended: end, at: now)
    if end.record.outcome == .noConversation { giveOn(id, live.job, at: now) }
    holdUntilSettled(id, live, at: now)
    if let agent = end.record.agent {
      lastAttemptEnd[agent] = now
      if end.coolDownAgent {
        let dialing = settings.dialing[live.job.campaign]
        cooling[agent] = now + (dialing?.coolDown ?? .seconds(60))
      }
    }
    countSilence(end)
    tell(live, end.sentence)
    let (change, decision) = follow(live.job, end, at: now)
    let said = Decision(
      at: now, number: live.job.number.e164, job: live.job.id,
      decision: end.record.outcome?.rawValue ?? "ended", reason: end.sentence)
    return .finish(end.record, change, [said] + (decision.map { [$0] } ?? []), disowned: end.disowned)
  }

  /// What the policy makes of an attempt's end.
  private func follow(_ job: Job, _ end: AttemptEnd, at now: Timestamp) -> (JobChange?, Decision?) {
    let attempts = job.attempts + (end.charged ? 1 : 0)
    func retry(in wait: Duration, _ reason: String) -> (JobChange?, Decision?) {
      let due = max(now + wait, (end.record.endedAt ?? now) + end.redialGap)
      return (
        .retry(job.id, dueAt: due, attempts: attempts, owner: job.owner, reason: reason),
        nil
      )
    }
    let campaign =
      settings.policy.settings.campaign(named: job.campaign) ?? CampaignPolicy(name: job.campaign)
    switch end.next {
    // `carryOut` has dealt with it.
    case .handedOn: return (nil, nil)
    case .setAside(let until):
      return (
        .retry(
          job.id, dueAt: until ?? job.dueAt, attempts: attempts,
          owner: until == nil ? job.owner : end.record.agent, reason: end.sentence), nil
      )
    case .superseded: return retry(in: campaign.startAfter, end.sentence)
    case .cancelled: return (.close(job.id, .cancelled, reason: end.sentence), nil)
    case .succeeded, .retry, .invalidNumber:
      var cause: RetryCause?
      if case .retry(let ladder) = end.next { cause = ladder }
      let (change, decision) = settings.policy.afterAttempt(
        job: job,
        end: AttemptReport(
          outcome: end.record.outcome ?? .unknown, customerResult: end.record.customerResult,
          retryCause: cause,
          attempts: attempts, charged: end.charged, agentFailed: end.record.outcome == .agentMissed,
          agent: end.record.agent, talk: end.record.talk, silent: end.silent), now: now)
      if case .retry(let id, let due, let count, let owner, let reason) = change, end.redialGap > .zero {
        let later = max(due, (end.record.endedAt ?? now) + end.redialGap)
        return (.retry(id, dueAt: later, attempts: count, owner: owner, reason: reason), decision)
      }
      return (change, decision)
    }
  }

  /// The customer's leg lives on without the attempt: he was given to somebody else. He is on a line until it
  /// ends, and what he talks then counts.
  private mutating func giveOn(_ id: AttemptID, _ job: Job, at now: Timestamp) {
    let leg = OurLeg(attempt: id, party: .customer(line: 1)).channel
    guard liveLegs[leg] != nil else { return }
    if givenOn.count >= SwitchboardSettings.closedLegsMax { givenOn = [:] }
    givenOn[id] = job
    let key = PresenceKey(pbx: settings.pbx.name, linkedID: LinkedID(leg.rawValue))
    strangers[leg] = Stranger(number: job.number, key: key)
    arrived(job.number, key, at: now)
    out.append(.numberArrived(job.number, key))
  }

  /// A customer who was connected is not dialled before his call is in the books: after a fail-over that lost the
  /// attempt's row, only his call tells that he has talked.
  mutating func holdUntilSettled(_ id: AttemptID, _ live: LiveAttempt, at now: Timestamp) {
    let leg = OurLeg(attempt: id, party: .customer(line: 1)).channel
    guard live.machine.record.connectedAt != nil, !live.settled,
      liveLegs[leg] != nil || closedLegs.contains(leg)
    else {
      return
    }
    let key = PresenceKey(pbx: settings.pbx.name, linkedID: LinkedID(id.description))
    unsettled[id] = Unsettled(number: live.job.number, key: key, since: now)
    onLine[live.job.number, default: []].insert(key)
  }

  /// Its call is in the books, or can come into them no more.
  mutating func release(_ id: AttemptID) {
    if let held = unsettled.removeValue(forKey: id) { left(held.number, held.key) }
  }

  /// The call of our leg is over: where somebody else talked with him long enough, nothing is owed any more.
  mutating func ownCallEnded(_ call: CallRecord, at now: Timestamp) {
    guard let id = call.attempt, let job = givenOn.removeValue(forKey: id), call.answered else { return }
    let needed =
      settings.policy.settings.campaign(named: job.campaign)?.successAfter ?? PolicyDefaults.successAfter
    guard call.talk >= needed else { return }
    let reason = "was given to \(call.answeredBy ?? "somebody else") and talked for \(call.talk.shown) in all"
    out.append(
      .apply(
        [.close(job.id, .succeeded, reason: reason)],
        [Decision(at: now, number: job.number.e164, job: job.id, decision: "succeeded", reason: reason)],
        job.number))
  }

  mutating func forget(_ id: AttemptID, at now: Timestamp) {
    if let number = attempts[id]?.machine.record.number { cancelIfWished(number, at: now) }
    attempts[id] = nil
    forgetAgent(of: id)
    wantJobs()
  }

  private mutating func tell(_ live: LiveAttempt, _ sentence: String) {
    guard !sentence.isEmpty else { return }
    out.append(.notice(kind: "attempt", sentence: "\(live.job.number): \(sentence)"))
  }

  /// A pause may be lifted only while its reason is this attempt's: anybody else's is not ours to lift.
  private func stillOurs(_ command: PBXCommand, of id: AttemptID) -> Bool {
    guard case .pauseMember(let interface, _, false, _) = command else { return true }
    let paused = seats.filter {
      $0.member.interface == interface && $0.member.paused
    }
    let leg = attempts[id]?.machine.record.agentLeg ?? id
    return paused.isEmpty || paused.contains { $0.member.pausedReason == "pz:\(leg)" }
  }

  // MARK: Claims

  mutating func claimAnswered(_ id: AttemptID, _ answer: ClaimAnswer, at now: Timestamp) {
    guard let claim = claiming.removeValue(forKey: id) else { return }
    switch answer {
    case .result(.claimed(let record)):
      begin(record, claim, at: now)
    case .result(.jobNotWaiting):
      giveBack(claim)
      wantJobs()
    case .result(.numberBusy), .result(.agentBusy):
      giveBack(claim)
      rest(claim.job, SwitchboardSettings.claimRest, at: now)
    case .result(.staleFence):
      giveBack(claim)
      rest(claim.job, SwitchboardSettings.claimRest, at: now)
      lost(at: now)
      out.append(.giveUpLease)
    case .result(.dayCapReached(let sentence)):
      hold(claim, for: PolicyDefaults.perDayRecheck, sentence, at: now)
    case .result(.hourCapReached(let sentence)):
      hold(claim, for: PolicyDefaults.perHourRecheck, sentence, at: now)
    case .result(.doNotCall):
      giveBack(claim)
      passOver(claim.job, at: now)
    case .result(.campaignHeld):
      giveBack(claim)
      wantJobs()
    case .result(.contactCapReached(let sentence, let until)):
      giveBack(claim)
      rest(claim.job, capped: sentence, until: until, at: now)
    case .failed:
      // The commit may have gone through: only the books know. Reading them again adopts what is ours.
      giveBack(claim)
      rest(claim.job, SwitchboardSettings.claimRest, at: now)
      if fence != nil { out.append(.loadLiveAttempts) }
    }
  }

  private mutating func hold(_ claim: Claiming, for wait: Duration, _ sentence: String, at now: Timestamp) {
    giveBack(claim)
    out.append(
      .apply(
        [.postpone(claim.job.id, dueAt: now + wait, reason: sentence)],
        [
          Decision(
            at: now, number: claim.job.number.e164, job: claim.job.id, decision: "held", reason: sentence)
        ],
        claim.job.number))
  }

  mutating func exclude(_ job: Job, _ reason: String, at now: Timestamp) {
    out.append(
      .apply(
        [.close(job.id, .excluded, reason: reason)],
        [Decision(at: now, number: job.number.e164, job: job.id, decision: "excluded", reason: reason)],
        job.number))
  }

  private mutating func begin(_ record: AttemptRecord, _ claim: Claiming, at now: Timestamp) {
    let job = claim.job
    var plan = claim.plan
    // Somebody may have come to wait since the claim was sent.
    plan.reservationGuard = reservationGuard(at: now)
    attempts[record.id] = LiveAttempt(machine: Attempt(plan: plan, record: record), job: job)
    out.append(
      .notice(
        kind: "attempt",
        sentence: record.course == .agentFirst && plan.card == nil
          ? "\(job.number): \(record.agent?.rawValue ?? "an agent") is rung for \(job.campaign)"
          : plan.card != nil
            ? "\(job.number): \(record.agent?.rawValue ?? "an agent") gets its card for \(job.campaign)"
            : "\(job.number) is dialled for \(job.campaign)"))
    if record.course == .line, !joinLines(record) { return feed(record.id, .notNeeded, at: now) }
    feed(record.id, .begin, at: now)
    // He may have called in between the match and the commit.
    if onLine[job.number] != nil { feed(record.id, .customerCalledIn, at: now) }
    if !amiUp { feed(record.id, .linkLost(.ami), at: now) }
    if !ariUp { feed(record.id, .linkLost(.ari), at: now) }
    if fence != record.fence { feed(record.id, .leaseLost, at: now) }
  }

  private mutating func giveBack(_ claim: Claiming) {
    board.giveBack(claimedAt: claim.claimedAt)
    if claim.plan.card != nil, let agent = claim.record.agent { askForCard(agent, at: claim.claimedAt) }
    if let leg = claim.record.agentLeg { lineGroups[leg]?.claiming -= 1 }
    if !desk.campaigns.isEmpty { desk.notDialed(claim.record.id, claim.job.campaign, at: claim.claimedAt) }
  }

  private mutating func rest(_ job: Job, _ time: Duration, at now: Timestamp) {
    resting[job.id] = now + time
    jobs.append(job)
    wantJobs()
  }

  /// How an attempt for this job is made; nil where the number has no dial string at this PBX.
  func plan(
    for job: Job, agent: MemberInterface?, course: AttemptCourse, at now: Timestamp
  ) -> AttemptPlan? {
    let campaign =
      settings.policy.settings.campaign(named: job.campaign) ?? CampaignPolicy(name: job.campaign)
    guard let endpoint = settings.pbx.dial.endpoint(for: job.number, plan: settings.plan) else { return nil }
    let dialing = settings.dialing[job.campaign]
    var plan = AttemptPlan(
      agentEndpoint: agent?.rawValue ?? "", customerEndpoint: endpoint,
      // The name is the caller's own word: a control character in it would have every originate refused, and
      // he would never be called back.
      agentSees: CallerIdentity(
        number: job.number.e164, name: PrintableText(job.customerName, limit: Self.nameMax).description),
      customerSees: CallerIdentity(number: campaign.callerID ?? ""),
      announce: campaign.agents.announce.map { "sound:\($0)" }, confirm: campaign.agents.confirm,
      agentRing: campaign.agents.ring, customerRing: campaign.ring,
      confirmTimeout: dialing?.confirmWait ?? .seconds(10), wrapUp: campaign.agents.wrapUp,
      successAfter: campaign.successAfter,
      reservationGuard: reservationGuard(at: now), mediaCheck: settings.pbx.mediaCheck,
      redialGap: settings.minRedialGap, onward: onward(from: campaign, course),
      connectWait: campaign.agentWithin,
      variables: variables(of: job, agent: agent, course, campaign))
    if campaign.mode == .progressive, course == .agentFirst { plan.lines = desk.lines(campaign.name) }
    if campaign.mode == .preview {
      // He has said yes on the page already: neither to be told again nor to press a key.
      plan.card = campaign.agents.card
      plan.announce = nil
      plan.confirm = false
    }
    return plan
  }

  /// Characters of a customer's name that the agent's phone shows, at most.
  static let nameMax = 80

  /// The last resort of the dialplan against a talk that nobody ends: the same as that of the legs.
  static let talkMaxSeconds = 4 * 3_600

  /// Only a caller who was already being served can be in a race with us for this agent.
  private func reservationGuard(at now: Timestamp) -> Duration {
    let raceIsPossible =
      lastWaitingAt.map { now - $0 < .seconds(1) } ?? false
      || tracker.floor.queues.contains { !$0.waiting.isEmpty }
    return raceIsPossible ? SwitchboardSettings.reservationGuard : .zero
  }

  // MARK: Calls in the books

  mutating func settled(
    _ call: CallRecord, _ caller: CallerNumber, _ verdict: CallVerdict?, at now: Timestamp
  ) {
    if let number = numberOf.removeValue(forKey: call.linkedID) {
      let key = PresenceKey(pbx: settings.pbx.name, linkedID: call.linkedID)
      left(number, key)
      out.append(.numberLeft(number, key))
    }
    if let id = call.attempt {
      attempts[id]?.settled = true
      release(id)
    }
    guard let verdict else { return }
    if call.missed {
      let who = caller.e164.map(\.description) ?? "a caller without a readable number"
      let what =
        verdict.job != nil
        ? "a callback is owed" : verdict.noJobReason ?? (verdict.short ? "a short abandon" : "no job")
      let place = call.queue.map { " in \($0)" } ?? ""
      out.append(
        .notice(
          kind: "missed_call",
          sentence:
            "\(who) waited \(call.wait.shown)\(place) and was lost (\(call.lostAt?.rawValue ?? "other")): \(what)"
        ))
    }
    for change in verdict.changes {
      if case .close(_, let state, let reason) = change, let number = caller.e164 {
        out.append(.notice(kind: "job", sentence: "\(number): job \(state.rawValue), \(reason)"))
      }
    }
    if !verdict.changes.isEmpty { wantJobs() }
  }
}
