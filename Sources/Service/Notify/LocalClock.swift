import CallPolicy
import Telephony

/// The wall clock of a zone, for people.
struct LocalClock: Sendable {
  private let calendar: WorkingCalendar

  init(_ zone: any ZoneOffsets) { calendar = WorkingCalendar(zone: zone, open: [:]) }

  /// Year, month and day with leading zeros, and `16:40`.
  func parts(_ at: Timestamp) -> (date: (year: String, month: String, day: String), time: String) {
    let (date, second) = calendar.wallClock(at: at)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return (
      ("\(date.year)", two(date.month), two(date.day)), "\(two(second / 3_600)):\(two(second / 60 % 60))"
    )
  }

  /// Minutes since midnight, and the day.
  func minutes(_ at: Timestamp) -> (date: CivilDate, minute: Int) {
    let (date, second) = calendar.wallClock(at: at)
    return (date, second / 60)
  }
}
