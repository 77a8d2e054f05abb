import Telephony
import Testing

@testable import Service

@Suite struct `The clock the service goes by` {
  private let noon = Timestamp(seconds: 1_800_000_000)
  private let start = ContinuousClock.now

  @Test func `is the machine's while nobody sets that`() {
    var clock = ForwardClock()
    #expect(clock.read(wall: noon, steady: start) == noon)
    // NTP pulls it by half a second.
    #expect(
      clock.read(wall: noon + .milliseconds(9_500), steady: start + .seconds(10)) == noon
        + .milliseconds(9_500))
    #expect(clock.ahead == .zero)
  }

  @Test func `goes on when the machine's is set back, and is caught up with in ten times the time`() {
    var clock = ForwardClock()
    _ = clock.read(wall: noon, steady: start)
    let back = noon - .seconds(3_600)
    #expect(clock.read(wall: back + .seconds(1), steady: start + .seconds(1)) == noon + .milliseconds(900))
    var last = noon
    for second in 2...36_002 {
      let now = clock.read(wall: back + .seconds(second), steady: start + .seconds(second))
      #expect(now > last)
      last = now
    }
    #expect(clock.ahead == .zero)
    #expect(last == back + .seconds(36_002))
  }

  @Test func `follows at once when the machine's is set forward, or set back and right again`() {
    var clock = ForwardClock()
    _ = clock.read(wall: noon, steady: start)
    let ahead = noon + .seconds(3_600)
    #expect(clock.read(wall: ahead, steady: start + .seconds(1)) == ahead)
    _ = clock.read(wall: noon + .seconds(2), steady: start + .seconds(2))
    #expect(clock.ahead > .seconds(3_000))
    #expect(clock.read(wall: ahead + .seconds(2), steady: start + .seconds(3)) == ahead + .seconds(2))
    #expect(clock.ahead == .zero)
  }
}
