import CallPolicy
import Telephony

/// Moments as lists write them: `2026-11-23`, `2026-11-23 09:00`, `2026-11-23T09:00:00+03:00`, `…Z`.
enum ListMoment {
  /// Nil where the text is none. Without an offset it is meant on the wall clock of the zone.
  static func read(_ text: String, in zone: any ZoneOffsets) -> Timestamp? {
    var text = Substring(text)
    guard let date = CivilDate(String(text.prefix(10))) else { return nil }
    text = text.dropFirst(10)
    var seconds = date.daysSinceEpoch * 86_400
    if text.first == "T" || text.first == " " {
      text = text.dropFirst()
      let clock = text.prefix { $0.isNumber || $0 == ":" }
      let parts = clock.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
      guard 2...3 ~= parts.count, let hour = parts[0], let minute = parts[1],
        let second = parts.count == 3 ? parts[2] : 0, hour < 24, minute < 60, second < 60
      else { return nil }
      seconds += hour * 3_600 + minute * 60 + second
      text = text.dropFirst(clock.count)
    }
    if text.isEmpty {
      // Twice, for a switch of the clock in between.
      let first = zone.secondsFromUTC(at: moment(seconds))
      return moment(seconds - zone.secondsFromUTC(at: moment(seconds - first)))
    }
    return offset(text).map { moment(seconds - $0) }
  }

  /// `Z`, `+03:00`, `-0530`, `+03`; seconds.
  private static func offset(_ text: Substring) -> Int? {
    if text == "Z" || text == "z" { return 0 }
    let sign = text.first == "+" ? 1 : text.first == "-" ? -1 : 0
    let digits = text.dropFirst().filter { $0 != ":" }
    guard sign != 0, digits.count == 2 || digits.count == 4, digits.allSatisfy(\.isNumber),
      let hours = Int(digits.prefix(2)), let minutes = digits.count == 4 ? Int(digits.suffix(2)) : 0,
      hours <= 14, minutes < 60
    else { return nil }
    return sign * (hours * 3_600 + minutes * 60)
  }

  private static func moment(_ seconds: Int) -> Timestamp {
    Timestamp(microseconds: Int64(seconds) * 1_000_000)
  }
}
