public import CallPolicy
public import Telephony
internal import Yams

/// Everything `perezvon.yaml` says, read, checked and typed. A value: a reload makes a new one.
public struct Settings: Sendable {
  /// Where the books are kept.
  public var database: DatabaseSettings
  /// The HTTP server.
  public var http: HTTPSettings
  /// This running Perezvon. Default: the host's name.
  public var instance: InstanceName
  /// At least one, with different names, in the order of the file.
  public var pbxs: [PBXSettings]
  /// Numbers, calendars and campaigns, as the policy needs them; the own numbers of every PBX.
  public var policy: PolicySettings
  /// What the dialer needs beside the policy, in the order of the file; the same names as in `policy`.
  public var dialing: [CampaignDialing]
  /// What the dialplan hook answers.
  public var routing: RoutingPolicy { policy.routing }
  /// Who is told of what.
  public var notify: NotifySettings
  /// What is left for a person.
  public var tasks: TaskSettings
  /// Nil where the calculator is not set up.
  public var losses: LossSettings?
  /// How long data is kept.
  public var retention: RetentionSettings
  /// Reads numbers as those of `numbers.region`; shared, since it remembers what it read.
  public var numberPlan: PhoneNumberPlan
  /// Sentences for the log at start: what is configured and probably not meant.
  public var warnings: [String]
  /// The effective value of every key, for `describeChanges`.
  var keys: EffectiveKeys

  /// What the dialer needs of this campaign; nil where there is no such campaign.
  public func dialing(of name: CampaignName) -> CampaignDialing? { dialing.first { $0.name == name } }

  /// The settings of this PBX; nil where there is none of the name.
  public func pbx(named name: PBXName) -> PBXSettings? { pbxs.first { $0.name == name } }

  /// Reads the configuration file. Throws every mistake in it at once.
  ///
  /// - Parameter environment: for `${NAME}`: `ProcessInfo.processInfo.environment`.
  public static func load(
    file: String, environment: [String: String]
  ) throws(SettingsErrors) -> Settings {
    switch SettingsFiles.read(file, bytesMax: YAMLText.bytesMax) {
    case .failure(let problem):
      let mistake = SettingsErrors.Mistake(line: 0, column: 0, message: problem.sentence)
      throw SettingsErrors(fileName: file, mistakes: [mistake])
    case .success(let text):
      return try read(yaml: text, fileName: file, environment: environment) { path in
        SettingsFiles.read(path, bytesMax: SettingsFiles.secretBytesMax)
      }
    }
  }

  /// Reads a configuration text. Throws every mistake in it at once.
  ///
  /// - Parameters:
  ///   - fileName: what errors begin with; secrets' files are looked for in its directory.
  ///   - readFile: gives the text of a secret's file, by its resolved path.
  public static func read(
    yaml: String, fileName: String, environment: [String: String],
    readFile: @escaping (String) -> Result<String, SettingsFiles.Problem>
  ) throws(SettingsErrors) -> Settings {
    let source: (root: Node?, renamed: [String: String])
    do throws(YAMLText.Failure) {
      source = try YAMLText.read(yaml)
    } catch {
      let mistake = SettingsErrors.Mistake(line: error.line, column: error.column, message: error.message)
      throw SettingsErrors(fileName: fileName, mistakes: [mistake])
    }
    var reader = ConfigurationReader(environment: environment, renamed: source.renamed) { path in
      // The service manager's copy first: the file itself may be root's alone.
      if let copy = SettingsFiles.credential(path, environment: environment),
        case .success(let text) = readFile(copy)
      {
        return .success(text)
      }
      return readFile(SettingsFiles.resolve(path, besides: fileName))
    }
    let root = reader.read(
      source.root ?? Node.mapping(.init([])), as: .map(ConfigurationKeys.top),
      at: .init(line: 1, column: 1, path: ""))
    var check = ReferenceCheck()
    if let root { check.run(root) }
    let mistakes = reader.mistakes + check.mistakes
    guard mistakes.isEmpty else { throw SettingsErrors(fileName: fileName, mistakes: mistakes) }
    guard let root, let settings = SettingsBuilder(root: root).settings() else {
      let message = "the file was checked without a mistake and still cannot be used; please report it"
      throw SettingsErrors(
        fileName: fileName, mistakes: [.init(line: 0, column: 0, message: message)])
    }
    return settings
  }
}

/// The key `database`.
public struct DatabaseSettings: Sendable, Hashable {
  /// A libpq URI or connection string. Holds the password, if there is one.
  public var url: Secret
  /// A directory where facts wait while the database is away.
  public var spool: String
  /// Connections that write, at most. Default 4.
  public var pool: Int
}

/// The key `http`.
public struct HTTPSettings: Sendable, Hashable {
  /// A role of a bearer token, from least to most.
  public enum Role: String, Sendable, Hashable, CaseIterable { case viewer, agent, supervisor, admin }

  /// A token given in the file, beside those of `perezvon token create`.
  public struct Token: Sendable, Hashable {
    /// Whose token it is, for the log.
    public var name: String
    /// What it may do.
    public var role: Role
    /// The token itself.
    public var token: Secret
  }

  /// Address or host name to listen on; IPv6 without brackets.
  public var host: String
  /// 1 to 65,535. Default 8080.
  public var port: Int
  /// Default none.
  public var tokens: [Token]
  /// Of one token. Default 50.
  public var requestsPerSecond = 50
}
