internal import Yams

extension ConfigurationReader {
  /// The text of a scalar with `${NAME}` filled in; nil after a mistake.
  mutating func scalar(_ node: Node, _ kind: KeyKind, at place: Place) -> String? {
    guard let scalar = node.scalar else {
      report(place, "\(place.path) must be \(kind.words), not a \(node.mapping != nil ? "map" : "list")")
      return nil
    }
    if scalar.style == .plain, ["", "~", "null", "Null", "NULL"].contains(scalar.string) {
      report(place, "\(place.path) has no value; write \(kind.words), or take the key out")
      return nil
    }
    switch EnvironmentText.fill(scalar.string, from: environment) {
    case .success(let text): return text
    case .failure(let problems):
      for sentence in problems.sentences { report(place, "\(place.path) \(sentence)") }
      return nil
    }
  }

  /// A value of a scalar kind; nil after a mistake.
  mutating func readScalar(_ text: String, _ kind: KeyKind, at place: Place) -> ConfigurationNode.Value? {
    switch kind {
    case .text(let format):
      if let problem = format.problem(with: text) {
        // A question stands at the end.
        report(
          place,
          problem.hasSuffix("?")
            ? "\(place.path) \"\(Shown.text(text))\" \(problem)"
            : "\(place.path) \(problem)\(Self.shown(text))")
        return nil
      }
      return .text(text)
    case .secret(let format):
      if let problem = format.problem(with: text) {
        report(place, "\(place.path) \(problem)")
        return nil
      }
      return .secret(Secret(text))
    case .integer(let range):
      if let number = Self.integer(text), range.contains(number) { return .integer(number) }
    case .number(let range):
      if let number = NumberText.decimal(text), range.contains(number) { return .number(number) }
    case .percentage:
      if let share = NumberText.percentage(text), (0...1).contains(share) { return .number(share) }
    case .percentageOr(let word):
      if text == word { return .text(text) }
      if let share = NumberText.percentage(text), (0...1).contains(share) { return .number(share) }
    case .duration(let range):
      guard let duration = DurationText.read(text) else {
        let unit = Self.integer(text) == nil ? "" : "; a unit is missing, such as \(text)s or \(text)m"
        report(place, "\(place.path) must be \(kind.words)\(Self.shown(text))\(unit)")
        return nil
      }
      if range.contains(duration) { return .duration(duration) }
    case .boolean:
      if ["true", "yes", "on"].contains(text.lowercased()) { return .boolean(true) }
      if ["false", "no", "off"].contains(text.lowercased()) { return .boolean(false) }
    case .choice(let words):
      if words.contains(text) { return .text(text) }
      if let near = Nearest.word(to: text, in: words) {
        report(place, "\(place.path) must be \(kind.words)\(Self.shown(text)); did you mean \"\(near)\"?")
        return nil
      }
    case .list, .oneOrMore, .map, .table: break
    }
    report(place, "\(place.path) must be \(kind.words)\(Self.shown(text))")
    return nil
  }

  /// The secret in the file that `<key>_file` names; nil after a mistake.
  mutating func readSecretFile(_ node: Node, _ key: KeyDescription, at place: Place) -> ConfigurationNode? {
    let place = place.at(node)
    guard let path = scalar(node, .text(.line), at: place) else { return nil }
    switch readFile(path) {
    case .failure(let problem):
      report(place, "\(place.path) names \(Shown.text(path)), which \(problem.sentence)")
      return nil
    case .success(let text):
      // An editor ends the last line with a line break; the secret has none.
      let secret = String(text.reversed().drop { $0.isNewline }.reversed())
      guard let value = readScalar(secret, key.kind, at: place) else { return nil }
      return ConfigurationNode(
        value: value, line: place.line, column: place.column, path: place.path, given: true)
    }
  }

  private static func integer(_ text: String) -> Int? {
    text.utf8.count <= 18 && text.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: "-") }
      ? Int(text) : nil
  }

  private static func shown(_ text: String) -> String { "; this is \"\(Shown.text(text))\"" }
}
