/// The last stage an inbound call reached before it was lost.
public enum LostAt: String, Sendable, Hashable, Codable, CaseIterable {
  case trunk, greeting, ivr, queue, ring, transfer
  case afterHours = "after_hours"
  case other
}

/// How the caller's presence ended.
public enum Ending: String, Sendable, Hashable, Codable, CaseIterable {
  case callerHungUp = "caller_hung_up"
  case timeout
  case queueEmpty = "queue_empty"
  case queueFull = "queue_full"
  case key
  case withdrawn
  case agentCollision = "agent_collision"
  case callbackRequested = "callback_requested"
  case voicemail
  case pbx
}

/// Where a job came from.
public enum JobSource: String, Sendable, Hashable, Codable, CaseIterable {
  case missedCall = "missed_call"
  case requested, promised, api, contact
}

/// Where a job stands. `waiting` and `working` are open; the others are final.
public enum JobState: String, Sendable, Hashable, Codable, CaseIterable {
  case waiting, working, succeeded, recovered, exhausted, expired, excluded, cancelled, failed

  public var isOpen: Bool { self == .waiting || self == .working }
}

/// What the agent's phone did in an attempt.
public enum AgentResult: String, Sendable, Hashable, Codable, CaseIterable {
  case answered
  case noAnswer = "no_answer"
  case declined
  case none
}

/// What the customer's phone did in an attempt.
public enum CustomerResult: String, Sendable, Hashable, Codable, CaseIterable {
  case answered, busy
  case noAnswer = "no_answer"
  case congestion, machine, invalid, cancelled
  /// He was not dialled.
  case none
}

/// How an attempt ended.
public enum AttemptOutcome: String, Sendable, Hashable, Codable, CaseIterable {
  /// A human agent and the customer talked for `success_after` or more.
  case conversation
  case noConversation = "no_conversation"
  case customerMissed = "customer_missed"
  case agentMissed = "agent_missed"
  case dropped
  /// The customer listened to a message for `success_after` or more.
  case delivered
  /// The service lost sight of it; it counts as a call that was placed.
  case unknown
}

/// Who began a call, seen from the company.
public enum CallDirection: String, Sendable, Hashable, Codable, CaseIterable {
  case inbound, outbound, `internal`
}

/// The rung of the retry ladder a failed attempt stands on. The keys of `retry` in a campaign.
public enum RetryCause: String, Sendable, Hashable, Codable, CaseIterable {
  case busy
  case noAnswer = "no_answer"
  case congestion, machine
  case agentMissed = "agent_missed"
  case dropped
}
