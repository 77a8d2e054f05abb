import Telephony

/// When AMI was up at one PBX since this process began: what happened in these times AMI told, and told better.
/// All before the process began is not covered.
struct AMICoverage: Sendable, Equatable {
  /// A link that died is noticed this late at most: a ping a second, five seconds for its answer, and some. What
  /// it would have told in that time is not counted on.
  static let blindness: Duration = .seconds(10)
  /// Times kept, at most: the latest.
  static let timesMax = 1_000

  private var past: [(from: Timestamp, to: Timestamp)] = []
  /// Since when AMI is up; nil while it is down.
  private(set) var upSince: Timestamp?

  /// AMI is up, and what it shows is taken over. Up already: nothing changes.
  mutating func up(at now: Timestamp) { upSince = upSince ?? now }

  mutating func down(at now: Timestamp) {
    guard let from = upSince else { return }
    upSince = nil
    guard now - Self.blindness > from else { return }
    past.append((from, now - Self.blindness))
    if past.count > Self.timesMax { past.removeFirst() }
  }

  /// Whether AMI was up all the time from the first to the last line of a call, which have whole seconds.
  func covers(from first: Timestamp, to last: Timestamp) -> Bool {
    if let upSince, upSince <= first { return true }
    return past.contains { $0.from <= first && last + .seconds(1) <= $0.to }
  }

  static func == (a: AMICoverage, b: AMICoverage) -> Bool {
    a.upSince == b.upSince && a.past.elementsEqual(b.past) { $0 == $1 }
  }
}
