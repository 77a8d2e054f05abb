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

  /// Functions that may be written to, by their whole names. Everything else in parentheses is refused, since
  /// SHELL(), FILE() and their like act on the machine.
  static let functions: Set<String> = ["TIMEOUT(absolute)"]

  /// A variable's name, letters, digits and `_`, or one of `functions`.
  static func variableName(_ name: String) throws(EncodingError) {
    try text(name, field: "variable name")
    if functions.contains(name) { return }
    guard name.utf8.allSatisfy(isWord) else { throw EncodingError(.separator, field: "variable name") }
  }

  /// A letter, a digit or `_`.
  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// A context or an extension among the arguments of a function: letters, digits, `_` and `-`.
  static func dialplanName(_ name: String, field: String) throws(EncodingError) {
    try text(name, field: field)
    let isPlain = name.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: "-") }
    guard isPlain, !name.isEmpty else { throw EncodingError(.separator, field: field) }
  }

  /// One segment of a path: `.` and `..` would be taken for directories on the way (RFC 3986 section 5.2.4).
  static func segment(_ text: String, field: String) throws(EncodingError) {
    try self.text(text, field: field)
    guard text != ".", text != ".." else { throw EncodingError(.separator, field: field) }
  }

  /// What `ast_app_separate_args` (`main/app.c`) takes apart or drops in a list with commas.
  static let listSeparators = Array(",\"\\()[]".utf8)
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
