import CallPolicy
import Dialer
import Telephony

/// Several customers dialled at once for one agent (`lines_per_agent`): an attempt each, and the agent goes to the one
/// whose customer answers first.
extension SwitchboardMachine {
  /// The attempts whose customers are dialled for one agent.
  struct LineGroup: Equatable {
    /// Who has the agent.
    var holder: AttemptID
    /// The others.
    var lines: Set<AttemptID> = []
    /// Whose customer has answered and is to get him.
    var taker: AttemptID?
    /// Claims of lines that are on their way.
    var claiming = 0
    /// A customer has answered: the others ring on until then.
    var closesAt: Timestamp?
  }

  /// The agent of this attempt is on the phone: further customers of the campaign are dialled for him.
  mutating func openLines(_ count: Int, for id: AttemptID, at now: Timestamp) {
    guard held == nil, let live = attempts[id] else { return }
    let name = live.job.campaign
    guard var campaign = dispatchCampaigns(at: now)[name], campaign.held == nil else { return }
    campaign.takes = .launches(count)
    let due = dueJobs(at: now).filter { $0.campaign == name }
    let round = board.round(due, campaigns: [name: campaign], floor: dispatchFloor(at: now), at: now)
    guard !round.claims.isEmpty else { return }
    lineGroups[id] = LineGroup(holder: id, claiming: round.claims.count)
    for claim in round.claims { self.claim(claim, line: id, at: now) }
  }

  /// Whose event it is that an agent's leg brings: he may have gone on to another attempt.
  func attempt(of leg: OurLeg) -> AttemptID {
    leg.party == .agent ? agentsAt[leg.attempt] ?? leg.attempt : leg.attempt
  }

  /// The claim of a line was committed. False where its agent is taken meanwhile: nobody is dialled.
  mutating func joinLines(_ record: AttemptRecord) -> Bool {
    guard let leg = record.agentLeg, lineGroups[leg] != nil else { return false }
    lineGroups[leg]?.claiming -= 1
    guard let holder = lineGroups[leg]?.holder, attempts[holder]?.machine.ringsForAgent == true else {
      return false
    }
    lineGroups[leg]?.lines.insert(record.id)
    return true
  }

  /// The customer of a line is about to be told as answered: where the agent still waits he is this one's.
  mutating func arbitrate(_ id: AttemptID, at now: Timestamp) {
    guard let record = attempts[id]?.machine.record, record.course == .line, let leg = record.agentLeg,
      let group = lineGroups[leg], group.lines.contains(id),
      attempts[group.holder]?.machine.ringsForAgent == true
    else { return }
    lineGroups[leg]?.taker = id
    feed(group.holder, .lineWasQuicker, at: now)
    lineGroups[leg]?.lines.insert(group.holder)
  }

  mutating func passOn(_ ticket: AgentTicket, at now: Timestamp) {
    let group = lineGroups[ticket.leg]
    let waiting = (group?.lines ?? []).sorted().filter { attempts[$0]?.machine.isDialing == true }
    guard let next = group?.taker ?? waiting.first else { return letGo(ticket) }
    lineGroups[ticket.leg]?.taker = nil
    lineGroups[ticket.leg]?.holder = next
    lineGroups[ticket.leg]?.lines.remove(next)
    agentsAt[ticket.leg] = next
    feed(next, .agentGiven(ticket), at: now)
  }

  /// Nobody is left for him.
  private mutating func letGo(_ ticket: AgentTicket) {
    lineGroups[ticket.leg] = nil
    agentsAt[ticket.leg] = nil
    out.append(.command(.hangUp(OurLeg(attempt: ticket.leg, party: .agent).channel, .normalClearing)))
    out.append(.command(.pauseMember(ticket.agent, queue: nil, paused: false, reason: "")))
  }

  /// How long the other phones ring on when a customer has answered. Who answers in the same instant is on his way to us
  /// by then: he is heard, and not cut off by a hang-up that crosses his answer.
  static let lineGrace = Duration.milliseconds(150)

  /// Where the agent talks, or is gone, the other customers are not wanted any more.
  mutating func tendLines(at now: Timestamp) {
    for (leg, group) in lineGroups where attempts[group.holder]?.machine.ringsForAgent != true {
      if !group.lines.isEmpty, hasAnswered(group.holder) {
        let closesAt = group.closesAt ?? now + Self.lineGrace
        lineGroups[leg]?.closesAt = closesAt
        if closesAt > now, closesAt <= now + Self.lineGrace { continue }
      }
      for id in group.lines.sorted() { feed(id, .notNeeded, at: now) }
      lineGroups[leg]?.lines = []
      if group.claiming <= 0 { lineGroups[leg] = nil }
    }
  }

  private func hasAnswered(_ id: AttemptID) -> Bool {
    guard let live = attempts[id], !live.ended else { return false }
    return live.machine.reach == .answered || live.machine.reach == .talking
  }

  /// When lines that ring on are next to be tended.
  var nextLineClosing: Timestamp? { lineGroups.values.compactMap(\.closesAt).min() }

  /// The attempt that has an agent on this leg is forgotten.
  mutating func forgetAgent(of id: AttemptID) {
    for (leg, holder) in agentsAt where holder == id { agentsAt[leg] = nil }
  }
}
