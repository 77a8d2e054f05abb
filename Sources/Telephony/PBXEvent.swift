/// `ChannelState` (`include/asterisk/channelstate.h`).
public enum ChannelState: Int, Sendable, Hashable, Codable {
  case down = 0, reserved, offHook, dialing, ring, ringing, up, busy, dialingOffHook, preRing, muted, unknown
}

/// A channel as one event shows it. Numbers and names are what the far end claims: raw, hostile, only for
/// typed encoders. `<unknown>` on the wire is an empty text here.
public struct ChannelSnapshot: Sendable, Hashable, Codable {
  public var id: ChannelID
  public var linkedID: LinkedID
  /// `PJSIP/trunk-00000012`: technology, endpoint, serial number.
  public var name: String
  public var state: ChannelState
  public var callerNumber: String
  public var callerName: String
  public var connectedNumber: String
  public var context: String
  public var exten: String

  public init(
    id: ChannelID, linkedID: LinkedID, name: String, state: ChannelState, callerNumber: String = "",
    callerName: String = "", connectedNumber: String = "", context: String = "", exten: String = ""
  ) {
    self.id = id
    self.linkedID = linkedID
    self.name = name
    self.state = state
    self.callerNumber = callerNumber
    self.callerName = callerName
    self.connectedNumber = connectedNumber
    self.context = context
    self.exten = exten
  }
}

/// Device state of a member as app_queue reports it (`include/asterisk/devicestate.h`).
public enum MemberStatus: Int, Sendable, Hashable, Codable {
  case unknown = 0, notInUse, inUse, busy, invalid, unavailable, ringing, ringingInUse, onHold

  /// app_queue rings only these (`apps/app_queue.c`, `is_member_available`), `ringinuse` aside.
  public var mayBeRung: Bool { self == .unknown || self == .notInUse }
}

/// One member of one queue.
public struct QueueMember: Sendable, Hashable, Codable {
  public var queue: QueueName
  public var interface: MemberInterface
  /// Shown to people; set in queues.conf or by AddQueueMember.
  public var name: String
  /// The device whose state counts; equals `interface` where none is set.
  public var stateInterface: String
  public var status: MemberStatus
  public var paused: Bool
  public var pausedReason: String
  public var penalty: Int
  public var callsTaken: Int
  /// When this member's last queue call ended; nil where there was none. Whole seconds on the wire.
  public var lastCallAt: Timestamp?
  /// Is in a call that this queue gave him. Asterisk 13+.
  public var inCall: Bool
  /// app_queue's own wrap-up time for this member.
  public var wrapUp: Duration

  public init(
    queue: QueueName, interface: MemberInterface, name: String = "", stateInterface: String = "",
    status: MemberStatus = .notInUse, paused: Bool = false, pausedReason: String = "", penalty: Int = 0,
    callsTaken: Int = 0, lastCallAt: Timestamp? = nil, inCall: Bool = false, wrapUp: Duration = .zero
  ) {
    self.queue = queue
    self.interface = interface
    self.name = name
    self.stateInterface = stateInterface
    self.status = status
    self.paused = paused
    self.pausedReason = pausedReason
    self.penalty = penalty
    self.callsTaken = callsTaken
    self.lastCallAt = lastCallAt
    self.inCall = inCall
    self.wrapUp = wrapUp
  }
}

/// One thing Asterisk said, over AMI or ARI, in the words of this project. `at` travels beside it.
public enum PBXEvent: Sendable, Hashable, Codable {
  // Channels (AMI class call).
  case channelCreated(ChannelSnapshot)
  /// Newstate.
  case channelState(ChannelSnapshot)
  /// NewCallerid, NewConnectedLine: the numbers on a channel changed.
  case channelIdentity(ChannelSnapshot)
  /// Rename (masquerade): the channel keeps its id under a new name.
  case channelRenamed(ChannelID, name: String)
  /// HangupRequest: the far end of this channel let go (BYE, CANCEL). Comes before its Hangup, and does not
  /// come where the dialplan, another channel or a command ended it.
  case hangupRequested(ChannelSnapshot)
  /// Hangup. The snapshot carries the last context and extension.
  case channelHungUp(ChannelSnapshot, HangupCause)
  /// DialBegin. `caller` is nil for a leg that nobody's channel dials (Originate).
  case dialBegan(caller: ChannelSnapshot?, callee: ChannelSnapshot, dialString: String)
  /// DialEnd. Can come twice for one leg.
  case dialEnded(caller: ChannelSnapshot?, callee: ChannelSnapshot, DialStatus)
  case bridgeEntered(BridgeID, ChannelSnapshot)
  case bridgeLeft(BridgeID, ChannelSnapshot)
  /// LocalBridge: the two halves of a Local channel.
  case localBridged(one: ChannelSnapshot, two: ChannelSnapshot)
  /// BlindTransfer with Result Success. `transferer` leaves; `transferee` goes to context, exten.
  case blindTransferred(
    transferer: ChannelSnapshot, transferee: ChannelSnapshot?, context: String, exten: String)
  /// AttendedTransfer with Result Success.
  case attendedTransferred(
    transferer: ChannelSnapshot, transferee: ChannelSnapshot?, target: ChannelSnapshot?)
  /// Pickup: `channel` took the call ringing at `target`.
  case pickedUp(channel: ChannelSnapshot, target: ChannelSnapshot)
  case parked(ChannelSnapshot)
  case unparked(ChannelSnapshot, retriever: ChannelSnapshot?)

  // Queues (AMI class agent).
  case queueJoined(ChannelSnapshot, QueueName, position: Int)
  case queueLeft(ChannelSnapshot, QueueName)
  /// QueueCallerAbandon. Also for timeout, empty queue and withdraw: not a verdict.
  case queueAbandoned(ChannelSnapshot, QueueName, position: Int, originalPosition: Int, hold: Duration)
  case agentCalled(caller: ChannelSnapshot, agent: ChannelSnapshot?, QueueName, MemberInterface)
  case agentConnected(
    caller: ChannelSnapshot, agent: ChannelSnapshot?, QueueName, MemberInterface, hold: Duration,
    ring: Duration)
  case agentRingNoAnswer(caller: ChannelSnapshot, QueueName, MemberInterface, ring: Duration)
  /// `reason` is caller, agent or transfer. May lack the caller.
  case agentCompleted(caller: ChannelSnapshot?, QueueName, MemberInterface, talk: Duration, reason: String)
  case memberAdded(QueueMember)
  case memberRemoved(QueueMember)
  /// QueueMemberStatus.
  case memberStatus(QueueMember)
  /// QueueMemberPause.
  case memberPaused(QueueMember)
  case memberPenalty(QueueMember)

  // Dialplan to service.
  /// UserEvent. Header names as sent; values raw.
  case userEvent(name: String, ChannelSnapshot?, fields: [String: String])

  /// OriginateResponse; `reason` as in `asterisk-facts`: 4 answered, 3 no answer, 5 busy, 8 congestion.
  case originateResponse(ChannelID?, success: Bool, reason: Int)

  // The PBX itself. Confirm by what follows before acting on them.
  /// A registration of ours at a provider (`Registry`), or how a peer answers (`ContactStatus`, `PeerStatus`).
  case trunkState(TrunkState)
  case fullyBooted
  case shutdown(restart: Bool)
  case reloaded

  // ARI.
  case stasisStarted(ChannelSnapshot, application: String, arguments: [String])
  case stasisEnded(ChannelSnapshot, application: String)
  case dtmf(ChannelID, digit: String)
  case playbackFinished(id: String)
  /// ARI `Dial`: progress of a leg that we dialled.
  case dialProgress(ChannelID, DialStatus)
  /// ARI ChannelDestroyed: comes for our legs even where AMI is late.
  case channelDestroyed(ChannelSnapshot, HangupCause)
  /// Another websocket took our application: this one is mute from now on.
  case applicationReplaced(application: String)
}
