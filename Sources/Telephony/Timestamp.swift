/// A moment on the wall clock, UTC.
///
/// Microseconds since 1970-01-01 00:00:00 UTC, the resolution of PostgreSQL's `timestamptz` and of AMI's
/// `Timestamp:` header. Range: the years 1970 to about 294,000.
public struct Timestamp: Sendable, Hashable, Comparable, Codable {
  /// Microseconds since 1970-01-01 00:00:00 UTC.
  public let microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// A moment given in seconds since 1970; the fraction beyond microseconds is cut.
  public init(seconds: Double) { self.microseconds = Int64((seconds * 1_000_000).rounded(.down)) }

  /// Seconds since 1970, for arithmetic with other systems.
  public var seconds: Double { Double(microseconds) / 1_000_000 }

  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }

  public static func + (a: Timestamp, b: Duration) -> Timestamp {
    Timestamp(microseconds: a.microseconds + b.microseconds)
  }

  public static func - (a: Timestamp, b: Duration) -> Timestamp {
    Timestamp(microseconds: a.microseconds - b.microseconds)
  }

  public static func - (a: Timestamp, b: Timestamp) -> Duration {
    .microseconds(a.microseconds - b.microseconds)
  }

  // One number in JSON: the spool and captures hold many of these.
  public init(from decoder: any Decoder) throws {
    microseconds = try decoder.singleValueContainer().decode(Int64.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let format = encoder.userInfo[.momentText] as? MomentFormat {
      try container.encode(format.text(self))
    } else {
      try container.encode(microseconds)
    }
  }
}

/// How an encoder writes moments that people and other programs read; without one they are microseconds.
public struct MomentFormat: Sendable {
  public let text: @Sendable (Timestamp) -> String

  public init(text: @escaping @Sendable (Timestamp) -> String) { self.text = text }
}

extension CodingUserInfoKey {
  /// A `MomentFormat`.
  public static let momentText = CodingUserInfoKey(rawValue: "perezvon.moment")!
}

extension Duration {
  /// The whole microseconds of this duration; smaller parts are cut.
  public var microseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
  }

  /// The whole milliseconds of this duration; smaller parts are cut.
  public var milliseconds: Int64 { microseconds / 1_000 }

  /// This duration in seconds.
  public var inSeconds: Double { Double(microseconds) / 1_000_000 }
}
