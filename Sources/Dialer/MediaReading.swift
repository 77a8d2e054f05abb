/// RTP packets that have come from the two telephones of an attempt, each since its channel was made.
///
/// Nil: nobody can tell, as with a channel that is not PJSIP or media that goes past Asterisk. It is no sign of
/// anything.
public struct MediaReading: Sendable, Hashable {
  public var agent: Int?
  public var customer: Int?

  public init(agent: Int?, customer: Int?) {
    self.agent = agent
    self.customer = customer
  }
}
