public import Telephony

/// A time zone, as far as the policy needs one. Implemented with Foundation in Service.
public protocol ZoneOffsets: Sendable {
  /// As in the configuration: `Europe/Moscow`.
  var name: String { get }
  /// Seconds to add to UTC for the wall clock at this moment; positive east of Greenwich.
  func secondsFromUTC(at moment: Timestamp) -> Int
}

/// The zone without a switch, for calendars and sentences without one.
public struct UTCZone: ZoneOffsets {
  public init() {}
  public var name: String { "UTC" }
  public func secondsFromUTC(at moment: Timestamp) -> Int { 0 }
}

/// One opening of a day on the wall clock, from `start` until just before `end`.
public struct OpeningInterval: Sendable, Hashable {
  /// Minutes since midnight, 0 to 1439.
  public let start: Int
  /// Minutes since midnight, 1 to 1440 (`24:00`). Not after `start`: it ends on the next day.
  public let end: Int

  /// Nil where a minute is out of range or both are the same.
  public init?(startMinute: Int, endMinute: Int) {
    guard 0...1439 ~= startMinute, 0...1440 ~= endMinute, startMinute != endMinute else { return nil }
    start = startMinute
    end = endMinute == 0 ? 1440 : endMinute
  }

  /// Reads `09:00-18:00`, `22:00-06:00`, `00:00-24:00`; nil where the text is not such a span.
  public init?(_ text: some StringProtocol) {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Self.minute($0) }
    guard ends.count == 2, let start = ends[0], let end = ends[1] else { return nil }
    self.init(startMinute: start, endMinute: end)
  }

  /// Whether it runs over midnight into the next day.
  public var crossesMidnight: Bool { end < start }

  private static func minute(_ text: some StringProtocol) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, 1...2 ~= parts[0].utf8.count, parts[1].utf8.count == 2,
      parts.allSatisfy({ $0.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } }),
      let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour * 60 + minute <= 1440
    else { return nil }
    return hour * 60 + minute
  }
}

/// When calls may be made: weekly opening hours in a time zone, less closed dates.
///
/// An opening belongs to the day it starts on; on a closed date nothing opens, and an opening that began the
/// day before ends at midnight. Hours are those of the wall clock: an hour that a switch to summer time skips
/// is not open, an hour that comes twice is open twice.
public struct WorkingCalendar: Sendable {
  public let zone: any ZoneOffsets
  /// A weekday that is not here is closed.
  public let open: [Weekday: [OpeningInterval]]
  /// Closed dates, both ends included.
  public let closed: [ClosedRange<CivilDate>]
  /// The minutes of a day at which anything can open or close.
  private let boundaries: [Int]

  public init(
    zone: any ZoneOffsets, open: [Weekday: [OpeningInterval]], closed: [ClosedRange<CivilDate>] = []
  ) {
    self.zone = zone
    self.open = open
    self.closed = closed
    boundaries = Set(open.values.joined().flatMap { [$0.start, $0.end % 1440] } + [0]).sorted()
  }

  /// Whether calls may be made at this moment.
  public func isOpen(at moment: Timestamp) -> Bool {
    let (date, second) = wallClock(at: moment)
    guard !isClosed(date) else { return false }
    for interval in open[date.weekday] ?? [] {
      if second >= interval.start * 60, interval.crossesMidnight || second < interval.end * 60 { return true }
    }
    let before = date.advanced(byDays: -1)
    guard !isClosed(before) else { return false }
    return (open[before.weekday] ?? []).contains { $0.crossesMidnight && second < $0.end * 60 }
  }

  /// This moment if it is open, else the next opening; nil where there is none in the coming 400 days.
  public func nextOpening(atOrAfter moment: Timestamp) -> Timestamp? {
    if isOpen(at: moment) { return moment }
    guard open.values.contains(where: { !$0.isEmpty }) else { return nil }
    return firstMoment(after: moment) { isOpen(at: $0) }
  }

  /// The end of the opening this moment lies in; nil where it is closed, or stays open for 400 days.
  public func closes(at moment: Timestamp) -> Timestamp? {
    guard isOpen(at: moment) else { return nil }
    return firstMoment(after: moment) { !isOpen(at: $0) }
  }

  /// The date and the second of the day on the wall clock of the zone.
  public func wallClock(at moment: Timestamp) -> (date: CivilDate, second: Int) {
    let local =
      CivilDate.floorDiv(Int(moment.microseconds), 1_000_000) + zone.secondsFromUTC(at: moment)
    let day = CivilDate.floorDiv(local, 86_400)
    return (CivilDate(daysSinceEpoch: day), local - day * 86_400)
  }

  /// The wall clock in words, without the zone: `2026-11-23 09:00`.
  public func words(for moment: Timestamp) -> String {
    let (date, second) = wallClock(at: moment)
    return "\(date) \(CivilDate.twoDigits(second / 3600)):\(CivilDate.twoDigits(second / 60 % 60))"
  }

  private func isClosed(_ date: CivilDate) -> Bool { closed.contains { $0.contains(date) } }

  /// Openness changes only where the wall clock shows a boundary, or where the clock itself is switched: so
  /// looking at these moments finds the first change.
  private func firstMoment(after moment: Timestamp, where wanted: (Timestamp) -> Bool) -> Timestamp? {
    let today = wallClock(at: moment).date
    var best: Timestamp?
    // From yesterday: a clock set back just after midnight shows yesterday once more.
    for ahead in -1...PolicyDefaults.calendarDays {
      let date = today.advanced(byDays: ahead)
      // A day also gives the switches of its neighbours, which may lie behind moments of days still to come.
      if let best, date > wallClock(at: best).date.advanced(byDays: 1) { return best }
      let found = changes(on: date).filter { $0 > moment && wanted($0) }.min()
      if let found { best = min(found, best ?? found) }
    }
    return best
  }

  /// Every moment at which the wall clock shows a boundary of this date, and every switch about it.
  private func changes(on date: CivilDate) -> [Timestamp] {
    let midnight = date.daysSinceEpoch * 86_400
    // Zones lie between UTC-12 and UTC+14, so the first and the last surround the day wherever it is.
    let around = [midnight - 100_000, midnight + 43_200, midnight + 186_400]
    let offsets = Set(around.map(offset(atSecond:)))
    var moments: [Timestamp] = []
    for minute in boundaries {
      for offset in offsets {
        moments.append(Self.timestamp(midnight + minute * 60 - offset))
      }
    }
    for (early, late) in zip(around, around.dropFirst())
    where offset(atSecond: early) != offset(atSecond: late) {
      moments.append(Self.timestamp(switching(from: early, to: late)))
    }
    return moments
  }

  /// The first second with another offset than `early` has.
  private func switching(from early: Int, to late: Int) -> Int {
    let before = offset(atSecond: early)
    var low = early
    var high = late
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if offset(atSecond: middle) == before { low = middle } else { high = middle }
    }
    return high
  }

  private func offset(atSecond second: Int) -> Int { zone.secondsFromUTC(at: Self.timestamp(second)) }

  private static func timestamp(_ second: Int) -> Timestamp {
    Timestamp(microseconds: Int64(second) * 1_000_000)
  }
}
