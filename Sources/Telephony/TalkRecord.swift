/// What the dialplan kept of the talk of one callback (`[perezvon-bridge]`, a global variable): a witness that
/// does not depend on us. Moments are the PBX's clock.
public struct TalkRecord: Sendable, Hashable {
  /// The two were put together.
  public var began: Timestamp
  /// The customer's leg was gone, or the bridge was; nil while it lasts, or where Asterisk died in it.
  public var ended: Timestamp?

  public init(began: Timestamp, ended: Timestamp? = nil) {
    self.began = began
    self.ended = ended
  }

  /// The channel variable that tells the dialplan whose talk it is: `seat(of:)`.
  public static let seatVariable = "PEREZVON_SEAT"

  /// An agent as a part of a variable's name. One talk is kept for each agent, his last: so nobody has to clear
  /// them away, and the value names the attempt.
  public static func seat(of agent: MemberInterface) -> String {
    agent.rawValue.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
  }

  /// The global variable it is kept in.
  public static func variable(of agent: MemberInterface) -> String { "PEREZVON_TALK_" + seat(of: agent) }

  /// Reads `<attempt>:<began>:<ended>`, moments in seconds since 1970. Nil where it is another attempt's, where
  /// the two were not put together, or where it is no such text.
  public init?(_ text: some StringProtocol, of attempt: AttemptID) {
    let fields = text.split(separator: ":", omittingEmptySubsequences: false)
    guard fields.count == 3, fields[0] == attempt.description, let began = Self.moment(fields[1]) else {
      return nil
    }
    self.init(began: began, ended: Self.moment(fields[2]))
  }

  private static func moment(_ text: some StringProtocol) -> Timestamp? {
    guard let seconds = Double(text), seconds > 0, seconds < 1e11 else { return nil }
    return Timestamp(seconds: seconds)
  }
}
