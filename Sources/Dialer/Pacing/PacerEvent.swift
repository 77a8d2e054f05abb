public import Telephony

/// A dial, as the pacer's user numbers it; never used twice in one pacer's life.
public struct DialKey: Sendable, Hashable, Comparable, Codable {
  public let rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
  public static func < (a: DialKey, b: DialKey) -> Bool { a.rawValue < b.rawValue }
}

/// What an agent does, as far as pacing is concerned.
public enum AgentPhase: String, Sendable, Hashable, Codable {
  /// He could take a customer now. Also while the pacer's lines ring for him.
  case free
  /// Held for one customer: his phone rings, or he is being connected; or taken by another's reservation.
  case reserved
  case talking
  case wrapUp
  /// Signed out, paused, out of reach: not counted on.
  case gone
}

/// What happens to a pacer.
public enum PacerEvent: Sendable, Hashable {
  /// An agent came, or does something else from now on.
  case agent(MemberInterface, AgentPhase)
  /// A dial that was asked for leaves now; `for`: as in the action.
  case dialed(DialKey, for: MemberInterface?)
  /// So many dials that were asked for are not made (no numbers left, a limit, a refusal).
  case notDialed(Int, for: MemberInterface?)
  /// A human answered. What follows is `assigned` or `connected`, `dropped` or `left`.
  case answered(DialKey)
  /// The answered customer gets this agent, whose phone rings or who is being connected: the agent is reserved.
  case assigned(DialKey, MemberInterface)
  /// A machine answered; the dial is over.
  case machine(DialKey)
  /// Ended unanswered: busy, no answer, congestion, invalid.
  case unanswered(DialKey)
  /// Ended because we cancelled it.
  case cancelled(DialKey)
  /// This agent talks with the answered customer.
  case connected(DialKey, MemberInterface)
  /// No agent took the answered customer in time.
  case dropped(DialKey)
  /// The answered customer hung up before his time was over. Counts as a live answer, not as a drop.
  case left(DialKey)
  /// Preview: the agent accepts his card.
  case accepted(MemberInterface)
  /// Preview: the agent declines, postpones or lets his card run out.
  case declined(MemberInterface)
  /// Nothing is dialled until `resumed`; what rings rings on.
  case paused
  case resumed
  /// The clock alone: at least once a second while anything rings or anybody is free.
  case tick
}

/// What a pacer wants done.
public enum PacerAction: Sendable, Hashable {
  /// Dial so many numbers now: for this agent, or for whoever becomes free.
  case dial(Int, for: MemberInterface?)
  /// Cancel a dial that still rings.
  case cancel(DialKey)
  /// Preview: show this agent the next card.
  case offer(MemberInterface)
  /// Nobody is there any more: nothing is dialled; what rings is cancelled as soon as it may be.
  case stop
  /// How predictive mode dials from now on, and why: a sentence for the log.
  case pace(Pace, why: String)
  /// Something that should not come; counted, logged once a kind.
  case anomaly(String)
}

/// How dialling goes on.
public enum Pace: String, Sendable, Hashable, Codable {
  /// Not beyond free agents.
  case backed
  /// Ahead of agents becoming free.
  case ahead
  /// Nobody is there, or it is paused.
  case halted
}
