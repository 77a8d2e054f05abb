import Telephony

/// Dates and times as Asterisk writes them, without a calendar library: the Gregorian calendar only.
enum CivilTime {
  /// `2026-11-22` and `16:44:49`, read as UTC.
  static func timestamp(date: some Collection<UInt8>, time: some Collection<UInt8>) -> Timestamp? {
    let date = Array(date)
    let time = Array(time)
    guard date.count == 10, time.count == 8, date[4] == UInt8(ascii: "-"), date[7] == UInt8(ascii: "-"),
      time[2] == UInt8(ascii: ":"), time[5] == UInt8(ascii: ":"),
      let year = number(date[0..<4]), let month = number(date[5..<7]), let day = number(date[8..<10]),
      let hour = number(time[0..<2]), let minute = number(time[3..<5]), let second = number(time[6..<8]),
      (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61, year >= 1970
    else { return nil }
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
    return Timestamp(microseconds: Int64(seconds) * 1_000_000)
  }

  /// ARI's `2026-11-22T16:44:49.123+0300` (`main/json.c`, `ast_json_timeval`); also `+03:00`, `Z`, and
  /// without a fraction.
  static func timestamp(iso text: String) -> Timestamp? {
    let bytes = Array(text.utf8.prefix(40))
    guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T"),
      let base = timestamp(date: bytes[0..<10], time: bytes[11..<19])
    else { return nil }
    var at = 19
    var micros: Int64 = 0
    if bytes[at] == UInt8(ascii: ".") {
      at += 1
      var unit: Int64 = 100_000
      while at < bytes.count, let digit = number(bytes[at...at]) {
        micros += Int64(digit) * unit
        unit /= 10
        at += 1
      }
    }
    let zone = bytes[at...].filter { $0 != UInt8(ascii: ":") }
    var offset = 0
    if zone != [UInt8(ascii: "Z")] {
      guard zone.count == 5, let hours = number(zone[1..<3]), let minutes = number(zone[3..<5]),
        zone[0] == UInt8(ascii: "+") || zone[0] == UInt8(ascii: "-")
      else { return nil }
      offset = (hours * 60 + minutes) * 60 * (zone[0] == UInt8(ascii: "-") ? -1 : 1)
    }
    return Timestamp(microseconds: base.microseconds + micros - Int64(offset) * 1_000_000)
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    var value = 0
    for byte in digits {
      guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value
  }

  /// Days since 1970-01-01: years begin in March, so that the leap day is the last one.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month > 2 ? year : year - 1
    let monthOfYear = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * monthOfYear + 2) / 5 + day - 1
    return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
  }
}
