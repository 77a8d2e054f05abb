/// Cuts a CSV file into records without reading their fields: PostgreSQL's COPY does that. A record that COPY could
/// not read is told by its line instead of spoiling the rest.
///
/// Quotes are counted as COPY counts them: any quote opens or closes, wherever it stands.
struct CSVRecords {
  /// One record: where it begins, and its bytes without the line end.
  struct Record: Sendable, Equatable {
    var line: Int
    var bytes: [UInt8]
  }

  enum Piece: Sendable, Equatable {
    case record(Record)
    case malformed(Record, reason: String)

    var bytes: Int {
      switch self {
      case .record(let record), .malformed(let record, _): record.bytes.count
      }
    }
  }

  /// Bytes of a record, and lines a quoted field may run over, at most.
  static let bytesMax = 64 * 1024
  static let linesMax = 100

  let delimiter: UInt8
  /// Fields every record must have; nil: not known yet, the first record is the header.
  var fields: Int?
  private var bytes: [UInt8] = []
  private var at = 0
  private var line = 1

  init(delimiter: UInt8) { self.delimiter = delimiter }

  /// More of the file.
  mutating func feed(_ more: some Sequence<UInt8>) {
    if at > 0 {
      bytes.removeFirst(at)
      at = 0
    }
    bytes += more
  }

  /// The next record; nil where more of the file is needed, or at its end.
  mutating func next(atEnd: Bool) -> Piece? {
    while true {
      guard let found = scan(atEnd: atEnd) else { return nil }
      // A blank line is no row.
      if found.record.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      if let reason = found.reason { return .malformed(found.record, reason: reason) }
      return .record(found.record)
    }
  }

  private mutating func scan(atEnd: Bool) -> (record: Record, reason: String?)? {
    guard at < bytes.count else { return nil }
    let (start, delimiter) = (at, delimiter)
    var (position, quoted, count, breaks, firstEnd) = (start, false, 1, 0, -1)
    var ended = false
    bytes.withUnsafeBufferPointer { bytes in
      while position < bytes.count {
        let byte = bytes[position]
        if byte == 0x22 {
          quoted.toggle()
        } else if byte == 0x0A {
          if firstEnd < 0 { firstEnd = position }
          if !quoted {
            ended = true
            return
          }
          breaks += 1
          if breaks >= CSVRecords.linesMax { return }
        } else if byte == delimiter, !quoted {
          count += 1
        }
        position += 1
        if position - start > CSVRecords.bytesMax { return }
      }
    }
    let endless = breaks >= Self.linesMax || position - start > Self.bytesMax
    guard ended || endless || atEnd else { return nil }
    if quoted || (endless && !ended) {
      // The rest of the file is not to be lost in it: only this line is.
      let end = firstEnd >= 0 ? firstEnd : position
      let reason =
        quoted ? "a quote is opened in it and not closed" : "it is longer than \(Self.bytesMax) bytes"
      return (take(to: end, breaks: 0), reason)
    }
    let record = take(to: position, breaks: breaks)
    return (record, fault(in: record, count: count))
  }

  /// The record from `at` up to a line end, which is passed.
  private mutating func take(to end: Int, breaks: Int) -> Record {
    var last = end
    if last > at, bytes[last - 1] == 0x0D { last -= 1 }
    let record = Record(line: line, bytes: Array(bytes[at..<last]))
    line += breaks + 1
    at = min(end + 1, bytes.count)
    return record
  }

  private func fault(in record: Record, count: Int) -> String? {
    if record.bytes.contains(0) { return "it holds a NUL byte" }
    if String(validating: record.bytes, as: UTF8.self) == nil {
      return "it is not UTF-8; save the list as CSV UTF-8"
    }
    if Self.hasBareReturn(record.bytes) { return "a carriage return stands outside of quotes" }
    if let fields, count != fields { return "it has \(count) columns, and the header \(fields)" }
    return nil
  }

  private static func hasBareReturn(_ bytes: [UInt8]) -> Bool {
    guard bytes.contains(0x0D) else { return false }
    var quoted = false
    for byte in bytes {
      if byte == 0x22 { quoted.toggle() }
      if byte == 0x0D, !quoted { return true }
    }
    return false
  }

  /// Fields of a header, its delimiter being the one of `,` `;` and tab that it has most of outside of quotes.
  static func delimiter(ofHeader bytes: some Sequence<UInt8>) -> UInt8 {
    var counts: [UInt8: Int] = [0x2C: 0, 0x3B: 0, 0x09: 0]
    var quoted = false
    for byte in bytes {
      if byte == 0x22 { quoted.toggle() }
      if byte == 0x0A, !quoted { break }
      if !quoted, counts[byte] != nil { counts[byte]? += 1 }
    }
    return [0x2C, 0x3B, 0x09].max { counts[$0] ?? 0 < counts[$1] ?? 0 } ?? 0x2C
  }
}
