import Telephony

/// Which ways to the network of one PBX do not work, as Asterisk told it since the start. Pure.
struct TrunkBoard: Sendable, Equatable {
  /// Registrations and peers that are kept, at most.
  static let namesMax = 1_000

  /// Asterisk's word on those that are down, by name.
  private(set) var down: [String: TrunkState] = [:]

  mutating func take(_ state: TrunkState) {
    switch state.isUp {
    case true?: down[state.name] = nil
    case false?: if down.count < Self.namesMax || down[state.name] != nil { down[state.name] = state }
    case nil: break
    }
  }

  /// Registrations, and those peers that the dial string of the PBX goes through.
  func failing(dial: String) -> [TrunkState] {
    let used = Set(dial.split { "/@".contains($0) }.dropFirst().map(String.init))
    return down.values.filter { $0.isRegistration || used.contains($0.name) }.sorted { $0.name < $1.name }
  }
}
