/// What the simulated PBX calls itself and whom it lets in.
public struct SimulatedPBXSettings: Sendable {
  /// First line of an AMI connection, without its line end.
  public var banner = "Asterisk Call Manager/11.0.0"
  public var version = "22.10.1"
  public var username = "perezvon"
  /// AMI secret.
  public var secret = "mysecret"
  /// What action Challenge answers; nil: Challenge is refused, so that only a plain login works.
  public var challenge: String? = "840415273"
  /// MD5 of challenge and secret in hexadecimal, as AMI's Login must send it as Key. The default goes with the
  /// default challenge and secret; it comes from md5sum, not from the code under test.
  public var key = "72ee2809cbf69e9bdb27bdd924cda8e3"
  public var ariUsername = "perezvon"
  public var ariPassword = "aripassword"
  /// CoreStatus: when it started.
  public var startupDate = "2026-11-22"
  public var startupTime = "08:00:00"
  /// PEM texts of a certificate and its key: AMI and HTTP speak TLS. Nil: plain TCP.
  public var certificate: (certificate: String, privateKey: String)?

  public init() {}
}

/// One AMI action as it came in.
public struct ReceivedAction: Sendable {
  /// Counts the AMI connections from 1.
  public var session: Int
  /// In order, names as sent.
  public var headers: [(name: String, value: String)]
  /// When its last byte was read.
  public var arrivedAt: ContinuousClock.Instant

  /// The value of the first header of that name, whatever its case; empty where there is none.
  public func header(_ name: String) -> String {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value ?? ""
  }

  /// Value of the header Action.
  public var name: String { header("Action") }
}

/// What to do with an AMI action.
public enum ActionReply: Sendable {
  /// Header lines of a response, then those of each event that follows; ActionID is added to all.
  case answer([String], events: [[String]] = [])
  /// No answer.
  case silence
  /// Closes the connection.
  case cut
}

/// One HTTP request as it came in.
public struct ReceivedRequest: Sendable {
  public var method: String
  /// Without the query: `/ari/channels`.
  public var path: String
  /// Percent-decoded.
  public var query: [String: String]
  public var body: String
  /// When its last byte was read.
  public var arrivedAt: ContinuousClock.Instant
}

/// What to do with an HTTP request.
public enum RequestReply: Sendable {
  case answer(status: Int, body: String = "")
  /// No answer, the connection stays.
  case silence
  /// Closes the connection without an answer.
  case cut
}

/// A queue member the simulated PBX shows and pauses.
public struct SimulatedMember: Sendable {
  public var queue: String
  public var interface: String
  public var status: Int
  public var paused: Bool
  public var pausedReason: String

  public init(
    queue: String, interface: String, status: Int = 1, paused: Bool = false, pausedReason: String = ""
  ) {
    self.queue = queue
    self.interface = interface
    self.status = status
    self.paused = paused
    self.pausedReason = pausedReason
  }
}

/// A channel the simulated PBX shows in CoreShowChannels and `GET /channels`.
public struct SimulatedChannel: Sendable {
  public var id: String
  public var name: String
  /// `Ring`, `Ringing`, `Up` …
  public var state: String

  public init(id: String, name: String, state: String = "Up") {
    self.id = id
    self.name = name
    self.state = state
  }
}
