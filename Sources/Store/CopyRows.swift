import Telephony

/// Rows in the binary form of COPY (PostgreSQL manual, COPY, "Binary Format"): a header, for each row the
/// number of fields and each field with its length, a trailer. The types are those of the columns.
struct CopyRows: Sendable {
  private(set) var bytes: [UInt8]
  private(set) var count = 0

  /// - Parameter reserving: bytes expected.
  init(reserving: Int = 0) {
    bytes = []
    bytes.reserveCapacity(reserving)
    bytes += Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]
    int(Int32(0))
    int(Int32(0))
  }

  /// With the trailer: what is sent.
  var finished: [UInt8] {
    var whole = self
    whole.int(Int16(-1))
    return whole.bytes
  }

  mutating func row(fields: Int16) {
    count += 1
    int(fields)
  }

  mutating func null() { int(Int32(-1)) }

  /// Cut and cleaned as every text that goes to PostgreSQL (`Parameter.text`).
  mutating func text(_ value: String?) {
    guard let value else { return null() }
    let utf8 = value.utf8
    if utf8.count > Parameter.textMax || utf8.contains(0) { return raw(Parameter.text(value).bytes ?? []) }
    int(Int32(utf8.count))
    bytes.append(contentsOf: utf8)
  }

  mutating func text(_ value: (some TextIdentifier)?) { text(value?.rawValue) }
  mutating func word(_ value: (some RawRepresentable<String>)?) { text(value?.rawValue) }

  mutating func bool(_ value: Bool) {
    int(Int32(1))
    bytes.append(value ? 1 : 0)
  }

  mutating func int4(_ value: some BinaryInteger) {
    int(Int32(4))
    int(Int32(clamping: value))
  }

  mutating func time(_ value: Timestamp) {
    int(Int32(8))
    // What PostgreSQL cannot hold it refuses.
    int(value.microseconds &- Parameter.epochOffset)
  }

  /// Microseconds; no days, no months.
  mutating func span(_ value: Duration) {
    int(Int32(16))
    int(value.microseconds)
    int(Int64(0))
  }

  mutating func texts(_ values: [String]) { raw(Parameter.texts(values).bytes ?? []) }
  mutating func json(_ text: String) { raw(Parameter.json(text).bytes ?? []) }
  mutating func uuid(_ value: UniqueID?) {
    guard let value else { return null() }
    raw(Parameter.uuid(value).bytes ?? [])
  }

  private mutating func raw(_ field: [UInt8]) {
    int(Int32(field.count))
    bytes += field
  }

  private mutating func int(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }
}
