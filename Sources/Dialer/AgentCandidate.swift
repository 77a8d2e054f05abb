public import Telephony

/// One agent's seat in one queue, with what the service knows beside what the queue says.
public struct AgentCandidate: Sendable, Hashable {
  public var seat: QueueMember
  /// Since when his phone has been "not in use"; nil where not known.
  public var freeSince: Timestamp?
  /// He missed or declined a call of ours: not before this.
  public var coolingUntil: Timestamp?
  /// A live attempt has him.
  public var reserved: Bool
  /// When his last attempt of ours ended.
  public var lastAttemptEndedAt: Timestamp?

  public init(
    seat: QueueMember, freeSince: Timestamp? = nil, coolingUntil: Timestamp? = nil, reserved: Bool = false,
    lastAttemptEndedAt: Timestamp? = nil
  ) {
    self.seat = seat
    self.freeSince = freeSince
    self.coolingUntil = coolingUntil
    self.reserved = reserved
    self.lastAttemptEndedAt = lastAttemptEndedAt
  }
}

/// Whether an agent can be taken now, and if not, why. In order of what is told first.
public enum AgentAvailability: Sendable, Hashable {
  case free
  /// Another attempt has him.
  case reserved
  /// By anybody, in any of his queues.
  case paused
  /// Unavailable, invalid.
  case offline
  /// Ringing, talking, on hold.
  case busy
  /// app_queue's wrap-up time.
  case wrappingUp(until: Timestamp)
  case cooling(until: Timestamp)
}

extension AgentCandidate {
  /// By this seat alone; an agent with several seats is free only if all of them are.
  public func availability(at now: Timestamp) -> AgentAvailability {
    AgentRoster.availability(of: self, at: now)
  }
}
