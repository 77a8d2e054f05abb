/// Durations as the configuration writes them: `300ms`, `10s`, `5m`, `2h`, `3d`, `1h30m`.
public enum DurationText {
  private static let units: [(name: String, milliseconds: Int64)] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
  ]

  /// The longest duration that can be written: 100 years. A guard against overflow.
  public static let longest: Duration = .seconds(100 * 366 * 86_400)

  /// Nil where the text is no duration: whole numbers, each with a unit, larger units first.
  public static func read(_ text: String) -> Duration? {
    var rest = Substring(text)
    var total: Int64 = 0
    var nextUnit = 0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard (1...15).contains(digits.utf8.count), let count = Int64(digits) else { return nil }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest.dropFirst(unit.count)
      guard let index = units.firstIndex(where: { $0.name == unit }), index >= nextUnit else { return nil }
      nextUnit = index + 1
      let (part, tooMuch) = count.multipliedReportingOverflow(by: units[index].milliseconds)
      let (sum, overflow) = total.addingReportingOverflow(part)
      guard !tooMuch, !overflow else { return nil }
      total = sum
    }
    let duration = Duration.milliseconds(total)
    return duration <= longest ? duration : nil
  }

  /// The shortest text that `read` reads back: `90s` is `1m30s`.
  public static func shortest(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    var rest = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    guard rest > 0 else { return "0s" }
    var text = ""
    for unit in units where rest >= unit.milliseconds {
      text += "\(rest / unit.milliseconds)\(unit.name)"
      rest %= unit.milliseconds
    }
    return text
  }
}

/// Numbers and percentages.
public enum NumberText {
  /// `3%`, `2.5 %` as a share: 0.03. Nil where it is none.
  public static func percentage(_ text: String) -> Double? {
    guard text.hasSuffix("%"), let value = decimal(String(text.dropLast()).trimmingASCIISpace()) else {
      return nil
    }
    return value / 100
  }

  /// Digits with at most one point: no exponent, no `inf`, no `nan`.
  public static func decimal(_ text: String) -> Double? {
    guard (1...20).contains(text.utf8.count),
      text.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") })
    else { return nil }
    return Double(text)
  }

  /// Without a fraction where there is none.
  public static func shortest(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
  }
}
