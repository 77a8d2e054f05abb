import Telephony

// Several customers dialled at once for one agent: he is on the phone, and goes from one attempt to another.
extension Attempt {
  /// The agent is not this attempt's any more: neither his leg nor his pause is touched.
  mutating func passOn() -> [AttemptAction] {
    guard let member = record.agent else { return [] }
    agent.life = .taken
    hold = .takenOver
    linesOpen = false
    return [
      .passOn(
        AgentTicket(
          agent: member, leg: agentLeg, channelName: agent.channelName,
          answeredAt: record.agentAnsweredAt ?? record.startedAt))
    ]
  }

  mutating func lineWasQuicker(at now: Timestamp) -> [AttemptAction] {
    guard ringsForAgent else { return [] }
    record.customerResult = .cancelled
    return passOn()
      + finish(
        Ending(
          .customerMissed, .retry(.noAnswer),
          "Another customer answered first; his phone stopped ringing, and no attempt is used"), at: now)
  }

  mutating func agentGiven(_ ticket: AgentTicket) -> [AttemptAction] {
    guard state == .dialing, agent.life == .none else { return [.passOn(ticket)] }
    agent.life = .up
    agent.seen = true
    agent.channelName = ticket.channelName
    hold = .held
    linesOpen = true
    record.agent = ticket.agent
    record.agentLeg = ticket.leg
    record.agentResult = .answered
    record.agentAnsweredAt = ticket.answeredAt
    return []
  }
}
