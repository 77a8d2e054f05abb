/// In which order an attempt brings the customer and a human together. `mode` of the campaign decides.
public enum AttemptCourse: String, Sendable, Hashable, Codable, CaseIterable {
  /// The agent is reserved and rung, then the customer is dialled.
  case agentFirst = "agent_first"
  /// The customer is dialled, for a reserved agent or for whoever is free, and sent on when he answers.
  case clientFirst = "client_first"
  /// The customer is dialled and hears a message.
  case message
}

/// A place in the dialplan.
public struct DialplanPlace: Sendable, Hashable, Codable {
  public var context: String
  /// Default `s`.
  public var exten: String

  public init(context: String, exten: String = "s") {
    self.context = context
    self.exten = exten
  }
}
