import Telephony
import Testing

@testable import Service

@Suite struct `The clock of a PBX` {
  private let noon = Timestamp(seconds: 1_795_363_200)

  @Test func `that agrees with ours gives a delayed event its own time`() {
    var clock = PBXClock()
    #expect(clock.moment(noon, receivedAt: noon + .milliseconds(3)) == noon)
    #expect(clock.moment(noon + .seconds(1), receivedAt: noon + .seconds(3)) == noon + .seconds(1))
  }

  @Test func `without time stamps gives the time of arrival`() {
    var clock = PBXClock()
    #expect(clock.moment(nil, receivedAt: noon) == noon)
  }

  @Test(arguments: [Duration.seconds(3_600), .seconds(-3_600)])
  func `that is wrong by an hour keeps the distances between events`(_ error: Duration) {
    var clock = PBXClock()
    let first = clock.moment(noon + error, receivedAt: noon)
    #expect(first == noon)
    #expect(
      clock.moment(noon + error + .milliseconds(400), receivedAt: noon + .seconds(2)) == noon
        + .milliseconds(400))
  }

  @Test func `that is a little ahead gives no moment of the future`() {
    var clock = PBXClock()
    #expect(clock.moment(noon + .milliseconds(500), receivedAt: noon) == noon)
  }

  @Test func `that was set while we listen is measured anew`() {
    var clock = PBXClock()
    #expect(clock.moment(noon, receivedAt: noon) == noon)
    // ntpd sets it forward by a minute: the next stamp lies in the future.
    #expect(clock.moment(noon + .seconds(61), receivedAt: noon + .seconds(1)) == noon + .seconds(1))
    #expect(clock.moment(noon + .seconds(62), receivedAt: noon + .seconds(4)) == noon + .seconds(2))
  }
}
