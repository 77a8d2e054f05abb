/// A number in E.164: `+` and 3 to 15 digits (ITU-T E.164 section 6). That it is well formed says nothing of
/// whether it may be dialled: that is the policy's word.
public struct PhoneNumber: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  /// With the leading `+`.
  public let e164: String

  /// Nil unless the text is `+` and 3 to 15 ASCII digits, the first not 0.
  public init?(e164: String) {
    let bytes = e164.utf8
    guard bytes.count >= 4, bytes.count <= 16, bytes.first == UInt8(ascii: "+"),
      bytes.dropFirst().allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
      bytes.dropFirst().first != UInt8(ascii: "0")
    else { return nil }
    self.e164 = e164
  }

  /// The digits without `+`.
  public var digits: Substring { e164.dropFirst() }

  /// For logs: the first two and last two digits, the rest hidden.
  public var masked: String { Self.masked(e164) }

  /// Masked, so that a number in a log line or an error is never whole. `e164` is for the database and the wire.
  public var description: String { masked }

  public static func < (a: PhoneNumber, b: PhoneNumber) -> Bool { a.e164 < b.e164 }

  /// Hides the middle of anything that may be a number: `+79161234567` becomes `+79*******67`.
  ///
  /// The text may be hostile: what is no ASCII letter, digit, `+`, `*` or `#` becomes `?`, and at most 32
  /// characters are shown or hidden.
  public static func masked(_ text: String) -> String {
    let shown = text.unicodeScalars.prefix(maskedMax).map { scalar -> Character in
      switch scalar {
      case "0"..."9", "a"..."z", "A"..."Z", "+", "*", "#": Character(scalar)
      default: "?"
      }
    }
    guard shown.count > 5 else { return String(repeating: "*", count: shown.count) }
    return String(shown.prefix(3)) + String(repeating: "*", count: shown.count - 5) + String(shown.suffix(2))
  }

  /// Characters of a masked text.
  private static let maskedMax = 32

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let number = PhoneNumber(e164: text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an E.164 number")
    }
    self = number
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(e164)
  }
}

/// What sort of line a number belongs to, as libphonenumber's metadata tells.
public enum PhoneNumberKind: String, Sendable, Hashable, Codable, CaseIterable {
  case mobile
  case fixed
  /// Regions whose plan does not tell the two apart (North America).
  case fixedOrMobile = "fixed_or_mobile"
  case tollFree = "toll_free"
  case premium
  case sharedCost = "shared_cost"
  case voip
  case personal
  case other
  /// Readable as a number, but not one of its country's plan.
  case invalid
}

/// What a caller id turned out to be.
public enum CallerNumber: Sendable, Hashable, Codable {
  /// No caller id, or one of the words networks put there ("anonymous", "<unknown>").
  case hidden
  /// Digits that no numbering plan reads, kept as received (digits, `+`, `*`, `#` only; at most 32).
  case unreadable(String)
  case number(PhoneNumber, kind: PhoneNumberKind)

  /// The dialable number, if there is one.
  public var e164: PhoneNumber? {
    switch self {
    case .number(let number, _): number
    case .hidden, .unreadable: nil
    }
  }

  /// What the reports show: E.164, the raw digits, or nil where hidden.
  public var shown: String? {
    switch self {
    case .hidden: nil
    case .unreadable(let digits): digits
    case .number(let number, _): number.e164
    }
  }
}

/// Reads what Asterisk calls a caller id as a number. Implemented with libphonenumber in Service.
public protocol NumberPlan: Sendable {
  /// Reads raw caller-id text; national numbers are read as the configured region's.
  func read(_ raw: String) -> CallerNumber
  /// The number as it is dialled nationally (`8916…` in RU), digits only; nil for another country's.
  func national(_ number: PhoneNumber) -> String?
}
