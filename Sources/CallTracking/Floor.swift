public import Telephony

/// One live call as seen from the company: the outside party, where it is and with whom it talks.
public struct LiveParty: Sendable, Hashable {
  /// The linkedid the call was born with.
  public var linkedID: LinkedID
  /// The channel of the outside party; the agent's while an outbound leg is not yet there.
  public var channel: ChannelID
  public var direction: CallDirection
  /// Raw caller id of an inbound call, raw dialled digits of an outbound one.
  public var rawNumber: String
  public var rawName: String
  public var did: String
  public var startedAt: Timestamp
  /// The queue in which the caller waits now; nil where in none.
  public var queue: QueueName?
  /// The last stage that was reached; nil while nothing but the birth is known, and for outbound calls.
  public var stage: LostAt?
  /// The human who talks with the outside party now: a member, or the phone's name `PJSIP/101`.
  public var talkingWith: String?
  /// Nil while nobody talks.
  public var talkingSince: Timestamp?
  /// The attempt whose customer leg this is, when the call is ours.
  public var attempt: AttemptID?

  init(
    linkedID: LinkedID, channel: ChannelID, direction: CallDirection, rawNumber: String, rawName: String,
    did: String, startedAt: Timestamp, attempt: AttemptID? = nil
  ) {
    self.linkedID = linkedID
    self.channel = channel
    self.direction = direction
    self.rawNumber = rawNumber
    self.rawName = rawName
    self.did = did
    self.startedAt = startedAt
    self.attempt = attempt
  }
}

/// One caller who waits in a queue, tracked call or not (an extension can call a queue too).
public struct WaitingCaller: Sendable, Hashable {
  public var channel: ChannelID
  /// As QueueChangePriorityCaller and Redirect want it.
  public var channelName: String
  public var linkedID: LinkedID
  /// Raw, hostile.
  public var rawNumber: String
  public var rawName: String
  public var since: Timestamp
}

/// One member of one queue, and since when.
public struct FloorMember: Sendable, Hashable {
  public var member: QueueMember
  /// When status, pause, reason or inCall last changed, as far as seen.
  public var since: Timestamp
}

/// One queue: who waits, in order, and who serves.
public struct FloorQueue: Sendable, Hashable {
  public var name: QueueName
  /// The first in line first. By the positions app_queue told at joining; a later change of priority is not
  /// told.
  public var waiting: [WaitingCaller]
  /// Sorted by interface.
  public var members: [FloorMember]
}

/// What goes on at one PBX at this moment: for `watch`, `status` and the dialer.
public struct Floor: Sendable, Hashable {
  /// Sorted by name.
  public var queues: [FloorQueue]
  /// Live calls, in no order.
  public var parties: [LiveParty]

  public subscript(_ queue: QueueName) -> FloorQueue? { queues.first { $0.name == queue } }
}

/// What changed on the floor, for whoever shows it or waits for a free agent. Ask the tracker for the rest.
public enum FloorChange: Sendable, Hashable {
  /// The member's status, pause, reason or inCall is another now.
  case member(QueueMember)
  case memberGone(QueueName, MemberInterface)
  /// The line of waiting callers is another now.
  case waiting(QueueName)
  /// All of it was replaced by a snapshot.
  case everything
}
