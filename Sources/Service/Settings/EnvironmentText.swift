/// Fills `${NAME}` in a text from the environment. `$$` stands for one `$`; a `$` before anything else stays.
enum EnvironmentText {
  /// The filled text, or the sentences of what is wrong with it (variables that are not set, an open brace).
  static func fill(_ text: String, from environment: [String: String]) -> Result<String, Problems> {
    guard text.utf8.contains(UInt8(ascii: "$")) else { return .success(text) }
    var out = ""
    var problems: [String] = []
    var rest = Substring(text)
    while let dollar = rest.firstIndex(of: "$") {
      out += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      switch rest.first {
      case "$":
        out += "$"
        rest = rest.dropFirst()
      case "{":
        guard let close = rest.firstIndex(of: "}") else {
          problems.append("has a \"${\" without \"}\"; write \"$${\" where a plain \"${\" is meant")
          rest = ""
          continue
        }
        let name = String(rest[rest.index(after: rest.startIndex)..<close])
        rest = rest[rest.index(after: close)...]
        if !isName(name) {
          problems.append("has \"${\(Shown.text(name))}\", which is no name of an environment variable")
        } else if let value = environment[name] {
          out += value
        } else {
          problems.append("needs the environment variable \(name), which is not set; set it for the service")
        }
      default: out += "$"
      }
    }
    return problems.isEmpty ? .success(out + rest) : .failure(Problems(sentences: problems))
  }

  struct Problems: Error { let sentences: [String] }

  private static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(48...57).contains(first), text.utf8.count <= 256 else {
      return false
    }
    return text.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || byte == UInt8(ascii: "_")
    }
  }
}

/// What of the file's text an error shows: one line, at most 40 characters.
enum Shown {
  static func text(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      if out.unicodeScalars.count >= 40 { return out + "…" }
      let isControl = scalar.properties.generalCategory == .control
      out.unicodeScalars.append(isControl ? "?" : scalar)
    }
    return out
  }
}
