import Telephony

/// Writes CSV (RFC 4180). Every cell is of a kind, so that nothing a customer or a list sent is read as a formula
/// by a spreadsheet: a text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets a `'` in front
/// (OWASP, "CSV Injection"). Phone numbers go out as they are, `+79161234567`: they hold nothing but digits.
struct CSVEncoder {
  enum Cell: Sendable, Equatable {
    case text(String)
    /// E.164, checked again.
    case number(String)
    case integer(Int)
    case decimal(Double)
    /// Seconds with one decimal.
    case span(Duration)
    case empty
  }

  static let formulaBytes = Set("=+-@\t\r".utf8)
  private(set) var text = ""

  mutating func row(_ cells: [Cell]) {
    var first = true
    for cell in cells {
      if !first { text += "," }
      first = false
      append(cell)
    }
    text += "\r\n"
  }

  /// What was written since the last call.
  mutating func take() -> String {
    defer { text = "" }
    return text
  }

  private mutating func append(_ cell: Cell) {
    switch cell {
    case .empty: break
    case .integer(let number): text += String(number)
    case .decimal(let number): text += String(number)
    case .span(let duration):
      let tenths =
        duration.components.seconds * 10 + duration.components.attoseconds / 100_000_000_000_000_000
      text += "\(tenths / 10).\(tenths % 10)"
    case .number(let number): write(PhoneNumber(e164: number) == nil ? Self.defused(number) : number)
    case .text(let value): write(Self.defused(value))
    }
  }

  private mutating func write(_ value: String) {
    if value.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D || $0 == 0x3B }) {
      text += "\"" + value.replacing("\"", with: "\"\"") + "\""
    } else {
      text += value
    }
  }

  private static func defused(_ value: String) -> String {
    guard let first = value.utf8.first(where: { $0 != 0x20 }), formulaBytes.contains(first) else {
      return value
    }
    return "'" + value
  }
}
