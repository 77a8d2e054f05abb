import Telephony

// The customer's phone, from the write to his answer.
extension Attempt {
  mutating func dialCustomer(at now: Timestamp) -> [AttemptAction] {
    state = .dialing
    record.phase = .customer
    record.customerDialedAt = now
    let first = record.course != .agentFirst
    if !first { record.agentResult = .answered }
    customer.life = .requested
    customer.originateOpen = true
    let leg = originate(
      Self.line, endpoint: plan.customerEndpoint, shows: plan.customerSees, timeout: plan.customerRing,
      word: "customer")
    linesOpen = !first && plan.lines > 1
    let lines: [AttemptAction] = linesOpen ? [.openLines(plan.lines - 1)] : []
    return [.cancelTimer(.confirm), .cancelTimer(.announce)] + stopAnnouncement + lines + [
      .write(
        record, sentence: first ? firstSentence : "\(agentName) took the callback; the customer is dialled")
    ] + (first ? [] : [.command(.indicateRinging, .indicateRinging(channel(.agent)))]) + [
      .command(.dialCustomer, .originate(leg)),
      .startTimer(.customerRing, after: plan.customerRing + AttemptLimits.ringSlack),
    ]
  }

  private var firstSentence: String {
    guard let agent = record.agent else { return "The customer is dialled" }
    return "The customer is dialled; \(agent) is kept free for him"
  }

  mutating func dialCustomerAnswered(_ outcome: CommandOutcome, at now: Timestamp) -> [AttemptAction] {
    customer.originateOpen = false
    switch state {
    case .dialing: break
    case .clearing, .parting: return originateAnsweredLate(Self.line, outcome, at: now)
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming, .handingOver, .sendingOn,
      .connecting,
      .talking, .settling, .wrapUp,
      .ended:
      return []
    }
    switch outcome {
    case .done, .alreadyLive:
      if customer.life == .requested { customer.life = .ringing }
      return []
    case .refused, .notFound, .notSent:
      if customer.seen { return [.anomaly("the customer's originate was refused, yet its channel was seen")] }
      return customerNotDialled(failure(.dialCustomer, outcome) ?? "not found", at: now)
    case .unknown:
      return customer.seen ? [] : ask(Self.line)
    }
  }

  /// Certainly no INVITE: it counts nowhere. It stands on the ladder of congestion, since the cause is a
  /// trunk or a link of ours, and asking again at once would not help.
  private mutating func customerNotDialled(_ why: String, at now: Timestamp) -> [AttemptAction] {
    customer.life = .gone
    record.customerDialedAt = nil
    record.customerResult = .congestion
    return part(
      Ending(
        .customerMissed, .retry(.congestion), "The customer was not dialled (\(why)); no attempt is used"),
      media: plan.customerMissedMedia, at: now)
  }

  mutating func legProgress(_ party: OurLeg.Party, _ status: DialStatus) -> [AttemptAction] {
    self[party].seen = true
    if self[party].life == .requested { self[party].life = .ringing }
    if status != .inProgress { self[party].status = status }
    guard party == Self.line, status == .answer else { return [] }
    // Hung up by us in that instant, he may never come into our application.
    noteAnsweredTooLate()
    return []
  }

  mutating func customerGoneUnanswered(_ cause: HangupCause, at now: Timestamp) -> [AttemptAction] {
    record.cause = cause
    if customer.status == .answer {
      // He answered, and was gone before Asterisk gave him to us.
      record.customerResult = .answered
      record.customerAnsweredAt = now
      return part(
        Ending(
          .noConversation, .retry(.noAnswer), "The customer answered and hung up at once", charged: true),
        media: plan.customerMissedMedia, at: now)
    }
    let miss = CustomerMiss(status: customer.status, cause: cause)
    return customerMissed(miss.result, miss.next, miss.words, at: now)
  }

  mutating func customerRangOut(at now: Timestamp) -> [AttemptAction] {
    guard state == .dialing else { return [] }
    return customerMissed(.noAnswer, .retry(.noAnswer), "did not answer", at: now)
  }

  private mutating func customerMissed(
    _ result: CustomerResult, _ next: AttemptEnd.Next, _ words: String, at now: Timestamp
  ) -> [AttemptAction] {
    record.customerResult = result
    let rang = record.customerDialedAt.map { Self.seconds(now - $0) } ?? "0 s"
    return part(
      Ending(.customerMissed, next, "The customer \(words) (after \(rang))", charged: true),
      media: plan.customerMissedMedia, at: now)
  }

  /// The agent hung up while the customer's phone rang: his failure, not the customer's. `customerDialedAt`
  /// stays, so that the caps per number see the ring.
  mutating func agentLeftRinging(at now: Timestamp) -> [AttemptAction] {
    if customer.status == .answer {
      record.customerResult = .answered
      record.customerAnsweredAt = now
      if record.connectedAt == nil { record.connectedAt = now }
      return dropped("\(agentName) hung up in the instant of his answer", coolDown: true, at: now)
    }
    record.customerResult = .cancelled
    return finish(
      Ending(
        .agentMissed, .retry(.agentMissed),
        "\(agentName) hung up while the customer's phone rang; the next agent is tried", coolDown: true),
      at: now)
  }

  // Unknown outcomes.

  mutating func ask(_ party: OurLeg.Party) -> [AttemptAction] {
    self[party].asking = true
    self[party].asks += 1
    return [.ask(party, channel(party))]
  }

  mutating func askAgain() -> [AttemptAction] {
    var actions: [AttemptAction] = []
    for party in [OurLeg.Party.agent, Self.line] where self[party].asking && self[party].mayBeAlive {
      actions += ask(party)
    }
    return actions
  }

  mutating func channelIs(
    _ party: OurLeg.Party, _ presence: ChannelPresence, at now: Timestamp
  ) -> [AttemptAction] {
    guard self[party].asking, self[party].mayBeAlive else { return [] }
    if state == .settling, settleAsked, party == Self.line, presence != .gone, presence != .neverMade {
      self[party].asking = false
      if presence == .elsewhere {
        customer.life = .taken
        return [.say("Somebody took the customer over from \(agentName)")] + hangUps() + beginWrapUp()
      }
      return hangUps() + beginWrapUp()
    }
    // While its originate is under way its absence proves nothing.
    switch self[party].originateOpen && presence != .live && presence != .elsewhere ? .unknown : presence {
    case .live, .elsewhere:
      self[party].asking = false
      self[party].seen = true
      if self[party].life == .requested { self[party].life = .ringing }
      return []
    case .unknown:
      if self[party].asks < AttemptLimits.asksMax {
        return [.startTimer(.askAgain, after: AttemptLimits.askAgain)]
      }
      self[party].asking = false
      // A talk is left alone; the absolute timeout of the legs and the deadline end it.
      return self[party].life == .requested ? neverFound(party, gone: false, at: now) : []
    case .gone, .neverMade:
      self[party].asking = false
      if self[party].seen { return legGone(party, .unknown, at: now) }
      self[party].life = .gone
      if presence == .neverMade, party == Self.line, state == .dialing {
        return customerNotDialled("Asterisk never made the channel", at: now)
      }
      return neverFound(party, gone: true, at: now)
    }
  }

  /// An originate of unknown outcome whose channel did not turn up.
  private mutating func neverFound(
    _ party: OurLeg.Party, gone: Bool, at now: Timestamp
  ) -> [AttemptAction] {
    let what = gone ? "its channel is not there" : "nobody can tell whether its channel lives"
    switch state {
    case .ringingAgent where party == .agent:
      return finish(
        Ending(
          .agentMissed, .retry(.agentMissed),
          "It is not known whether the phone of \(agentName) rang: \(what); the next agent is tried"), at: now
      )
    case .dialing where party == Self.line:
      return finish(lostSight("It is not known whether the customer was dialled: \(what)"), at: now)
    case .clearing:
      return clearingProgress(at: now)
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming, .dialing, .handingOver,
      .sendingOn,
      .connecting, .talking, .settling,
      .wrapUp, .parting, .ended:
      return []
    }
  }

  /// The outcome `unknown`: it counts as a call that was placed.
  func lostSight(_ sentence: String) -> Ending {
    Ending(
      .unknown, .retry(.noAnswer),
      sentence + "; it counts as placed, and he is left alone for \(Self.seconds(plan.redialGap))",
      charged: true, redialGap: plan.redialGap)
  }
}
