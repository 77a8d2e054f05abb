public import Telephony

/// Moments as RFC 3339 writes them, `2026-11-23T09:00:00Z`: in what the API answers and in what it is asked.
public enum MomentText {
  /// In UTC; with six decimals where there are microseconds.
  public static func text(_ moment: Timestamp) -> String {
    let second = moment.microseconds.quotientRoundedDown(by: 1_000_000)
    let micros = moment.microseconds - second * 1_000_000
    let day = second.quotientRoundedDown(by: 86_400)
    let inDay = second - day * 86_400
    let date = civil(day)
    let fraction = micros == 0 ? "" : "." + padded(micros, 6)
    return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
      + "\(padded(inDay / 3_600, 2)):\(padded(inDay / 60 % 60, 2)):\(padded(inDay % 60, 2))\(fraction)Z"
  }

  /// Reads `2026-11-23T09:00:00Z`, `…09:00:00.5+03:00`; a blank in place of `+` too, for that is what a `+` in a
  /// query becomes. A leap second counts as the one before. Nil for anything else.
  public static func read(_ text: String) -> Timestamp? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, "Tt ".utf8.contains(bytes[10]),
      bytes[13] == 0x3A, bytes[16] == 0x3A,
      let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
      let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]),
      let second = number(bytes[17..<19]), (1...12).contains(month), day >= 1, hour < 24, minute < 60,
      second <= 60
    else { return nil }
    let days = days(year, month, day)
    guard civil(days) == (year, month, day) else { return nil }
    var rest = bytes[19...]
    var micros: Int64 = 0
    if rest.first == 0x2E {
      let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty else { return nil }
      let six = digits.prefix(6)
      micros = (number(six) ?? 0) * (0..<(6 - six.count)).reduce(1) { power, _ in power * 10 }
      rest = rest.dropFirst(1 + digits.count)
    }
    guard let offset = offset(rest) else { return nil }
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + min(second, 59) - offset
    return Timestamp(microseconds: seconds * 1_000_000 + micros)
  }

  private static func offset(_ bytes: ArraySlice<UInt8>) -> Int64? {
    if bytes.count == 1, "Zz".utf8.contains(bytes.first!) { return 0 }
    let at = bytes.startIndex
    guard bytes.count == 6, "+- ".utf8.contains(bytes[at]), bytes[at + 3] == 0x3A,
      let hours = number(bytes[(at + 1)..<(at + 3)]), let minutes = number(bytes[(at + 4)...]), hours < 24,
      minutes < 60
    else { return nil }
    return (bytes[at] == 0x2D ? -1 : 1) * (hours * 3_600 + minutes * 60)
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int64? {
    guard bytes.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return bytes.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  // Days since 1970 and the proleptic Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date
  // Algorithms").
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let y = month <= 2 ? year - 1 : year
    let era = y.quotientRoundedDown(by: 400)
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let z = days + 719_468
    let era = z.quotientRoundedDown(by: 146_097)
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }
}

extension Int64 {
  fileprivate func quotientRoundedDown(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
