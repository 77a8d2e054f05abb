/// A UUID of version 7 (RFC 9562 section 5.7): sorts by the time it was made.
public struct UniqueID: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let high: UInt64
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// A new identifier for this moment.
  public init(at now: Timestamp, using random: inout some RandomNumberGenerator) {
    let milliseconds = UInt64(max(0, now.microseconds / 1_000)) & 0xFFFF_FFFF_FFFF
    high = milliseconds << 16 | 0x7000 | UInt64.random(in: 0...0xFFF, using: &random)
    low = 0x8000_0000_0000_0000 | UInt64.random(in: 0...0x3FFF_FFFF_FFFF_FFFF, using: &random)
  }

  /// Reads the 36-character form; nil where the text is not one. Upper and lower case are accepted.
  public init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.count == 36 else { return nil }
    var halves: (UInt64, UInt64) = (0, 0)
    var digits = 0
    for (index, byte) in bytes.enumerated() {
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let value = Self.hexValue(byte) else { return nil }
      if digits < 16 { halves.0 = halves.0 << 4 | value } else { halves.1 = halves.1 << 4 | value }
      digits += 1
    }
    (high, low) = halves
  }

  public var description: String {
    var text = ""
    text.reserveCapacity(36)
    for index in 0..<32 {
      if index == 8 || index == 12 || index == 16 || index == 20 { text.append("-") }
      let half = index < 16 ? high : low
      let nibble = Int(half >> UInt64(60 - 4 * (index % 16)) & 0xF)
      text.unicodeScalars.append(Unicode.Scalar(Self.hexDigits[nibble]))
    }
    return text
  }

  public static func < (a: UniqueID, b: UniqueID) -> Bool { (a.high, a.low) < (b.high, b.low) }

  private static let hexDigits = Array("0123456789abcdef".utf8)

  private static func hexValue(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }
}

extension UniqueID: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let id = UniqueID(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is not a UUID")
    }
    self = id
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// One callback owed to one customer.
public struct JobID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  public let id: UniqueID
  public init(_ id: UniqueID) { self.id = id }
  public init?(_ text: some StringProtocol) {
    guard let id = UniqueID(text) else { return nil }
    self.id = id
  }
  public var description: String { id.description }
  public static func < (a: JobID, b: JobID) -> Bool { a.id < b.id }
}

/// One try to carry out a job. The ids of our channels derive from it (`OurLeg`).
public struct AttemptID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  public let id: UniqueID
  public init(_ id: UniqueID) { self.id = id }
  public init?(_ text: some StringProtocol) {
    guard let id = UniqueID(text) else { return nil }
    self.id = id
  }
  public var description: String { id.description }
  public static func < (a: AttemptID, b: AttemptID) -> Bool { a.id < b.id }
}

/// One person of a contact list.
public struct ContactID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  public let id: UniqueID
  public init(_ id: UniqueID) { self.id = id }
  public init?(_ text: some StringProtocol) {
    guard let id = UniqueID(text) else { return nil }
    self.id = id
  }
  public var description: String { id.description }
  public static func < (a: ContactID, b: ContactID) -> Bool { a.id < b.id }
}

/// What one person has to do for one customer.
public struct TaskID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  public let id: UniqueID
  public init(_ id: UniqueID) { self.id = id }
  public init?(_ text: some StringProtocol) {
    guard let id = UniqueID(text) else { return nil }
    self.id = id
  }
  public var description: String { id.description }
  public static func < (a: TaskID, b: TaskID) -> Bool { a.id < b.id }
}
