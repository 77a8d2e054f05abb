public import Telephony

/// Whom to give a callback to.
public struct AgentChoice: Sendable, Hashable {
  /// `choose` in the configuration. Ties go to who has been idle longest, then by name.
  public enum Strategy: String, Sendable, Hashable, Codable, CaseIterable {
    case longestIdle = "longest_idle"
    case fewestCalls = "fewest_calls"
    case penalty
  }

  public enum Verdict: Sendable, Hashable {
    /// His seat in the wanted queue.
    case agent(AgentCandidate)
    /// The job's own agent is not free, and its time has not run out.
    case waitForSticky(MemberInterface, until: Timestamp)
    /// Nobody; `reason` tells how many there are and why not, `until` when a known time runs out.
    case none(reason: String, until: Timestamp?)
  }

  /// Default `longestIdle`.
  public var strategy: Strategy
  /// How long from `dueAt` a job waits for its owner. Default 20 s.
  public var stickyWait: Duration

  public init(strategy: Strategy = .longestIdle, stickyWait: Duration = .seconds(20)) {
    self.strategy = strategy
    self.stickyWait = stickyWait
  }

  /// The agent for a job: its owner if he is free, else the best by `strategy`. `seats`: all of the floor.
  /// An interface with seats in several queues is one agent: he is free only if every seat says so, since a
  /// pause of ours would cover them all.
  public func choose(
    in queue: QueueName, owner: MemberInterface?, dueAt: Timestamp, seats: [AgentCandidate],
    at now: Timestamp
  ) -> Verdict {
    let roster = AgentRoster(seats, at: now)
    return choose(
      in: queue, owner: owner, dueAt: dueAt, roster: roster, free: roster.free(in: queue, by: strategy),
      taken: [], at: now)
  }

  /// As above for many jobs: `free` is sorted already, `taken` went to other jobs of the same round.
  func choose(
    in queue: QueueName, owner: MemberInterface?, dueAt: Timestamp, roster: AgentRoster,
    free: [MemberInterface], taken: Set<MemberInterface>, at now: Timestamp
  ) -> Verdict {
    if let owner, let agent = roster.agents[owner], let seat = agent.seats[queue] {
      let mayCome: Bool
      switch agent.availability {
      case .free:
        if !taken.contains(owner) { return .agent(seat) }
        mayCome = true
      case .reserved, .paused, .busy, .wrappingUp: mayCome = true
      // He is not there, or has just let a callback ring: waiting for him helps nobody.
      case .offline, .cooling: mayCome = false
      }
      let until = dueAt + stickyWait
      if mayCome, now < until { return .waitForSticky(owner, until: until) }
    }
    if let next = free.first(where: { !taken.contains($0) }), let seat = roster.agents[next]?.seats[queue] {
      return .agent(seat)
    }
    let why = roster.whyNobody(in: queue, taken: taken)
    return .none(reason: why.reason, until: why.until)
  }
}
