import Telephony

/// All seats of a floor, folded into agents: one for each interface. Built once a round.
struct AgentRoster {
  /// One agent, as all his seats together show him.
  struct Agent {
    var availability: AgentAvailability
    var calls: Int
    /// Nil where he was never seen busy: idle longest of all.
    var idleSince: Timestamp?
    var seats: [QueueName: AgentCandidate]
  }

  private(set) var agents: [MemberInterface: Agent] = [:]
  private var interfaces: [QueueName: [MemberInterface]] = [:]

  init(_ seats: [AgentCandidate], at now: Timestamp) {
    for candidate in seats {
      let interface = candidate.seat.interface
      let availability = Self.availability(of: candidate, at: now)
      let busyUntil = [candidate.freeSince, candidate.lastAttemptEndedAt, candidate.seat.lastCallAt]
        .compactMap { $0 }.max()
      if var agent = agents[interface] {
        agent.availability = Self.worse(agent.availability, availability)
        agent.calls += candidate.seat.callsTaken
        agent.idleSince = [agent.idleSince, busyUntil].compactMap { $0 }.max()
        if agent.seats.updateValue(candidate, forKey: candidate.seat.queue) == nil {
          interfaces[candidate.seat.queue, default: []].append(interface)
        }
        agents[interface] = agent
      } else {
        agents[interface] = Agent(
          availability: availability, calls: candidate.seat.callsTaken, idleSince: busyUntil,
          seats: [candidate.seat.queue: candidate])
        interfaces[candidate.seat.queue, default: []].append(interface)
      }
    }
  }

  func members(of queue: QueueName) -> [MemberInterface] { interfaces[queue] ?? [] }

  /// The free agents of a queue, best first.
  func free(in queue: QueueName, by strategy: AgentChoice.Strategy) -> [MemberInterface] {
    members(of: queue)
      .filter { agents[$0]?.availability == .free }
      .map { rank($0, in: queue, by: strategy) }
      .sorted()
      .map(\.name)
  }

  private struct Rank: Comparable {
    var first: Int
    var idleSince: Int64
    var name: MemberInterface

    static func < (a: Rank, b: Rank) -> Bool {
      (a.first, a.idleSince, a.name) < (b.first, b.idleSince, b.name)
    }
  }

  private func rank(
    _ interface: MemberInterface, in queue: QueueName, by strategy: AgentChoice.Strategy
  ) -> Rank {
    guard let agent = agents[interface] else { return Rank(first: .max, idleSince: .max, name: interface) }
    let first =
      switch strategy {
      case .longestIdle: 0
      case .fewestCalls: agent.calls
      case .penalty: agent.seats[queue]?.seat.penalty ?? 0
      }
    return Rank(first: first, idleSince: agent.idleSince?.microseconds ?? .min, name: interface)
  }

  /// Why nobody of a queue is free, in words, and when the clock alone changes that.
  func whyNobody(in queue: QueueName, taken: Set<MemberInterface>) -> (reason: String, until: Timestamp?) {
    let members = members(of: queue)
    if members.isEmpty { return ("The queue \(queue) has no agents", nil) }
    var counts: [Int] = Array(repeating: 0, count: Self.words.count)
    var until: Timestamp?
    for interface in members {
      guard let agent = agents[interface] else { continue }
      switch agent.availability {
      case .free: if taken.contains(interface) { counts[0] += 1 }
      case .reserved: counts[0] += 1
      case .paused: counts[1] += 1
      case .offline: counts[2] += 1
      case .busy: counts[3] += 1
      case .wrappingUp(let end):
        counts[4] += 1
        until = min(until ?? end, end)
      case .cooling(let end):
        counts[5] += 1
        until = min(until ?? end, end)
      }
    }
    let parts = zip(counts, Self.words).filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return ("No agent of the queue \(queue) is free: \(parts.joined(separator: ", "))", until)
  }

  private static let words = [
    "taken by other callbacks", "paused", "out of reach", "busy", "in wrap-up",
    "left alone after a missed callback",
  ]

  static func availability(of candidate: AgentCandidate, at now: Timestamp) -> AgentAvailability {
    let seat = candidate.seat
    if candidate.reserved { return .reserved }
    if seat.paused { return .paused }
    if seat.status == .unavailable || seat.status == .invalid { return .offline }
    if !seat.status.mayBeRung || seat.inCall { return .busy }
    if let last = seat.lastCallAt, last + seat.wrapUp > now { return .wrappingUp(until: last + seat.wrapUp) }
    if let until = candidate.coolingUntil, until > now { return .cooling(until: until) }
    return .free
  }

  /// Of two seats of one agent, what keeps him longer.
  private static func worse(_ a: AgentAvailability, _ b: AgentAvailability) -> AgentAvailability {
    switch (a, b) {
    case (.wrappingUp(let x), .wrappingUp(let y)): .wrappingUp(until: max(x, y))
    case (.cooling(let x), .cooling(let y)): .cooling(until: max(x, y))
    default: severity(a) >= severity(b) ? a : b
    }
  }

  private static func severity(_ availability: AgentAvailability) -> Int {
    switch availability {
    case .free: 0
    case .cooling: 1
    case .wrappingUp: 2
    case .busy: 3
    case .offline: 4
    case .paused: 5
    case .reserved: 6
    }
  }
}
