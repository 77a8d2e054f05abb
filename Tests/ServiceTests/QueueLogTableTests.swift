import CallPolicy
import Telephony
import Testing

@testable import Service

@Suite struct `Rows of a growing table` {
  private func at(_ second: Double) -> Timestamp { Timestamp(seconds: 1_795_363_200 + second) }

  private func take(_ ids: Int64..., of window: inout RowWindow, at second: Double) -> [Bool] {
    var taken: [Bool] = []
    for id in ids { taken.append(window.take(id, at: at(second))) }
    return taken
  }

  @Test func `are new once, also one that appears behind its successors`() {
    var window = RowWindow(floor: 5)
    let first = take(4, 5, 6, 8, 6, of: &window, at: 0)
    #expect(first == [false, true, true, true, false])
    window.advance(at: at(0))
    #expect(window.floor == 5)
    let second = take(5, 6, 7, 8, of: &window, at: 14)
    #expect(second == [false, false, true, false])
    window.advance(at: at(14.9))
    #expect(window.floor == 5)
  }

  @Test func `are let go of when they were read long enough ago`() {
    var window = RowWindow(floor: 0)
    _ = take(10, 20, of: &window, at: 0)
    _ = take(30, of: &window, at: 10)
    window.advance(at: at(15))
    #expect(window.floor == 30)
    let second = take(25, 30, 31, of: &window, at: 15)
    #expect(second == [false, false, true])
    window.advance(at: at(40))
    #expect(window.floor == 32)
    window.advance(at: at(50))
    #expect(window.floor == 32)
  }

  @Test func `are looked at again from the one that came late`() {
    var window = RowWindow(floor: 0)
    _ = take(10, of: &window, at: 0)
    _ = take(9, of: &window, at: 10)
    window.advance(at: at(16))
    #expect(window.floor == 9)
    let again = take(9, 10, of: &window, at: 16)
    #expect(again == [false, false])
  }
}

@Suite struct `The time of a queue_log row` {
  @Test(arguments: [
    ("2026-11-22 16:00:00.123456", "UTC", 1_795_363_200), ("2026-11-22T16:00:00", "UTC", 1_795_363_200),
    ("2026-11-22 19:00:00.000001", "Europe/Moscow", 1_795_363_200),
    ("2026-07-01 12:00:00", "Europe/Berlin", 1_782_900_000), ("1795363200", "Europe/Moscow", 1_795_363_200),
    // Just before and just after the clocks go forward.
    ("2026-03-29 01:59:59", "Europe/Berlin", 1_774_745_999),
    ("2026-03-29 03:00:00", "Europe/Berlin", 1_774_746_000),
  ])
  func `is read by the clock it is of`(_ text: String, _ zone: String, _ seconds: Int64) throws {
    let zone = try #require(NamedZone(zone))
    #expect(QueueLogTime.read(text, zone: zone) == Timestamp(microseconds: seconds * 1_000_000))
  }

  @Test(arguments: [
    "", "now", "2026-11-22", "2026-13-01 00:00:00", "2026-11-22 24:00:00", "2026-11-22 1a:00:00",
    "2026/11/22 10:00:00", "-infinity", "179536320x", "22.11.2026 16:00:00",
  ])
  func `is none where it is something else`(_ text: String) {
    #expect(QueueLogTime.read(text, zone: UTCZone()) == nil)
  }
}
