import Telephony

// Reservation, and the agent's phone up to the key 1.
extension Attempt {
  mutating func begin(at now: Timestamp) -> [AttemptAction] {
    guard state == .new else { return [.anomaly("begun twice")] }
    let deadline = AttemptAction.startTimer(.deadline, after: max(.zero, record.deadline - now))
    guard let member = record.agent else {
      if record.course != .agentFirst { return [deadline] + dialCustomer(at: now) }
      return finish(
        Ending(.agentMissed, .retry(.agentMissed), "No agent was named for this attempt"), at: now)
    }
    state = .reserving
    hold = .requested
    return [
      deadline,
      .startTimer(.pauseConfirmation, after: AttemptLimits.pauseConfirmation),
      .command(.reserve, .pauseMember(member, queue: nil, paused: true, reason: reason)),
    ]
  }

  mutating func reserveAnswered(_ outcome: CommandOutcome, at now: Timestamp) -> [AttemptAction] {
    switch outcome {
    case .done, .alreadyLive, .unknown:
      // The pause itself is what counts: QueueMemberPause, or the timer.
      return []
    case .refused(let why), .notSent(let why):
      return notReserved("could not be paused: \(Self.cut(why))", at: now)
    case .notFound:
      return notReserved("could not be paused: not a member of any queue", at: now)
    }
  }

  private mutating func notReserved(_ why: String, at now: Timestamp) -> [AttemptAction] {
    guard state == .reserving || state == .guarding else { return [] }
    if state == .reserving { hold = .none }
    return notTaken("\(agentName) \(why); another agent is looked for", at: now)
  }

  /// The reservation failed: nobody's fault, and nobody was rung.
  private mutating func notTaken(_ sentence: String, at now: Timestamp) -> [AttemptAction] {
    finish(Ending(.agentMissed, .retry(.agentMissed), sentence), at: now)
  }

  mutating func pauseNotConfirmed(at now: Timestamp) -> [AttemptAction] {
    guard state == .reserving else { return [] }
    return notTaken("The pause of \(agentName) was not confirmed; another agent is looked for", at: now)
  }

  mutating func memberPaused(reason seen: String, at now: Timestamp) -> [AttemptAction] {
    if seen != reason {
      // Before our pause was seen it may still land over his: then it is ours to undo, as the runner sees.
      if hold == .held { hold = .takenOver }
      switch state {
      case .reserving, .guarding:
        return notTaken("\(agentName) was paused by somebody else; another agent is looked for", at: now)
      case .new, .ringingAgent, .confirming, .dialing, .handingOver, .sendingOn, .connecting, .talking,
        .settling, .wrapUp, .parting,
        .clearing, .ended:
        return []
      case .offering:
        return cardTakenAway("\(agentName) was paused by somebody else while he looked at the card", at: now)
      }
    }
    if hold == .requested || hold == .takenOver { hold = .held }
    guard state == .reserving else { return [] }
    if plan.reservationGuard <= .zero { return [.cancelTimer(.pauseConfirmation)] + reserved(at: now) }
    state = .guarding
    return [
      .cancelTimer(.pauseConfirmation), .startTimer(.reservationGuard, after: plan.reservationGuard),
    ]
  }

  mutating func memberFreedByOthers(_ what: String, at now: Timestamp) -> [AttemptAction] {
    switch state {
    case .guarding:
      hold = .takenOver
      return notTaken("\(agentName) \(what) while being reserved; another agent is looked for", at: now)
    case .offering:
      hold = .takenOver
      return cardTakenAway("\(agentName) \(what) while he looked at the card", at: now)
    case .new, .reserving:
      // Before our pause was seen this may be news from before it.
      return []
    case .ringingAgent, .confirming, .dialing, .handingOver, .sendingOn, .connecting, .talking, .settling,
      .wrapUp, .parting,
      .clearing,
      .ended:
      if hold == .held { hold = .takenOver }
      return []
    }
  }

  mutating func queueWasQuicker(at now: Timestamp) -> [AttemptAction] {
    switch state {
    case .reserving, .guarding, .ringingAgent:
      return notTaken("The queue was quicker: it rings \(agentName); another agent is looked for", at: now)
    case .offering:
      return cardTakenAway("The queue was quicker: it rings \(agentName)", at: now)
    case .new, .confirming, .dialing, .handingOver, .sendingOn, .connecting, .talking, .settling, .wrapUp,
      .parting, .clearing, .ended:
      return []
    }
  }

  mutating func memberStatusChanged(_ status: MemberStatus, at now: Timestamp) -> [AttemptAction] {
    guard !status.mayBeRung else { return [] }
    if state == .offering {
      return cardTakenAway(
        "The phone of \(agentName) is \(Self.words(status)) while he looked at the card", at: now)
    }
    guard state == .reserving || state == .guarding else { return [] }
    return notTaken(
      "The queue was quicker: the phone of \(agentName) is \(Self.words(status)); another agent is "
        + "looked for",
      at: now)
  }

  static func words(_ status: MemberStatus) -> String {
    switch status {
    case .unknown: "in an unknown state"
    case .notInUse: "not in use"
    case .inUse: "in use"
    case .busy: "busy"
    case .invalid: "invalid"
    case .unavailable: "unavailable"
    case .ringing, .ringingInUse: "ringing"
    case .onHold: "on hold"
    }
  }

  /// The agent is held: it goes on with his phone, or with the customer's.
  mutating func reserved(at now: Timestamp) -> [AttemptAction] {
    if let time = plan.card { return offerCard(for: time, at: now) }
    return record.course == .agentFirst ? ringAgent(at: now) : dialCustomer(at: now)
  }

  // The phone.

  mutating func ringAgent(at now: Timestamp) -> [AttemptAction] {
    state = .ringingAgent
    record.agentRangAt = now
    agent.life = .requested
    agent.originateOpen = true
    let leg = originate(
      .agent, endpoint: plan.agentEndpoint, shows: plan.agentSees, timeout: plan.agentRing, word: "agent")
    return [
      .startTimer(.agentRing, after: plan.agentRing + AttemptLimits.ringSlack),
      .command(.ringAgent, .originate(leg)),
    ]
  }

  func originate(
    _ party: OurLeg.Party, endpoint: String, shows: CallerIdentity, timeout: Duration, word: String
  ) -> PBXCommand.Originate {
    var variables = plan.variables
    variables["PEREZVON_JOB"] = record.job.description
    variables["PEREZVON_ATTEMPT"] = record.id.description
    return PBXCommand.Originate(
      channel: channel(party), endpoint: endpoint,
      arguments: plan.stasisArguments + [word, record.id.description], callerNumber: shows.number,
      callerName: shows.name, timeout: timeout, variables: variables,
      originator: party != .agent && plan.originateFromAgent ? channel(.agent) : nil)
  }

  mutating func ringAgentAnswered(_ outcome: CommandOutcome, at now: Timestamp) -> [AttemptAction] {
    agent.originateOpen = false
    switch state {
    case .ringingAgent: break
    case .clearing, .parting: return originateAnsweredLate(.agent, outcome, at: now)
    case .new, .reserving, .guarding, .offering, .confirming, .dialing, .handingOver, .sendingOn, .connecting,
      .talking,
      .settling, .wrapUp,
      .ended:
      return []
    }
    switch outcome {
    case .done, .alreadyLive:
      if agent.life == .requested { agent.life = .ringing }
      return []
    case .refused, .notSent, .notFound:
      if agent.seen { return [.anomaly("the agent's originate was refused, yet its channel was seen")] }
      agent.life = .gone
      let sent = if case .notSent = outcome { false } else { true }
      let why = failure(.ringAgent, outcome) ?? "not found"
      return finish(
        Ending(
          .agentMissed, .retry(.agentMissed),
          "\(agentName) could not be rung (\(why)); the next agent is tried",
          coolDown: sent), at: now)
    case .unknown:
      return agent.seen ? [] : ask(.agent)
    }
  }

  mutating func agentRangOut(at now: Timestamp) -> [AttemptAction] {
    guard state == .ringingAgent else { return [] }
    return agentMissed(
      .noAnswer, "did not pick up within \(Self.seconds(plan.agentRing)); the next agent is tried", at: now)
  }

  mutating func agentMissed(_ result: AgentResult, _ what: String, at now: Timestamp) -> [AttemptAction] {
    record.agentResult = result
    return finish(
      Ending(.agentMissed, .retry(.agentMissed), "\(agentName) \(what)", coolDown: true), at: now)
  }

  static func seconds(_ duration: Duration) -> String { "\((duration.milliseconds + 500) / 1000) s" }

  // Announcement and key.

  mutating func agentPickedUp(at now: Timestamp) -> [AttemptAction] {
    record.agentAnsweredAt = now
    var actions: [AttemptAction] = [
      .cancelTimer(.agentRing), .command(.limitAgent, .limitLife(channel(.agent), plan.legLifeMax)),
    ]
    if plan.announce == nil, !plan.confirm { return actions + dialCustomer(at: now) }
    state = .confirming
    actions.append(
      plan.confirm
        ? .startTimer(.confirm, after: plan.confirmTimeout)
        : .startTimer(.announce, after: AttemptLimits.announceMax))
    return actions + announceOnce()
  }

  private var playback: String { "pz-\(record.id)-announce-\(announced)" }

  private mutating func announceOnce() -> [AttemptAction] {
    guard let media = plan.announce else { return [] }
    announced += 1
    return [.command(.announce, .play(channel(.agent), playback: playback, media: [media]))]
  }

  mutating func playbackFinished(_ id: String, at now: Timestamp) -> [AttemptAction] {
    if case .parting = state { return id == partingPlayback ? partingOver(at: now) : [] }
    guard state == .confirming, id == playback else { return [] }
    if !plan.confirm { return dialCustomer(at: now) }
    return announced <= AttemptLimits.announceRepeatsMax ? announceOnce() : []
  }

  mutating func announceAnswered(_ outcome: CommandOutcome, at now: Timestamp) -> [AttemptAction] {
    guard state == .confirming, let failure = failure(.announce, outcome) else { return [] }
    // He has picked up: without the announcement he still can press 1, or need not.
    return [.anomaly(failure)] + (plan.confirm ? [] : dialCustomer(at: now))
  }

  mutating func keyPressed(_ digit: String, at now: Timestamp) -> [AttemptAction] {
    guard state == .confirming, plan.confirm else { return [] }
    if digit == "1" { return dialCustomer(at: now) }
    if digit == "2" { return agentMissed(.declined, "declined with 2; the next agent is tried", at: now) }
    return []
  }

  mutating func confirmRanOut(at now: Timestamp) -> [AttemptAction] {
    guard state == .confirming else { return [] }
    return agentMissed(
      .noAnswer,
      "picked up and did not press 1 within \(Self.seconds(plan.confirmTimeout)); the next agent is tried",
      at: now)
  }

  /// Stops an announcement that may still be playing.
  var stopAnnouncement: [AttemptAction] {
    announced == 0 ? [] : [.command(.stopAnnounce, .stopPlayback(playback))]
  }
}
