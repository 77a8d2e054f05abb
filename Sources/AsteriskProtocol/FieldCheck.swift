/// What may stand in a value sent to Asterisk. Refuses; never strips.
enum FieldCheck {
  /// No control character and none of `forbidden`; not empty unless said.
  static func text(
    _ text: String, field: String, forbidden: [UInt8] = [], mayBeEmpty: Bool = false
  ) throws(EncodingError) {
    if text.isEmpty, !mayBeEmpty { throw EncodingError(.empty, field: field) }
    for byte in text.utf8 {
      if byte < 0x20 || byte == 0x7F { throw EncodingError(.controlCharacter, field: field) }
      if forbidden.contains(byte) { throw EncodingError(.separator, field: field) }
    }
  }

  /// A variable or function name: nothing that separates names from values.
  static func variableName(_ name: String) throws(EncodingError) {
    try text(name, field: "variable name", forbidden: [UInt8(ascii: "="), UInt8(ascii: "\\")])
  }
}

/// `"name" <number>` as Asterisk reads it (`main/callerid.c`, `ast_callerid_parse`).
enum CallerIDText {
  static func encoded(name: String, number: String) throws(EncodingError) -> String {
    try FieldCheck.text(name, field: "caller name", mayBeEmpty: true)
    let brackets = [UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\"")]
    try FieldCheck.text(number, field: "caller number", forbidden: brackets, mayBeEmpty: true)
    if name.isEmpty { return number.isEmpty ? "" : "<\(number)>" }
    var quoted = "\""
    for character in name.unicodeScalars {
      if character == "\"" || character == "\\" { quoted.unicodeScalars.append("\\") }
      quoted.unicodeScalars.append(character)
    }
    quoted += "\""
    return number.isEmpty ? quoted : "\(quoted) <\(number)>"
  }
}

/// The one JSON shape that is sent: an object of texts inside an object (RFC 8259).
enum JSONText {
  /// `{"variables":{"A":"1"}}`, names in order.
  static func object(_ name: String, _ values: [String: String]) -> [UInt8] {
    var out = "{" + quoted(name) + ":{"
    var separator = ""
    for (key, value) in values.sorted(by: { $0.key < $1.key }) {
      out += separator + quoted(key) + ":" + quoted(value)
      separator = ","
    }
    return Array((out + "}}").utf8)
  }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
