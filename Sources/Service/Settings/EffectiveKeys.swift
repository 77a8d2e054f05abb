/// The effective value of every key of one configuration, by its path: `campaigns[sales].ring`.
struct EffectiveKeys: Sendable {
  struct Key: Sendable, Equatable {
    /// As a person writes it; `(secret)` for a secret.
    var shown: String
    /// What is compared beside `shown`.
    var secret: Secret?
    var takes: KeyDescription.Takes
  }

  private(set) var keys: [String: Key] = [:]
  /// Paths of entries that come and go as a whole: `campaigns[sales]`, `calendars.office`.
  private(set) var entries: [String: KeyDescription.Takes] = [:]

  init(_ root: ConfigurationNode) { add(root, .map(ConfigurationKeys.top), path: "", takes: .reload) }

  private mutating func add(
    _ node: ConfigurationNode, _ kind: KeyKind, path: String, takes: KeyDescription.Takes
  ) {
    switch (kind, node.value) {
    case (.map(let descriptions), .map(let values)):
      for key in descriptions {
        guard let value = values[key.name] else { continue }
        add(value, key.kind, path: path.isEmpty ? key.name : "\(path).\(key.name)", takes: key.takes)
      }
    case (.list(.map(let descriptions), _), .list(let items)):
      for (index, item) in items.enumerated() {
        // Entries with a name are the same entry wherever they stand.
        let entry = "\(path)[\(item["name"]?.text ?? String(index))]"
        entries[entry] =
          descriptions.contains { $0.name == "name" && $0.takes == .restart } ? .restart : .reload
        add(item, .map(descriptions), path: entry, takes: takes)
      }
    case (.table(_, .map(let descriptions), _), .table(let rows)):
      for (name, row) in rows {
        entries["\(path).\(name)"] = takes
        add(row, .map(descriptions), path: "\(path).\(name)", takes: takes)
      }
    default:
      var secret: Secret?
      if case .secret(let value) = node.value { secret = value }
      if case .table(let rows) = node.value, kind.holdsSecrets {
        secret = Secret(rows.map { "\($0.key): \($0.value.text)" }.joined(separator: "\n"))
      }
      keys[path] = Key(
        shown: secret == nil ? Self.shown(node.value, kind) : "(secret)", secret: secret, takes: takes)
    }
  }

  private static func shown(_ value: ConfigurationNode.Value, _ kind: KeyKind) -> String {
    switch value {
    case .text(let text): Shown.text(text)
    case .secret: "(secret)"
    case .integer(let number): String(number)
    case .number(let number):
      kind.isShare ? NumberText.shortest(number * 100) + "%" : NumberText.shortest(number)
    case .duration(let duration): DurationText.shortest(duration)
    case .boolean(let flag): String(flag)
    case .list(let items): "[" + items.map { shown($0.value, kind) }.joined(separator: ", ") + "]"
    case .table(let rows):
      "{" + rows.map { "\($0.key): \(shown($0.value.value, kind))" }.joined(separator: ", ") + "}"
    case .map: "{…}"
    }
  }
}

extension KeyKind {
  fileprivate var isShare: Bool {
    switch self {
    case .percentage, .percentageOr: true
    case .text, .secret, .integer, .number, .duration, .boolean, .choice, .list, .oneOrMore, .map, .table:
      false
    }
  }

  fileprivate var holdsSecrets: Bool {
    if case .table(_, let values, _) = self { values.isSecret } else { isSecret }
  }
}

/// One difference between two configurations.
public struct SettingsChange: Sendable, Hashable, CustomStringConvertible {
  /// One sentence: `campaigns[sales].ring changed from 25s to 30s.` Holds no secret.
  public var sentence: String
  /// It takes effect only after a restart of the service.
  public var needsRestart: Bool

  public var description: String { sentence }
}

extension Settings {
  /// What a reload changes, sorted by key; empty where nothing does.
  public func describeChanges(from old: Settings) -> [SettingsChange] {
    var changes: [(path: String, change: SettingsChange)] = []
    let added = Set(keys.entries.keys).subtracting(old.keys.entries.keys)
    let removed = Set(old.keys.entries.keys).subtracting(keys.entries.keys)
    func add(_ path: String, _ what: String, _ takes: KeyDescription.Takes) {
      let restart = takes == .restart
      let sentence = "\(path) \(what)" + (restart ? "; it takes effect after a restart." : ".")
      changes.append((path, SettingsChange(sentence: sentence, needsRestart: restart)))
    }
    // An entry inside another that came or went is part of that.
    for path in Self.outermost(added) { add(path, "was added", keys.entries[path] ?? .reload) }
    for path in Self.outermost(removed) { add(path, "was removed", old.keys.entries[path] ?? .reload) }
    for path in Set(keys.keys.keys).union(old.keys.keys.keys)
    where !Self.lies(path, within: added) && !Self.lies(path, within: removed) {
      switch (old.keys.keys[path], keys.keys[path]) {
      case (let before?, let after?) where before != after:
        add(
          path, after.secret != nil ? "changed" : "changed from \(before.shown) to \(after.shown)",
          after.takes)
      case (nil, let after?): add(path, "was set to \(after.shown)", after.takes)
      case (let before?, nil): add(path, "is no longer set", before.takes)
      case (_?, _?), (nil, nil): break
      }
    }
    return changes.sorted { $0.path < $1.path }.map(\.change)
  }

  private static func outermost(_ paths: Set<String>) -> [String] {
    paths.filter { path in !paths.contains { $0 != path && path.hasPrefix($0 + ".") } }
  }

  private static func lies(_ path: String, within entries: Set<String>) -> Bool {
    entries.contains { path.hasPrefix($0 + ".") }
  }
}
