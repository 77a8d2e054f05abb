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

  static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
    default: true
    }
  }
}

/// JSON for a terminal or a pipe: what `PrintableText` would replace is written as `\u` escapes instead, so that
/// the value stays what it is. Line ends and blanks between values stay.
public enum TerminalJSON {
  /// The same JSON value. Outside ASCII JSON has characters in strings only, so an escape is right there.
  public static func harmless(_ json: String) -> String {
    var out = String.UnicodeScalarView()
    for scalar in json.unicodeScalars {
      if scalar == "\n" || PrintableText.isHarmless(scalar) {
        out.append(scalar)
      } else {
        for unit in String(scalar).utf16 {
          let hex = String(unit, radix: 16)
          out.append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - hex.count) + hex).unicodeScalars)
        }
      }
    }
    return String(out)
  }
}
