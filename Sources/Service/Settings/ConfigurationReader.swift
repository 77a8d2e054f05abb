internal import Yams

/// Checks YAML nodes against the descriptions of keys and makes typed values of them. Collects every mistake
/// and goes on.
struct ConfigurationReader {
  let environment: [String: String]
  /// Reads the text of a secret's file; the path is as the file says it.
  let readFile: (String) -> Result<String, SettingsFiles.Problem>
  /// What renamed duplicate keys were called.
  let renamed: [String: String]
  private(set) var mistakes: [SettingsErrors.Mistake] = []
  /// Values read so far: aliases can make much of little.
  private var values = 0
  static let valuesMax = 200_000

  init(
    environment: [String: String], renamed: [String: String],
    readFile: @escaping (String) -> Result<String, SettingsFiles.Problem>
  ) {
    self.environment = environment
    self.renamed = renamed
    self.readFile = readFile
  }

  /// Where a value stands and what it is called in a sentence.
  struct Place {
    var line: Int
    var column: Int
    /// `campaigns[0].agents`; empty for the whole file.
    var path: String

    func at(_ node: Node) -> Place {
      node.mark.map { Place(line: $0.line, column: $0.column, path: path) } ?? self
    }

    func key(_ name: String) -> Place {
      Place(line: line, column: column, path: path.isEmpty ? name : "\(path).\(name)")
    }

    func item(_ index: Int) -> Place { Place(line: line, column: column, path: "\(path)[\(index)]") }

    /// ` in campaigns[0]`; nothing at the top.
    var inside: String { path.isEmpty ? "" : " in \(path)" }
  }

  mutating func report(_ place: Place, _ message: String) {
    mistakes.append(.init(line: place.line, column: place.column, message: message))
  }

  // MARK: Values

  /// A value of this kind; nil after a mistake, which is reported.
  mutating func read(_ node: Node, as kind: KeyKind, at place: Place) -> ConfigurationNode? {
    let place = place.at(node)
    values += 1
    guard values <= Self.valuesMax else {
      if values == Self.valuesMax + 1 { report(place, "the file holds too many values; use fewer aliases") }
      return nil
    }
    switch kind {
    case .map(let keys): return readMap(node, keys, at: place)
    case .table(let keys, let kind, let count): return readTable(node, keys, kind, count, at: place)
    case .list(let item, let count): return readList(node, item, count, at: place)
    case .oneOrMore(let item, let count):
      if node.sequence != nil { return readList(node, item, 1...count, at: place) }
      return read(node, as: item, at: place).map { Self.node(.list([$0]), place) }
    case .text, .secret, .integer, .number, .percentage, .percentageOr, .duration, .boolean, .choice:
      guard let text = scalar(node, kind, at: place) else { return nil }
      return readScalar(text, kind, at: place).map { Self.node($0, place) }
    }
  }

  private static func node(_ value: ConfigurationNode.Value, _ place: Place) -> ConfigurationNode {
    ConfigurationNode(value: value, line: place.line, column: place.column, path: place.path, given: true)
  }

  private mutating func readList(
    _ node: Node, _ item: KeyKind, _ count: ClosedRange<Int>, at place: Place
  ) -> ConfigurationNode? {
    guard let sequence = node.sequence else {
      let hint = node.scalar.map { "; write [\(Shown.text($0.string))]" } ?? ""
      report(place, "\(place.path) must be a list\(item.isSecret ? "" : hint)")
      return nil
    }
    guard count.contains(sequence.count) else {
      report(
        place,
        sequence.count < count.lowerBound
          ? "\(place.path) must not be empty; add \(item.words)"
          : "\(place.path) has \(sequence.count) entries; \(count.upperBound) are the limit")
      return nil
    }
    var items: [ConfigurationNode] = []
    for (index, node) in sequence.enumerated() {
      if let value = read(node, as: item, at: place.item(index)) { items.append(value) }
    }
    return Self.node(.list(items), place)
  }

  private mutating func readTable(
    _ node: Node, _ keys: TextFormat, _ kind: KeyKind, _ count: Int, at place: Place
  ) -> ConfigurationNode? {
    guard let pairs = pairs(of: node, at: place) else { return nil }
    guard pairs.count <= count else {
      report(place, "\(place.path) has \(pairs.count) entries; \(count) are the limit")
      return nil
    }
    var rows: [(key: String, value: ConfigurationNode)] = []
    for (name, keyNode, value) in pairs {
      let keyPlace = place.at(keyNode)
      if let problem = keys.problem(with: name) {
        report(keyPlace, "key \"\(Shown.text(name))\" in \(place.path) \(problem)")
        continue
      }
      if let value = read(value, as: kind, at: keyPlace.key(name)) { rows.append((name, value)) }
    }
    return Self.node(.table(rows), place)
  }

  // MARK: Maps

  private mutating func readMap(_ node: Node, _ keys: [KeyDescription], at place: Place) -> ConfigurationNode?
  {
    guard let pairs = pairs(of: node, at: place) else { return nil }
    var found: [String: ConfigurationNode] = [:]
    // Given at all, rightly or wrongly: not missing.
    var named: Set<String> = []
    for (name, keyNode, value) in pairs {
      let keyPlace = place.at(keyNode)
      if let key = keys.first(where: { $0.name == name }) {
        named.insert(name)
        if let value = read(value, as: key.kind, at: keyPlace.key(name)) { found[name] = value }
      } else if let key = keys.first(where: { $0.fileKey == name }) {
        if named.contains(key.name) || pairs.contains(where: { $0.name == key.name }) {
          report(keyPlace, "both \"\(key.name)\" and \"\(name)\"\(place.inside) are given; keep one of them")
        }
        named.insert(key.name)
        found[key.name] = readSecretFile(value, key, at: keyPlace.key(name))
      } else {
        reportUnknown(name, among: keys, at: keyPlace)
      }
    }
    for key in keys where !named.contains(key.name) {
      if let value = absent(key, at: place) { found[key.name] = value }
    }
    return Self.node(.map(found), place)
  }

  /// The pairs of a map with the keys as texts, those of `<<` behind the map's own; nil where it is no map.
  private mutating func pairs(
    of node: Node, at place: Place
  ) -> [(name: String, key: Node, value: Node)]? {
    guard let mapping = node.mapping else {
      let what = place.path.isEmpty ? "the file" : place.path
      report(place, "\(what) must be a map of keys and values")
      return nil
    }
    var out: [(name: String, key: Node, value: Node)] = []
    var merged: [Node] = []
    for (key, value) in mapping {
      guard let name = key.scalar?.string else {
        report(place.at(key), "a key\(place.inside) must be a plain word")
        continue
      }
      if let old = renamed[name] {
        reportTwice(old, first: place.at(key), in: mapping)
      } else if name == "<<" {
        merged += value.sequence.map(Array.init) ?? [value]
      } else {
        out.append((name, key, value))
      }
    }
    for source in merged {
      guard let mapping = source.mapping else {
        report(place.at(source), "\"<<\"\(place.inside) must name a map, such as *anchor")
        continue
      }
      for (key, value) in mapping {
        guard let name = key.scalar?.string, renamed[name] == nil, name != "<<" else { continue }
        if !out.contains(where: { $0.name == name }) { out.append((name, key, value)) }
      }
    }
    return out
  }

  private mutating func reportTwice(_ name: String, first: Place, in mapping: Node.Mapping) {
    // The last of them kept its name.
    let kept = mapping.first { $0.key.scalar?.string == name }.map { first.at($0.key) } ?? first
    report(
      kept,
      "key \"\(Shown.text(name))\"\(first.inside) is given twice, first in line \(first.line); "
        + "keep one of them"
    )
  }

  private mutating func reportUnknown(_ name: String, among keys: [KeyDescription], at place: Place) {
    let names = keys.flatMap { [$0.name] + ($0.fileKey.map { [$0] } ?? []) }
    var message = "unknown key \"\(Shown.text(name))\"\(place.inside); "
    if let near = Nearest.word(to: name, in: names) {
      message += "did you mean \"\(near)\"?"
    } else if keys.count <= 15 {
      message += "the keys here are " + keys.map(\.name).joined(separator: ", ")
    } else {
      message += "docs/configuration.md lists the keys"
    }
    report(place, message)
  }

  /// What stands for a key that is left out.
  private mutating func absent(_ key: KeyDescription, at place: Place) -> ConfigurationNode? {
    var value: ConfigurationNode?
    switch key.absence {
    case .unset: return nil
    case .required:
      let example =
        key.example.isEmpty || key.example.contains("\n") ? "" : ", such as `\(key.name): \(key.example)`"
      let file = key.fileKey.map { " or \"\($0)\"" } ?? ""
      report(place, "\"\(key.name)\"\(file) is missing\(place.inside); add it\(example)")
      return nil
    case .value(let text):
      // Defaults are ours: a test reads every one of them.
      guard let node = try? YAMLText.read(text).root else { return nil }
      value = read(node, as: key.kind, at: place.key(key.name))
    case .empty:
      switch key.kind {
      case .list: value = Self.node(.list([]), place.key(key.name))
      case .table: value = Self.node(.table([]), place.key(key.name))
      default: value = read(Node.mapping(.init([])), as: key.kind, at: place.key(key.name))
      }
    }
    value?.line = place.line
    value?.column = place.column
    value?.given = false
    return value
  }
}
