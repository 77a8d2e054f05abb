public import Dialer

/// `mode` of a campaign, those that dial.
public enum DialingMode: String, Sendable, Hashable, Codable, CaseIterable {
  /// The agent's phone rings, then the customer's.
  case agentFirst = "agent_first"
  case preview, progressive, predictive
  /// An agent is kept free; his phone rings when the customer has answered.
  case clientFirst = "client_first"
  /// Lines instead of agents.
  case message

  /// How a pacer orders its dials; nil where they follow from who is free alone.
  public var pacing: PacerSettings.Mode? {
    switch self {
    case .preview: .preview
    case .progressive: .progressive
    case .predictive: .predictive
    case .agentFirst, .clientFirst, .message: nil
    }
  }

  /// How an attempt of the mode goes.
  var course: AttemptCourse {
    switch self {
    case .agentFirst, .preview, .progressive: .agentFirst
    case .clientFirst, .predictive: .clientFirst
    case .message: .message
    }
  }
}

extension PacerSettings.Mode {
  /// The mode of a campaign that is paced so.
  public var dialing: DialingMode {
    switch self {
    case .preview: .preview
    case .progressive: .progressive
    case .predictive: .predictive
    }
  }
}
