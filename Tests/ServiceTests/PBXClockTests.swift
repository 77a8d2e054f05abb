import Telephony
import Testing

@testable import Service

@Suite struct `The clock of a PBX` {
  private let now = Timestamp(seconds: 1_800_000_000)

  @Test func `that agrees with ours is taken at its word`() {
    var clock = PBXClock()
    #expect(clock.moment(now - .milliseconds(20), receivedAt: now) == now - .milliseconds(20))
    #expect(clock.moment(now - .seconds(4), receivedAt: now) == now - .seconds(4))
    #expect(clock.moment(nil, receivedAt: now) == now)
  }

  @Test func `that is an hour off is set by its first event`() {
    var clock = PBXClock()
    #expect(clock.moment(now - .seconds(3_600), receivedAt: now) == now)
    let later = now + .seconds(5)
    #expect(clock.moment(later - .seconds(3_601), receivedAt: later) == later - .seconds(1))
  }

  // Found by the simulation: after a minute of SIGSTOP every event had the moment of waking, a talk no length,
  // and the caller who had talked was called back.
  @Test func `is believed for what waited while this process was stopped`() {
    var clock = PBXClock()
    _ = clock.moment(now, receivedAt: now)
    let woken = now + .seconds(60)
    #expect(clock.moment(now + .seconds(5), receivedAt: woken) == now + .seconds(5))
    #expect(clock.moment(now + .seconds(25), receivedAt: woken) == now + .seconds(25))
    #expect(clock.moment(now + .seconds(59), receivedAt: woken) == now + .seconds(59))
    #expect(clock.moment(woken, receivedAt: woken + .seconds(1)) == woken)
  }

  @Test func `is believed when the process was stopped a second time`() {
    var clock = PBXClock()
    _ = clock.moment(now, receivedAt: now)
    #expect(clock.moment(now + .seconds(5), receivedAt: now + .seconds(20)) == now + .seconds(5))
    let woken = now + .seconds(90)
    #expect(clock.moment(now + .seconds(50), receivedAt: woken) == now + .seconds(50))
  }

  @Test func `that somebody has set back is followed after a moment`() {
    var clock = PBXClock()
    _ = clock.moment(now, receivedAt: now)
    let set = now + .seconds(10)
    _ = clock.moment(set - .seconds(3_600), receivedAt: set)
    let later = set + .seconds(3)
    #expect(clock.moment(later - .seconds(3_600), receivedAt: later) == later)
  }

  @Test func `that somebody has set forward never shows the future`() {
    var clock = PBXClock()
    _ = clock.moment(now, receivedAt: now)
    #expect(clock.moment(now + .seconds(3_600), receivedAt: now + .seconds(1)) == now + .seconds(1))
  }
}
