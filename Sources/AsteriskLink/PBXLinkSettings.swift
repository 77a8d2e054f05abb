public import Courier
public import Telephony

/// Where one PBX is and who we are there.
public struct PBXLinkSettings: Sendable, Hashable {
  public var name: PBXName
  public var ami: AMISettings
  public var ari: ARISettings
  public var limits: LinkLimits

  public init(name: PBXName, ami: AMISettings, ari: ARISettings, limits: LinkLimits = LinkLimits()) {
    self.name = name
    self.ami = ami
    self.ari = ari
    self.limits = limits
  }
}

/// The AMI user and where to log in (manager.conf).
public struct AMISettings: Sendable, Hashable {
  public var host: String
  /// Default 5038; with TLS `tlsbindaddr`'s, usually 5039.
  public var port: Int
  public var username: String
  /// Never in a log or an error.
  public var secret: String
  /// Nil: plain TCP.
  public var tls: TLSPolicy?

  public init(host: String, port: Int = 5038, username: String, secret: String, tls: TLSPolicy? = nil) {
    self.host = host
    self.port = port
    self.username = username
    self.secret = secret
    self.tls = tls
  }
}

/// The ARI user and application (ari.conf, http.conf).
public struct ARISettings: Sendable, Hashable {
  /// `http://host:8088/ari` or `https://…`; with a prefix where http.conf has one.
  public var url: String
  public var username: String
  /// Never in a log or an error.
  public var password: String
  /// The name of our Stasis application. One connection holds it at a time.
  public var application: String
  /// For https and wss only.
  public var tls: TLSPolicy

  public init(
    url: String, username: String, password: String, application: String, tls: TLSPolicy = TLSPolicy()
  ) {
    self.url = url
    self.username = username
    self.password = password
    self.application = application
    self.tls = tls
  }
}

/// The named limits of a link.
public struct LinkLimits: Sendable, Hashable {
  /// TCP, TLS and login together. Default 5 s.
  public var connectTimeout: Duration = .seconds(5)
  /// Answer to one command, AMI or ARI. Default 5 s.
  public var commandTimeout: Duration = .seconds(5)
  /// The snapshot as a whole. Default 10 s.
  public var snapshotTimeout: Duration = .seconds(10)
  /// Between an answered AMI Ping and the next. Default 1 s: an event can sit undelivered until the next write.
  public var amiPingInterval: Duration = .seconds(1)
  /// Answer to an AMI Ping; later, the sessions are made anew. Default 5 s.
  public var amiPingTimeout: Duration = .seconds(5)
  /// Between websocket pings. Default 5 s.
  public var ariPingInterval: Duration = .seconds(5)
  /// Pong to a websocket ping; later, the websocket is made anew. Default 5 s.
  public var ariPongTimeout: Duration = .seconds(5)
  /// First and longest pause between two tries to connect. It doubles each time; 50 to 100 % of it are waited,
  /// by chance. Default 0.2 s and 5 s.
  public var retryFirst: Duration = .milliseconds(200)
  public var retryLongest: Duration = .seconds(5)
  /// Pause after another connection took our Stasis application, so that two services do not take it from each
  /// other without end. Default 30 s.
  public var replacedPause: Duration = .seconds(30)
  /// AMI actions sent and not answered. Default 256; one more is not sent.
  public var actionsInFlightMax: Int = 256
  /// Events waiting for the consumer, both interfaces together. Default 100,000; beyond it events are dropped
  /// and counted, and a new snapshot is taken.
  public var eventsQueuedMax: Int = 100_000
  /// One ARI message, all fragments together. Bytes, default 1 MiB; a longer one is dropped and counted.
  public var ariMessageBytesMax: Int = 1 << 20
  /// The answer to `GET /channels`. Bytes, default 4 MiB.
  public var ariAnswerBytesMax: Int = 4 << 20

  public init() {}
}

extension PBXLinkSettings: CustomStringConvertible, CustomReflectable {
  /// Without secrets, whatever prints it.
  public var description: String { "PBX \(name): AMI \(ami.host):\(ami.port), ARI \(ari.url)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension AMISettings: CustomStringConvertible, CustomReflectable {
  public var description: String { "AMI user \"\(username)\" at \(host):\(port)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension ARISettings: CustomStringConvertible, CustomReflectable {
  public var description: String { "ARI user \"\(username)\" at \(url)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
