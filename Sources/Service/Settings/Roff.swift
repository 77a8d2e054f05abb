/// Text for man pages, in the language of groff_man(7). Whatever comes in stands there as it is.
public enum Roff {
  /// Running text: nothing in it is a request or an escape. What stands between backticks is bold.
  public static func text(_ text: String) -> String {
    var isBold = false
    var line = ""
    for character in text {
      switch character {
      case "`":
        isBold.toggle()
        line += isBold ? "\\fB" : "\\fR"
      case "\\": line += "\\e"
      case "-": line += "\\-"
      case "\n": line += "\n"
      case "~": line += "\\(ti"
      case "^": line += "\\(ha"
      default: line.append(character)
      }
    }
    // A line that begins so would be a request.
    return line.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix(".") || $0.hasPrefix("'") ? "\\&\($0)" : String($0) }.joined(separator: "\n")
  }

  /// A word in bold.
  public static func bold(_ text: String) -> String { "\\fB\(self.text(text))\\fR" }

  /// The first line of a page. No date: the same sources make the same bytes.
  public static func title(_ name: String, section: Int, version: String) -> String {
    ".TH \(name.uppercased()) \(section) \"\" \"Perezvon \(version)\" \"Perezvon\"\n.nh\n.ad l\n"
  }

  /// A heading.
  public static func section(_ name: String) -> String { ".SH \"\(text(name))\"\n" }

  /// A term and what it means, indented.
  public static func item(_ term: String, _ meaning: String) -> String { ".TP\n\(term)\n\(text(meaning))\n" }
}
