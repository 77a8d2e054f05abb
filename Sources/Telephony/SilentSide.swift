/// From whose telephone no sound came although the two were connected.
public enum SilentSide: String, Sendable, Hashable, Codable {
  case agent, customer, both

  /// Nil where both were heard.
  public init?(agent: Bool, customer: Bool) {
    switch (agent, customer) {
    case (true, true): self = .both
    case (true, false): self = .agent
    case (false, true): self = .customer
    case (false, false): return nil
    }
  }
}
