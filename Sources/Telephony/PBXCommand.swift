/// One thing to ask of Asterisk. The link decides by which interface; nothing here is wire text.
public enum PBXCommand: Sendable, Hashable, Codable {
  /// Rings a leg into our Stasis application. ARI `POST /channels`.
  case originate(Originate)
  /// ARI `DELETE /channels/{id}`; `cause` becomes the SIP response or reason.
  case hangUp(ChannelID, HangupCause)
  /// ARI `POST /channels/{id}/answer`.
  case answer(ChannelID)
  /// ARI `POST /channels/{id}/ring`, `DELETE` to stop: a ringing tone in the waiting agent's ear.
  case indicateRinging(ChannelID)
  case stopRinging(ChannelID)
  /// ARI `POST /channels/{id}/play/{playback}`; media such as `sound:perezvon-callback`.
  case play(ChannelID, playback: String, media: [String])
  case stopPlayback(String)
  /// ARI `POST /channels/{id}/variable`.
  case setVariable(ChannelID, name: String, value: String)
  /// ARI `POST /channels/{id}/continue`. Answers 204 before it happens: wait for `stasisEnded`.
  case continueInDialplan(ChannelID, context: String, exten: String, priority: Int)
  /// ARI `POST /channels/{id}/continue` without a place: the next priority after Stasis().
  case resumeDialplan(ChannelID)
  /// AMI QueuePause; `queue` nil means all the member's queues. Not a lock (see docs/dialing.md).
  case pauseMember(MemberInterface, queue: QueueName?, paused: Bool, reason: String)
  /// AMI QueueChangePriorityCaller, moving him at once where Asterisk can (22 does; 16 only keeps others from
  /// passing him).
  case changeCallerPriority(queue: QueueName, channelName: String, priority: Int)
  /// AMI Setvar `TIMEOUT(absolute)`: the last resort against a leg that outlives everyone.
  case limitLife(ChannelID, Duration)
  /// AMI Setvar `TIMEOUT(absolute)` with what the dialplan sets there itself as soon as it goes on; zero: no limit. It
  /// queues a frame, and a caller in Stasis() is sent on at once who else would look for commands every 200 ms only, as
  /// Asterisk before 18.21, 20.6 and 21.1 has it. Not sent to any other. Send it after `resumeDialplan`.
  case wake(ChannelID, limit: Duration)

  /// How a leg is made.
  public struct Originate: Sendable, Hashable, Codable {
    /// Our id: a live one is refused with 409.
    public var channel: ChannelID
    /// The dial string: `PJSIP/101`, `PJSIP/+79161234567@trunk`.
    public var endpoint: String
    /// Arguments our application gets with `stasisStarted`.
    public var arguments: [String]
    /// Shown on the phone that rings.
    public var callerNumber: String
    public var callerName: String
    /// How long it rings. Range 1 s to 5 min.
    public var timeout: Duration
    public var variables: [String: String]
    /// A live channel whose linkedid and codecs the new leg takes over.
    public var originator: ChannelID?

    public init(
      channel: ChannelID, endpoint: String, arguments: [String], callerNumber: String, callerName: String,
      timeout: Duration, variables: [String: String], originator: ChannelID? = nil
    ) {
      self.channel = channel
      self.endpoint = endpoint
      self.arguments = arguments
      self.callerNumber = callerNumber
      self.callerName = callerName
      self.timeout = timeout
      self.variables = variables
      self.originator = originator
    }
  }
}

/// What is known of a command after it was sent.
public enum CommandOutcome: Sendable, Hashable {
  case done
  /// The id is in use: the leg lives already (ARI 409).
  case alreadyLive
  /// Certainly not carried out, with what Asterisk said.
  case refused(String)
  /// The thing it named is gone (ARI 404).
  case notFound
  /// Never left this machine: the link is down.
  case notSent(String)
  /// A time-out or reset after sending: it may have been carried out.
  case unknown(String)
}
