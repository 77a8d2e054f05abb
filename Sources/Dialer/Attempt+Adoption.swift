public import Telephony

extension Attempt {
  /// Takes over an attempt of another life of the service.
  ///
  /// `record` is the live row, its fence already ours; `alive` holds its channels that live in the same
  /// life of Asterisk (none after a restart of it). `talk`: what the dialplan kept of the talk, nil where it
  /// kept nothing.
  /// The actions may end the attempt at once. `.begin` is not fed. Unlisted channels of the attempt
  /// (`-c2` …) are not touched: the reconciler hangs them up.
  public static func adopt(
    record: AttemptRecord, plan: AttemptPlan, alive: [OurLeg.Party: LiveLeg], talk: TalkRecord? = nil,
    at now: Timestamp
  ) -> (Attempt, [AttemptAction]) {
    var attempt = Attempt(plan: plan, record: record)
    // Whether the pause is still there the runner sees before it releases.
    attempt.hold = .held
    attempt.agent = Leg(adopted: alive[.agent])
    attempt.customer = Leg(adopted: alive[line])
    let deadline = AttemptAction.startTimer(.deadline, after: max(.zero, record.deadline - now))
    let actions =
      switch record.phase {
      case .customer where record.course == .line: attempt.adoptLine(alive, at: now)
      case .customer where record.course != .agentFirst: attempt.adoptDialledFirst(alive, at: now)
      case .connected where record.course != .agentFirst && record.agentLeg == nil:
        attempt.adoptSentOn(alive, at: now)
      case .agent: attempt.adoptAgentPhase(at: now)
      case .card: attempt.cardTakenAway("\(away) while \(attempt.agentName) looked at the card", at: now)
      case .customer: attempt.adoptCustomerPhase(alive, talk, at: now)
      case .connected: attempt.adoptConnected(alive, talk, at: now)
      case .wrapUp: attempt.adoptWrapUp(alive, at: now)
      case .ended: attempt.adoptEnded(at: now)
      }
    return (attempt, attempt.hasEnded ? actions : [deadline] + actions)
  }

  private static let away = "The service was away"

  private mutating func adoptAgentPhase(at now: Timestamp) -> [AttemptAction] {
    finish(
      Ending(
        .agentMissed, .retry(.agentMissed),
        record.course == .agentFirst
          ? "\(Self.away) while \(agentName) was being rung; an agent is chosen anew"
          : "\(Self.away) before the customer was dialled"),
      at: now)
  }

  private mutating func adoptDialledFirst(
    _ alive: [OurLeg.Party: LiveLeg], at now: Timestamp
  ) -> [AttemptAction] {
    guard let line = alive[Self.line] else {
      return finish(lostSight("\(Self.away) when the customer was dialled, and his call is over"), at: now)
    }
    if line.up {
      // Answered while nobody looked.
      record.phase = .connected
      return adoptSentOn(alive, at: now)
    }
    state = .dialing
    return ringOn(at: now)
  }

  /// The customer's phone still rings: for as long as it would have.
  private func ringOn(at now: Timestamp) -> [AttemptAction] {
    let rung = record.customerDialedAt.map { now - $0 } ?? .zero
    return [
      .say("\(Self.away); the customer's phone still rings, and the attempt goes on"),
      .startTimer(.customerRing, after: max(.zero, plan.customerRing + AttemptLimits.ringSlack - rung)),
    ]
  }

  /// A line that still rings has lost its agent, who is his own attempt's.
  private mutating func adoptLine(_ alive: [OurLeg.Party: LiveLeg], at now: Timestamp) -> [AttemptAction] {
    guard let line = alive[Self.line], !line.up else { return adoptDialledFirst(alive, at: now) }
    record.customerResult = .cancelled
    return finish(lostSight("\(Self.away) while the customer's phone rang with others'"), at: now)
  }

  private mutating func adoptSentOn(_ alive: [OurLeg.Party: LiveLeg], at now: Timestamp) -> [AttemptAction] {
    record.customerResult = .answered
    let wasTaken = record.agentResult == .answered
    let wasWritten = record.connectedAt != nil
    if !wasWritten { record.connectedAt = now }
    guard let line = alive[Self.line] else {
      return finish(
        Ending(
          .unknown, .retry(.dropped),
          "\(Self.away) when the customer had answered; how his call ended is not known",
          charged: true, redialGap: plan.redialGap), at: now)
    }
    if line.inStasis { return answeredFirst(at: now) }
    continued = true
    if wasTaken || line.bridged {
      state = .talking
      if wasTaken { return [.say("\(Self.away); \(agentName) and the customer still talk")] }
      record.agentResult = .answered
      return [.write(record, sentence: "\(Self.away); the customer talks with somebody")]
    }
    state = .connecting
    return [.say("\(Self.away); the customer is in the dialplan")] + connectTimer
  }

  private mutating func adoptCustomerPhase(
    _ alive: [OurLeg.Party: LiveLeg], _ talk: TalkRecord?, at now: Timestamp
  ) -> [AttemptAction] {
    // His answer could not be written, and they were put together all the same.
    if let talk, alive[Self.line] == nil { return adoptConnected(alive, talk, at: now) }
    guard let line = alive[Self.line] else {
      return finish(lostSight("\(Self.away) when the customer was dialled, and his call is over"), at: now)
    }
    guard let seat = alive[.agent], seat.up else {
      if line.up, !line.inStasis {
        // Handed over, though that could not be written, and the agent has given him to somebody else.
        record.phase = .connected
        return adoptConnected(alive, talk, at: now)
      }
      record.customerResult = line.up ? .answered : .cancelled
      if line.up { return dropped("\(Self.away) and \(agentName) is gone", coolDown: false, at: now) }
      return finish(
        lostSight("\(Self.away) while the customer's phone rang, and \(agentName) is gone"), at: now)
    }
    if line.up {
      // Answered while nobody looked. Where the write of it was lost they may be together already.
      record.phase = .connected
      return adoptConnected(alive, talk, at: now)
    }
    state = .dialing
    guard seat.inStasis else {
      agent.life = .taken
      record.customerResult = .cancelled
      return finish(
        lostSight("\(Self.away) while the customer's phone rang, and \(agentName) was moved"), at: now)
    }
    return ringOn(at: now)
  }

  private mutating func adoptConnected(
    _ alive: [OurLeg.Party: LiveLeg], _ talk: TalkRecord?, at now: Timestamp
  ) -> [AttemptAction] {
    record.customerResult = .answered
    switch (alive[.agent], alive[Self.line]) {
    case (let seat?, let line?) where line.inStasis:
      // Answered, and never handed over.
      return seat.inStasis
        ? customerAnswered(at: now)
        : dropped("\(Self.away) and \(agentName) was moved elsewhere", coolDown: false, at: now)
    case (let seat?, _?) where seat.inStasis:
      // The customer is in the dialplan, about to fetch the agent, or failing to.
      state = .handingOver(.continuing)
      continued = true
      if record.connectedAt == nil { record.connectedAt = now }
      return [
        .startTimer(.handOver, after: AttemptLimits.handOver),
        .write(record, sentence: "\(Self.away); the customer is being connected with \(agentName)"),
      ]
    case (let seat?, nil) where seat.inStasis:
      // He left Stasis for no bridge: the two were never together.
      return dropped(
        "\(Self.away), and the customer was gone before \(agentName) was given to him", coolDown: false,
        at: now)
    case (nil, let line?) where line.inStasis:
      return dropped("\(Self.away) and \(agentName) is gone", coolDown: false, at: now)
    case (_?, _?), (_?, nil), (nil, _?):
      return adoptTalk(alive, talk, at: now)
    case (nil, nil):
      guard talk?.ended != nil else {
        // They were together, and how long nobody knows. He is not called again soon.
        return finish(
          Ending(
            .unknown, .retry(.dropped),
            "\(Self.away) while the two were connected; how long they talked is not known",
            charged: true, redialGap: plan.redialGap), at: now)
      }
      return adoptTalk(alive, talk, at: now)
    }
  }

  /// Both in the dialplan, or what is left of it.
  private mutating func adoptTalk(
    _ alive: [OurLeg.Party: LiveLeg], _ talk: TalkRecord?, at now: Timestamp
  ) -> [AttemptAction] {
    record.customerResult = .answered
    let wasWritten = record.connectedAt != nil
    // Its clock may be another's: only that it lies between the dial and now is certain.
    if !wasWritten { record.connectedAt = min(now, max(talk?.began ?? now, record.customerDialedAt ?? now)) }
    let began = record.connectedAt ?? now
    state = .talking
    bridgeSeen = true
    if alive.count == 2 {
      return wasWritten
        ? [.say("\(Self.away); \(agentName) and the customer still talk")]
        : [.write(record, sentence: "\(Self.away); \(agentName) and the customer talk")]
    }
    // One who is in a bridge without the other was transferred: not ours any more.
    for party in [OurLeg.Party.agent, Self.line] where alive[party]?.bridged == true {
      self[party].life = .taken
    }
    // Asterisk lets him go when the agent hangs up: who is still there is on his way to somebody else.
    if alive[Self.line]?.inStasis == false { customer.life = .taken }
    let lasted = talk.flatMap { talk in talk.ended.map { $0 - talk.began } } ?? (now - began)
    return endTalk(agentEndedIt: false, at: max(began, min(now, began + lasted)))
  }

  private mutating func adoptWrapUp(
    _ alive: [OurLeg.Party: LiveLeg], at now: Timestamp
  ) -> [AttemptAction] {
    for party in [OurLeg.Party.agent, Self.line] where alive[party]?.bridged == true {
      self[party].life = .taken
    }
    let waited = record.talkEndedAt.map { now - $0 } ?? plan.wrapUp
    state = .wrapUp
    return hangUps() + [.startTimer(.wrapUp, after: max(.zero, plan.wrapUp - waited))]
  }

  private mutating func adoptEnded(at now: Timestamp) -> [AttemptAction] {
    [.anomaly("an attempt that has ended was to be adopted")]
      + finish(
        Ending(
          record.outcome ?? .unknown, .retry(.dropped), "The attempt had ended before",
          charged: record.customerDialedAt != nil), immediately: true, at: now)
  }
}

extension Leg {
  /// As a snapshot shows it; nil where it does not live.
  init(adopted live: LiveLeg?) {
    guard let live else {
      life = .gone
      return
    }
    seen = true
    channelName = live.channelName
    life = !live.up ? .ringing : live.inStasis ? .up : .away
  }
}
