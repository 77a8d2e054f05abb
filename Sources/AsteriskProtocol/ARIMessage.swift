public import Telephony

/// One text frame of ARI's websocket.
public enum ARIMessage: Sendable, Hashable {
  /// Something happened. `at` is the event's own time; nil where it cannot be read.
  case event(PBXEvent, at: Timestamp?)
  /// Well formed, and of a type nobody here wants.
  case ignored(type: String)
  /// No JSON object with a `type`, or one without what its type needs.
  case malformed(String)
}

/// What passed through an `ARIDecoder` since it was made.
public struct ARIStatistics: Sendable, Hashable {
  public var events = 0
  public var ignored = 0
  public var malformed = 0
  /// Frames over `ARIDecoder.frameBytesMax`, not read.
  public var oversized = 0
  public init() {}
}

/// An application as `GET /applications/{app}` shows it.
public struct ARIApplication: Sendable, Hashable {
  public var name: String
  public var channels: [ChannelID]
  public var bridges: [BridgeID]
  public init(name: String, channels: [ChannelID], bridges: [BridgeID]) {
    self.name = name
    self.channels = channels
    self.bridges = bridges
  }
}

/// What `GET /asterisk/info` tells.
public struct ARIInfo: Sendable, Hashable {
  /// `22.10.1~dfsg…`; empty where not told.
  public var version: String
  /// asterisk.conf `systemname`; empty where not told.
  public var systemName: String
  /// When this Asterisk started, in UTC; nil where not told.
  public var startedAt: Timestamp?
  public init(version: String, systemName: String, startedAt: Timestamp?) {
    self.version = version
    self.systemName = systemName
    self.startedAt = startedAt
  }
}

/// A channel as ARI shows it.
public struct ARIChannel: Sendable, Hashable {
  /// ARI tells no linkedid: `linkedID` is the channel's own id here, and AMI's word goes first.
  public var channel: ChannelSnapshot
  /// The dialplan application it is in, `Stasis`, `Queue` …; empty before Asterisk 16.6.
  public var application: String
  public var createdAt: Timestamp?
  public init(channel: ChannelSnapshot, application: String, createdAt: Timestamp?) {
    self.channel = channel
    self.application = application
    self.createdAt = createdAt
  }
}
