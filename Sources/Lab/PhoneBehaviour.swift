public import Telephony

/// An agent of the lab: an extension of the PBX whose phone the telco plays.
public struct LabAgent: Sendable, Hashable {
  /// 101 to 199.
  public var `extension`: Int
  public var name: String

  public init(extension: Int, name: String) {
    self.extension = `extension`
    self.name = name
  }

  /// As app_queue dials it.
  public var interface: MemberInterface { MemberInterface("PJSIP/\(`extension`)") }

  /// 101 to 106.
  public static let usual = zip(101..., ["Anna", "Boris", "Vera", "Gleb", "Darya", "Egor"]).map(LabAgent.init)
}

/// What a telephone of the lab does when it is called: a customer's, or an agent's.
public enum PhoneBehaviour: Sendable, Hashable {
  /// Rings, answers, talks, hangs up or waits for the far side to.
  case answers(Answer)
  /// Rings until the caller gives up.
  case noAnswer
  /// 486 Busy Here.
  case busy
  /// 503 Service Unavailable.
  case congestion
  /// 404 Not Found.
  case unallocated
  /// Rings for the time given, then is declined (SIP 403; Asterisk sees cause 21, as with 603).
  case declines(after: Duration)
  /// 480 Temporarily Unavailable: switched off or out of reach.
  case unreachable
  /// A voice answers after 1 s, speaks 8 s, beeps, records 30 s and hangs up.
  case machine
  /// A human answers after 1 s, says a short word, listens, and presses keys so long after his answer.
  case greets(keys: String, keysAfter: Duration)
  /// Passed on to a number of the PBX on this SIP port, with the caller's number as it came: call forwarding, or a number that is
  /// another PBX's own.
  case forwards(to: String, port: Int)
  /// Early media (183 and a tone), never an answer.
  case earlyMedia

  public struct Answer: Sendable, Hashable {
    /// How long it rings. Default 1 s.
    public var after: Duration
    /// How long it talks before it hangs up itself; nil: until the far side hangs up. At least 10 ms.
    public var talk: Duration?
    /// Keys it presses, as RFC 4733 events; empty for none.
    public var keys: String
    /// When, from the answer.
    public var keysAfter: Duration
    /// False: the line is dead silent, not one packet of sound is sent; keys are.
    public var speaks: Bool

    public init(
      after: Duration = .seconds(1), talk: Duration? = nil, keys: String = "",
      keysAfter: Duration = .seconds(1), speaks: Bool = true
    ) {
      self.after = after
      self.talk = talk
      self.keys = keys
      self.keysAfter = keysAfter
      self.speaks = speaks
    }
  }

  /// Answers after a time, presses keys, talks.
  public static func answers(
    after: Duration = .seconds(1), talk: Duration? = nil, keys: String = "", keysAfter: Duration = .seconds(1)
  ) -> PhoneBehaviour {
    .answers(Answer(after: after, talk: talk, keys: keys, keysAfter: keysAfter))
  }

  public static func forwards(to did: String, at pbx: LabPBX) -> PhoneBehaviour {
    .forwards(to: did, port: pbx.sipPort)
  }

  private static func keys(_ text: String) -> String { text.filter { "0123456789*#ABCD".contains($0) } }

  /// As the telco's dialplan reads it: `verb,after,talk,keys,keysAfter,speaks`, times in seconds.
  var encoded: String {
    switch self {
    case .answers(let answer):
      let keys = Self.keys(answer.keys)
      return
        "answer,\(answer.after.inSeconds),\(answer.talk?.inSeconds ?? 0),\(keys),"
        + "\(answer.keysAfter.inSeconds),"
        + (answer.speaks ? "1" : "0")
    case .noAnswer: return "noanswer,,,,,"
    case .busy: return "busy,,,,,"
    case .congestion: return "congestion,,,,,"
    case .unallocated: return "unallocated,,,,,"
    case .declines(let after): return "decline,\(after.inSeconds),,,,"
    case .unreachable: return "unreachable,,,,,"
    case .machine: return "machine,,,,,"
    case .greets(let keys, let keysAfter):
      return "greet,,,\(Self.keys(keys)),\(keysAfter.inSeconds),"
    case .forwards(let did, let port): return "forward,\(did),\(port),,,"
    case .earlyMedia: return "early,,,,,"
    }
  }
}
