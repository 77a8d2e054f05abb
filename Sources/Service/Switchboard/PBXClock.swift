import Telephony

/// Turns the time stamps of a PBX into moments of our clock, such that events keep the order of their stamps.
///
/// Where both clocks agree, the stamp is the moment: a delayed event keeps its own time, and the events of
/// one batch keep theirs. Where they do not, the first event tells how far they are apart.
struct PBXClock: Sendable, Hashable {
  /// How much older than its arrival an event may seem before a clock must be wrong; events are held back for
  /// seconds at most.
  static let oldest: Duration = .seconds(10)
  /// How far into the future a stamp may lie; it becomes the moment of arrival.
  static let newest: Duration = .seconds(1)
  private var offset: Duration = .zero

  mutating func moment(_ stamp: Timestamp?, receivedAt now: Timestamp) -> Timestamp {
    guard let stamp else { return now }
    let age = now - (stamp + offset)
    if age > Self.oldest || age < .zero - Self.newest { offset = now - stamp }
    return min(now, stamp + offset)
  }
}
