import CallPolicy
import Telephony
import Testing

private let everyDay = Weekday.allCases
private let berlin = WorkingCalendar(zone: SwitchingZone.berlin, open: hours(["09:00-18:00"], everyDay))

/// The first minute at or after a moment that is open (or closed), by trying every minute.
private func scan(_ calendar: WorkingCalendar, from moment: Timestamp, days: Int, open: Bool) -> Timestamp? {
  var minute = moment
  for _ in 0..<(days * 1440) {
    if calendar.isOpen(at: minute) == open { return minute }
    minute = minute + .seconds(60)
  }
  return nil
}

@Suite struct `An opening interval` {
  @Test func `is read from hours and minutes`() {
    #expect(OpeningInterval("09:00-18:00").map { [$0.start, $0.end] } == [540, 1080])
    #expect(OpeningInterval("9:00-18:30").map { [$0.start, $0.end] } == [540, 1110])
    #expect(OpeningInterval("00:00-24:00").map { [$0.start, $0.end] } == [0, 1440])
    #expect(OpeningInterval("22:00-06:00")?.crossesMidnight == true)
    #expect(OpeningInterval("22:00-00:00").map { [$0.start, $0.end] } == [1320, 1440])
    #expect(OpeningInterval("22:00-00:00")?.crossesMidnight == false)
  }

  @Test(arguments: [
    "", "09:00", "09:00-", "09:00-09:00", "24:00-25:00", "09:60-10:00", "09:00-24:01", "9-18", "09:0-10:00",
    "-1:00-10:00", "09:00-10:00-11:00", "+9:00-10:00",
  ])
  func `is not read from anything else`(text: String) { #expect(OpeningInterval(text) == nil) }
}

@Suite struct `A working calendar` {
  @Test func `opens on the minute and is closed on the minute of its end`() {
    #expect(!office.isOpen(at: utc("2026-11-23 05:59:59")))
    #expect(office.isOpen(at: utc("2026-11-23 06:00")))
    #expect(office.isOpen(at: utc("2026-11-23 14:59:59")))
    #expect(!office.isOpen(at: utc("2026-11-23 15:00")))
    #expect(office.closes(at: utc("2026-11-23 06:00")) == utc("2026-11-23 15:00"))
    #expect(office.closes(at: utc("2026-11-23 15:00")) == nil)
  }

  @Test func `answers an open moment with itself and a weekend with Monday`() {
    let noon = utc("2026-11-23 09:00:17")
    #expect(office.nextOpening(atOrAfter: noon) == noon)
    #expect(office.nextOpening(atOrAfter: utc("2026-11-20 15:00")) == utc("2026-11-23 06:00"))
    #expect(office.nextOpening(atOrAfter: utc("2026-11-22 21:30")) == utc("2026-11-23 06:00"))
  }

  @Test func `crosses holidays, both ends included`() {
    // Friday 2027-01-01 to Friday 2027-01-08 are closed; Saturday and Sunday are anyway.
    #expect(office.nextOpening(atOrAfter: utc("2026-12-31 15:00")) == utc("2027-01-11 06:00"))
    #expect(!office.isOpen(at: utc("2027-01-01 09:00")))
    #expect(!office.isOpen(at: utc("2027-01-08 09:00")))
    #expect(office.isOpen(at: utc("2026-12-31 09:00")))
  }

  @Test func `has several openings a day`() {
    let calendar = WorkingCalendar(
      zone: UTCZone(), open: hours(["09:00-12:00", "13:00-18:00"], everyDay))
    #expect(calendar.closes(at: utc("2026-11-23 10:00")) == utc("2026-11-23 12:00"))
    #expect(calendar.nextOpening(atOrAfter: utc("2026-11-23 12:00")) == utc("2026-11-23 13:00"))
    let joined = WorkingCalendar(zone: UTCZone(), open: hours(["09:00-12:00", "12:00-18:00"], everyDay))
    #expect(joined.closes(at: utc("2026-11-23 10:00")) == utc("2026-11-23 18:00"))
  }

  @Test func `an opening over midnight belongs to the day it starts on`() {
    let night = WorkingCalendar(
      zone: UTCZone(), open: hours(["22:00-06:00"], [.fri]), closed: [CivilDate.range("2026-12-05")!])
    // Friday 2026-11-27 into Saturday.
    #expect(night.nextOpening(atOrAfter: utc("2026-11-23 00:00")) == utc("2026-11-27 22:00"))
    #expect(night.isOpen(at: utc("2026-11-28 05:59")))
    #expect(!night.isOpen(at: utc("2026-11-28 06:00")))
    #expect(!night.isOpen(at: utc("2026-11-27 05:00")))
    #expect(night.closes(at: utc("2026-11-27 23:00")) == utc("2026-11-28 06:00"))
    // Saturday 2026-12-05 is closed: Friday's opening ends at midnight.
    #expect(night.closes(at: utc("2026-12-04 23:00")) == utc("2026-12-05 00:00"))
    let closedFriday = WorkingCalendar(
      zone: UTCZone(), open: hours(["22:00-06:00"], [.fri]), closed: [CivilDate.range("2026-12-04")!])
    #expect(!closedFriday.isOpen(at: utc("2026-12-05 03:00")))
  }

  @Test func `around the clock never closes, without hours never opens`() {
    let always = WorkingCalendar(zone: SwitchingZone.berlin, open: hours(["00:00-24:00"], everyDay))
    #expect(always.nextOpening(atOrAfter: utc("2026-10-25 00:30")) == utc("2026-10-25 00:30"))
    #expect(always.closes(at: utc("2026-10-25 00:30")) == nil)
    let never = WorkingCalendar(zone: UTCZone(), open: [:])
    #expect(never.nextOpening(atOrAfter: utc("2026-10-25 00:30")) == nil)
    let empty = WorkingCalendar(zone: UTCZone(), open: [.mon: []])
    #expect(empty.nextOpening(atOrAfter: utc("2026-10-25 00:30")) == nil)
    let shut = WorkingCalendar(
      zone: UTCZone(), open: hours(["09:00-18:00"], everyDay),
      closed: [CivilDate.range("2026-01-01/2029-12-31")!])
    #expect(shut.nextOpening(atOrAfter: utc("2026-10-25 00:30")) == nil)
  }

  @Test func `finds an opening at the end of the longest closed range it searches`() {
    let shut = WorkingCalendar(
      zone: UTCZone(), open: hours(["09:00-18:00"], everyDay),
      closed: [CivilDate.range("2026-01-01/2026-12-31")!])
    #expect(shut.nextOpening(atOrAfter: utc("2026-01-01 10:00")) == utc("2027-01-01 09:00"))
  }

  @Test func `keeps the wall clock over both switches of Berlin`() {
    // Summer time begins on Sunday 2026-03-29: 09:00 is 08:00 UTC before and 07:00 UTC after.
    #expect(berlin.nextOpening(atOrAfter: utc("2026-03-27 20:00")) == utc("2026-03-28 08:00"))
    #expect(berlin.nextOpening(atOrAfter: utc("2026-03-28 20:00")) == utc("2026-03-29 07:00"))
    #expect(berlin.closes(at: utc("2026-03-29 07:00")) == utc("2026-03-29 16:00"))
    // It ends on Sunday 2026-10-25.
    #expect(berlin.nextOpening(atOrAfter: utc("2026-10-24 20:00")) == utc("2026-10-25 08:00"))
    #expect(berlin.closes(at: utc("2026-10-24 07:00")) == utc("2026-10-24 16:00"))
    #expect(berlin.closes(at: utc("2026-10-25 08:00")) == utc("2026-10-25 17:00"))
  }

  @Test func `an hour that is skipped is not open, an opening in it begins after it`() {
    // Berlin 2026-03-29: 02:00 is followed by 03:00, at 01:00 UTC.
    let inside = WorkingCalendar(zone: SwitchingZone.berlin, open: hours(["02:10-02:50"], [.sun]))
    #expect(inside.nextOpening(atOrAfter: utc("2026-03-28 12:00")) == utc("2026-04-05 00:10"))
    let beyond = WorkingCalendar(zone: SwitchingZone.berlin, open: hours(["02:30-10:00"], [.sun]))
    #expect(beyond.nextOpening(atOrAfter: utc("2026-03-28 12:00")) == utc("2026-03-29 01:00"))
    let before = WorkingCalendar(zone: SwitchingZone.berlin, open: hours(["01:00-02:30"], [.sun]))
    #expect(before.closes(at: utc("2026-03-29 00:30")) == utc("2026-03-29 01:00"))
  }

  @Test func `an hour that comes twice is open twice`() {
    // New York 2026-11-01: 01:59 is followed by 01:00, at 06:00 UTC.
    let calendar = WorkingCalendar(zone: SwitchingZone.newYork, open: hours(["01:20-01:40"], [.sun]))
    #expect(calendar.nextOpening(atOrAfter: utc("2026-11-01 03:00")) == utc("2026-11-01 05:20"))
    #expect(calendar.closes(at: utc("2026-11-01 05:30")) == utc("2026-11-01 05:40"))
    #expect(calendar.nextOpening(atOrAfter: utc("2026-11-01 05:40")) == utc("2026-11-01 06:20"))
    #expect(calendar.closes(at: utc("2026-11-01 06:20")) == utc("2026-11-01 06:40"))
    let until = WorkingCalendar(zone: SwitchingZone.newYork, open: hours(["00:00-01:30"], [.sun]))
    #expect(until.closes(at: utc("2026-11-01 04:30")) == utc("2026-11-01 05:30"))
    #expect(until.nextOpening(atOrAfter: utc("2026-11-01 05:30")) == utc("2026-11-01 06:00"))
  }

  @Test func `both switches of New York move the opening in UTC`() {
    let calendar = WorkingCalendar(zone: SwitchingZone.newYork, open: hours(["09:00-17:00"], everyDay))
    #expect(calendar.nextOpening(atOrAfter: utc("2026-03-07 23:00")) == utc("2026-03-08 13:00"))
    #expect(calendar.nextOpening(atOrAfter: utc("2026-03-07 05:00")) == utc("2026-03-07 14:00"))
    #expect(calendar.nextOpening(atOrAfter: utc("2026-10-31 23:00")) == utc("2026-11-01 14:00"))
    #expect(calendar.nextOpening(atOrAfter: utc("2026-10-31 05:00")) == utc("2026-10-31 13:00"))
  }

  @Test func `a clock set back over midnight opens yesterday once more`() {
    // Newfoundland until 2011: 00:01 was followed by 23:01 of the day before.
    let zone = SwitchingZone(
      name: "America/St_Johns", first: -9000, switches: [(utc("2026-11-01 02:31"), -12600)])
    let calendar = WorkingCalendar(zone: zone, open: hours(["23:30-23:45"], [.sat]))
    #expect(calendar.nextOpening(atOrAfter: utc("2026-11-01 02:30:30")) == utc("2026-11-01 03:00"))
  }

  @Test func `a switch of the day after does not hide an earlier opening or closing`() {
    // Azores 2026-10-25: 00:59 is followed by 00:00, at 01:00 UTC, and 00:00 opens both times.
    let azores = SwitchingZone(
      name: "Atlantic/Azores", first: 0, switches: [(utc("2026-10-25 01:00"), -3600)])
    let twice = WorkingCalendar(zone: azores, open: hours(["00:00-00:20"], everyDay))
    #expect(twice.nextOpening(atOrAfter: utc("2026-10-24 12:00")) == utc("2026-10-25 00:00"))
    // Berlin 2026-03-29: half past midnight closes first, though the skipped hour is closed too.
    let night = WorkingCalendar(zone: SwitchingZone.berlin, open: hours(["23:30-00:30"], everyDay))
    #expect(night.closes(at: utc("2026-03-28 22:45")) == utc("2026-03-28 23:30"))
  }

  @Test(arguments: [SwitchingZone.berlin, .newYork])
  func `finds the same moments as trying every minute`(zone: SwitchingZone) {
    var random = SeededRandom(seed: 7)
    let spans = [
      ["09:00-18:00"], ["01:30-02:30", "23:15-00:45"], ["22:00-03:10"], ["00:00-24:00"],
      ["23:30-00:30"], ["00:00-00:20", "02:15-02:45"],
    ]
    for switching in zone.switches {
      for spans in spans {
        let calendar = WorkingCalendar(
          zone: zone, open: hours(spans, [.fri, .sat, .sun, .mon]),
          closed: [CivilDate.range("2026-10-26")!])
        for _ in 0..<12 {
          let moment = switching.at + .seconds(60 * Int.random(in: -2160...1440, using: &random))
          let opening = calendar.nextOpening(atOrAfter: moment)
          #expect(
            opening == scan(calendar, from: moment, days: 5, open: true), "\(spans) at \(moment.seconds)")
          guard calendar.isOpen(at: moment) else { continue }
          let closing = scan(calendar, from: moment, days: 5, open: false)
          #expect(calendar.closes(at: moment) == closing, "\(spans) at \(moment.seconds)")
        }
      }
    }
  }

  @Test func `prints the wall clock`() {
    #expect(office.words(for: utc("2026-11-23 06:05")) == "2026-11-23 09:05")
    #expect(berlin.words(for: utc("2026-06-30 22:30")) == "2026-07-01 00:30")
  }
}
