internal import Yams

/// Turns YAML text into nodes that know their place. Finds every duplicate key, not only the first.
enum YAMLText {
  /// Bytes of a configuration file, at most.
  static let bytesMax = 1 << 20
  /// Levels of nesting, at most; the deepest key stands at 6.
  static let depthMax = 50
  /// Duplicate keys looked for, at most.
  static let duplicatesMax = 100

  /// Renamed keys begin with a scalar from here on, one for each. Private use: no key of ours begins so.
  static let renamedMark: UInt32 = 0xE000

  struct Failure: Error {
    var line: Int
    var column: Int
    var message: String
  }

  /// The root; nil where the text has none. A key that stands twice is renamed at its first place, so that
  /// reading goes on; `renamed` tells what it was called, by the new name.
  static func read(_ text: String) throws(Failure) -> (root: Node?, renamed: [String: String]) {
    guard text.utf8.count <= bytesMax else {
      throw Failure(
        line: 0, column: 0, message: "the file is larger than 1 MiB; it cannot be a configuration")
    }
    try checkDepth(text)
    // Editors on Windows begin a file with a byte order mark.
    var text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    var renamed: [String: String] = [:]
    while true {
      do {
        return (try Parser(yaml: text).singleRoot(), renamed)
      } catch let error as YamlError {
        guard case .duplicatedKeysInMapping(let names, let context) = error else {
          throw failure(error, in: text)
        }
        let mark = context.mark
        guard renamed.count < duplicatesMax,
          let newFirst = Unicode.Scalar(renamedMark + UInt32(renamed.count)),
          let (next, old, new) = rename(at: mark, among: names, to: newFirst, in: text)
        else {
          let name = names.first.map(Shown.text) ?? ""
          throw Failure(
            line: mark.line, column: mark.column, message: "key \"\(name)\" is given twice; keep one of them")
        }
        text = next
        renamed[new] = old
      } catch {
        throw Failure(line: 0, column: 0, message: "the file cannot be read as YAML: \(error)")
      }
    }
  }

  /// Changes the first letter of the key at this place, which keeps every other place what it was.
  private static func rename(
    at mark: Mark, among names: [String], to first: Unicode.Scalar, in text: String
  ) -> (text: String, old: String, new: String)? {
    var scalars = Array(text.unicodeScalars)
    var index = 0
    var line = 1
    while line < mark.line, index < scalars.count {
      if scalars[index] == "\n" { line += 1 }
      index += 1
    }
    index += mark.column - 1
    if index < scalars.count, scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
    guard index < scalars.count,
      let old = names.filter({ scalars[index...].starts(with: $0.unicodeScalars) }).max(by: {
        $0.count < $1.count
      }),
      !old.isEmpty
    else { return nil }
    scalars[index] = first
    var copy = String.UnicodeScalarView()
    copy.append(contentsOf: scalars)
    var new = String.UnicodeScalarView([first])
    new.append(contentsOf: old.unicodeScalars.dropFirst())
    return (String(copy), old, String(new))
  }

  /// The parser is recursive: refuses a text that would take it too deep. Brackets in quotes count as well,
  /// which no real file comes near.
  private static func checkDepth(_ text: String) throws(Failure) {
    var open = 0
    var dashes = 0
    var line = 1
    var comment = false
    for byte in text.utf8 where !comment || byte == UInt8(ascii: "\n") {
      switch byte {
      case UInt8(ascii: "#"): comment = true
      case UInt8(ascii: "["), UInt8(ascii: "{"): open += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): open = max(0, open - 1)
      case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"): dashes += 1
      case UInt8(ascii: "\n"):
        line += 1
        dashes = 0
        comment = false
      case UInt8(ascii: " "), UInt8(ascii: "\t"): break
      default: dashes = 0
      }
      if open > depthMax || dashes > 200 {
        throw Failure(
          line: line, column: 1, message: "the file is nested too deeply here; close the brackets before")
      }
    }
  }

  private static func failure(_ error: YamlError, in text: String) -> Failure {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let where_ = context.map { " (\($0.text) in line \($0.mark.line))" } ?? ""
      return Failure(line: mark.line, column: mark.column, message: "this is not YAML: \(problem)\(where_)")
    case .reader(let problem, let offset, _, _):
      let line = 1 + text.utf8.prefix(offset ?? 0).count { $0 == UInt8(ascii: "\n") }
      return Failure(line: line, column: 1, message: "this line is not readable text: \(problem)")
    case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded, .duplicatedKeysInMapping:
      return Failure(line: 0, column: 0, message: "the file cannot be read as YAML: \(error)")
    }
  }
}
