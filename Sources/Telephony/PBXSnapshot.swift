/// What a PBX shows when asked, at one moment after the event stream was opened.
public struct PBXSnapshot: Sendable, Hashable, Codable {
  /// One caller waiting in one queue, from QueueStatus.
  public struct WaitingCaller: Sendable, Hashable, Codable {
    public var queue: QueueName
    public var channel: ChannelID
    public var channelName: String
    public var position: Int
    public var wait: Duration
    public var callerNumber: String
    public var callerName: String

    public init(
      queue: QueueName, channel: ChannelID, channelName: String, position: Int, wait: Duration,
      callerNumber: String, callerName: String
    ) {
      self.queue = queue
      self.channel = channel
      self.channelName = channelName
      self.position = position
      self.wait = wait
      self.callerNumber = callerNumber
      self.callerName = callerName
    }
  }

  /// A channel from CoreShowChannels, with what an event does not carry.
  public struct LiveChannel: Sendable, Hashable, Codable {
    public var channel: ChannelSnapshot
    /// Nil where it is in no bridge.
    public var bridge: BridgeID?
    /// The application it is in now, `Queue`, `Stasis`, `Dial` …
    public var application: String
    /// How long it has been up.
    public var age: Duration

    public init(channel: ChannelSnapshot, bridge: BridgeID?, application: String, age: Duration) {
      self.channel = channel
      self.bridge = bridge
      self.application = application
      self.age = age
    }
  }

  /// When this Asterisk started, from CoreStatus. Another value means another life: no channel survived.
  public var startedAt: Timestamp
  /// `Asterisk 22.10.1`, from CoreSettings.
  public var version: String
  public var channels: [LiveChannel]
  public var queues: [QueueName]
  public var members: [QueueMember]
  public var waiting: [WaitingCaller]

  public init(
    startedAt: Timestamp, version: String, channels: [LiveChannel], queues: [QueueName],
    members: [QueueMember], waiting: [WaitingCaller]
  ) {
    self.startedAt = startedAt
    self.version = version
    self.channels = channels
    self.queues = queues
    self.members = members
    self.waiting = waiting
  }
}
