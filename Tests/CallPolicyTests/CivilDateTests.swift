import CallPolicy
import Testing

@Suite struct `A civil date` {
  @Test(arguments: [
    ("1970-01-01", 0, Weekday.thu), ("1969-12-31", -1, .wed), ("2000-02-29", 11_016, .tue),
    ("2026-11-22", 20_779, .sun), ("2027-01-08", 20_826, .fri), ("0001-01-01", -719_162, .mon),
    ("9999-12-31", 2_932_896, .fri), ("1900-03-01", -25_508, .thu),
  ])
  func `knows its day number and its weekday`(text: String, days: Int, weekday: Weekday) throws {
    let date = try #require(CivilDate(text))
    #expect(date.daysSinceEpoch == days)
    #expect(date.weekday == weekday)
    #expect(CivilDate(daysSinceEpoch: days).description == text)
  }

  @Test func `goes from day to day without a gap over eight centuries`() {
    var (year, month, day) = (1600, 1, 1)
    var number = CivilDate(year: year, month: month, day: day)!.daysSinceEpoch
    while year < 2400 {
      let date = CivilDate(daysSinceEpoch: number)
      guard date.year == year, date.month == month, date.day == day,
        CivilDate(year: year, month: month, day: day) == date
      else {
        Issue.record("\(year)-\(month)-\(day) came out as \(date)")
        return
      }
      number += 1
      day += 1
      if CivilDate(year: year, month: month, day: day) == nil { (month, day) = (month + 1, 1) }
      if month == 13 { (year, month) = (year + 1, 1) }
    }
  }

  @Test(arguments: [
    "", "2026", "2026-1-1", "2026-13-01", "2026-00-10", "2026-02-29", "2100-02-29", "2026-04-31", "26-04-30",
    "2026-04-30x", "+026-04-30", "2026-04-00", "0000-01-01", "2026-04-30-", "２026-04-3",
  ])
  func `is not read from anything else`(text: String) { #expect(CivilDate(text) == nil) }

  @Test func `makes a range, of one day too, but not a backward one`() {
    #expect(CivilDate.range("2027-01-01/2027-01-08")?.upperBound.day == 8)
    #expect(CivilDate.range("2027-01-01").map { $0.lowerBound == $0.upperBound } == true)
    #expect(CivilDate.range("2027-01-08/2027-01-01") == nil)
    #expect(CivilDate.range("2027-01-01/2027-01-02/2027-01-03") == nil)
    #expect(CivilDate.range("2027-01-01/") == nil)
  }

  @Test func `weekdays are read alone, in spans, and over the week's end`() {
    #expect(Weekday.days("sat") == [.sat])
    #expect(Weekday.days("mon-fri") == [.mon, .tue, .wed, .thu, .fri])
    #expect(Weekday.days("fri-mon") == [.fri, .sat, .sun, .mon])
    #expect(Weekday.days("tue-tue") == [.tue])
    for text in ["", "-", "mon-", "mon-fri-sat", "Monday", "mo"] { #expect(Weekday.days(text) == nil) }
  }
}
