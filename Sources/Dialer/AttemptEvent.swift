public import Telephony

/// What can happen to an attempt. The runner makes these from the wire, the store, timers and people.
///
/// Leg events are for the channels of this attempt only (`OurLeg.init(_:)` tells whose). They may come twice,
/// from AMI and from ARI; the second is ignored.
public enum AttemptEvent: Sendable, Hashable {
  /// The claim is committed. The first event of an attempt that was not adopted.
  case begin
  /// What is known of a command.
  case commandAnswered(CommandTag, CommandOutcome)
  /// The `.write` of a record in this phase did not commit; the actions behind it in its list were dropped.
  case writeFailed(AttemptRecord.Phase, WriteFailure)
  /// A timer ran out. One that was cancelled or replaced may still come; it is ignored.
  case timer(AttemptTimer)

  // The agent's seats, in any queue.
  /// QueueMemberPause or QueueMemberStatus shows him paused, with this reason.
  case memberPaused(reason: String)
  case memberUnpaused
  /// He left his last queue.
  case memberRemoved
  /// AgentCalled: a queue rings him.
  case memberRangByQueue
  case memberStatusChanged(MemberStatus)

  // Legs.
  /// StasisStart: it answered and is in our application. `channelName` is `PJSIP/101-00000012`.
  case legUp(OurLeg.Party, channelName: String)
  /// ARI `Dial` or AMI DialEnd of the leg.
  case legProgress(OurLeg.Party, DialStatus)
  /// Hangup or ChannelDestroyed.
  case legGone(OurLeg.Party, HangupCause)
  /// StasisEnd: continued, bridged, taken by a human, or about to be gone.
  case legLeftStasis(OurLeg.Party)
  /// Both legs are in one bridge.
  case bridged
  /// Dialled first: a human took him and talks with him. Empty: nobody knows who.
  case taken(by: MemberInterface?)
  /// Another of the customers who are dialled at once answered first: he gets the agent.
  case lineWasQuicker
  /// The agent is this customer's from now on.
  case agentGiven(AgentTicket)
  /// Dialled ahead of agents, and not wanted any more: his phone has rung long enough.
  case notNeeded
  /// Dialled first, and about to answer: no agent is free for him.
  case nobodyIsFree
  /// The dialplan heard a machine in the customer's place.
  case machineAnswered
  /// A human moved the customer elsewhere: BlindTransfer, AttendedTransfer, Redirect, park.
  case transferred
  /// A key pressed by the agent: `1`, `2`, …
  case dtmf(digit: String)
  /// By the id in `PBXCommand.play`.
  case playbackFinished(id: String)
  /// The answer to `.askMedia`.
  case media(MediaReading)
  /// The answer to `.ask`.
  case channelIs(OurLeg.Party, ChannelPresence)

  // People and circumstances.
  /// The customer is calling in, or talks to a human by another path.
  case customerCalledIn
  /// A supervisor stops it; `by` is the name he is known by.
  case cancelled(by: String)
  /// The agent takes the card he is shown.
  case cardAccepted
  /// He does not want it.
  case cardDeclined
  /// He wants it later: not before then.
  case cardPostponed(until: Timestamp)
  /// Nothing is to be begun any more, and why in a sentence.
  case cardWithdrawn(why: String)
  /// The lease on this PBX may be another's now.
  case leaseLost
  case linkLost(PBXLink)
  /// Up again, and what was missed has been read.
  case linkBack(PBXLink)
  /// Another Asterisk life: no channel survived.
  case pbxRestarted
}

/// Which command an outcome belongs to.
public enum CommandTag: String, Sendable, Hashable, Codable, CaseIterable {
  /// Pausing and unpausing the agent.
  case reserve, release
  case ringAgent = "ring_agent"
  case announce
  case stopAnnounce = "stop_announce"
  /// The message before the agent is let go.
  case parting
  case indicateRinging = "indicate_ringing"
  case stopRinging = "stop_ringing"
  case dialCustomer = "dial_customer"
  /// PEREZVON_SEAT on the channel of a customer whose agent was not known when he was dialled.
  case setSeat = "set_seat"
  /// PEREZVON_PEER on the customer's channel.
  case setPeer = "set_peer"
  case limitAgent = "limit_agent"
  case limitCustomer = "limit_customer"
  case handOver = "hand_over"
  /// The customer who was dialled first goes to the dialplan.
  case sendOn = "send_on"
  case hangUpAgent = "hang_up_agent"
  case hangUpCustomer = "hang_up_customer"
}

/// A timer of an attempt. Starting one that runs replaces it. They count from when the action is performed.
public enum AttemptTimer: String, Sendable, Hashable, Codable, CaseIterable {
  /// The pause was not confirmed.
  case pauseConfirmation = "pause_confirmation"
  /// The queue has left the agent alone long enough.
  case reservationGuard = "reservation_guard"
  /// The agent has looked at the card long enough.
  case card
  case agentRing = "agent_ring"
  case confirm, announce
  case customerRing = "customer_ring"
  case handOver = "hand_over"
  /// A human should have taken the customer by now.
  case connect
  /// The two have had time to be heard.
  case media
  /// The other leg should have gone by now.
  case settle
  case wrapUp = "wrap_up"
  case parting
  case askAgain = "ask_again"
  case hangUpAgain = "hang_up_again"
  /// `AttemptRecord.deadline`.
  case deadline
}

/// What the runner found out about a channel: from `GET /channels/{id}`, from the memory of closed channels,
/// from CEL or CDR.
public enum ChannelPresence: Sendable, Hashable {
  case live
  /// It lives, in a dialplan context that is not one of ours: after a talk, a human has moved it.
  case elsewhere
  /// It is not there; it may have been.
  case gone
  /// Proof that it never was, in the same life of Asterisk.
  case neverMade
  /// The question could not be answered.
  case unknown
}

/// Why a write did not commit.
public enum WriteFailure: Sendable, Hashable {
  /// Another instance holds the PBX: the attempt is no longer ours.
  case staleFence
  /// The database is away. Whether the write committed is not known.
  case storeDown
  /// The database refused it, with what it said: the attempt is closed there, or a rule was broken.
  case refused(String)
}

/// The two ways to an Asterisk.
public enum PBXLink: String, Sendable, Hashable, Codable {
  case ami, ari
}
