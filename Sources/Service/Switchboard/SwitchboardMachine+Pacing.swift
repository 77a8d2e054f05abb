import CallPolicy
import Dialer
import Store
import Telephony

/// Predictive campaigns: what agents and dials do goes to their pacers, what these want is done.
extension SwitchboardMachine {
  /// How often a pacer is asked by the clock alone.
  static let paceEvery = Duration.seconds(1)

  mutating func pace(at now: Timestamp) {
    guard !desk.campaigns.isEmpty else { return }
    if roundIsStale {
      let seats = candidates(at: now)
      let held = heldAgents
      for name in desk.campaigns {
        guard let queue = settings.dialing[name]?.agentQueue else { continue }
        let campaign = settings.policy.settings.campaign(named: name)
        let phases = AgentPhase.of(
          queue, seats: seats, held: held, keepsFree: campaign?.outbound.blend?.keepFree ?? 0, at: now)
        perform(desk.agents(phases, of: name, at: now), at: now)
        let blended = campaign.flatMap { blendHeld($0, queue, at: now) } != nil
        perform(desk.hold(self.held != nil || isPaused(name, at: now) || blended, name, at: now), at: now)
      }
    }
    guard desk.wantsTicks, pacedAt.map({ now - $0 >= Self.paceEvery || $0 > now }) ?? true else { return }
    pacedAt = now
    perform(desk.tick(at: now), at: now)
  }

  /// Answers of the last 30 days are in the books: the caps on drops go on where they were. Once in the life of this
  /// board, which counts what comes after by itself.
  mutating func restoreAnswers(_ steps: [AnswerCountsStep]) {
    guard !answersRestored, !desk.campaigns.isEmpty else { return }
    answersRestored = true
    for step in steps { desk.restore(step.counts, at: step.at, of: step.campaign) }
  }

  /// What agents do for our attempts. One for whom a customer is being dialled counts as free.
  private var heldAgents: [MemberInterface: AgentPhase] {
    var held: [MemberInterface: AgentPhase] = [:]
    for live in attempts.values where !live.ended {
      guard let agent = live.machine.record.agent else { continue }
      held[agent] =
        switch live.machine.reach {
        case .none, .dialing: live.machine.record.course == .clientFirst ? .free : .reserved
        case .answered: .reserved
        case .talking: live.machine.record.phase == .wrapUp ? .wrapUp : .talking
        }
    }
    return held
  }

  private mutating func perform(_ actions: [PacingDesk.Action], at now: Timestamp) {
    for action in actions {
      switch action {
      case .cancel(let id): feed(id, .notNeeded, at: now)
      case .pace(let campaign, let pace, let why):
        out.append(.notice(kind: "pacing", sentence: "\(campaign) dials \(pace.words): \(why)"))
      case .stop(let campaign):
        out.append(.notice(kind: "pacing", sentence: "\(campaign) has no agent any more; nothing is dialled"))
      case .anomaly(let text): out.append(.anomaly(text))
      }
    }
  }

  /// The desk hears how far the customer of an attempt has come since it was last told.
  mutating func tellDesk(of id: AttemptID, at now: Timestamp) {
    guard !desk.campaigns.isEmpty, let live = attempts[id] else { return }
    let (campaign, reach) = (live.job.campaign, live.machine.reach)
    guard desk.campaigns.contains(campaign), reach != live.toldReach, !live.machine.hasEnded else { return }
    attempts[id]?.toldReach = reach
    var events: [PacingDesk.DialEvent] = []
    if live.toldReach == .none { events.append(.dialed(for: live.machine.record.agent)) }
    switch reach {
    case .none, .dialing: break
    case .answered: events.append(.answered)
    case .talking:
      if live.toldReach != .answered { events.append(.answered) }
      events.append(live.machine.record.agent.map { .connected($0) } ?? .left)
    }
    for event in events { perform(desk.dial(event, id, campaign, at: now), at: now) }
  }

  /// The same of an attempt that is over.
  mutating func tellDesk(of id: AttemptID, ended end: AttemptEnd, at now: Timestamp) {
    guard let live = attempts[id], desk.campaigns.contains(live.job.campaign) else { return }
    let campaign = live.job.campaign
    switch live.toldReach {
    case .none: desk.notDialed(id, campaign, at: now)
    case .talking: break
    case .dialing where end.record.customerResult == .answered:
      perform(desk.dial(.answered, id, campaign, at: now), at: now)
      perform(desk.dial(fate(of: end, live), id, campaign, at: now), at: now)
    case .dialing:
      let cancelled = end.record.customerResult == .cancelled || end.next == .handedOn
      perform(desk.dial(cancelled ? .cancelled : .unanswered, id, campaign, at: now), at: now)
    case .answered: perform(desk.dial(fate(of: end, live), id, campaign, at: now), at: now)
    }
  }

  /// What became of one who answered and did not talk: dropped, unless he let go before his time was over.
  private func fate(of end: AttemptEnd, _ live: LiveAttempt) -> PacingDesk.DialEvent {
    if end.record.customerResult == .machine { return .machine }
    guard let answered = end.record.connectedAt, let over = end.record.endedAt, !live.machine.foundNobody
    else {
      return .dropped
    }
    return over - answered < live.machine.plan.connectWait ? .left : .dropped
  }
}

extension Pace {
  fileprivate var words: String {
    switch self {
    case .backed: "only with an agent kept free"
    case .ahead: "ahead of agents becoming free"
    case .halted: "nothing"
    }
  }
}
