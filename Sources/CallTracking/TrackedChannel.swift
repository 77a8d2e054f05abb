import Telephony

/// One channel's stay in one bridge.
struct BridgeStay: Sendable, Hashable {
  var bridge: Handle
  var entered: Timestamp
  /// `Timestamp.never` while it is still there.
  var left: Timestamp
  /// The bridge of a parking lot: who stays there hears music, not the others.
  var holding: Bool
  /// A snapshot showed it: it was there at `entered`, and before.
  var isFromSnapshot = false

  var isOpen: Bool { left == .never }

  /// When it ended, as an event tells. The clock of the PBX may be behind the one of the snapshot: what was seen in it
  /// was there all the same, for a moment at least.
  func end(toldAt moment: Timestamp) -> Timestamp {
    max(moment, isFromSnapshot ? entered + .milliseconds(1) : entered)
  }
}

extension Timestamp {
  /// Later than everything.
  static let never = Timestamp(microseconds: .max)
}

/// What a channel is to the calls.
enum ChannelRole: Sendable, Hashable {
  /// A person's phone, or an outside phone that was dialled for a caller.
  case phone
  /// The channel of a customer calling in.
  case caller
  /// The far end of a call that an extension makes.
  case outside
  /// The customer's leg of an attempt of ours, or a leg dialled for it.
  case customer
  /// Half of a Local channel: a way to somebody, never somebody.
  case local
  /// Announcers, recorders and other channels without a person.
  case media

  /// Names as the channel drivers give them (`res/`, `bridges/`, `channels/` of Asterisk 16 to 22).
  static let mediaPrefixes = [
    "Announcer/", "CBAnn/", "CBRec/", "Recorder/", "Snoop/", "UnicastRTP/", "MulticastRTP/", "AudioSocket/",
    "WebSocket/", "Message/", "Surrogate/", "Bridge/", "ConfBridgeRecorder/",
  ]

  init(name: String) {
    if name.hasPrefix("Local/") {
      self = .local
    } else if Self.mediaPrefixes.contains(where: name.hasPrefix) {
      self = .media
    } else {
      self = .phone
    }
  }
}

/// One leg in Asterisk, from Newchannel to Hangup and for a minute after.
struct TrackedChannel: Sendable {
  var id: ChannelID
  /// At birth.
  var linkedID: LinkedID
  var name: String
  var role: ChannelRole
  /// The call it belongs to: its own, or the one it was dialled for.
  var call: Handle?
  /// It is the outside party of `call`.
  var isOwn = false
  /// It is the extension that makes the outbound call `call`.
  var isOriginator = false
  /// Born in an inbound context, but so that it may be a dialled leg: not a caller until it rings in.
  var mayBeCaller = false
  var pickedUp = false
  var dialEnded = false
  var expired = false
  /// Undecided calls that need its history.
  var holds: Int32 = 0
  var bornAt: Timestamp
  var upAt: Timestamp?
  var closedAt: Timestamp?
  /// Closed because a snapshot did not show it.
  var closedUnseen = false
  /// The other half of a Local channel.
  var pair: Handle?
  var stays: [BridgeStay] = []
  var waitingIn: QueueName?
  /// ParkedCall came; valid for the next bridge it enters.
  var parkedAt: Timestamp?

  /// Stays in bridges kept of one channel (`legs_max`).
  static let staysMax = 64

  /// `PJSIP/101-0000002a` as people and queues name it: `PJSIP/101`.
  var device: String { Self.device(ofName: name) }

  /// Cuts the serial number that every channel driver appends behind the last `-`.
  static func device(ofName name: String) -> String {
    guard let dash = name.utf8.lastIndex(of: UInt8(ascii: "-")) else { return name }
    return String(name[..<dash])
  }

  /// `Local/101@agents-00000003` for `Local/101@agents-00000003;2`; nil where it is not a Local channel.
  static func localBase(ofName name: String) -> String? {
    guard name.hasPrefix("Local/"), let mark = name.utf8.lastIndex(of: UInt8(ascii: ";")) else { return nil }
    return String(name[..<mark])
  }

  /// Names that a channel carries for an instant during a masquerade.
  static func isPassing(name: String) -> Bool {
    name.isEmpty || name.hasSuffix("<MASQ>") || name.hasSuffix("<ZOMBIE>")
  }
}

/// Where channels meet.
struct TrackedBridge: Sendable {
  var id: BridgeID
  var members: [Handle] = []
  /// Who left it lately: an event that comes late may still concern them.
  var recent: [Handle] = []
  var holding = false
  /// Deadline set to forget it, as nobody is in it.
  var forgetting = false

  /// Channels that left one bridge and are remembered with it.
  static let recentMax = 16
}

extension TrackedChannel: SlabElement {
  static let vacant = TrackedChannel(id: "", linkedID: "", name: "", role: .media, bornAt: .never)
}

extension TrackedBridge: SlabElement {
  static let vacant = TrackedBridge(id: "")
}
