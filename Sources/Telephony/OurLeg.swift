/// A channel the service makes, told by its id: `pz-<attempt>-a` for the agent, `pz-<attempt>-c` for the
/// customer, `-c2`, `-c3` … where several lines are dialled at once.
///
/// A Local channel that Asterisk makes for one of ours carries the same id with `;1` and `;2` behind it,
/// or the id given in `otherChannelId`.
public struct OurLeg: Sendable, Hashable {
  /// Whose phone the leg rings.
  public enum Party: Sendable, Hashable {
    case agent
    /// The n-th line to the customer, from 1.
    case customer(line: Int)
  }

  public let attempt: AttemptID
  public let party: Party

  public init(attempt: AttemptID, party: Party) {
    self.attempt = attempt
    self.party = party
  }

  /// Lines that one attempt may dial at once, at most.
  public static let linesMax = 9

  public var channel: ChannelID {
    switch party {
    case .agent: ChannelID("pz-\(attempt)-a")
    case .customer(let line): ChannelID(line == 1 ? "pz-\(attempt)-c" : "pz-\(attempt)-c\(line)")
    }
  }

  /// Nil where the channel is not one of ours.
  public init?(_ channel: ChannelID) {
    let text = channel.rawValue
    guard text.utf8.count >= 41, text.hasPrefix("pz-") else { return nil }
    let body = text.dropFirst(3)
    guard let attempt = AttemptID(body.prefix(36)) else { return nil }
    let suffix = body.dropFirst(36).split(separator: ";", maxSplits: 1).first ?? ""
    if suffix == "-a" {
      self.init(attempt: attempt, party: .agent)
    } else if suffix == "-c" {
      self.init(attempt: attempt, party: .customer(line: 1))
    } else if suffix.hasPrefix("-c"), let line = Int(suffix.dropFirst(2)), (2...Self.linesMax).contains(line)
    {
      self.init(attempt: attempt, party: .customer(line: line))
    } else {
      return nil
    }
  }
}
