import Telephony

/// Preview: which agents wait for a card, and which cards they did not want. Kept in memory: an agent's page asks again
/// within seconds.
struct CardDesk: Equatable {
  /// So long a request for a card stands; the page repeats it while it is open. Default 45 s.
  static let askStands = Duration.seconds(45)
  /// Who declined a card is not shown it again for so long. Default 30 min.
  static let declineRests = Duration.seconds(30 * 60)
  /// Declined cards remembered, at most; the next forgets the one that is over soonest. Default 10,000.
  static let declinedMax = 10_000

  /// Until when each request stands.
  var asked: [MemberInterface: Timestamp] = [:]
  /// Until when each agent is not shown a job's card again.
  private(set) var declined: [JobID: [MemberInterface: Timestamp]] = [:]

  mutating func decline(_ job: JobID, by agent: MemberInterface, at now: Timestamp) {
    declined = declined.compactMapValues { agents in
      let still = agents.filter { $0.value > now }
      return still.isEmpty ? nil : still
    }
    if declined.count >= Self.declinedMax, declined[job] == nil {
      let soonest = declined.min { ($0.value.values.max() ?? now) < ($1.value.values.max() ?? now) }
      if let soonest { declined[soonest.key] = nil }
    }
    declined[job, default: [:]][agent] = now + Self.declineRests
  }
}
