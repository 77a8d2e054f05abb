import Telephony

extension Pacer {
  /// What to do now, after an event was folded.
  mutating func decide(at now: Timestamp, into actions: inout [PacerAction]) {
    if floor.agents.isEmpty {
      if !stopped, !floor.dials.isEmpty || pace != .halted { actions.append(.stop) }
      stopped = true
      floor.disownAll()
      cancelUnwanted(at: now, into: &actions)
      return turn(.halted, "No agent is there any more.", &actions)
    }
    stopped = false
    cancelUnwanted(at: now, into: &actions)
    if paused { return turn(.halted, "The campaign is paused.", &actions) }
    switch settings.mode {
    case .preview: offerCards(into: &actions)
    case .progressive: dialForAgents(into: &actions)
    case .predictive: predict(at: now, into: &actions)
    }
  }

  private mutating func turn(_ pace: Pace, _ why: String, _ actions: inout [PacerAction]) {
    guard self.pace != pace else { return }
    self.pace = pace
    actions.append(.pace(pace, why: why))
  }

  /// Whose agent is gone, or taken by another answer.
  private mutating func cancelUnwanted(at now: Timestamp, into actions: inout [PacerAction]) {
    for index in floor.dials.indices {
      let dial = floor.dials[index]
      guard dial.unwanted, !dial.cancelling, mayCancel(dial, at: now) else { continue }
      floor.markCancelling(at: index)
      actions.append(.cancel(dial.key))
    }
  }

  private func mayCancel(_ dial: PacerFloor.Dial, at now: Timestamp) -> Bool {
    now.microseconds - dial.since >= settings.minimumRing.microseconds
  }

  /// One that is for nobody in particular; whoever is dialled with his agent reserved is not taken back.
  private func mayTakeBack(_ dial: PacerFloor.Dial, at now: Timestamp) -> Bool {
    dial.agent == nil && mayCancel(dial, at: now)
  }

  private var room: Int { max(0, settings.dialLimit - floor.dials.count - floor.ordered) }

  private mutating func offerCards(into actions: inout [PacerAction]) {
    turn(.backed, "Each number is dialled when its agent accepts the card.", &actions)
    for agent in floor.agents
    where agent.phase == .free && !agent.offered && !agent.promised && agent.lines == 0 {
      floor.change(agent.interface) { $0.offered = true }
      actions.append(.offer(agent.interface))
    }
  }

  private mutating func dialForAgents(into actions: inout [PacerAction]) {
    // Several lines for one agent can end in a drop: only while the budget has some left.
    let several = settings.linesPerAgent > 1 && budget.left >= 1
    let lines = several ? settings.linesPerAgent : 1
    if several {
      turn(.ahead, "\(lines) numbers are dialled for one agent.", &actions)
    } else {
      turn(
        .backed,
        settings.linesPerAgent > 1
          ? "One number for one agent: no drop is left in the budget." : "One number for one agent.",
        &actions)
    }
    var room = room
    for agent in floor.agents where agent.phase == .free && !agent.promised && agent.lines < lines {
      let count = min(lines - agent.lines, room)
      guard count > 0 else { break }
      room -= count
      floor.change(agent.interface) { $0.lines += count }
      actions.append(.dial(count, for: agent.interface))
    }
  }

  private mutating func predict(at now: Timestamp, into actions: inout [PacerAction]) {
    if let why = reasonNotToGoAhead {
      turn(.backed, why, &actions)
      return dialForFreeAgents(at: now, into: &actions)
    }
    turn(.ahead, "The drop budget allows it.", &actions)
    weigh(at: now, into: &actions)
  }

  private var reasonNotToGoAhead: String? {
    if floor.agents.count < settings.fewestAgents {
      return "Only \(floor.agents.count) agents are there; \(settings.fewestAgents) are needed."
    }
    if answersSeen < settings.fewestAnswers {
      return "Only \(answersSeen) answers were seen; \(settings.fewestAnswers) are needed."
    }
    if budget.left < 1 {
      return "The drop budget is used up, or too few answers were seen for a statement."
    }
    return nil
  }

  /// A dial for each free agent who has none, and nothing beyond.
  private mutating func dialForFreeAgents(at now: Timestamp, into actions: inout [PacerAction]) {
    var wanted = floor.freeWithoutLine - floor.waiting - floor.ringingForAnybody - floor.ordered
    if wanted > 0 {
      let count = min(wanted, room)
      if count > 0 {
        floor.ordered += count
        actions.append(.dial(count, for: nil))
      }
    }
    for index in floor.dials.indices where wanted < 0 {
      guard !floor.dials[index].cancelling, mayTakeBack(floor.dials[index], at: now) else { continue }
      floor.markCancelling(at: index)
      actions.append(.cancel(floor.dials[index].key))
      wanted += 1
    }
  }

  /// How much worse than a new dial one must be that rings already, before it is cancelled: somebody's phone
  /// has rung for it.
  static let cancelFactor = 3.0

  /// The marginal rule. Dials that cannot be taken back come first. One that has rung long enough to be
  /// cancelled stays while the chance that its answer finds no agent is at most three times θ; then new ones
  /// are added while theirs is at most θ.
  private mutating func weigh(at now: Timestamp, into actions: inout [PacerAction]) {
    let threshold = threshold.value(budget)
    layOut(at: now)
    for index in floor.dials.indices {
      let dial = floor.dials[index]
      guard !dial.cancelling, mayTakeBack(dial, at: now) else { continue }
      let age = dial.age(at: now)
      let chances = Self.horizons.map { rings.answered(age: age, within: $0) }
      if added(chances, ever: max(1e-6, rings.answeredEver(age: age)))
        <= Self.cancelFactor * threshold
      {
        for j in shortages.indices { shortages[j].add(chances[j]) }
      } else {
        floor.markCancelling(at: index)
        actions.append(.cancel(dial.key))
      }
    }
    let chances = Self.horizons.map { rings.answered(age: 0, within: $0) }
    let ever = rings.answerRate
    let most = min(room, 3 * floor.agents.count + 3)
    var count = 0
    while count < most, added(chances, ever: ever) <= threshold {
      for j in shortages.indices { shortages[j].add(chances[j]) }
      count += 1
    }
    guard count > 0 else { return }
    floor.ordered += count
    actions.append(.dial(count, for: nil))
  }

  /// The law of agents taken, at each horizon, with the busy agents and the dials that cannot be cancelled.
  private mutating func layOut(at now: Timestamp) {
    let capacity = floor.agents.count - floor.waiting
    let terms = floor.agents.count + floor.dials.count + floor.ordered + 8
    for j in shortages.indices { shortages[j].reset(capacity: capacity, terms: terms) }
    for agent in floor.agents {
      let age = Double(now.microseconds - agent.since) / 1_000_000
      switch agent.phase {
      case .free, .gone: continue
      case .wrapUp:
        for j in shortages.indices { shortages[j].add(1 - returns.free(wrapUpAge: age, horizon: j)) }
      case .talking, .reserved:
        // Who is being connected begins to talk.
        let position = returns.talkPosition(agent.phase == .talking ? age : 0)
        for j in shortages.indices { shortages[j].add(1 - returns.free(afterTalkAt: position, horizon: j)) }
      }
    }
    for dial in floor.dials where !dial.cancelling && !mayTakeBack(dial, at: now) {
      let age = dial.age(at: now)
      for j in shortages.indices { shortages[j].add(rings.answered(age: age, within: Self.horizons[j])) }
    }
    if floor.ordered > 0 {
      for j in shortages.indices {
        let chance = rings.answered(age: 0, within: Self.horizons[j])
        for _ in 0..<floor.ordered { shortages[j].add(chance) }
      }
    }
  }

  /// The chance that the answer a dial brings finds no agent: the chance of a shortage at each horizon, weighed
  /// with the chance that the answer comes between it and the horizon before.
  private func added(_ chances: [Double], ever: Double) -> Double {
    var sum = 0.0
    var (answered, before) = (0.0, shortages[0].chance)
    for j in shortages.indices {
      let short = shortages[j].chance
      sum += (chances[j] - answered) * (short + before) / 2
      (answered, before) = (chances[j], short)
    }
    return sum / ever
  }
}
