import Telephony

/// Turns the time stamps of a PBX into moments of our clock, such that events keep the order of their stamps.
///
/// Where both clocks agree, the stamp is the moment: a delayed event keeps its own time, and the events of
/// one batch keep theirs. Where they do not, the first event tells how far they are apart. Later on, events that
/// seem too old are what waited while this process was stopped, as long as they come within a moment; only
/// when they keep coming has somebody set the clock of the PBX.
struct PBXClock: Sendable, Hashable {
  /// How much older than its arrival an event may seem before a clock may be wrong; events are held back for
  /// seconds at most, unless this process was stopped.
  static let oldest: Duration = .seconds(10)
  /// How far into the future a stamp may lie; it becomes the moment of arrival.
  static let newest: Duration = .seconds(1)
  /// How long after waking what had waited may go on coming.
  static let backlog: Duration = .seconds(2)
  private var offset: Duration = .zero
  private var knowsOffset = false
  /// When the first of the events came that seem too old; nil where the last one did not.
  private var oldSince: Timestamp?

  mutating func moment(_ stamp: Timestamp?, receivedAt now: Timestamp) -> Timestamp {
    guard let stamp else { return now }
    let age = now - (stamp + offset)
    if age < .zero - Self.newest || age > Self.oldest && !mayBeBacklog(at: now) {
      offset = now - stamp
      oldSince = nil
    } else if age <= Self.oldest {
      oldSince = nil
    }
    knowsOffset = true
    return min(now, stamp + offset)
  }

  private mutating func mayBeBacklog(at now: Timestamp) -> Bool {
    guard knowsOffset else { return false }
    let since = oldSince ?? now
    oldSince = since
    return now - since <= Self.backlog
  }
}
