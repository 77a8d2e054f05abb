import Telephony

/// How an attempt is going to end, kept while its legs are being cleared away.
struct Ending: Sendable, Hashable {
  var outcome: AttemptOutcome
  var next: AttemptEnd.Next
  var sentence: String
  var charged: Bool
  var redialGap: Duration
  var coolDown: Bool
  var silent: SilentSide?

  init(
    _ outcome: AttemptOutcome, _ next: AttemptEnd.Next, _ sentence: String, charged: Bool = false,
    redialGap: Duration = .zero, coolDown: Bool = false, silent: SilentSide? = nil
  ) {
    self.outcome = outcome
    self.next = next
    self.sentence = sentence
    self.charged = charged
    self.redialGap = redialGap
    self.coolDown = coolDown
    self.silent = silent
  }
}

extension Attempt {
  /// Hangs up what is ours, lets go of the agent, and ends when every leg is known to be gone; `immediately`:
  /// at once.
  mutating func finish(
    _ ending: Ending, immediately: Bool = false, at now: Timestamp
  ) -> [AttemptAction] {
    let actions = hangUps() + release()
    if immediately || !(agent.mayBeAlive || customer.mayBeAlive) { return actions + end(ending, at: now) }
    state = .clearing(ending)
    clearings = 1
    return actions + [.startTimer(.hangUpAgain, after: AttemptLimits.hangUpAgain)]
  }

  /// As `finish`, but the agent hears a last message first, where there is one and he is there to hear it.
  mutating func part(_ ending: Ending, media: String?, at now: Timestamp) -> [AttemptAction] {
    // Other customers' phones ring for him.
    if linesOpen, state == .dialing, agent.life == .up { return passOn() + finish(ending, at: now) }
    guard let media, agent.life == .up else { return finish(ending, at: now) }
    let ringing = state == .dialing
    state = .parting(ending)
    return (customer.mayBeAlive ? [hangUp(Self.line)] : [])
      + (ringing ? [.command(.stopRinging, .stopRinging(channel(.agent)))] : stopAnnouncement)
      + [
        .command(.parting, .play(channel(.agent), playback: partingPlayback, media: [media])),
        .startTimer(.parting, after: AttemptLimits.partingMax),
      ]
  }

  var partingPlayback: String { "pz-\(record.id)-parting" }

  mutating func partingOver(at now: Timestamp) -> [AttemptAction] {
    guard case .parting(let ending) = state else { return [] }
    return finish(ending, at: now)
  }

  mutating func partingAnswered(_ outcome: CommandOutcome, at now: Timestamp) -> [AttemptAction] {
    switch outcome {
    case .done, .alreadyLive, .unknown: []
    case .refused, .notFound, .notSent: partingOver(at: now)
    }
  }

  /// Unpauses the agent, once, and only while the pause is ours.
  mutating func release() -> [AttemptAction] {
    switch hold {
    case .none, .takenOver, .released: return []
    case .requested, .held:
      hold = .released
      guard let member = record.agent else { return [] }
      return [.command(.release, .pauseMember(member, queue: nil, paused: false, reason: reason))]
    }
  }

  mutating func hangUps() -> [AttemptAction] {
    (customer.mayBeAlive ? [hangUp(Self.line)] : []) + (agent.mayBeAlive ? [hangUp(.agent)] : [])
  }

  private mutating func hangUp(_ party: OurLeg.Party) -> AttemptAction {
    if self[party].originateOpen { self[party].earlyHangUps += 1 }
    return .command(
      party == .agent ? .hangUpAgent : .hangUpCustomer, .hangUp(channel(party), .normalClearing))
  }

  mutating func end(_ ending: Ending, at now: Timestamp) -> [AttemptAction] {
    state = .ended
    record.phase = .ended
    record.endedAt = now
    record.outcome = ending.outcome
    return [
      .ended(
        AttemptEnd(
          record: record, next: ending.next, charged: ending.charged && record.customerDialedAt != nil,
          redialGap: ending.redialGap, coolDownAgent: ending.coolDown, disowned: disowned,
          silent: ending.silent, trunk: trunk, sentence: ending.sentence))
    ]
  }

  /// Forgets an attempt that goes on without us, and touches nothing.
  mutating func handOn(_ sentence: String) -> [AttemptAction] {
    state = .ended
    return [
      .ended(
        AttemptEnd(record: record, next: .handedOn, charged: false, disowned: true, sentence: sentence))
    ]
  }

  // While legs are being hung up.

  mutating func hangUpAnswered(
    _ party: OurLeg.Party, _ outcome: CommandOutcome, at now: Timestamp
  ) -> [AttemptAction] {
    switch outcome {
    case .done, .alreadyLive:
      // Asterisk has taken note of it. The leg is gone with its own event, or when the next hang-up finds nothing:
      // until then the same phone must not be rung again.
      return []
    case .notFound:
      // The originate may still have been under way: its outcome, and the next hang-up, decide.
      if self[party].earlyHangUps > 0 {
        self[party].earlyHangUps -= 1
        return []
      }
      self[party].life = .gone
    case .refused, .notSent, .unknown:
      // `hangUpAgain` comes back to it.
      return []
    }
    return clearingProgress(at: now)
  }

  mutating func clearingProgress(at now: Timestamp) -> [AttemptAction] {
    guard case .clearing(let ending) = state, !agent.mayBeAlive, !customer.mayBeAlive else { return [] }
    return end(ending, at: now)
  }

  mutating func hangUpAgain(at now: Timestamp) -> [AttemptAction] {
    guard case .clearing(let ending) = state else { return [] }
    clearings += 1
    if clearings > AttemptLimits.hangUpsMax {
      return [.anomaly("a leg could not be hung up in \(Self.seconds(AttemptLimits.clearing))")]
        + end(ending, at: now)
    }
    return hangUps() + [.startTimer(.hangUpAgain, after: AttemptLimits.hangUpAgain)]
  }

  /// The outcome of an originate whose leg we have given up in the meantime.
  mutating func originateAnsweredLate(
    _ party: OurLeg.Party, _ outcome: CommandOutcome, at now: Timestamp
  ) -> [AttemptAction] {
    switch outcome {
    case .done, .alreadyLive, .unknown:
      return self[party].mayBeAlive ? [hangUp(party)] : []
    case .refused, .notFound, .notSent:
      if self[party].seen { return [] }
      self[party].life = .gone
      if party == Self.line { customerWasNotDialled() }
      return clearingProgress(at: now)
    }
  }

  /// Known only now: the dial that was written was never made.
  mutating func customerWasNotDialled() {
    customer.life = .gone
    record.customerDialedAt = nil
    if record.customerResult == .cancelled || record.customerResult == .noAnswer {
      record.customerResult = .none
    }
    func corrected(_ ending: Ending) -> Ending {
      var corrected = ending
      corrected.charged = false
      corrected.redialGap = .zero
      if ending.outcome == .unknown { corrected.outcome = .customerMissed }
      return corrected
    }
    switch state {
    case .parting(let ending): state = .parting(corrected(ending))
    case .clearing(let ending): state = .clearing(corrected(ending))
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming, .dialing, .handingOver,
      .sendingOn,
      .connecting, .talking, .settling,
      .wrapUp, .ended:
      break
    }
  }

  /// A phone was picked up in the instant we gave it up.
  mutating func answeredTooLate(_ party: OurLeg.Party, at now: Timestamp) -> [AttemptAction] {
    if party == Self.line { noteAnsweredTooLate() }
    return [hangUp(party)]
  }

  /// The customer took the call in the instant it was given up: for him it was one that nobody spoke on.
  mutating func noteAnsweredTooLate() {
    func dropped(_ ending: Ending) -> Ending {
      guard record.customerResult != .answered else { return ending }
      record.customerResult = .answered
      var ending = ending
      ending.outcome = .dropped
      ending.charged = true
      if case .retry = ending.next { ending.next = .retry(.dropped) }
      ending.sentence += ". The customer answered in that instant and was hung up"
      return ending
    }
    switch state {
    case .parting(let ending): state = .parting(dropped(ending))
    case .clearing(let ending): state = .clearing(dropped(ending))
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming, .dialing, .handingOver,
      .sendingOn,
      .connecting, .talking, .settling,
      .wrapUp, .ended:
      break
    }
  }
}
