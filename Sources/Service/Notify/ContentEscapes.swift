import Mustache

/// How values are put into a template, by what the template makes. Scalar by scalar: a `<` with a combining accent is
/// one character, and still a `<` to whoever reads the bytes.
enum ContentEscape: String, Sendable, CaseIterable, MustacheContentType {
  /// Element content and quoted attributes.
  case html = "PEREZVON_HTML"
  /// Inside a JSON string (RFC 8259 section 7).
  case json = "PEREZVON_JSON"
  /// Percent-encoding of all but the unreserved characters (RFC 3986 section 2.3): forms and URLs.
  case form = "PEREZVON_FORM"
  /// Lines of a text mail or a text message: no control characters.
  case text = "PEREZVON_TEXT"

  private static let registered: Void = {
    for escape in allCases { MustacheContentTypes.register(escape, named: escape.rawValue) }
  }()

  /// A template whose values are escaped this way. Throws where the text is no mustache.
  func template(_ text: String) throws -> MustacheTemplate {
    Self.registered
    return try MustacheTemplate(string: "{{% CONTENT_TYPE:\(rawValue)}}\n" + text)
  }

  func escapeText(_ text: String) -> String {
    var escaped = ""
    escaped.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch self {
      case .html: Self.appendHTML(scalar, &escaped)
      case .json: Self.appendJSON(scalar, &escaped)
      case .form: Self.appendForm(scalar, &escaped)
      case .text: escaped.unicodeScalars.append(Self.isControl(scalar) ? " " : scalar)
      }
    }
    return escaped
  }

  private static func appendHTML(_ scalar: Unicode.Scalar, _ text: inout String) {
    switch scalar {
    case "<": text += "&lt;"
    case ">": text += "&gt;"
    case "&": text += "&amp;"
    case "\"": text += "&quot;"
    case "'": text += "&#39;"
    default: text.unicodeScalars.append(isControl(scalar) ? " " : scalar)
    }
  }

  private static func appendJSON(_ scalar: Unicode.Scalar, _ text: inout String) {
    switch scalar {
    case "\"": text += "\\\""
    case "\\": text += "\\\\"
    case "\n": text += "\\n"
    case "<", ">", "&", "\u{2028}", "\u{2029}", "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}":
      let hex = String(scalar.value, radix: 16)
      text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
    default: text.unicodeScalars.append(scalar)
    }
  }

  private static func appendForm(_ scalar: Unicode.Scalar, _ text: inout String) {
    for byte in String(Character(scalar)).utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        text.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let hex = String(byte, radix: 16, uppercase: true)
        text += byte < 16 ? "%0\(hex)" : "%\(hex)"
      }
    }
  }

  /// Control characters, line and paragraph separators, and marks that turn the direction of what follows.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
    default: ("\u{202A}"..."\u{202E}").contains(scalar) || ("\u{2066}"..."\u{2069}").contains(scalar)
    }
  }

  /// How values go into a request's body, by its Content-Type, else by how it begins.
  static func of(body: String, contentType: String?) -> ContentEscape {
    let type = contentType?.lowercased() ?? ""
    if type.contains("json") { return .json }
    if type.contains("x-www-form-urlencoded") { return .form }
    if type.contains("xml") || type.contains("html") { return .html }
    switch body.first(where: { !$0.isWhitespace }) {
    case "{", "[": return .json
    case "<": return .html
    default: return type.isEmpty ? .form : .text
    }
  }
}
