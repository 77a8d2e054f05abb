public import Telephony

/// Whose telephone a leg of the telco belongs to.
public enum TelcoParty: String, Sendable, Hashable {
  /// A customer the PBX calls.
  case customer
  /// An agent's phone the PBX rings.
  case agent
  /// A customer calling the PBX.
  case caller
  /// An agent dialling by hand.
  case dialler
}

/// Which end of a leg let go.
public enum TelcoSide: String, Sendable, Hashable {
  /// The telephone, that is, the telco's side.
  case phone
  case pbx
}

/// One line of the telco's record.
public struct TelcoEvent: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// The telco received an INVITE (customer, agent), or sent one (caller, dialler).
    case invited
    /// The phone rings: 180 was sent (customer, agent) or came (caller, dialler).
    case ringing
    case answered
    /// The PBX pressed a key on this leg.
    case key(String)
    /// BYE, CANCEL or a final refusal. `by` is the side that ended it.
    case ended(by: TelcoSide, HangupCause)
  }

  public var at: Timestamp
  /// The telco's own id of the leg.
  public var leg: String
  public var party: TelcoParty
  /// The phone: the customer's number, or the agent's extension.
  public var number: String
  /// The other end: who is shown as calling, or the number dialled at the PBX.
  public var other: String
  public var kind: Kind
}

/// One leg of the telco's record, from INVITE to its end.
public struct TelcoLeg: Sendable, Hashable {
  public var id: String
  public var party: TelcoParty
  public var number: String
  public var other: String
  /// The name shown with the call, as received.
  public var name: String
  public var invitedAt: Timestamp
  public var ringingAt: Timestamp?
  public var answeredAt: Timestamp?
  public var endedAt: Timestamp?
  /// When the PBX's BYE or CANCEL came, where one did: on a busy machine the leg's own thread ends it a while later.
  public var letGoAt: Timestamp?
  public var endedBy: TelcoSide?
  public var cause: HangupCause?
  /// Keys the PBX pressed.
  public var keys = ""

  public var isLive: Bool { endedAt == nil }
  /// Answered and not ended.
  public var isTalking: Bool { answeredAt != nil && endedAt == nil }
  /// From answer to end; nil while it lasts or where it was never answered.
  public var talk: Duration? {
    guard let answeredAt, let endedAt else { return nil }
    return endedAt - answeredAt
  }
}

/// Folds the telco's manager events to its record. Not thread-safe; its owner holds the lock.
struct TelcoRecorder: Sendable {
  private(set) var events: [TelcoEvent] = []
  private(set) var legs: [String: TelcoLeg] = [:]
  private(set) var order: [String] = []
  private var letGo: [String: TelcoSide] = [:]
  /// Calls the telco places: the id it gave, who calls whom.
  var placed: [String: (party: TelcoParty, number: String, other: String, name: String)] = [:]

  var legList: [TelcoLeg] { order.compactMap { legs[$0] } }

  mutating func fold(_ message: ManagerMessage) {
    guard let event = message["Event"] else { return }
    let id = message["Uniqueid"] ?? ""
    switch event {
    case "Newchannel": create(id, message)
    case "Newstate":
      if placed[id] != nil, message["ChannelState"] == "5" { ring(id, message.time) }
      if message["ChannelState"] == "6" { answer(id, message.time) }
    case "UserEvent":
      if message["UserEvent"] == "LabRinging", let leg = message["Leg"] { ring(leg, message.time) }
    case "HangupRequest":
      if letGo[id] == nil {
        letGo[id] = .pbx
        legs[id]?.letGoAt = message.time
      }
    case "SoftHangupRequest":
      if letGo[id] == nil { letGo[id] = .phone }
    case "DTMFEnd":
      if message["Direction"] == "Received", let leg = legs[id] {
        legs[id]?.keys += message["Digit"] ?? ""
        append(leg, message.time, .key(message["Digit"] ?? ""))
      }
    case "Hangup": end(id, message)
    case let other:
      // Everything else the telco says is not part of its record.
      _ = other
    }
  }

  private mutating func create(_ id: String, _ message: ManagerMessage) {
    guard message["Channel"]?.hasPrefix("PJSIP/") == true else { return }
    let leg: TelcoLeg
    if let call = placed[id] {
      leg = TelcoLeg(
        id: id, party: call.party, number: call.number, other: call.other, name: call.name,
        invitedAt: message.time)
    } else {
      let number = message["Exten"] ?? ""
      let isAgent = number.count == 3 && number.hasPrefix("1")
      leg = TelcoLeg(
        id: id, party: isAgent ? .agent : .customer, number: number, other: message["CallerIDNum"] ?? "",
        name: message["CallerIDName"] ?? "", invitedAt: message.time)
    }
    legs[id] = leg
    order.append(id)
    append(leg, message.time, .invited)
  }

  private mutating func ring(_ id: String, _ at: Timestamp) {
    guard let leg = legs[id], leg.ringingAt == nil else { return }
    legs[id]?.ringingAt = at
    append(leg, at, .ringing)
  }

  private mutating func answer(_ id: String, _ at: Timestamp) {
    guard let leg = legs[id], leg.answeredAt == nil else { return }
    legs[id]?.answeredAt = at
    append(leg, at, .answered)
  }

  private mutating func end(_ id: String, _ message: ManagerMessage) {
    guard let leg = legs[id], leg.isLive else { return }
    let cause = HangupCause(rawValue: message["Cause"].flatMap { Int($0) } ?? 0)
    // A placed call that ends unanswered without our doing was refused by the PBX.
    let refused = placed[id] != nil && leg.answeredAt == nil
    let side = letGo.removeValue(forKey: id) ?? (refused ? .pbx : .phone)
    legs[id]?.endedAt = message.time
    legs[id]?.endedBy = side
    legs[id]?.cause = cause
    append(leg, message.time, .ended(by: side, cause))
  }

  private mutating func append(_ leg: TelcoLeg, _ at: Timestamp, _ kind: TelcoEvent.Kind) {
    events.append(
      TelcoEvent(at: at, leg: leg.id, party: leg.party, number: leg.number, other: leg.other, kind: kind))
  }
}
