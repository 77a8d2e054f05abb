public import Telephony

/// An agent who is on the phone for several customers at once, as he is passed from one attempt to another.
public struct AgentTicket: Sendable, Hashable {
  public var agent: MemberInterface
  /// The attempt whose leg he is on: `pz-<attempt>-a`, and the reason of his pause.
  public var leg: AttemptID
  public var channelName: String
  public var answeredAt: Timestamp

  public init(agent: MemberInterface, leg: AttemptID, channelName: String, answeredAt: Timestamp) {
    self.agent = agent
    self.leg = leg
    self.channelName = channelName
    self.answeredAt = answeredAt
  }
}
