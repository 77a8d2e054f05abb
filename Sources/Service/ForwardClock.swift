import Foundation
import Synchronization
import Telephony

/// The wall clock as the service goes by it: it never goes back.
///
/// Every duration in the books is the difference of two of its moments: a clock that is set back in the middle of a
/// talk would make it shorter than nothing, and a customer who has talked would be called again. So a clock that is
/// set back is followed slowly, by `catchUp` of the time that passes; one that is set forward is followed at once, as
/// after a sleep.
struct ForwardClock: Sendable {
  /// A difference to the steady clock below this is its own drift, or an adjustment by NTP. Default 1 s.
  static let step = Duration.seconds(1)
  /// The share of the passing time by which a clock that was set back is caught up with: an hour in ten.
  static let catchUp = 10
  private var wall: Timestamp?
  private var steady: ContinuousClock.Instant?
  private var told = Timestamp(seconds: 0)
  /// How far it is ahead of the machine's clock.
  private(set) var ahead = Duration.zero

  mutating func read(wall: Timestamp, steady: ContinuousClock.Instant) -> Timestamp {
    if let lastWall = self.wall, let lastSteady = self.steady {
      let passed = steady - lastSteady
      let jumped = wall - (lastWall + passed)
      if jumped < .zero - Self.step || jumped > Self.step { ahead -= jumped }
      ahead = max(.zero, ahead - passed / Self.catchUp)
    }
    self.wall = wall
    self.steady = steady
    told = max(told, wall + ahead)
    return told
  }

  /// The machine's clocks behind it, as a function for `World`.
  static func system() -> @Sendable () -> Timestamp {
    let clock = Locked()
    return { clock.read() }
  }

  private final class Locked: Sendable {
    private let clock = Mutex(ForwardClock())
    func read() -> Timestamp {
      clock.withLock { $0.read(wall: Timestamp(seconds: Date().timeIntervalSince1970), steady: .now) }
    }
  }
}
