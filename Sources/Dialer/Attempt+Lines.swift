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

  /// The agent goes to another. This customer's phone rings on for a moment, as a line: he may have answered in the same
  /// instant (`notNeeded` ends it).
  mutating func lineWasQuicker() -> [AttemptAction] {
    guard ringsForAgent else { return [] }
    let actions = passOn()
    record.course = .line
    record.agent = nil
    record.agentResult = .none
    return actions
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
