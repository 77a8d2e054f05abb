/// Why a channel was cleared: ITU-T Q.850 values, as in Asterisk's `causes.h`.
public struct HangupCause: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  public static let unknown = HangupCause(rawValue: 0)
  public static let unallocated = HangupCause(rawValue: 1)
  public static let noRoute = HangupCause(rawValue: 3)
  public static let normalClearing = HangupCause(rawValue: 16)
  public static let userBusy = HangupCause(rawValue: 17)
  public static let noUserResponse = HangupCause(rawValue: 18)
  public static let noAnswer = HangupCause(rawValue: 19)
  public static let subscriberAbsent = HangupCause(rawValue: 20)
  public static let callRejected = HangupCause(rawValue: 21)
  public static let numberChanged = HangupCause(rawValue: 22)
  public static let answeredElsewhere = HangupCause(rawValue: 26)
  public static let destinationOutOfOrder = HangupCause(rawValue: 27)
  public static let invalidNumberFormat = HangupCause(rawValue: 28)
  public static let normalUnspecified = HangupCause(rawValue: 31)
  public static let congestion = HangupCause(rawValue: 34)
  public static let networkOutOfOrder = HangupCause(rawValue: 38)
  public static let temporaryFailure = HangupCause(rawValue: 41)
  public static let switchCongestion = HangupCause(rawValue: 42)
  public static let interworking = HangupCause(rawValue: 127)

  /// In words, for sentences and reports.
  public var description: String {
    switch rawValue {
    case 0: "no cause given"
    case 1: "unallocated number"
    case 3: "no route"
    case 16: "normal clearing"
    case 17: "busy"
    case 18: "no response"
    case 19: "no answer"
    case 20: "switched off or out of reach"
    case 21: "rejected"
    case 22: "number changed"
    case 26: "answered elsewhere"
    case 27: "out of order"
    case 28: "invalid number"
    case 31: "normal, unspecified"
    case 34, 42: "congestion"
    case 38: "network out of order"
    case 41: "temporary failure"
    case 127: "interworking"
    default: "cause \(rawValue)"
    }
  }
}

/// `DialStatus` of a DialEnd event (`main/dial.c`, `apps/app_dial.c`) and of ARI's `Dial` event.
public enum DialStatus: Sendable, Hashable, Codable {
  case answer, busy, noAnswer, cancel, congestion, channelUnavailable, doNotCall, torture, invalidArguments
  /// Dialled, and no end known yet: ARI's `Dial` event with an empty or `RINGING`/`PROGRESS` status.
  case inProgress
  case other(String)

  /// Reads the word as Asterisk writes it.
  public init(word: String) {
    switch word {
    case "ANSWER": self = .answer
    case "BUSY": self = .busy
    case "NOANSWER": self = .noAnswer
    case "CANCEL", "ABORT": self = .cancel
    case "CONGESTION": self = .congestion
    case "CHANUNAVAIL": self = .channelUnavailable
    case "DONTCALL": self = .doNotCall
    case "TORTURE": self = .torture
    case "INVALIDARGS": self = .invalidArguments
    case "", "RINGING", "PROGRESS", "PROCEEDING": self = .inProgress
    default: self = .other(word)
    }
  }
}
