/// Text of strangers made harmless inside an HTML or SVG element or a quoted attribute.
enum HTMLText {
  /// Characters of one text, at most.
  static let charactersMax = 1_000

  static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in PrintableText(text, limit: charactersMax).description.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
