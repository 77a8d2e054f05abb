/// One line of Asterisk's channel event log (CEL), in the fields of asterisk-conf/cel_custom.d/perezvon.conf.
public struct CELLine: Sendable, Hashable {
  /// What happened (`main/cel.c`, `cel_event_types`).
  public enum Event: String, Sendable, Hashable, CaseIterable {
    case channelStarted = "CHAN_START"
    case answered = "ANSWER"
    case hungUp = "HANGUP"
    case bridgeEntered = "BRIDGE_ENTER"
    case bridgeLeft = "BRIDGE_EXIT"
    case applicationStarted = "APP_START"
    case pickedUp = "PICKUP"
    case blindTransferred = "BLINDTRANSFER"
    case attendedTransferred = "ATTENDEDTRANSFER"
    /// No channel with this linkedid is left.
    case callEnded = "LINKEDID_END"
  }

  public var at: Timestamp
  public var event: Event
  /// `state` is not told; it is `.unknown`.
  public var channel: ChannelSnapshot
  /// `Dial`, `Queue` …; empty outside of one.
  public var application: String
  public var applicationData: String
  /// What is told of this event only; empty for most.
  public var extra: CELExtra

  public init(
    at: Timestamp, event: Event, channel: ChannelSnapshot, application: String = "",
    applicationData: String = "", extra: CELExtra = CELExtra()
  ) {
    self.at = at
    self.event = event
    self.channel = channel
    self.application = application
    self.applicationData = applicationData
    self.extra = extra
  }
}

/// The JSON at the end of a line (`main/cel.c`, `cel_bridge_enter_cb`, `cel_channel_state_change` and others).
public struct CELExtra: Sendable, Hashable {
  public var bridge: BridgeID?
  public var hangupCause: Int?
  /// The name of the channel that let go, `dialplan/builtin`, or empty.
  public var hangupSource = ""
  /// `DIALSTATUS` of the channel that was hung up; empty where it dialled nobody.
  public var dialStatus = ""
  /// Of a pick-up: who took the call.
  public var pickedUpBy: ChannelID?
  /// Of a transfer.
  public var transferee: ChannelID?
  public var transferTarget: ChannelID?
  public var context = ""
  public var exten = ""

  public init() {}
}
