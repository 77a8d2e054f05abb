import Telephony

/// One stay of the caller in one queue, until its record is written.
struct QueueEntry: Sendable, Hashable {
  var join: Int
  var queue: QueueName
  var channel: ChannelID
  var position: Int
  var joinedAt: Timestamp
  var leftAt: Timestamp?
  /// QueueCallerAbandon came. Not a verdict.
  var abandonSeen = false
  var member: String?
  var connectedAt: Timestamp?
  var recorded = false
}

/// The last stage a call reached, and the dialplan context the caller was in then.
struct StageMark: Sendable, Hashable {
  var stage: LostAt
  var context: String
}

/// A member or extension that was rung.
struct Rung: Sendable, Hashable {
  var name: String
  var at: Timestamp
  /// The Local channel through which it was rung; nil where the caller's own channel dialled it.
  var via: String?
}

/// A transfer of the caller: what humans said before it no longer counts.
struct TransferMark: Sendable, Hashable {
  var at: Timestamp
  var transferer: ChannelID
  var device: String
}

/// One call from its birth to its verdict.
struct TrackedCall: Sendable {
  var party: LiveParty
  /// The channels of the outside party; of an inbound call one.
  var own: [Handle]
  /// The extension that makes an outbound call.
  var originator: Handle?
  /// Channels that were in a bridge with the outside party, directly or through Local channels.
  var met: [Handle] = []
  var wasUp = false

  var endedAt: Timestamp?
  var cause = HangupCause.unknown
  var hangupContext = ""
  /// The caller's phone let go (HangupRequest), a moment before his channel was gone.
  var letGoAt: Timestamp?
  /// Its end was not seen: who let go is not known.
  var endedUnseen = false
  /// The PBX died under it.
  var endedByPBX = false

  var mark: StageMark?
  var toldEnding: Ending?
  /// The queue a hook behind Queue() named.
  var toldQueue: QueueName?
  var transfer: TransferMark?
  var lastDialStatus: DialStatus?
  var callbackRequested = false
  /// The number it was asked for, as it was said.
  var requestedNumber: String?

  var entries: [QueueEntry] = []
  var joins = 0
  var rung: [Rung] = []
  /// Local channels that a queue rang: the phones behind them are not named beside the member.
  var queueLegs: [String] = []
  var answeredLegs: [ChannelID] = []
  /// Which leg a queue's answer came from.
  var memberLegs: [(leg: ChannelID?, member: String, at: Timestamp)] = []
  var evidence: [EvidenceStep] = []

  var liveLeg: Handle?
  var lastTalkedLeg: Handle?
  var lastTalkEndedAt: Timestamp?
  var limitsTold: Set<Anomaly.Limit> = []

  init(party: LiveParty, own: [Handle]) {
    self.party = party
    self.own = own
  }

  func began(pbx: PBXName) -> CallBegan {
    CallBegan(
      pbx: pbx, linkedID: party.linkedID, channel: party.channel, direction: party.direction,
      rawNumber: party.rawNumber, rawName: party.rawName, did: party.did, at: party.startedAt)
  }

  /// The PBX ended it: the dialplan ran out, or a command did it.
  var wasHungUpOn: Bool { letGoAt == nil && !endedUnseen && !endedByPBX }

  /// The entry in which the caller waits now.
  var openEntry: Int? { entries.lastIndex { $0.leftAt == nil } }

  /// Whether he waited in a queue at that moment, for events of other channels that come late.
  func wasInQueue(at moment: Timestamp) -> Bool {
    entries.contains { $0.joinedAt <= moment && ($0.leftAt ?? .never) > moment }
  }

  /// Adds a step unless it is there already. False where the limit made room for it.
  mutating func note(_ what: String, _ detail: String = "", at: Timestamp, max limit: Int) -> Bool {
    let step = EvidenceStep(at: at, what: what, detail: detail)
    if evidence.contains(step) { return true }
    evidence.append(step)
    guard evidence.count > limit else { return true }
    // Rings of a long wait are the many and the dull; the birth stays.
    let oldestRing = evidence.firstIndex { $0.what == "rang" || $0.what == "rang_out" }
    evidence.remove(at: oldestRing ?? 1)
    return false
  }

  /// False where `rungMax` is reached.
  mutating func rang(_ name: String, via: String?, at: Timestamp) -> Bool {
    if let index = rung.firstIndex(where: { $0.name == name && $0.via == via }) {
      rung[index].at = min(rung[index].at, at)
      return true
    }
    guard rung.count < CallTracker.rungMax else { return false }
    rung.append(Rung(name: name, at: at, via: via))
    return true
  }
}

extension TrackedCall: SlabElement {
  static let vacant = TrackedCall(
    party: LiveParty(
      linkedID: "", channel: "", direction: .internal, rawNumber: "", rawName: "", did: "",
      startedAt: .never), own: [])
}
