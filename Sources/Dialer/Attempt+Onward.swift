import Telephony

// The customer was dialled first: from his answer until a human has taken him, or nobody does.
extension Attempt {
  mutating func answeredFirst(at now: Timestamp) -> [AttemptAction] {
    record.phase = .connected
    state = .sendingOn
    let what =
      nobodyFree ? "no agent is free for him" : record.course == .message ? "hears the message" : "is sent on"
    // The timer stands in front of the write: it must run even if the write fails.
    return [
      .cancelTimer(.customerRing), .startTimer(.handOver, after: AttemptLimits.handOver),
      .write(record, sentence: "The customer answered and \(what)"),
    ] + sendOn
  }

  /// Everything the dialplan is to know he was given with his channel: one command, and he is on his way.
  private var sendOn: [AttemptAction] {
    let place = nobodyFree ? plan.sorry : plan.onward
    return [
      .command(
        .sendOn,
        .continueInDialplan(channel(Self.line), context: place.context, exten: place.exten, priority: 1)),
      .command(.limitCustomer, .limitLife(channel(Self.line), plan.legLifeMax)),
    ]
  }

  mutating func sendOnAnswered(_ outcome: CommandOutcome, at now: Timestamp) -> [AttemptAction] {
    guard state == .sendingOn || state == .connecting else { return [] }
    switch outcome {
    case .done, .alreadyLive, .unknown, .refused:
      // Refused where he is not in the application any more: he may be in the dialplan by now, by the word of another
      // instance.
      continued = true
      return failure(.sendOn, outcome).map { [.anomaly($0)] } ?? []
    case .notFound: return legGone(Self.line, .unknown, at: now)
    case .notSent: return dropped(failure(.sendOn, outcome) ?? "", coolDown: false, at: now)
    }
  }

  mutating func sendOnRanOut(at now: Timestamp) -> [AttemptAction] {
    // He may be there already, or in a moment.
    if amiLost || !continued { return [.startTimer(.handOver, after: AttemptLimits.handOver)] }
    return dropped("the dialplan did not take him in time", coolDown: false, at: now)
  }

  mutating func leftForDialplan() -> [AttemptAction] {
    state = .connecting
    continued = true
    return [.cancelTimer(.handOver)] + connectTimer
  }

  /// A message lasts as long as it lasts: the absolute timeout of the leg ends it.
  var connectTimer: [AttemptAction] {
    switch record.course {
    case .message: []
    case .agentFirst, .clientFirst, .line:
      [.startTimer(.connect, after: plan.connectWait + AttemptLimits.connectSlack)]
    }
  }

  /// The dialplan should have told him by now that nobody comes, and let him go.
  mutating func connectRanOut(at now: Timestamp) -> [AttemptAction] {
    guard state == .connecting else { return [] }
    // Somebody may have taken him unseen.
    if amiLost { return connectTimer }
    return dropped("nobody took him, and the dialplan did not let him go", coolDown: false, at: now)
  }

  mutating func notNeeded(at now: Timestamp) -> [AttemptAction] {
    switch state {
    case .new, .reserving, .guarding, .offering, .dialing:
      let rang = state == .dialing
      if rang { record.customerResult = .cancelled }
      return finish(
        Ending(
          .customerMissed, .retry(.noAnswer),
          "No agent would be free for the customer; "
            + (rang ? "his phone stopped ringing, and no attempt is used" : "he was not dialled")),
        at: now)
    case .ringingAgent, .confirming, .handingOver, .sendingOn, .connecting, .talking, .settling, .wrapUp,
      .parting,
      .clearing, .ended:
      return []
    }
  }

  mutating func taken(by agent: MemberInterface?, at now: Timestamp) -> [AttemptAction] {
    switch state {
    case .sendingOn, .connecting: break
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming, .dialing, .handingOver, .talking,
      .settling,
      .wrapUp, .parting, .clearing, .ended:
      return []
    }
    // The one who was kept free for him is not needed.
    let freed = agent != nil && agent != record.agent ? release() : []
    if let agent { record.agent = agent }
    record.agentResult = .answered
    record.agentAnsweredAt = now
    record.connectedAt = now
    if customer.life == .up { customer.life = .away }
    state = .talking
    return [.cancelTimer(.handOver), .cancelTimer(.connect)] + freed + [
      .write(record, sentence: "\(agentName) took the customer")
    ]
  }

  /// He hung up, or the dialplan let him go, before any human took him.
  mutating func goneOnward(at now: Timestamp) -> [AttemptAction] {
    let lasted = record.connectedAt.map { now - $0 } ?? .zero
    if machine {
      record.customerResult = .machine
      return finish(
        Ending(
          .noConversation, .retry(.machine), "A machine answered in the customer's place", charged: true),
        at: now)
    }
    guard record.course == .message, !nobodyFree else {
      let why = nobodyFree ? "no agent was free" : "nobody took him in \(Self.seconds(lasted))"
      return dropped(why, coolDown: false, at: now)
    }
    let heard = "The customer listened for \(Self.seconds(lasted))"
    if lasted >= plan.successAfter {
      return finish(Ending(.delivered, .succeeded, "\(heard): the message was heard", charged: true), at: now)
    }
    return finish(
      Ending(
        .noConversation, .retry(.noAnswer),
        "\(heard), less than \(Self.seconds(plan.successAfter)): the message was not heard", charged: true),
      at: now)
  }

  /// The answer, or who took him, could not be written. He is sent on all the same: he has answered.
  mutating func onwardNotWritten(_ why: WriteFailure, at now: Timestamp) -> [AttemptAction] {
    guard record.course != .agentFirst else { return [] }
    switch state {
    case .sendingOn:
      // With a stale fence the other instance finds him waiting.
      if why == .staleFence {
        return release() + handOn("\(Self.words(why)); the other instance sends the customer on")
      }
      return [.anomaly("the answer could not be written: \(Self.words(why))")] + sendOn
    case .connecting, .talking:
      return why == .staleFence
        ? release() + handOn("\(Self.words(why)); the call goes on")
        : [.anomaly("who took the customer could not be written: \(Self.words(why))")]
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming, .dialing, .handingOver,
      .settling, .wrapUp,
      .parting, .clearing, .ended:
      return []
    }
  }
}
