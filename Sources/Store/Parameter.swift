import Telephony

/// One value of a statement, in PostgreSQL's binary form: the only way a value reaches SQL.
struct Parameter: Sendable {
  /// OID of the type, `pg_type.dat`.
  let type: UInt32
  /// Nil is NULL.
  let bytes: [UInt8]?

  /// Bytes of one text, at most; what is longer is cut at a character. Keeps index rows under PostgreSQL's
  /// 2,704 bytes.
  static let textMax = 1_000

  /// PostgreSQL's texts cannot hold NUL: it becomes U+FFFD.
  static func text(_ value: String?) -> Parameter {
    Parameter(type: 25, bytes: value.map(textBytes))
  }

  static func text(_ value: (some TextIdentifier)?) -> Parameter { text(value?.rawValue) }

  static func word(_ value: (some RawRepresentable<String>)?) -> Parameter { text(value?.rawValue) }

  static func texts(_ values: [String]) -> Parameter {
    // Dimensions, null flag, element type; size and lower bound of the one dimension; the elements.
    var bytes: [UInt8] = []
    append(Int32(values.isEmpty ? 0 : 1), to: &bytes)
    append(Int32(0), to: &bytes)
    append(Int32(25), to: &bytes)
    if !values.isEmpty {
      append(Int32(values.count), to: &bytes)
      append(Int32(1), to: &bytes)
    }
    for value in values {
      let element = textBytes(value)
      append(Int32(element.count), to: &bytes)
      bytes += element
    }
    return Parameter(type: 1009, bytes: bytes)
  }

  static func int(_ value: (some BinaryInteger)?) -> Parameter {
    Parameter(type: 20, bytes: value.map { bigEndian(Int64(clamping: $0)) })
  }

  static func bool(_ value: Bool) -> Parameter { Parameter(type: 16, bytes: [value ? 1 : 0]) }

  static func uuid(_ value: UniqueID?) -> Parameter {
    Parameter(type: 2950, bytes: value.map { bigEndian($0.high) + bigEndian($0.low) })
  }

  /// Moments before 4713 BC, which PostgreSQL does not know, become its earliest one.
  static func time(_ value: Timestamp?) -> Parameter {
    Parameter(
      type: 1184,
      bytes: value.map {
        let (moment, overflow) = $0.microseconds.subtractingReportingOverflow(epochOffset)
        return bigEndian(overflow ? earliest : max(moment, earliest))
      })
  }

  /// Microseconds, days, months.
  static func span(_ value: Duration) -> Parameter {
    var bytes = bigEndian(value.microseconds)
    append(Int64(0), to: &bytes)
    return Parameter(type: 1186, bytes: bytes)
  }

  /// Text that is JSON already; byte 1 is the version of the binary form.
  static func json(_ text: String) -> Parameter { Parameter(type: 3802, bytes: [1] + Array(text.utf8)) }

  static func double(_ value: Double?) -> Parameter {
    Parameter(type: 701, bytes: value.map { bigEndian($0.bitPattern) })
  }

  /// A bytea, not cut.
  static func bytes(_ value: [UInt8]) -> Parameter { Parameter(type: 17, bytes: value) }

  /// From 1970-01-01 to 2000-01-01, PostgreSQL's epoch, in microseconds.
  static let epochOffset: Int64 = 946_684_800_000_000
  private static let earliest: Int64 = -211_813_488_000_000_000

  private static func textBytes(_ value: String) -> [UInt8] {
    var value = value
    if value.utf8.count > textMax {
      value = String(decoding: value.utf8.prefix(textMax), as: UTF8.self)
      // A character cut in the middle has become U+FFFD.
      if value.last == "\u{FFFD}" { value.removeLast() }
    }
    guard value.utf8.contains(0) else { return Array(value.utf8) }
    var bytes: [UInt8] = []
    for byte in value.utf8 {
      if byte == 0 { bytes += [0xEF, 0xBF, 0xBD] } else { bytes.append(byte) }
    }
    return bytes
  }

  private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }

  private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.bigEndian) { bytes += $0 }
  }
}

/// One SQL text, prepared once per connection under its name.
struct Statement: Sendable {
  /// At most 63 bytes: PostgreSQL cuts off the rest.
  let name: String
  let sql: String

  init(_ name: String, _ sql: String) {
    precondition(name.utf8.count <= 63, "statement name too long: \(name)")
    self.name = name
    self.sql = sql
  }

  /// This statement with its values, for a batch.
  func with(_ parameters: Parameter...) -> Call { Call(statement: self, parameters: parameters) }

  struct Call: Sendable {
    let statement: Statement
    let parameters: [Parameter]
  }
}
