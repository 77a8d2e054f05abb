import CallPolicy
import CallTracking
import Dialer
import Telephony
import WebAPI

/// Taking a PBX over, giving it up, and setting right what somebody left behind.
extension SwitchboardMachine {
  mutating func won(_ fence: Int64, at now: Timestamp) {
    self.fence = fence
    adoption = .reading(attempts: nil, snapshotSeen: false)
    out.append(.notice(kind: "pbx", sentence: "this instance drives \(settings.pbx.name) now"))
    // What is still being cleared away from before is the books' again: no command of then may come after this.
    for id in attempts.keys.sorted() {
      attempts[id] = nil
      out.append(.dropRunner(id))
    }
    lineGroups = [:]
    agentsAt = [:]
    out.append(.loadLiveAttempts)
    if amiUp { out.append(.resynchronize) }
    wantJobs()
  }

  mutating func lost(at now: Timestamp) {
    guard fence != nil else { return }
    fence = nil
    adoption = .notNeeded
    askedTalks = []
    out.append(.notice(kind: "pbx", sentence: "this instance does not drive \(settings.pbx.name) any more"))
    for id in attempts.keys.sorted() { feed(id, .leaseLost, at: now) }
  }

  /// The books' live attempts of this PBX: after the lease was won, or after a claim of unknown fate.
  mutating func foundAttempts(_ found: [AdoptableAttempt], at now: Timestamp) {
    switch adoption {
    case .notNeeded: return
    case .reading(_, let seen):
      adoption = .reading(attempts: found, snapshotSeen: seen)
      adoptIfReady(at: now)
    case .asking, .done:
      let unknown = found.filter { attempt in
        let id = attempt.record.id
        return attempts[id] == nil && claiming[id] == nil && !askedTalks.contains(id)
      }
      takeOver(unknown, at: now)
    }
  }

  mutating func adoptIfReady(at now: Timestamp) {
    guard case .reading(let found?, true) = adoption, ariUp, amiUp else { return }
    adoption = .asking
    takeOver(found, at: now)
    hangUpStrays(but: Set(found.map(\.record.id) + found.compactMap(\.record.agentLeg)))
    if askedTalks.isEmpty { adoptionDone() }
  }

  private mutating func adoptionDone() {
    adoption = .done
    lastReconciledAt = nil
  }

  /// Adopts attempts at once, but for those whose customer may have talked and gone while nobody looked: of
  /// these the dialplan is asked first.
  private mutating func takeOver(_ found: [AdoptableAttempt], at now: Timestamp) {
    let unseen = found.filter { attempt in
      switch attempt.record.phase {
      case .customer, .connected: legs(of: attempt.record)[.customer(line: 1)] == nil
      case .agent, .card, .wrapUp, .ended: false
      }
    }
    let ids = Set(unseen.map(\.record.id))
    for attempt in found where !ids.contains(attempt.record.id) { adopt(attempt, talk: nil, at: now) }
    guard !unseen.isEmpty else { return }
    askedTalks.formUnion(ids)
    out.append(.askTalks(unseen))
  }

  mutating func toldTalks(
    _ found: [AdoptableAttempt], _ talks: [AttemptID: TalkRecord], at now: Timestamp
  ) {
    for attempt in found where askedTalks.remove(attempt.record.id) != nil {
      adopt(attempt, talk: talks[attempt.record.id], at: now)
    }
    if adoption == .asking, askedTalks.isEmpty { adoptionDone() }
  }

  private mutating func adopt(_ found: AdoptableAttempt, talk: TalkRecord?, at now: Timestamp) {
    guard let fence else { return }
    var record = found.record
    record.fence = fence
    var job = found.job ?? Self.placeholder(for: record)
    // The row counts this dial already; what follows from the attempt's end counts it again.
    if record.customerDialedAt != nil { job.attempts = max(0, job.attempts - 1) }
    guard let plan = plan(for: job, agent: record.agent, course: record.course, at: now) else {
      out.append(.anomaly("a live attempt has no dial string any more; it ends at its deadline"))
      return
    }
    if attempts[record.id] != nil { out.append(.dropRunner(record.id)) }
    let (machine, actions) = Attempt.adopt(
      record: record, plan: plan, alive: legs(of: record), talk: talk, at: now)
    attempts[record.id] = LiveAttempt(machine: machine, job: job)
    if found.record.phase == .card {
      out.append(.card(Self.news(record, .released, "The service was away", at: now)))
    }
    if let leg = agentLegTaken(by: record) { agentsAt[leg] = record.id }
    out.append(
      .notice(
        kind: "attempt", sentence: "\(job.number): attempt in phase \(record.phase.rawValue) is taken over"))
    carryOut(record.id, actions, at: now)
  }

  /// A line that got its agent has him on the leg of another attempt.
  private func isOurs(_ leg: OurLeg, of record: AttemptRecord) -> Bool {
    guard leg.party == .agent, record.agentLeg != nil else { return leg.attempt == record.id }
    return leg.attempt == agentLegTaken(by: record)
  }

  /// The attempt whose leg a line's agent is on; nil where the line has not got him.
  private func agentLegTaken(by record: AttemptRecord) -> AttemptID? {
    record.phase == .connected || record.phase == .wrapUp ? record.agentLeg : nil
  }

  /// Our legs of an attempt that live in this life of the PBX.
  private func legs(of record: AttemptRecord) -> [OurLeg.Party: LiveLeg] {
    guard let snapshot, record.pbxStartedAt == snapshot.startedAt else { return [:] }
    var legs: [OurLeg.Party: LiveLeg] = [:]
    for live in snapshot.channels {
      guard let leg = OurLeg(live.channel.id), isOurs(leg, of: record), !closedLegs.contains(live.channel.id)
      else { continue }
      legs[leg.party] = LiveLeg(
        channelName: live.channel.name, up: live.channel.state == .up, inStasis: live.application == "Stasis",
        bridged: live.bridge.map { bridge in
          snapshot.channels.contains { $0.bridge == bridge && $0.channel.id != live.channel.id }
        } ?? false)
      // Events have told more since: whoever is with another leg of the attempt is in the dialplan.
      let together = bridgeOf[live.channel.id].map { bridge in
        bridgeOf.contains {
          $0.value == bridge && $0.key != live.channel.id
            && OurLeg($0.key).map { isOurs($0, of: record) } ?? false
        }
      }
      if together == true {
        legs[leg.party]?.inStasis = false
        legs[leg.party]?.bridged = true
      }
    }
    return legs
  }

  /// A job whose row could not be read: enough to end its attempt.
  private static func placeholder(for record: AttemptRecord) -> Job {
    Job(
      id: record.job, campaign: record.campaign, number: record.number, customerName: "", source: .missedCall,
      state: .working, reason: "", createdAt: record.startedAt, firstMissedAt: record.startedAt,
      missedCount: 1,
      priority: 0, owner: nil, dueAt: record.startedAt, expiresAt: record.startedAt, attempts: record.n,
      queue: record.queue, pbx: record.pbx, heldOut: false)
  }

  /// Channels of ours without a live attempt, that talk with nobody.
  private mutating func hangUpStrays(but known: Set<AttemptID>) {
    guard let snapshot else { return }
    for live in snapshot.channels where live.bridge == nil {
      guard let leg = OurLeg(live.channel.id), attempts[leg.attempt] == nil, claiming[leg.attempt] == nil,
        !known.contains(leg.attempt)
      else { continue }
      out.append(.anomaly("a channel of ours without a live attempt is hung up"))
      out.append(.command(.hangUp(live.channel.id, .normalClearing)))
    }
  }

  /// Members still paused by an attempt that does not live any more are let go.
  mutating func reconcile(at now: Timestamp) {
    guard adoption == .done, amiUp,
      lastReconciledAt.map({ now - $0 >= SwitchboardSettings.reconcileEvery }) ?? true
    else { return }
    lastReconciledAt = now
    for (id, held) in unsettled
    where now - held.since > SwitchboardSettings.unsettledMax
      && liveLegs[OurLeg(attempt: id, party: .customer(line: 1)).channel] == nil
    {
      out.append(.anomaly("no call came into the books of an attempt that was connected"))
      release(id)
    }
    var done: Set<MemberInterface> = []
    for member in seats.map(\.member) where member.paused {
      guard member.pausedReason.hasPrefix("pz:"), done.insert(member.interface).inserted,
        turnHolds[member.interface] == nil
      else { continue }
      let id = AttemptID(member.pausedReason.dropFirst(3))
      if let id, attempts[id] != nil || claiming[id] != nil || agentsAt[id] != nil { continue }
      out.append(
        .notice(
          kind: "pbx",
          sentence: "\(member.interface) was still paused by an attempt that is over; he is let go"))
      out.append(.command(.pauseMember(member.interface, queue: nil, paused: false, reason: "")))
    }
  }
}
