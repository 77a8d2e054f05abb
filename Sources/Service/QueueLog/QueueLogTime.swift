import CallPolicy
import Telephony

/// The `time` of a realtime queue_log: `%F %T.%6q` by Asterisk's own clock, or by UTC with
/// `queue_log_realtime_use_gmt = yes` (`main/logger.c`, Asterisk 11 and later); whole seconds since 1970 before 1.8.
enum QueueLogTime {
  /// Nil where the text is no time. Of an hour that a clock passes twice either pass is meant.
  static func read(_ text: String, zone: some ZoneOffsets) -> Timestamp? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 19 else {
      return bytes.count == 10
        ? number(bytes[...]).map { Timestamp(microseconds: Int64($0) * 1_000_000) } : nil
    }
    let marks: [(Int, String)] = [(10, " T"), (13, ":"), (16, ":")]
    guard marks.allSatisfy({ $0.1.utf8.contains(bytes[$0.0]) }),
      let date = CivilDate(String(decoding: bytes[..<10], as: UTF8.self)), let hour = number(bytes[11..<13]),
      let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]), hour < 24, minute < 60,
      second < 61
    else { return nil }
    let shown = Int64(date.daysSinceEpoch) * 86_400 + Int64(hour * 3_600 + minute * 60 + second)
    func moment(_ offset: Int) -> Timestamp { Timestamp(microseconds: (shown - Int64(offset)) * 1_000_000) }
    // The offset in force at that moment is found from one that cannot be further off than a switch.
    let guess = moment(zone.secondsFromUTC(at: moment(0)))
    return moment(zone.secondsFromUTC(at: guess))
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    var value = 0
    for byte in digits {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value
  }
}
