import CallPolicy
import CallTracking
import Dialer
import Telephony

/// Whose turn it is when an agent becomes free. app_queue gives him to the caller at its head within a millisecond; a
/// customer who gave up his place for a callback and came before that caller would never be called. So an agent who is
/// still in a talk is paused for him beforehand, and is rung for the callback when that talk is over.
extension SwitchboardMachine {
  /// The reason of such a pause.
  static let turnReason = "pz:turn"

  /// After a round: keeps one agent of a queue for the callback whose turn is next, lets go of him where none is.
  mutating func keepTurns(_ due: [DueJob], at now: Timestamp) {
    var wanted: Set<QueueName> = []
    for job in due {
      guard let queue = turnQueue(of: job) else { continue }
      wanted.insert(queue)
    }
    for (agent, queue) in turnHolds where !wanted.contains(queue) { endTurn(of: agent) }
    for queue in wanted.sorted() where !turnHolds.values.contains(queue) {
      guard let agent = nextFree(in: queue, at: now) else { continue }
      turnHolds[agent] = queue
      out.append(.command(.pauseMember(agent, queue: nil, paused: true, reason: Self.turnReason)))
      out.append(
        .notice(
          kind: "job",
          sentence: "\(agent) is kept for a callback of \(queue) whose turn is next, after his talk"))
    }
  }

  /// The queue in which a callback's turn comes before that of everybody who waits; nil where nobody waits, somebody who
  /// came before does, or the customer did not give up a place.
  private func turnQueue(of due: DueJob) -> QueueName? {
    guard let job = jobs.first(where: { $0.id == due.id }), job.source == .requested,
      let queue = settings.dialing[job.campaign]?.agentQueue, onLine[job.number] == nil,
      settings.policy.settings.campaign(named: job.campaign)?.mode == .agentFirst,
      let first = (tracker.queue(queue)?.waiting ?? []).map(\.since).min(), job.firstMissedAt < first
    else { return nil }
    return queue
  }

  /// Who has been in his talk longest; nil where somebody is free, for then nobody need be kept.
  private func nextFree(in queue: QueueName, at now: Timestamp) -> MemberInterface? {
    let seats = candidates(at: now).filter { $0.seat.queue == queue }
    if seats.contains(where: { $0.availability(at: now) == .free }) { return nil }
    let talking = seats.filter { candidate in
      let isTalking = candidate.seat.status == .inUse || candidate.seat.status == .busy
      return isTalking && !candidate.seat.paused && !candidate.reserved
    }
    let since = Dictionary(
      (tracker.queue(queue)?.members ?? []).map { ($0.member.interface, $0.since) }
    ) { first, _ in first }
    return talking.map(\.seat.interface).min {
      (since[$0] ?? now, $0) < (since[$1] ?? now, $1)
    }
  }

  /// He is nobody's any more. One whom an attempt has taken over is left to it.
  mutating func endTurn(of agent: MemberInterface) {
    guard turnHolds.removeValue(forKey: agent) != nil else { return }
    let taken = attempts.values.map(\.machine.record.agent) + claiming.values.map(\.record.agent)
    guard !taken.contains(agent) else { return }
    out.append(.command(.pauseMember(agent, queue: nil, paused: false, reason: "")))
  }

  /// A seat as the dispatch sees it: our own pause for a callback's turn is none.
  func withoutTurn(_ seat: QueueMember) -> QueueMember {
    guard turnHolds[seat.interface] != nil, seat.paused, seat.pausedReason == Self.turnReason else {
      return seat
    }
    var seat = seat
    seat.paused = false
    seat.pausedReason = ""
    return seat
  }
}
