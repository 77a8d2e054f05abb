/// One key of the configuration: what it is called, what it may hold, what it means. The only source for
/// reading the file, for the sample file and for the reference page.
struct KeyDescription: Sendable {
  /// What happens where the key is left out.
  enum Absence: Sendable {
    case required
    /// Stays unset; the sentence of the key says what that means.
    case unset
    /// As if this YAML scalar stood there.
    case value(String)
    /// As if an empty map or list stood there, so that the keys inside take their defaults.
    case empty
  }

  /// When a changed value takes effect.
  enum Takes: Sendable { case reload, restart }

  let name: String
  let kind: KeyKind
  let absence: Absence
  /// One sentence or two; ends with a full stop.
  let sentence: String
  /// YAML text for the sample file, of a scalar or a flow list; empty for maps.
  let example: String
  /// In the sample file the key stands behind a `#`.
  let disabled: Bool
  let takes: Takes
  /// The version that brought it.
  let since: String

  init(
    _ name: String, _ kind: KeyKind, _ absence: Absence, _ sentence: String, example: String? = nil,
    disabled: Bool? = nil, takes: Takes = .reload, since: String = "0.1"
  ) {
    self.name = name
    self.kind = kind
    self.absence = absence
    self.sentence = sentence
    if case .value(let text) = absence {
      self.example = example ?? text
    } else {
      self.example = example ?? ""
    }
    switch absence {
    case .required: self.disabled = disabled ?? false
    case .empty: self.disabled = disabled ?? false
    case .unset, .value: self.disabled = disabled ?? true
    }
    self.takes = takes
    self.since = since
  }

  /// Secrets may stand in a file of their own, named by this key.
  var fileKey: String? { kind.isSecret ? name + "_file" : nil }
}

/// What a key may hold.
indirect enum KeyKind: Sendable {
  case text(TextFormat)
  /// A text that is never shown; may be given as `<key>_file`.
  case secret(TextFormat)
  case integer(ClosedRange<Int>)
  case number(ClosedRange<Double>)
  /// `3%`; the value is a share from 0 to 1.
  case percentage
  /// A percentage or one word.
  case percentageOr(String)
  case duration(ClosedRange<Duration>)
  case boolean
  case choice([String])
  case list(of: KeyKind, count: ClosedRange<Int>)
  /// One value or a list of them.
  case oneOrMore(KeyKind, upTo: Int)
  case map([KeyDescription])
  /// Keys are the administrator's own names.
  case table(keys: TextFormat, values: KeyKind, upTo: Int)

  var isSecret: Bool {
    if case .secret = self { true } else { false }
  }

  /// In words, for the reference page and for "must be …".
  var words: String {
    switch self {
    case .text(let format), .secret(let format): format.words
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range):
      "a number from \(NumberText.shortest(range.lowerBound)) to \(NumberText.shortest(range.upperBound))"
    case .percentage: "a percentage from 0% to 100%"
    case .percentageOr(let word): "`\(word)` or a percentage from 0% to 100%"
    case .duration(let range):
      "a duration from \(DurationText.shortest(range.lowerBound)) "
        + "to \(DurationText.shortest(range.upperBound))"
    case .boolean: "true or false"
    case .choice(let words): "one of " + words.joined(separator: ", ")
    case .list(let item, let count):
      "a list of \(count.lowerBound == 0 ? "up" : "\(count.lowerBound)") to \(count.upperBound) values, "
        + "each \(item.words)"
    case .oneOrMore(let item, _): "\(item.words), or a list of such"
    case .map: "a map of keys"
    case .table(let keys, let values, _): "a map from \(keys.words) to \(values.words)"
    }
  }
}
