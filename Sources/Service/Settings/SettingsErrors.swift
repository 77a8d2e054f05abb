/// Everything that is wrong with one configuration, found at once and sorted by place.
public struct SettingsErrors: Error, Sendable, Equatable, CustomStringConvertible {
  /// One mistake: where it is, and a sentence that says what to do.
  public struct Mistake: Sendable, Hashable, CustomStringConvertible {
    /// Line, from 1; 0 where the mistake is the whole file's.
    public var line: Int
    /// Column in characters, from 1; 0 where the mistake is the whole file's.
    public var column: Int
    /// One sentence. Never holds a secret.
    public var message: String

    /// A mistake at a place; 0 and 0 for the whole file.
    public init(line: Int, column: Int, message: String) {
      self.line = line
      self.column = column
      self.message = message
    }

    public var description: String { line > 0 ? "\(line):\(column): \(message)" : message }
  }

  /// Mistakes reported at once, at most; the last line then says how many more there are.
  public static let reportedMax = 100

  /// The file's name as given, for the beginning of every line.
  public let fileName: String
  /// By line and column, none twice.
  public let mistakes: [Mistake]

  /// Sorts the mistakes and leaves out repetitions.
  public init(fileName: String, mistakes: [Mistake]) {
    self.fileName = fileName
    // A mistake reached by two ways (an alias, a key with two checks) is one mistake.
    var seen: Set<Mistake> = []
    self.mistakes = mistakes.filter { seen.insert($0).inserted }
      .sorted { ($0.line, $0.column, $0.message) < ($1.line, $1.column, $1.message) }
  }

  /// One mistake a line: `perezvon.yaml:14:7: unknown key …`.
  public var description: String {
    var lines = mistakes.prefix(Self.reportedMax).map { mistake in
      mistake.line > 0 ? "\(fileName):\(mistake)" : "\(fileName): \(mistake)"
    }
    if mistakes.count > Self.reportedMax {
      lines.append("\(fileName): and \(mistakes.count - Self.reportedMax) more mistakes")
    }
    return lines.joined(separator: "\n")
  }
}
