/// A day of the week. Raw values as in `calendars.*.open`.
public enum Weekday: String, Sendable, Hashable, Codable, CaseIterable {
  case mon, tue, wed, thu, fri, sat, sun

  /// Reads `sat` or `mon-fri` (also over the week's end: `fri-mon`); nil where the text is neither.
  public static func days(_ text: some StringProtocol) -> [Weekday]? {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map {
      Weekday(rawValue: String($0))
    }
    switch ends.count {
    case 1:
      return ends[0].map { [$0] }
    case 2:
      guard let first = ends[0]?.index, let last = ends[1]?.index else { return nil }
      return (0...(last - first + 7) % 7).map { allCases[(first + $0) % 7] }
    default:
      return nil
    }
  }

  /// 0 for Monday to 6 for Sunday.
  var index: Int {
    switch self {
    case .mon: 0
    case .tue: 1
    case .wed: 2
    case .thu: 3
    case .fri: 4
    case .sat: 5
    case .sun: 6
    }
  }
}

/// A date of the proleptic Gregorian calendar, of no time zone.
public struct CivilDate: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  /// Days since 1970-01-01.
  public let daysSinceEpoch: Int

  public init(daysSinceEpoch: Int) { self.daysSinceEpoch = daysSinceEpoch }

  /// Nil where the month has no such day. Years 1 to 9999.
  public init?(year: Int, month: Int, day: Int) {
    guard 1...9999 ~= year, 1...12 ~= month, day >= 1, day <= Self.days(inMonth: month, of: year)
    else { return nil }
    daysSinceEpoch = Self.days(year: year, month: month, day: day)
  }

  /// Reads `2027-01-08`; nil where the text is not a date.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
      parts.allSatisfy({ $0.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } }),
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// Reads `2027-01-01/2027-01-08`, or one date for a range of a day; nil where it is neither or runs
  /// backwards.
  public static func range(_ text: some StringProtocol) -> ClosedRange<CivilDate>? {
    let ends = text.split(separator: "/", omittingEmptySubsequences: false).map { CivilDate($0) }
    guard 1...2 ~= ends.count, let first = ends[0], let last = ends[ends.count - 1], first <= last
    else { return nil }
    return first...last
  }

  public var weekday: Weekday {
    // Day 0 was a Thursday.
    Weekday.allCases[Self.floorMod(daysSinceEpoch + 3, 7)]
  }

  public var year: Int { parts.year }
  public var month: Int { parts.month }
  public var day: Int { parts.day }

  /// `2027-01-08`.
  public var description: String {
    let (year, month, day) = parts
    let text = String(year)
    return String(repeating: "0", count: max(0, 4 - text.count)) + text
      + "-\(Self.twoDigits(month))-\(Self.twoDigits(day))"
  }

  public static func < (a: CivilDate, b: CivilDate) -> Bool { a.daysSinceEpoch < b.daysSinceEpoch }

  /// The date so many days later.
  public func advanced(byDays days: Int) -> CivilDate { CivilDate(daysSinceEpoch: daysSinceEpoch + days) }

  static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  static func floorDiv(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : -((b - 1 - a) / b) }
  static func floorMod(_ a: Int, _ b: Int) -> Int { a - floorDiv(a, b) * b }

  static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Years are counted from March, so that the leap day is a year's last; from there every month's start
  /// follows from 153 days in each five months.
  private static func days(year: Int, month: Int, day: Int) -> Int {
    let marchYear = month > 2 ? year : year - 1
    let marchMonth = month > 2 ? month - 3 : month + 9
    let leapDays = floorDiv(marchYear, 4) - floorDiv(marchYear, 100) + floorDiv(marchYear, 400)
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    return marchYear * 365 + leapDays + (153 * marchMonth + 2) / 5 + day - 1 - 719_468
  }

  private var parts: (year: Int, month: Int, day: Int) {
    let sinceMarch = daysSinceEpoch + 719_468
    // A first guess by the mean year, which is off by a year at most.
    var year = Self.floorDiv(sinceMarch * 400, 146_097)
    while Self.days(year: year, month: 3, day: 1) > daysSinceEpoch { year -= 1 }
    while Self.days(year: year + 1, month: 3, day: 1) <= daysSinceEpoch { year += 1 }
    let dayOfYear = daysSinceEpoch - Self.days(year: year, month: 3, day: 1)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    return marchMonth < 10 ? (year, marchMonth + 3, day) : (year + 1, marchMonth - 9, day)
  }
}
