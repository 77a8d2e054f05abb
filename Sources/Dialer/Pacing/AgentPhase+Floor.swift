public import Telephony

extension AgentPhase {
  /// The agents of a queue in the eyes of a pacer. Who is paused, out of reach or cooling down is not counted on;
  /// one who is busy with anything else will become free.
  ///
  /// - Parameters:
  ///   - seats: all of the floor.
  ///   - held: agents whom a live attempt has, with what they do there; one whose own line still rings is `free`.
  ///   - keepsFree: so many of the free ones, the last by name, are left to callers and not counted on.
  public static func of(
    _ queue: QueueName, seats: [AgentCandidate], held: [MemberInterface: AgentPhase], keepsFree: Int = 0,
    at now: Timestamp
  ) -> [MemberInterface: AgentPhase] {
    let roster = AgentRoster(seats, at: now)
    var phases: [MemberInterface: AgentPhase] = [:]
    for interface in roster.members(of: queue) {
      guard let agent = roster.agents[interface] else { continue }
      let phase = held[interface] ?? agent.phase
      if phase != .gone { phases[interface] = phase }
    }
    if keepsFree > 0 {
      let free = phases.filter { $0.value == .free && held[$0.key] == nil }.keys.sorted()
      for interface in free.suffix(keepsFree) { phases[interface] = nil }
    }
    return phases
  }
}

extension AgentRoster.Agent {
  fileprivate var phase: AgentPhase {
    switch availability {
    case .free: .free
    case .reserved: .reserved
    case .paused, .offline, .cooling: .gone
    case .wrappingUp: .wrapUp
    case .busy:
      // His phone rings for the queue: he talks in a moment, or is free again.
      seats.values.contains { $0.seat.status == .ringing } ? .reserved : .talking
    }
  }
}
