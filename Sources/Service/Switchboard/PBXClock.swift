import Telephony

/// Turns the time stamps of a PBX into moments of our clock, such that events keep the order of their stamps.
///
/// Where both clocks agree, the stamp is the moment: a delayed event keeps its own time, and the events of
/// one batch keep theirs. Where they do not, the first event tells how far they are apart. Later on, events that
/// seem too old are what waited while this process was stopped; only when they keep coming, each as old as the
/// one before, has somebody set the clock of the PBX.
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
  /// The last event that seemed too old: when it came, and how old it seemed. Nil where a younger one followed.
  private var lastOld: Old?

  mutating func moment(_ stamp: Timestamp?, receivedAt now: Timestamp) -> Timestamp {
    guard let stamp else { return now }
    let age = now - (stamp + offset)
    if age < .zero - Self.newest || age > Self.oldest && !mayBeBacklog(age, at: now) {
      offset = now - stamp
      lastOld = nil
    } else if age <= Self.oldest {
      lastOld = nil
    }
    knowsOffset = true
    return min(now, stamp + offset)
  }

  private struct Old: Sendable, Hashable {
    let at: Timestamp
    let age: Duration
  }

  /// A backlog comes in one moment; a clock that was set makes events of different moments equally old.
  private mutating func mayBeBacklog(_ age: Duration, at now: Timestamp) -> Bool {
    guard knowsOffset else { return false }
    let before = lastOld
    lastOld = Old(at: now, age: age)
    guard let before, now - before.at > Self.backlog else { return true }
    return age - before.age > Self.newest || before.age - age > Self.newest
  }
}
