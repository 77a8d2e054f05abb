public import Telephony

/// What `perezvon setup` was told or has found out: enough for a first configuration.
public struct SetupAnswers: Sendable, Equatable, Codable {
  /// A libpq URI.
  public var databaseURL = "postgresql://perezvon@127.0.0.1:5432/perezvon"
  /// As `systemname` in asterisk.conf.
  public var pbxName = "pbx1"
  public var amiHost = "127.0.0.1"
  public var amiPort = 5038
  public var amiUser = "perezvon"
  /// Nil: one is made.
  public var amiSecret: String?
  public var ariURL = "http://127.0.0.1:8088/ari"
  public var ariUser = "perezvon"
  /// Nil: one is made.
  public var ariPassword: String?
  public var inboundContexts: [String] = ["from-trunk"]
  /// Dialplan context and where a call that ends there was lost, in order.
  public var stages: [Stage] = []
  /// E.164.
  public var ownNumbers: [String] = []
  /// `{number}` is filled in.
  public var dial = "PJSIP/{number}@trunk"
  public var numberFormat = "e164"
  /// ISO 3166-1.
  public var region = "RU"
  /// Beginnings of numbers that may be dialled; empty: those of the region.
  public var allow: [String] = []
  /// IANA name.
  public var timeZone = "Europe/Moscow"
  /// Days and hours: `mon-fri 09:00-18:00`.
  public var open = "mon-fri 09:00-18:00"
  /// Queues whose lost callers are called back by their members, a campaign each.
  public var queues: [String] = []
  /// `observe` decides everything and dials nothing.
  public var mode = Mode.observe
  /// Nil: not read.
  public var queueLog: String?
  public var listen = "127.0.0.1:8080"
  /// The PBX is a FreePBX: its own files are written anew by its web interface, lines go into `*_custom.conf`.
  public var isFreePBX = false

  /// The defaults.
  public init() {}

  /// What the campaigns do at first: words of `campaigns[].mode`.
  public enum Mode: String, Sendable, Codable {
    case observe
    case agentFirst = "agent_first"
  }

  /// A dialplan context, and where a call that ends there was lost.
  public struct Stage: Sendable, Equatable, Codable {
    public let context: String
    public let lostAt: LostAt

    public init(context: String, lostAt: LostAt) {
      self.context = context
      self.lostAt = lostAt
    }
  }

  /// Takes over what a PBX tells of itself, where nothing was said.
  ///
  /// - Parameters:
  ///   - queues, contexts: what the administrator said himself; nil where he did not.
  public mutating func propose(from survey: SetupSurvey, queues: [String]?, contexts: [String]?) {
    func isName(_ text: String) -> Bool { TextFormat.name.problem(with: text) == nil }
    if let queues { self.queues = queues } else { self.queues = survey.queues.filter(isName) }
    if let contexts {
      inboundContexts = contexts
    } else if !survey.inboundContexts.isEmpty {
      inboundContexts = survey.inboundContexts.filter(isName)
    }
    if stages.isEmpty { stages = survey.stages.filter { isName($0.context) } }
    // As the PBX calls itself, whatever was said before: unique ids begin with it.
    if !survey.systemName.isEmpty { pbxName = survey.systemName }
    if survey.isFreePBX { isFreePBX = true }
  }
}
