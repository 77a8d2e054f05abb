public import Dialer

/// How often may be dialled, over all jobs.
public struct DialLimits: Sendable, Hashable {
  /// Customer dials to one number in 24 hours, over all PBXs.
  public var perNumberPerDay: Int
  /// Customer dials of one PBX in an hour; live attempts that have not dialled yet count too.
  public var perHour: Int

  public init(perNumberPerDay: Int, perHour: Int) {
    self.perNumberPerDay = perNumberPerDay
    self.perHour = perHour
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
}
