/// The pages made of the descriptions of keys: docs/configuration.md and deploy/perezvon.yaml.
public enum ConfigurationReference {
  // MARK: The reference page

  /// docs/configuration.md.
  public static func markdown() -> String {
    var page = head
    for key in ConfigurationKeys.top { section(key, path: "", level: 2, into: &page) }
    while page.hasSuffix("\n\n") { page.removeLast() }
    return page
  }

  private static let head = """
    # Configuration

    <!-- Made from the descriptions in Sources/Service/Settings/ConfigurationKeys*.swift. To make it anew:
         PEREZVON_UPDATE_DOCS=1 swift test --filter SettingsTests -->

    One YAML file, `/etc/perezvon/perezvon.yaml`, or the one named by `--config`. `perezvon check-config`
    reports every mistake at once, each with its line. SIGHUP reads the file again; a file with a mistake
    leaves the old settings in force and says so. Keys marked *restart* take effect only after a restart of
    the service.

    - Durations are whole numbers with a unit, larger units first: `300ms`, `10s`, `5m`, `2h`, `3d`, `1h30m`.
    - Percentages are written with their sign: `3%`, `2.5%`.
    - `${NAME}` in a value is filled in from the environment of the service; `$$` stands for one `$`.
    - A *secret* is never logged. It may stand in a file of its own: `secret_file: ami.secret` in place of
      `secret: …`. The path is relative to the directory of the configuration file; line breaks at the end
      of the file do not count.
    - An unknown key, a key given twice, a wrong type, a value out of range and a name that refers to nothing
      are mistakes.
    - YAML anchors, aliases and `<<` may be used to repeat parts.


    """

  private static func section(_ key: KeyDescription, path: String, level: Int, into page: inout String) {
    let name = path.isEmpty ? key.name : "\(path).\(key.name)"
    guard let (suffix, keys) = inner(key.kind) else {
      page += "\(String(repeating: "#", count: level)) `\(name)`\n\n"
      page += "\(key.sentence) \(properties(key))\n\n"
      return
    }
    page += "\(String(repeating: "#", count: level)) `\(name)\(suffix)`\n\n\(key.sentence)"
    if case .required = key.absence { page += " Required." }
    page += "\n\n"
    let leaves = keys.filter { inner($0.kind) == nil }
    if !leaves.isEmpty {
      page += "| Key | Value | Default | Meaning |\n|---|---|---|---|\n"
      for leaf in leaves { page += row(leaf) }
      page += "\n"
    }
    for key in keys where inner(key.kind) != nil {
      section(key, path: name + suffix, level: min(level + 1, 6), into: &page)
    }
  }

  /// The keys of a map, a list of maps or a table of maps, and how its path goes on; nil for a leaf.
  static func inner(_ kind: KeyKind) -> (suffix: String, keys: [KeyDescription])? {
    switch kind {
    case .map(let keys): ("", keys)
    case .list(.map(let keys), _): ("[]", keys)
    case .table(_, .map(let keys), _): (".<name>", keys)
    case .text, .secret, .integer, .number, .percentage, .percentageOr, .duration, .boolean, .choice, .list,
      .oneOrMore, .table:
      nil
    }
  }

  private static func row(_ key: KeyDescription) -> String {
    let marks = (key.kind.isSecret ? " *secret*" : "") + (key.takes == .restart ? " *restart*" : "")
    let since = key.since == "0.1" ? "" : " Since \(key.since)."
    let cells = ["`\(key.name)`\(marks)", key.kind.words, defaultText(key), key.sentence + since]
    return "| " + cells.map { $0.split(separator: "|").joined(separator: "\\|") }.joined(separator: " | ")
      + " |\n"
  }

  static func properties(_ key: KeyDescription) -> String {
    let restart = key.takes == .restart ? " Takes effect after a restart." : ""
    return "Value: \(key.kind.words). Default: \(defaultText(key)).\(restart)"
  }

  private static func defaultText(_ key: KeyDescription) -> String {
    switch key.absence {
    case .required: "required"
    case .unset: "not set"
    case .value(let text): "`\(text)`"
    case .empty: "empty"
    }
  }

  // MARK: The sample file

  /// deploy/perezvon.yaml: every key with its meaning. A key behind a `#` without a blank is not in
  /// force; its line without the `#` is.
  public static func sample() -> String {
    var text = """
      # Perezvon's configuration. docs/configuration.md explains every key.
      #
      # Lines that begin with "# " are remarks. A key directly behind a "#" shows its default or an example
      # and is not in force: take the "#" away to set it (and those of the keys around it).
      # Durations: 300ms, 10s, 5m, 2h, 3d, 1h30m. ${NAME} takes an environment variable. Instead of a secret
      # its file may be named: secret_file: ami.secret.

      """
    for key in ConfigurationKeys.top {
      text += "\n"
      write(key, indent: 0, disabled: false, into: &text)
    }
    return text
  }

  private static func write(
    _ key: KeyDescription, indent: Int, disabled: Bool, first: Bool = false, into text: inout String
  ) {
    let disabled = disabled || key.disabled
    remark(key, indent: first ? indent - 2 : indent, into: &text)
    let begin = lead(indent, disabled: disabled, dash: first) + key.name + ":"
    switch key.kind {
    case .map(let keys):
      text += begin + "\n"
      for key in keys { write(key, indent: indent + 2, disabled: disabled, into: &text) }
    case .list(.map(let keys), _):
      text += begin + "\n"
      for (index, key) in keys.enumerated() {
        write(key, indent: indent + 4, disabled: disabled, first: index == 0, into: &text)
      }
    case .table(_, .map(let keys), _):
      text += begin + "\n" + lead(indent + 2, disabled: disabled, dash: false) + key.example + ":\n"
      for key in keys { write(key, indent: indent + 4, disabled: disabled, into: &text) }
    case .table:
      text += begin + "\n"
      for line in key.example.split(separator: "\n") {
        text += lead(indent + 2, disabled: disabled, dash: false) + line + "\n"
      }
    case .text, .secret, .integer, .number, .percentage, .percentageOr, .duration, .boolean, .choice, .list,
      .oneOrMore:
      text += begin + " " + key.example + "\n"
    }
  }

  /// Blanks, the `#` of a key that is not in force, the `- ` of a list's entry.
  private static func lead(_ indent: Int, disabled: Bool, dash: Bool) -> String {
    let blanks = String(repeating: " ", count: dash ? indent - 2 : indent)
    return blanks + (disabled ? "#" : "") + (dash ? "- " : "")
  }

  private static func remark(_ key: KeyDescription, indent: Int, into text: inout String) {
    var sentence = key.sentence
    switch key.kind {
    case .choice, .list(.choice, _): sentence += " Value: \(key.kind.words)."
    case .text, .secret, .integer, .number, .percentage, .percentageOr, .duration, .boolean, .list,
      .oneOrMore,
      .map, .table:
      break
    }
    if case .value(let value) = key.absence, value != key.example { sentence += " Default: \(value)." }
    let blanks = String(repeating: " ", count: indent)
    for line in wrapped(sentence, width: 100 - indent) { text += "\(blanks)# \(line)\n" }
  }

  private static func wrapped(_ sentence: String, width: Int) -> [String] {
    var lines: [String] = []
    for word in sentence.split(separator: " ") {
      if let last = lines.last, last.count + word.count < width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
