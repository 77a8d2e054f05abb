import Telephony

/// What `perezvon setup` writes and tells to add, from its answers. Pure: nothing is touched here.
public struct SetupFiles: Sendable {
  private let answers: SetupAnswers

  /// For these answers.
  public init(_ answers: SetupAnswers) { self.answers = answers }

  // MARK: Perezvon's own

  /// The secrets, by their file's name below `secrets/`.
  public var secrets: [(name: String, value: String)] {
    var files = [("ami", answers.amiSecret ?? ""), ("ari", answers.ariPassword ?? "")]
    if hasDatabasePassword { files.append(("database", answers.databaseURL)) }
    return files
  }

  private var hasDatabasePassword: Bool {
    guard let at = answers.databaseURL.firstIndex(of: "@"),
      let scheme = answers.databaseURL.firstRange(of: "://")
    else { return false }
    return answers.databaseURL[scheme.upperBound..<max(at, scheme.upperBound)].contains(":")
  }

  /// perezvon.yaml.
  public var configuration: String {
    let database =
      hasDatabasePassword ? "url_file: secrets/database" : "url: \(Self.quoted(answers.databaseURL))"
    let stages = answers.stages.map { "\(Self.quoted($0.context)): \($0.lostAt.rawValue)" }
    let allow = answers.allow.isEmpty ? [countryPrefix] : answers.allow
    return """
      # Written by `perezvon setup`. Every key: man 5 perezvon.yaml, and the sample
      # /usr/share/perezvon/perezvon.yaml. Check changes with `perezvon check-config`; `systemctl reload perezvon`
      # takes them over.
      database:
        \(database)
        spool: /var/lib/perezvon/spool
      http:
        listen: \(answers.listen)
      pbx:
        - name: \(Self.quoted(answers.pbxName))
          ami:
            host: \(Self.quoted(answers.amiHost))
            port: \(answers.amiPort)
            username: \(Self.quoted(answers.amiUser))
            secret_file: secrets/ami
          ari:
            url: \(Self.quoted(answers.ariURL))
            username: \(Self.quoted(answers.ariUser))
            password_file: secrets/ari
          inbound_contexts: [\(Self.list(answers.inboundContexts))]
          own_numbers: [\(Self.list(answers.ownNumbers))]
          stages: {\(stages.joined(separator: ", "))}
          dial: \(Self.quoted(answers.dial))
          number_format: \(answers.numberFormat)
      \(answers.queueLog.map { "    queue_log: \(Self.quoted($0))\n" } ?? "")\
      numbers:
        region: \(answers.region)
        allow: [\(Self.list(allow))]
      calendars:
        office:
          timezone: \(answers.timeZone)
          open: {\(opening)}
      campaigns:
      \(campaigns)
      """
  }

  /// One for each queue; the first takes those, too, who were lost before any.
  private var campaigns: String {
    let queues = answers.queues.isEmpty ? ["sales"] : answers.queues
    return queues.enumerated().map { index, queue in
      """
        - name: \(Self.quoted("\(queue)-callback"))
          kind: callback
          queues: [\(Self.list(index == 0 ? [queue, "none"] : [queue]))]
          # observe decides everything and dials nobody; agent_first calls back. Look first: `perezvon explain`.
          mode: \(answers.mode.rawValue)
          number_kinds: [mobile, fixed, fixed_or_mobile]
          agents: {queue: \(Self.quoted(queue))}
          calendar: office

      """
    }.joined()
  }

  /// `mon-fri: "09:00-18:00"`
  private var opening: String {
    let parts = answers.open.split(separator: " ", maxSplits: 1).map(String.init)
    return parts.count == 2
      ? "\(parts[0]): \(Self.quoted(parts[1]))" : "mon-fri: \(Self.quoted(answers.open))"
  }

  private var countryPrefix: String { PhoneNumberPlan(region: answers.region)?.countryPrefix ?? "+" }

  private static func list(_ texts: [String]) -> String { texts.map(quoted).joined(separator: ", ") }

  /// YAML in double quotes. `$` would begin a variable of the environment.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "$": quoted += "$$"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        quoted += "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  // MARK: Asterisk's

  /// A drop-in file with the secrets and addresses of these answers in place of its examples.
  ///
  /// - Parameter text: as it lies in `asterisk-conf`.
  public func filledIn(_ text: String) -> String {
    var values = ["secret": answers.amiSecret ?? "", "password": answers.ariPassword ?? ""]
    if let port { values["bindport"] = port }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      if line == "[perezvon]" {
        // The same word in manager.conf and ari.conf, so the secret's key tells which.
        return text.contains("\nsecret = ") ? "[\(answers.amiUser)]" : "[\(answers.ariUser)]"
      }
      // A plain manager.conf is not enabled; FreePBX's is.
      if line == "timestampevents = yes", !answers.isFreePBX { return "enabled = yes\n" + line }
      guard let equal = line.firstIndex(of: "="), !line.hasPrefix(";") else { return String(line) }
      let key = line[..<equal].split(separator: " ").joined()
      return values[key].map { "\(key) = \($0)" } ?? String(line)
    }.joined(separator: "\n")
  }

  /// The port of `ariURL`, where it names one.
  private var port: String? {
    guard let host = answers.ariURL.firstRange(of: "://")?.upperBound else { return nil }
    let authority = answers.ariURL[host...].prefix { $0 != "/" }
    guard let colon = authority.lastIndex(of: ":") else { return nil }
    let digits = authority[authority.index(after: colon)...]
    return digits.allSatisfy(\.isNumber) && !digits.isEmpty ? String(digits) : nil
  }

  /// A line to add to one of Asterisk's files.
  public struct Line: Sendable, Equatable {
    /// `manager.conf`
    public let file: String
    /// `#tryinclude manager.d/perezvon.conf`
    public let text: String
    /// What makes Asterisk read it: a console command.
    public let reload: String
  }

  /// What to add to Asterisk's own files, at their end.
  public var lines: [Line] {
    [
      ("manager", "manager reload"), ("ari", "module reload res_ari.so"), ("http", "module reload http"),
      ("extensions", "dialplan reload"),
    ].compactMap { name, reload in
      // FreePBX has its web server on already, by its own settings.
      if answers.isFreePBX, name == "http" { return nil }
      let file =
        switch name {
        case _ where !answers.isFreePBX: "\(name).conf"
        case "ari": "ari_additional_custom.conf"
        default: "\(name)_custom.conf"
        }
      return Line(file: file, text: "#tryinclude \(name).d/perezvon.conf", reload: reload)
    }
  }

  /// The folders of `asterisk-conf` these lines include.
  public var folders: [String] {
    ["manager.d", "ari.d", "extensions.d"] + (answers.isFreePBX ? [] : ["http.d"])
  }

  /// The commands that add them, as root on the machine of the PBX.
  ///
  /// - Parameter prepared: the directory with the filled-in folders.
  public func commands(prepared: String) -> [String] {
    let names = folders.map { "\(prepared)/\($0)" }.joined(separator: " ")
    return [
      "cp -r \(names) /etc/asterisk/",
      "chown -R asterisk: \(folders.map { "/etc/asterisk/\($0)" }.joined(separator: " "))",
    ]
      + lines.map { "echo '\($0.text)' >> /etc/asterisk/\($0.file)" }
      + lines.map { "asterisk -rx '\($0.reload)'" }
  }
}
