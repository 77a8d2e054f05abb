public import AsteriskProtocol
public import Telephony

/// An event as it came over the wire.
public struct ReceivedEvent: Sendable, Hashable {
  public var event: PBXEvent
  /// The PBX's own time stamp; nil where it sent none (manager.conf `timestampevents=no`).
  public var at: Timestamp?

  public init(event: PBXEvent, at: Timestamp?) {
    self.event = event
    self.at = at
  }
}

/// What a link tells its one consumer, in order.
public enum LinkInput: Sendable, Hashable {
  /// Both AMI sessions are logged in and this is what the PBX shows. Everything known before is replaced by it.
  /// Events follow that may be older than the snapshot: each of them must be harmless twice. It was asked for at
  /// `askedAt`: what is younger may be missing in it.
  case amiUp(PBXSnapshot, askedAt: Timestamp)
  /// Events are lost from here to the next `amiUp`. Comes once per loss, and again when the reason changes.
  case amiDown(reason: String, at: Timestamp)
  /// Our Stasis application is registered; these channels lived when they were asked for.
  case ariUp(channels: [ChannelSnapshot], askedAt: Timestamp)
  case ariDown(reason: String, at: Timestamp)
  /// In the order of arrival. Order holds per channel and per source only.
  case events([ReceivedEvent], source: LinkSource, receivedAt: Timestamp)
  /// The consumer was too slow: so many events were dropped here. `amiUp` and `ariUp` follow by themselves.
  case overflow(dropped: Int)
}

/// The interface an event came by.
public enum LinkSource: String, Sendable, Hashable {
  case ami, ari
}

/// How a link stands at this moment.
public struct LinkHealth: Sendable, Hashable {
  /// Since when the snapshot of this connection is out; nil while down.
  public var amiConnectedSince: Timestamp?
  public var ariConnectedSince: Timestamp?
  /// The last sentence said about a failure; nil where there was none yet.
  public var lastError: String?
  /// As CoreSettings tells, `22.10.1`; empty before the first connection.
  public var version = ""
  /// `asterisk.conf` systemname; empty where not set.
  public var systemName = ""
  /// Which Asterisk process it is: see `PBXSnapshot.startedAt`.
  public var startedAt: Timestamp?
  /// Counts of the present or last event session.
  public var ami = AMIStatistics()
  /// Counts of the present or last websocket.
  public var ari = ARIStatistics()
  /// From the last AMI event's own time stamp to its arrival here; holds the difference of the two clocks. Nil
  /// without time stamps.
  public var lag: Duration?
  /// When the last AMI Ping of the event session was answered; nil before the first.
  public var amiPongAt: ContinuousClock.Instant?
  /// When the last connection to AMI was begun; nil before the first.
  public var amiTriedAt: ContinuousClock.Instant?
  /// Round trip of the last answered AMI Ping.
  public var pingRoundTrip: Duration?
  /// Events dropped because the consumer was too slow, in all.
  public var eventsDropped = 0
  /// Connections made, in all.
  public var amiConnections = 0
  public var ariConnections = 0

  public init() {}
}

/// Something `doctor` found at a PBX.
public struct LinkProblem: Sendable, Hashable {
  public enum Severity: String, Sendable, Hashable {
    /// The service cannot do its work.
    case error
    /// It works, and should be changed.
    case warning
  }

  public var severity: Severity
  /// One sentence that names the file and the line to change.
  public var sentence: String

  public init(_ severity: Severity, _ sentence: String) {
    self.severity = severity
    self.sentence = sentence
  }
}

/// What ARI says of one channel.
public enum ChannelPresence: Sendable, Hashable {
  case live(ChannelSnapshot)
  case gone
  /// Could not be learned, and why.
  case unknown(String)
}

/// A failure of the link, as a sentence for the administrator.
public struct LinkError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable {
    case connect, tls, refused, timeout, protocolError, cut, shuttingDown, encoding, busy
  }

  public var code: Code
  public var message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
