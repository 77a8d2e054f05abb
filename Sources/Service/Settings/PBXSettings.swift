public import Telephony

/// One entry of `pbx`: one Asterisk and how to talk to it.
public struct PBXSettings: Sendable, Hashable {
  /// As `systemname` in its asterisk.conf.
  public var name: PBXName
  /// How to reach its Manager Interface.
  public var ami: AMISettings
  /// How to reach its REST Interface.
  public var ari: ARISettings
  /// A channel born in one of these dialplan contexts is a customer calling in.
  public var inboundContexts: [String]
  /// Our DIDs: never called back.
  public var ownNumbers: [PhoneNumber]
  /// Dialplan context the caller was last in → where the call was lost.
  public var stages: [String: LostAt]
  /// What a caller is whom only voicemail took. Default missed.
  public var voicemail: Voicemail
  /// How a customer is dialled: `dial` and `number_format`.
  public var dial: DialPlanFormat
  /// Customer dials at the same time, at most. Range 1 to 1,000, default 30.
  public var maxConcurrentDials: Int
  /// Range 0.1 to 100, default 5.
  public var maxDialsPerSecond: Double
  /// Path of Asterisk's queue_log; nil where it cannot be read from here.
  public var queueLog: String?
  /// The table Asterisk writes its queue_log to; nil where it writes none. Read in place of
  /// `queueLog`.
  public var queueLogTable: QueueLogTableSettings?
  /// Path of the channel event log, as asterisk-conf/cel_custom.d writes it; nil where there is none.
  public var cel: String?
  /// How long after the caller's hang-up the verdict waits for late events. Default 300 ms.
  public var settle: Duration
  /// How long after two are connected it is looked whether sound comes from both, and how long after that again.
  /// Default 4 s; zero: never.
  public var mediaCheck: Duration
}

/// `pbx[].voicemail`.
public enum Voicemail: String, Sendable, Hashable, CaseIterable {
  /// A missed call, called back.
  case missed
  /// Neither answered nor missed.
  case message
}

/// `pbx[].queue_log_table`.
public struct QueueLogTableSettings: Sendable, Hashable {
  /// libpq URI of the database Asterisk writes to. Default: our own database.
  public var url: Secret
  /// With or without a schema. Default `queue_log`.
  public var table: String
  /// Whose clock a `time` without zone is of. Default: this host's zone.
  public var zone: NamedZone
}

extension PBXSettings {
  /// There is a second source for what AMI did not see.
  var hasQueueLog: Bool { queueLog != nil || queueLogTable != nil }
}

/// `pbx[].ami`.
public struct AMISettings: Sendable, Hashable {
  /// Default 127.0.0.1.
  public var host: String
  /// Default 5038.
  public var port: Int
  /// Its section in manager.conf or ari.conf.
  public var username: String
  /// `secret` of that section.
  public var secret: Secret
  /// Default false.
  public var tls: Bool
  /// PEM file of the authority that signed Asterisk's certificate; nil for the system's authorities.
  public var caFile: String?
  /// Check the certificate. Default true.
  public var verify: Bool
}

/// `pbx[].ari`.
public struct ARISettings: Sendable, Hashable {
  /// `http://host:port/ari` or `https://…`, without a closing slash.
  public var url: String
  /// Its section in manager.conf or ari.conf.
  public var username: String
  /// `password` of that section.
  public var password: Secret
  /// Name of the Stasis application. Default `perezvon`.
  public var app: String
  /// PEM file of the authority that signed Asterisk's certificate; nil for the system's.
  public var caFile: String?
  /// Check the certificate. Default true.
  public var verify: Bool
}
