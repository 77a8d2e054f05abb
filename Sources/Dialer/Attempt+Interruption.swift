import Telephony

// What cuts an attempt short from outside: people, leases, links, the store, the clock.
extension Attempt {
  mutating func customerCalledIn(at now: Timestamp) -> [AttemptAction] {
    switch state {
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming:
      return part(
        Ending(.customerMissed, .superseded, "The customer called in himself before he was dialled"),
        media: plan.supersededMedia, at: now)
    case .dialing:
      record.customerResult = .cancelled
      return part(
        Ending(
          .customerMissed, .superseded,
          "The customer called in himself while his phone rang; our call to him was cancelled and not counted"
        ),
        media: plan.supersededMedia, at: now)
    case .handingOver, .sendingOn, .connecting, .talking, .settling, .wrapUp, .parting, .clearing, .ended:
      return []
    }
  }

  mutating func cancelled(by: String, at now: Timestamp) -> [AttemptAction] {
    switch state {
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming:
      return finish(Ending(.customerMissed, .cancelled, "Stopped by \(by)"), at: now)
    case .dialing:
      record.customerResult = .cancelled
      return finish(
        Ending(.customerMissed, .cancelled, "Stopped by \(by) while the customer's phone rang"), at: now)
    case .sendingOn, .connecting:
      return [
        .say("\(by) wanted to stop the callback; the customer has answered already, and is not cut off")
      ]
    case .handingOver, .talking:
      return [.say("\(by) wanted to stop the callback; the two talk already, and are left alone")]
    case .settling, .wrapUp, .parting, .clearing, .ended:
      return []
    }
  }

  mutating func leaseLost(at now: Timestamp) -> [AttemptAction] {
    disowned = true
    let why = "This instance lost its hold on \(record.pbx)"
    switch state {
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming:
      return finish(Ending(.agentMissed, .retry(.agentMissed), why), at: now)
    case .dialing:
      record.customerResult = .cancelled
      return finish(lostSight("\(why) while the customer's phone rang"), at: now)
    case .handingOver(.settingPeer):
      return dropped(why, coolDown: false, at: now)
    case .handingOver(.continuing), .sendingOn, .connecting, .talking, .settling:
      // Nobody of us may be there when the talk ends: a pause would outlast it. While he talks his phone is in
      // use, and no queue rings him.
      return release() + handOn("\(why); the call goes on")
    case .wrapUp:
      return finishTalk(at: now)
    case .parting:
      return partingOver(at: now)
    case .clearing, .ended:
      return []
    }
  }

  mutating func linkLost(_ link: PBXLink, at now: Timestamp) -> [AttemptAction] {
    if link == .ami { amiLost = true }
    let why = "The \(link == .ari ? "ARI" : "AMI") link to \(record.pbx) was lost"
    switch state {
    case .new, .reserving, .guarding, .offering:
      // Without AMI the queue cannot be watched, without ARI nobody can be rung.
      return finish(Ending(.agentMissed, .retry(.agentMissed), why), at: now)
    case .ringingAgent, .confirming:
      return link == .ami ? [] : finish(Ending(.agentMissed, .retry(.agentMissed), why), at: now)
    case .dialing:
      // A leg that answers into an inactive application is dropped by Asterisk: better not let it ring.
      if link == .ami { return [] }
      record.customerResult = .cancelled
      return finish(lostSight("\(why) while the customer's phone rang"), at: now)
    case .parting:
      return link == .ami ? [] : partingOver(at: now)
    case .handingOver, .sendingOn, .connecting, .talking, .settling, .wrapUp, .clearing, .ended:
      return []
    }
  }

  mutating func linkBack(_ link: PBXLink, at now: Timestamp) -> [AttemptAction] {
    if link == .ami { amiLost = false }
    switch state {
    case .clearing:
      return hangUps()
    case .handingOver, .sendingOn, .connecting, .talking, .settling, .ringingAgent, .confirming, .dialing:
      // Their end may have been missed.
      var actions: [AttemptAction] = []
      for party in [OurLeg.Party.agent, Self.line]
      where self[party].mayBeAlive && !self[party].originateOpen {
        self[party].asks = 0
        actions += ask(party)
      }
      return actions
    case .new, .reserving, .guarding, .offering, .wrapUp, .parting, .ended:
      return []
    }
  }

  mutating func pbxRestarted(at now: Timestamp) -> [AttemptAction] {
    // An originate under way may reach the new Asterisk: such a leg is hung up all the same.
    for party in [OurLeg.Party.agent, Self.line]
    where self[party].life != .none && !self[party].originateOpen {
      self[party].life = .gone
    }
    let why = "Asterisk was restarted"
    switch state {
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming:
      return finish(Ending(.agentMissed, .retry(.agentMissed), why), at: now)
    case .dialing:
      return finish(lostSight("\(why) while the customer's phone rang"), at: now)
    case .handingOver, .sendingOn, .connecting:
      return dropped(why, coolDown: false, at: now)
    case .talking:
      bridgeSeen = true
      return endTalk(agentEndedIt: false, at: now)
    case .settling:
      return beginWrapUp()
    case .wrapUp:
      return []
    case .parting:
      return partingOver(at: now)
    case .clearing:
      return clearingProgress(at: now)
    case .ended:
      return []
    }
  }

  mutating func deadlinePassed(at now: Timestamp) -> [AttemptAction] {
    let why = "The attempt ran past its deadline"
    switch state {
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming:
      return finish(Ending(.agentMissed, .retry(.agentMissed), why), immediately: true, at: now)
    case .dialing:
      record.customerResult = .cancelled
      return finish(
        lostSight("\(why) while the customer's phone rang"), immediately: true, at: now)
    case .handingOver, .sendingOn, .connecting:
      return finish(
        Ending(.dropped, .retry(.dropped), "\(why) before the customer was connected", charged: true),
        immediately: true, at: now)
    case .talking:
      // The legs have their own absolute timeout; only the books are closed.
      record.talkEndedAt = now
      agent.life = .taken
      customer.life = .taken
      return [.anomaly("a talk outlived its attempt")] + finishTalk(immediately: true, at: now)
    case .settling, .wrapUp:
      return finishTalk(immediately: true, at: now)
    case .parting(let ending):
      return finish(ending, immediately: true, at: now)
    case .clearing(let ending):
      return [.anomaly("legs were still being hung up at the deadline")] + end(ending, at: now)
    case .ended:
      return []
    }
  }

  mutating func writeFailed(
    _ phase: AttemptRecord.Phase, _ why: WriteFailure, at now: Timestamp
  ) -> [AttemptAction] {
    if why == .staleFence { disowned = true }
    switch phase {
    case .customer: return dialNotWritten(why, at: now)
    case .connected:
      guard case .handingOver = state else { return onwardNotWritten(why, at: now) }
      // With the database away the two are connected all the same: he has answered. With a stale fence the
      // other instance finds both legs waiting and connects them.
      if why == .staleFence { return handOn("\(Self.words(why)); the other instance connects the two") }
      return [.anomaly("the answer could not be written: \(Self.words(why))")] + beginHandOver()
    case .wrapUp:
      // The end carries it.
      return why == .staleFence && state == .wrapUp ? finishTalk(at: now) : []
    case .card:
      return cardNotWritten(why, at: now)
    case .agent where record.cardAcceptedAt != nil:
      return acceptanceNotWritten(why, at: now)
    case .agent, .ended:
      return [.anomaly("a write of phase \(phase.rawValue) failed that this attempt did not ask for")]
    }
  }

  /// The customer's originate was dropped with the write.
  private mutating func dialNotWritten(_ why: WriteFailure, at now: Timestamp) -> [AttemptAction] {
    if customer.seen { return [.anomaly("the dial was not written, yet the customer's channel was seen")] }
    customer.originateOpen = false
    customerWasNotDialled()
    switch state {
    case .dialing:
      return finish(
        Ending(
          .customerMissed, .retry(.agentMissed),
          "The customer was not dialled, because it could not be written down first: \(Self.words(why))"),
        at: now)
    case .clearing:
      return clearingProgress(at: now)
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming, .handingOver, .sendingOn,
      .connecting,
      .talking, .settling, .wrapUp,
      .parting, .ended:
      return []
    }
  }

  static func words(_ why: WriteFailure) -> String {
    switch why {
    case .staleFence: "another instance has taken over"
    case .storeDown: "the database is away"
    case .refused(let said): "the database refused it (\(cut(said)))"
    }
  }
}
