import Telephony

// From the customer's answer to the end of the wrap-up.
extension Attempt {
  mutating func legUp(_ party: OurLeg.Party, name: String, at now: Timestamp) -> [AttemptAction] {
    if self[party].life == .gone { return [.anomaly("\(channel(party)) answered after it was gone")] }
    let known = self[party].life == .up || self[party].life == .away || self[party].life == .taken
    self[party].seen = true
    self[party].asking = false
    if known { return [] }
    self[party].life = .up
    self[party].channelName = name
    switch state {
    case .ringingAgent:
      return party == .agent
        ? agentPickedUp(at: now) : [.anomaly("the customer answered before he was dialled")]
    case .dialing:
      return party == .agent ? [] : customerAnswered(at: now)
    case .parting, .clearing:
      return answeredTooLate(party, at: now)
    case .new, .reserving, .guarding, .offering, .confirming, .handingOver, .sendingOn, .connecting, .talking,
      .settling,
      .wrapUp, .ended:
      return [.anomaly("\(channel(party)) answered out of turn")]
    }
  }

  mutating func customerAnswered(at now: Timestamp) -> [AttemptAction] {
    record.customerResult = .answered
    if record.customerAnsweredAt == nil { record.customerAnsweredAt = now }
    if record.connectedAt == nil { record.connectedAt = now }
    guard record.course == .agentFirst || agent.life == .up else { return answeredFirst(at: now) }
    guard agent.life == .up else {
      return dropped("\(agentName) was gone when the customer answered", coolDown: true, at: now)
    }
    record.phase = .connected
    // The agent's own attempt may not be over in the books, and he has one live attempt there.
    var written = record
    if record.agentLeg != nil { written.agent = nil }
    let write = AttemptAction.write(
      written, sentence: "The customer answered and is connected with \(agentName)")
    // The timer stands in front of the write: it must run even if the write fails.
    return [.cancelTimer(.customerRing), .startTimer(.handOver, after: AttemptLimits.handOver), write]
      + beginHandOver()
  }

  /// PEREZVON_PEER first; `continue` only after it is certainly set: `Bridge()` without a peer would leave
  /// the customer in silence.
  mutating func beginHandOver() -> [AttemptAction] {
    state = .handingOver(.settingPeer(tries: 1))
    return [.command(.stopRinging, .stopRinging(channel(.agent)))] + setSeat + [
      setPeer,
      .command(.limitCustomer, .limitLife(channel(Self.line), plan.legLifeMax)),
      .command(.limitAgent, .limitLife(channel(.agent), plan.legLifeMax)),
    ]
  }

  /// Whose talk it is: a line's agent was not known when its customer was dialled.
  private var setSeat: [AttemptAction] {
    guard record.agentLeg != nil, let agent = record.agent else { return [] }
    return [
      .command(
        .setSeat,
        .setVariable(channel(Self.line), name: TalkRecord.seatVariable, value: TalkRecord.seat(of: agent)))
    ]
  }

  private var setPeer: AttemptAction {
    .command(
      .setPeer, .setVariable(channel(Self.line), name: "PEREZVON_PEER", value: agent.channelName))
  }

  mutating func setPeerAnswered(_ outcome: CommandOutcome, at now: Timestamp) -> [AttemptAction] {
    guard case .handingOver(.settingPeer(let tries)) = state else { return [] }
    switch outcome {
    case .done, .alreadyLive:
      state = .handingOver(.continuing)
      return [
        .command(
          .handOver,
          .continueInDialplan(channel(Self.line), context: plan.bridgeContext, exten: "s", priority: 1))
      ]
    case .unknown where tries < AttemptLimits.setPeerTriesMax:
      state = .handingOver(.settingPeer(tries: tries + 1))
      return [setPeer]
    case .notFound:
      return legGone(Self.line, .unknown, at: now)
    case .unknown, .refused, .notSent:
      return dropped(failure(.setPeer, outcome) ?? "", coolDown: false, at: now)
    }
  }

  mutating func handOverAnswered(_ outcome: CommandOutcome, at now: Timestamp) -> [AttemptAction] {
    guard state == .handingOver(.continuing) else { return [] }
    switch outcome {
    case .done, .alreadyLive, .unknown, .refused:
      // Refused where he is not in the application any more (409): he may be with the agent by now, by the word of
      // this instance or of another.
      continued = true
      return [.startTimer(.handOver, after: AttemptLimits.handOver)]
        + (failure(.handOver, outcome).map { [.anomaly($0)] } ?? [])
    case .notFound: return legGone(Self.line, .unknown, at: now)
    case .notSent: return dropped(failure(.handOver, outcome) ?? "", coolDown: false, at: now)
    }
  }

  mutating func handOverRanOut(at now: Timestamp) -> [AttemptAction] {
    guard case .handingOver = state else { return [] }
    // They may talk already, or in a moment. The dialplan hangs up where it could not fetch the agent.
    if amiLost || !continued, state == .handingOver(.continuing) {
      return [.startTimer(.handOver, after: AttemptLimits.handOver)]
    }
    return [.anomaly("the dialplan did not bridge within \(Self.seconds(AttemptLimits.handOver))")]
      + dropped("The dialplan did not connect the two in time", coolDown: false, at: now)
  }

  /// The customer answered and there was nobody for him: he is not left in silence, and not called again
  /// before the ladder of `dropped` says so. It is charged: his phone rang and he took it.
  mutating func dropped(_ why: String, coolDown: Bool, at now: Timestamp) -> [AttemptAction] {
    finish(
      Ending(
        .dropped, .retry(.dropped), "The customer answered and was not connected: \(why)", charged: true,
        coolDown: coolDown), at: now)
  }

  mutating func bridged(at now: Timestamp) -> [AttemptAction] {
    switch state {
    case .handingOver:
      bridgeSeen = true
      agent.life = .away
      customer.life = .away
      together(at: now)
      return beginTalk()
    case .talking, .settling:
      bridgeSeen = true
      return []
    case .parting, .clearing, .wrapUp:
      return []
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming, .dialing, .sendingOn,
      .connecting, .ended:
      return [.anomaly("the legs are in a bridge before they were handed over")]
    }
  }

  /// Their talk counts from here, not from his answer: slow commands may lie between the two. Seen only after AMI
  /// was away, it began some time before.
  private mutating func together(at now: Timestamp) {
    if !amiLost { record.connectedAt = now }
  }

  private mutating func beginTalk() -> [AttemptAction] {
    state = .talking
    return [.cancelTimer(.handOver)] + mediaTimer
  }

  mutating func legLeftStasis(_ party: OurLeg.Party, at now: Timestamp) -> [AttemptAction] {
    guard self[party].life == .up else { return [] }
    self[party].life = .away
    switch state {
    case .handingOver(.continuing):
      guard agent.life == .away, customer.life == .away else { return [] }
      together(at: now)
      return beginTalk()
    case .confirming, .dialing:
      // Either he hangs up, and his end follows at once, or a human took him.
      return party == .agent ? [.startTimer(.settle, after: AttemptLimits.settle)] : []
    case .sendingOn:
      return leftForDialplan()
    case .new, .reserving, .guarding, .offering, .ringingAgent, .handingOver(.settingPeer), .connecting,
      .talking,
      .settling, .wrapUp, .parting, .clearing, .ended:
      return []
    }
  }

  mutating func legGone(
    _ party: OurLeg.Party, _ cause: HangupCause, at now: Timestamp
  ) -> [AttemptAction] {
    if self[party].life == .gone { return [] }
    let wasUp = self[party].life == .up || self[party].life == .away
    self[party].life = .gone
    self[party].seen = true
    switch state {
    case .ringingAgent where party == .agent:
      record.cause = cause
      let declined = cause == .userBusy || cause == .callRejected
      return agentMissed(
        declined ? .declined : .noAnswer,
        declined
          ? "declined (\(cause)); the next agent is tried"
          : "did not pick up (\(cause)); the next agent is tried",
        at: now)
    case .confirming where party == .agent:
      record.cause = cause
      return plan.confirm
        ? agentMissed(.declined, "hung up without pressing 1; the next agent is tried", at: now)
        : agentMissed(.declined, "hung up during the announcement; the next agent is tried", at: now)
    case .dialing:
      return party == .agent ? agentLeftRinging(at: now) : customerGoneUnanswered(cause, at: now)
    case .handingOver:
      record.cause = cause
      if party == .agent { return dropped("\(agentName) hung up", coolDown: true, at: now) }
      record.talkEndedAt = now
      return finish(
        Ending(
          .noConversation, .retry(.noAnswer), "The customer answered and hung up before he was connected",
          charged: true), at: now)
    case .sendingOn, .connecting:
      record.cause = cause
      return goneOnward(at: now)
    case .talking:
      record.cause = cause
      return endTalk(agentEndedIt: party == .agent, at: now)
    case .settling:
      return beginWrapUp()
    case .parting:
      return party == .agent ? partingOver(at: now) : []
    case .clearing:
      return clearingProgress(at: now)
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming, .wrapUp, .ended:
      return wasUp || state == .wrapUp ? [] : [.anomaly("\(channel(party)) is gone and was not asked for")]
    }
  }

  mutating func endTalk(agentEndedIt: Bool, at now: Timestamp) -> [AttemptAction] {
    record.talkEndedAt = now
    if agentEndedIt, !bridgeSeen, record.talk < AttemptLimits.unseenBridge {
      return dropped("\(agentName) hung up before the two were bridged", coolDown: true, at: now)
    }
    record.phase = .wrapUp
    state = .settling
    if !agent.mayBeAlive, !customer.mayBeAlive { return beginWrapUp() + [wrapUpWrite] }
    // The timer stands in front of the write: it must run even if the write fails.
    return [.startTimer(.settle, after: AttemptLimits.settle), wrapUpWrite]
  }

  private var wrapUpWrite: AttemptAction {
    .write(record, sentence: "\(agentName) and the customer talked for \(Self.seconds(record.talk))")
  }

  mutating func settleRanOut(at now: Timestamp) -> [AttemptAction] {
    switch state {
    case .settling:
      // The dialplan would have let go of the customer by now, unless somebody has sent him to another place.
      if customer.mayBeAlive, !settleAsked {
        settleAsked = true
        return ask(Self.line)
      }
      return hangUps() + beginWrapUp()
    case .confirming where agent.life == .away, .dialing where agent.life == .away:
      agent.life = .taken
      if state == .dialing { record.customerResult = .cancelled }
      return finish(
        Ending(
          .agentMissed, .retry(.agentMissed),
          "Somebody took \(agentName) away from the callback; the next agent "
            + "is tried"), at: now)
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming, .dialing, .handingOver,
      .sendingOn,
      .connecting, .talking, .wrapUp,
      .parting, .clearing, .ended:
      return []
    }
  }

  /// A human took the customer on: the agent is let go of, nothing is hung up.
  mutating func transferred(at now: Timestamp) -> [AttemptAction] {
    switch state {
    case .handingOver, .sendingOn, .connecting, .talking, .settling:
      if customer.life != .gone { customer.life = .taken }
      if agent.life != .gone { agent.life = .taken }
      if record.talkEndedAt == nil { record.talkEndedAt = now }
      record.phase = .wrapUp
      return [.cancelTimer(.handOver), .cancelTimer(.settle)] + beginWrapUp() + [
        .write(
          record, sentence: "\(agentName) transferred the customer after \(Self.seconds(record.talk))")
      ]
    case .wrapUp:
      if customer.life != .gone { customer.life = .taken }
      return []
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming, .dialing, .parting, .clearing,
      .ended:
      return [.anomaly("the customer was transferred before he was connected")]
    }
  }

  /// Held also where wrap-up is zero, for no time: the timer comes back at once.
  mutating func beginWrapUp() -> [AttemptAction] {
    state = .wrapUp
    // An agent whom a queue gave the customer has the queue's wrap-up.
    let held = record.course == .agentFirst || holdsAgent
    return [.cancelTimer(.settle), .startTimer(.wrapUp, after: held ? max(.zero, plan.wrapUp) : .zero)]
  }

  /// The end of an attempt whose customer was connected, judged by the time they talked.
  mutating func finishTalk(immediately: Bool = false, at now: Timestamp) -> [AttemptAction] {
    finish(talkEnding, immediately: immediately, at: now)
  }

  var talkEnding: Ending {
    let talk = record.talk
    let what = "\(agentName) and the customer talked for \(Self.seconds(talk))"
    if talk >= plan.successAfter {
      return Ending(.conversation, .succeeded, "\(what): a conversation", charged: true)
    }
    return Ending(
      .noConversation, .retry(.noAnswer),
      "\(what), less than \(Self.seconds(plan.successAfter)): not a conversation", charged: true)
  }
}
