/// How a way to the network stands, as Asterisk tells it.
public struct TrunkState: Sendable, Hashable, Codable {
  /// A registration of this Asterisk at a provider; otherwise a peer that is asked whether it is there.
  public var isRegistration: Bool
  /// `sip:user@provider.example`, or the name of an endpoint without its technology.
  public var name: String
  /// Asterisk's word: `Registered`, `Rejected`, `Reachable`, `Unreachable` …
  public var word: String

  public init(isRegistration: Bool, name: String, word: String) {
    self.isRegistration = isRegistration
    self.name = name
    self.word = word
  }

  /// False where calls cannot go this way; nil where the word says neither: `Request Sent`, `Removed`.
  public var isUp: Bool? {
    switch word {
    case "Registered", "Reachable", "Created", "Updated", "Lagged": true
    case "Rejected", "Failed", "Timeout", "Stopped", "Unreachable", "Unregistered", "No Authentication": false
    default: nil
    }
  }
}
