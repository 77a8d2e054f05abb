import Store
import Telephony
import Testing

@testable import Service

@Suite struct `The trust in a lease` {
  private let clock = SystemSteadyClock()

  private func trust(renewed ago: Duration) -> LeaseTrust {
    let trust = LeaseTrust(clock: clock)
    let moment = Timestamp(seconds: 1_800_000_000)
    let lease = Lease(
      pbx: "pbx1", holder: "a", fence: 7, renewedAt: moment, expiresAt: moment, ttl: LeaseTrust.timeToLive)
    trust.trust(lease, renewalSentAt: clock.now - ago)
    return trust
  }

  @Test func `lasts from the sending of a renewal until a margin before its end`() {
    let fresh = trust(renewed: .seconds(1))
    #expect(fresh.holds(fence: 7) && !fresh.holds(fence: 6) && !fresh.hasRunOut && fresh.isOursToClear)
  }

  @Test func `in the margin allows to clear away, and to begin nothing`() {
    let late = trust(renewed: .seconds(5))
    #expect(!late.holds(fence: 7) && late.hasRunOut && late.isOursToClear)
    late.distrust()
    #expect(late.isOursToClear, "giving it up is when there is something to clear away")
  }

  @Test func `that another may have touches nothing`() {
    #expect(!trust(renewed: .seconds(7)).isOursToClear)
    let taken = trust(renewed: .zero)
    taken.yield()
    #expect(!taken.isOursToClear && taken.lease == nil)
    #expect(!LeaseTrust(clock: clock).isOursToClear, "before the first")
  }
}
