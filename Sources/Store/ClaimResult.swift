public import Dialer
public import Telephony

/// How often may be dialled, over all jobs.
public struct DialLimits: Sendable, Hashable {
  /// Customer dials to one number in 24 hours, over all PBXs.
  public var perNumberPerDay: Int
  /// Customer dials of one PBX in an hour; live attempts that have not dialled yet count too.
  public var perHour: Int
  /// Customer dials of a contact of a list in 24 hours, over all his phones; nil: no limit.
  public var perContactPerDay: Int?

  public init(perNumberPerDay: Int, perHour: Int, perContactPerDay: Int? = nil) {
    self.perNumberPerDay = perNumberPerDay
    self.perHour = perHour
    self.perContactPerDay = perContactPerDay
  }
}

/// What became of the wish to begin an attempt. Only `claimed` wrote anything.
public enum ClaimResult: Sendable, Hashable {
  /// Committed, durable, with `n` and `fence` as stored. A repeated claim with the same attempt id, live and
  /// of this fence, is answered with this too.
  case claimed(AttemptRecord)
  /// Taken, closed, expired, held out or unknown by now.
  case jobNotWaiting
  /// Another attempt to this number is live, on this or another PBX.
  case numberBusy
  /// Another attempt holds this agent on this PBX.
  case agentBusy
  case staleFence
  /// The number was put on the do-not-call list since the job was made.
  case doNotCall
  /// `DialLimits.perNumberPerDay` is reached; the sentence says so.
  case dayCapReached(String)
  /// `DialLimits.perHour` is reached; the sentence says so.
  case hourCapReached(String)
  /// The campaign was paused, is over or was not started.
  case campaignHeld
  /// `DialLimits.perContactPerDay` is reached until then; the sentence says so.
  case contactCapReached(String, until: Timestamp)
}
