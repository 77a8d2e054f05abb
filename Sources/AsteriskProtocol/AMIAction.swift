public import Telephony

/// What may be asked of Asterisk over AMI. Turned into bytes by `encoded(actionID:limits:)` only.
///
/// Needs `write=call,agent,reporting` in manager.conf. Legs are originated by ARI.
public enum AMIAction: Sendable, Hashable {
  /// Asks for the text that `login` with `.md5` answers; the response carries it in `Challenge`.
  case challenge
  case login(Login)
  case logoff
  case ping
  /// Response: `CoreStartupDate`, `CoreStartupTime` …
  case coreStatus
  /// Response: `AsteriskVersion`, `SystemName` …
  case coreSettings
  /// List of `.channel`.
  case coreShowChannels
  /// List of `.queue`, `.member`, `.waiting`; nil means all queues.
  case queueStatus(QueueName?)
  /// `queue` nil means all the member's queues.
  case queuePause(MemberInterface, queue: QueueName?, paused: Bool, reason: String)
  /// Asterisk 16+. `caller` is the channel's name.
  case queueChangePriorityCaller(queue: QueueName, caller: String, priority: Int)
  /// `channel` is a name or a unique id; a function such as `TIMEOUT(absolute)` is a name too.
  case setvar(channel: String, name: String, value: String)
  /// A global variable. Response: `Value`, empty where it is not set. Not for functions: `DB()` and others are
  /// refused here as dangerous (`live_dangerously` of asterisk.conf).
  case getvar(name: String)
  /// Whether the dialplan has a first priority there: `1` or `0` as `Value`, empty without func_dialplan
  /// (`main/manager.c`, `action_getvar`, also reads functions; `funcs/func_dialplan.c`).
  case dialplanHas(context: String, exten: String)
  /// List of `.dialplanContext`, one for each priority of the dialplan: for `perezvon setup` only.
  case showDialPlan
  /// `channel` is a name or a unique id; one that begins with `/` would be a regular expression: refused.
  case hangup(channel: String, cause: HangupCause)

  /// Who logs in, and which events the session gets.
  public struct Login: Sendable, Hashable {
    /// How the secret is shown.
    public enum Proof: Sendable, Hashable {
      /// As it is: over TLS or loopback only.
      case plain(secret: String)
      /// The MD5 of Asterisk's challenge and the secret.
      case md5(challenge: String, secret: String)
    }

    /// `Events:` of the login.
    public enum Events: Sendable, Hashable {
      case on
      case off
      /// Classes such as `call`, `agent`.
      case classes([String])
    }

    public var username: String
    public var proof: Proof
    public var events: Events

    public init(username: String, proof: Proof, events: Events) {
      self.username = username
      self.proof = proof
      self.events = events
    }
  }

  /// The word behind `Action:`.
  public var name: String {
    switch self {
    case .challenge: "Challenge"
    case .login: "Login"
    case .logoff: "Logoff"
    case .ping: "Ping"
    case .coreStatus: "CoreStatus"
    case .coreSettings: "CoreSettings"
    case .coreShowChannels: "CoreShowChannels"
    case .queueStatus: "QueueStatus"
    case .queuePause: "QueuePause"
    case .queueChangePriorityCaller: "QueueChangePriorityCaller"
    case .setvar: "Setvar"
    case .getvar, .dialplanHas: "Getvar"
    case .showDialPlan: "ShowDialPlan"
    case .hangup: "Hangup"
    }
  }
}

extension AMIAction: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The action's name only, so that a secret or a number in a log line is impossible.
  public var description: String { name }
  public var debugDescription: String { name }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why something cannot be said to Asterisk. Nothing is ever stripped to make it fit.
public struct EncodingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What stands in the way.
  public enum Code: Sendable, Hashable {
    /// A byte below 0x20 or 0x7F: it could begin a line of its own.
    case controlCharacter
    /// A line over `AMIAction.lineBytesMax`.
    case lineTooLong
    /// More than `AMIAction.headersMax` headers.
    case tooManyHeaders
    /// A Hangup channel that begins with `/` is a regular expression to Asterisk.
    case regularExpression
    /// Empty where Asterisk needs a value.
    case empty
    /// A blank at the beginning or end, which Asterisk would drop: another value than the one meant.
    case blankAtEdge
    /// A character that separates parts at this place (a comma in an argument, `:` in a name),
    /// or a function that is not to be written to.
    case separator
    /// A number out of its range.
    case outOfRange
    /// This command does not travel by this interface.
    case wrongInterface
  }

  public var code: Code
  /// The field it is about; never its value.
  public var field: String

  public init(_ code: Code, field: String) {
    self.code = code
    self.field = field
  }

  public var description: String {
    switch code {
    case .controlCharacter: "\(field) holds a control character; Asterisk would read it as a new line"
    case .lineTooLong: "\(field) makes a line longer than \(AMIAction.lineBytesMax) bytes; shorten it"
    case .tooManyHeaders: "\(field) needs more than \(AMIAction.headersMax) headers; send fewer variables"
    case .regularExpression: "\(field) begins with /, which Asterisk reads as a regular expression"
    case .empty: "\(field) is empty"
    case .blankAtEdge: "\(field) begins or ends with a blank, which Asterisk would drop"
    case .separator: "\(field) holds a character that has a meaning of its own at this place"
    case .outOfRange: "\(field) is out of its range"
    case .wrongInterface: "\(field) is not sent by this interface"
    }
  }
}
