import CLibpq
import Telephony

/// What one statement returned. Owns the `PGresult`; stays on the connection's thread.
final class Rows {
  private let result: OpaquePointer
  let count: Int
  /// Rows inserted, updated or returned.
  let affected: Int

  init(_ result: OpaquePointer) {
    self.result = result
    count = Int(PQntuples(result))
    affected = Int(String(cString: PQcmdTuples(result))) ?? 0
  }

  deinit { PQclear(result) }

  /// Names, and OIDs of types (`pg_type.dat`).
  var columns: [(name: String, type: UInt32)] {
    (0..<PQnfields(result)).map { column in
      (PQfname(result, column).map { String(cString: $0) } ?? "", UInt32(PQftype(result, column)))
    }
  }

  func map<T>(_ read: (inout Row) throws(StoreError) -> T) throws(StoreError) -> [T] {
    var list: [T] = []
    list.reserveCapacity(count)
    for index in 0..<count {
      var row = Row(result: result, index: Int32(index))
      list.append(try read(&row))
    }
    return list
  }

  func first<T>(_ read: (inout Row) throws(StoreError) -> T) throws(StoreError) -> T? {
    guard count > 0 else { return nil }
    var row = Row(result: result, index: 0)
    return try read(&row)
  }
}

/// Reads the columns of one row from left to right, in PostgreSQL's binary form.
struct Row {
  fileprivate let result: OpaquePointer
  fileprivate let index: Int32
  private var column: Int32 = 0

  fileprivate init(result: OpaquePointer, index: Int32) {
    self.result = result
    self.index = index
  }

  mutating func textOrNil() throws(StoreError) -> String? {
    next().map { String(decoding: $0, as: UTF8.self) }
  }

  mutating func text() throws(StoreError) -> String { try present(textOrNil()) }

  mutating func nameOrNil<T: TextIdentifier>(_: T.Type = T.self) throws(StoreError) -> T? {
    try textOrNil().map(T.init(rawValue:))
  }

  mutating func name<T: TextIdentifier>(_: T.Type = T.self) throws(StoreError) -> T {
    T(rawValue: try text())
  }

  mutating func wordOrNil<T: RawRepresentable<String>>(_: T.Type = T.self) throws(StoreError) -> T? {
    guard let text = try textOrNil() else { return nil }
    guard let word = T(rawValue: text) else { throw unreadable("\(T.self) named \(text)") }
    return word
  }

  mutating func word<T: RawRepresentable<String>>(_: T.Type = T.self) throws(StoreError) -> T {
    try present(wordOrNil())
  }

  /// From int2, int4 or int8.
  mutating func intOrNil() throws(StoreError) -> Int64? {
    guard let bytes = next() else { return nil }
    switch bytes.count {
    case 2: return Int64(Int16(truncatingIfNeeded: Self.bigEndian(bytes)))
    case 4: return Int64(Int32(truncatingIfNeeded: Self.bigEndian(bytes)))
    case 8: return Int64(bitPattern: Self.bigEndian(bytes))
    default: throw unreadable("integer of \(bytes.count) bytes")
    }
  }

  mutating func int() throws(StoreError) -> Int { Int(try present(intOrNil())) }

  mutating func bool() throws(StoreError) -> Bool { try present(next()).first == 1 }

  mutating func uuidOrNil() throws(StoreError) -> UniqueID? {
    guard let bytes = next() else { return nil }
    guard bytes.count == 16 else { throw unreadable("uuid") }
    return UniqueID(high: Self.bigEndian(bytes.prefix(8)), low: Self.bigEndian(bytes.suffix(8)))
  }

  mutating func uuid() throws(StoreError) -> UniqueID { try present(uuidOrNil()) }

  /// `infinity` becomes the last moment there is.
  mutating func timeOrNil() throws(StoreError) -> Timestamp? {
    guard let bytes = next() else { return nil }
    guard bytes.count == 8 else { throw unreadable("timestamptz") }
    let moment = Int64(bitPattern: Self.bigEndian(bytes))
    let (sum, overflow) = moment.addingReportingOverflow(Parameter.epochOffset)
    return Timestamp(microseconds: overflow ? .max : sum)
  }

  mutating func time() throws(StoreError) -> Timestamp { try present(timeOrNil()) }

  /// A day counts 24 hours, a month 30 days.
  mutating func spanOrNil() throws(StoreError) -> Duration? {
    guard let bytes = next() else { return nil }
    guard bytes.count == 16 else { throw unreadable("interval") }
    let microseconds = Int64(bitPattern: Self.bigEndian(bytes.prefix(8)))
    let rest = Self.bigEndian(bytes.suffix(8))
    let days = Int64(Int32(truncatingIfNeeded: rest >> 32))
    let months = Int64(Int32(truncatingIfNeeded: rest))
    return .microseconds(microseconds) + .seconds((days + 30 * months) * 86_400)
  }

  mutating func span() throws(StoreError) -> Duration { try present(spanOrNil()) }

  /// A column of any type that reports have; others are read as text.
  mutating func cell(type: UInt32) throws(StoreError) -> ReportCell {
    switch type {
    case 16:
      guard let bytes = next() else { return .none }
      return .truth(bytes.first == 1)
    case 20, 21, 23: return try intOrNil().map { .integer(Int($0)) } ?? .none
    case 701:
      guard let bytes = next() else { return .none }
      return .decimal(Double(bitPattern: Self.bigEndian(bytes)))
    case 1082:
      guard let bytes = next() else { return .none }
      let days = Int(Int32(truncatingIfNeeded: Self.bigEndian(bytes)))
      return .day(CivilDay.text(daysSince2000: days))
    case 1184: return try timeOrNil().map { .moment($0) } ?? .none
    case 1186: return try spanOrNil().map { .span($0) } ?? .none
    case 2950: return try uuidOrNil().map { .text($0.description) } ?? .none
    case 1009:
      guard PQgetisnull(result, index, column) == 0 else {
        column += 1
        return .none
      }
      return .texts(try texts())
    default: return try textOrNil().map { .text($0) } ?? .none
    }
  }

  /// A one-dimensional text[]; null elements are read as empty.
  mutating func texts() throws(StoreError) -> [String] {
    let bytes = try present(next())
    guard bytes.count >= 12 else { throw unreadable("text[]") }
    guard bytes.count >= 20 else { return [] }
    var list: [String] = []
    var at = 20
    while at + 4 <= bytes.count {
      let length = Int(Int32(truncatingIfNeeded: Self.bigEndian(bytes[at..<at + 4])))
      at += 4
      guard length >= 0 else {
        list.append("")
        continue
      }
      guard at + length <= bytes.count else { throw unreadable("text[]") }
      list.append(String(decoding: bytes[at..<at + length], as: UTF8.self))
      at += length
    }
    return list
  }

  /// A bytea.
  mutating func bytes() throws(StoreError) -> [UInt8] { Array(try present(next())) }

  /// The next column's bytes, nil for NULL. They live as long as the `Rows`.
  private mutating func next() -> UnsafeRawBufferPointer? {
    defer { column += 1 }
    guard PQgetisnull(result, index, column) == 0 else { return nil }
    return UnsafeRawBufferPointer(
      start: PQgetvalue(result, index, column), count: Int(PQgetlength(result, index, column)))
  }

  private func present<T>(_ value: T?) throws(StoreError) -> T {
    guard let value else { throw unreadable("value where there must be one") }
    return value
  }

  private func unreadable(_ what: String) -> StoreError {
    let column = PQfname(result, max(0, self.column - 1)).map { String(cString: $0) } ?? "?"
    return StoreError(
      code: .schema, message: "no readable \(what) in column \(column)",
      hint: "the tables of schema perezvon were changed by hand, or by a newer program")
  }

  private static func bigEndian(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
