/// Text of strangers (caller names, what Asterisk says) made harmless for a terminal or a log line: control
/// characters, line separators and direction marks become U+FFFD, and it ends after `limit` characters.
public struct PrintableText: Sendable, Hashable, CustomStringConvertible {
  /// Characters kept, at most, where nothing else is said.
  public static let charactersMax = 200

  public let description: String

  public init(_ raw: String, limit: Int = charactersMax) {
    var text = ""
    for character in raw.unicodeScalars.prefix(limit) {
      text.unicodeScalars.append(Self.isHarmless(character) ? character : "\u{FFFD}")
    }
    description = raw.unicodeScalars.count > limit ? text + "…" : text
  }

  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
    default: true
    }
  }
}
