/// One of our legs as a snapshot shows it, for adoption after a restart.
public struct LiveLeg: Sendable, Hashable {
  /// `PJSIP/101-00000012`.
  public var channelName: String
  /// Answered.
  public var up: Bool
  /// In our Stasis application, waiting for us.
  public var inStasis: Bool
  /// In a bridge with another channel.
  public var bridged: Bool

  public init(channelName: String, up: Bool, inStasis: Bool, bridged: Bool) {
    self.channelName = channelName
    self.up = up
    self.inStasis = inStasis
    self.bridged = bridged
  }
}
