import Telephony

// Preview: the agent looks at the customer's card before anybody is rung. A card uses up no attempt, whatever becomes
// of it.
extension Attempt {
  /// The agent is held, and is shown the card. Its end is in the row: who takes the PBX over takes it back.
  mutating func offerCard(for time: Duration, at now: Timestamp) -> [AttemptAction] {
    state = .offering
    record.phase = .card
    record.cardOfferedAt = now
    record.cardUntil = now + time
    return [
      .write(record, sentence: "\(agentName) is shown the card, for \(Self.seconds(time))"),
      .startTimer(.card, after: time),
    ]
  }

  /// From here as agent first. His word is in the books before his phone rings.
  mutating func cardAccepted(at now: Timestamp) -> [AttemptAction] {
    guard state == .offering else { return [] }
    record.phase = .agent
    record.cardAcceptedAt = now
    return [.cancelTimer(.card), .write(record, sentence: "\(agentName) accepted the card")]
      + ringAgent(at: now)
  }

  mutating func cardDeclined(at now: Timestamp) -> [AttemptAction] {
    guard state == .offering else { return [] }
    record.agentResult = .declined
    return setAside("\(agentName) declined the card; it goes to another agent", at: now)
  }

  mutating func cardPostponed(until moment: Timestamp, at now: Timestamp) -> [AttemptAction] {
    guard state == .offering else { return [] }
    record.agentResult = .declined
    return setAside("\(agentName) postponed the card", until: moment, at: now)
  }

  mutating func cardRanOut(at now: Timestamp) -> [AttemptAction] {
    guard state == .offering else { return [] }
    record.agentResult = .noAnswer
    let time = plan.card.map(Self.seconds) ?? "its time"
    return setAside("\(agentName) did nothing with the card for \(time); it goes to another agent", at: now)
  }

  /// Nobody's doing that counts against the agent: his phone is in use, he left, the service was away.
  mutating func cardTakenAway(_ why: String, at now: Timestamp) -> [AttemptAction] {
    setAside("\(why); the card was taken back", at: now)
  }

  /// Who is shown a card that is not in the books would keep it beyond a restart. Where he has accepted it meanwhile, the
  /// write of that carries the whole row.
  mutating func cardNotWritten(_ why: WriteFailure, at now: Timestamp) -> [AttemptAction] {
    guard state == .offering else { return [] }
    return cardTakenAway("The card could not be written down: \(Self.words(why))", at: now)
  }

  /// His originate stood behind the write, and was not sent.
  mutating func acceptanceNotWritten(_ why: WriteFailure, at now: Timestamp) -> [AttemptAction] {
    if agent.seen { return [.anomaly("the acceptance was not written, yet the agent's channel was seen")] }
    agent.originateOpen = false
    agent.life = .none
    record.agentRangAt = nil
    switch state {
    case .ringingAgent:
      return setAside("The acceptance of the card could not be written down: \(Self.words(why))", at: now)
    case .clearing:
      return clearingProgress(at: now)
    case .new, .reserving, .guarding, .offering, .confirming, .dialing, .handingOver, .sendingOn, .connecting,
      .talking, .settling, .wrapUp, .parting, .ended:
      return []
    }
  }

  private mutating func setAside(
    _ sentence: String, until moment: Timestamp? = nil, at now: Timestamp
  ) -> [AttemptAction] {
    [.cancelTimer(.card), .cancelTimer(.agentRing)]
      + finish(Ending(.agentMissed, .setAside(until: moment), sentence), at: now)
  }
}
