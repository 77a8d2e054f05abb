public import Telephony

/// What the tracker found out. `callEnded` and `queueEntryEnded` are kept for good; the others say what
/// goes on now and steer the dialing.
public enum CallFact: Sendable, Hashable, Codable {
  /// A call was born: a customer calls in, or an agent dials out.
  case callBegan(CallBegan)
  /// The caller joined a queue.
  case queueEntered(CallBegan, QueueName, channelName: String)
  /// A human began to talk with the other party of this call.
  case talkBegan(LinkedID, member: String, at: Timestamp)
  /// The other party's channel is gone; the verdict follows after the settle time.
  case callerLeft(LinkedID)
  /// The verdict on a whole call.
  case callEnded(CallRecord)
  /// One caller's stay in one queue is over.
  case queueEntryEnded(QueueEntryRecord)
}

/// A live call, as far as it is known when it begins.
public struct CallBegan: Sendable, Hashable, Codable {
  public var pbx: PBXName
  public var linkedID: LinkedID
  /// The channel of the outside party: the caller's, or the agent's while an outbound leg is not yet there.
  public var channel: ChannelID
  public var direction: CallDirection
  /// Raw caller id of an inbound call, raw dialled digits of an outbound one.
  public var rawNumber: String
  public var rawName: String
  public var did: String
  public var at: Timestamp

  public init(
    pbx: PBXName, linkedID: LinkedID, channel: ChannelID, direction: CallDirection, rawNumber: String,
    rawName: String, did: String, at: Timestamp
  ) {
    self.pbx = pbx
    self.linkedID = linkedID
    self.channel = channel
    self.direction = direction
    self.rawNumber = rawNumber
    self.rawName = rawName
    self.did = did
    self.at = at
  }
}
