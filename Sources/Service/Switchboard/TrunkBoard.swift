import Telephony

/// Which ways to the network of one PBX work and which do not, as Asterisk told it since the start. Pure.
struct TrunkBoard: Sendable, Equatable {
  /// Registrations and peers that are kept, at most.
  static let namesMax = 1_000

  /// Asterisk's last word on each, by name. Of one that it was silent about nothing is known.
  private var known: [String: TrunkState] = [:]

  mutating func take(_ state: TrunkState) {
    guard state.isUp != nil, known.count < Self.namesMax || known[state.name] != nil else { return }
    known[state.name] = state
  }

  /// Registrations, and those peers that the dial string of the PBX goes through.
  func trunks(dial: String) -> [TrunkState] {
    let used = Set(dial.split { "/@".contains($0) }.dropFirst().map(String.init))
    return known.values.filter { $0.isRegistration || used.contains($0.name) }.sorted { $0.name < $1.name }
  }
}
