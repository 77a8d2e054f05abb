/// Something that should not have come: an operating fact, to be counted and logged once per kind. Holds no
/// text that a caller sent.
public enum Anomaly: Sendable, Hashable, CustomStringConvertible {
  /// An event about a channel that was never born before our eyes and was in no snapshot; it was ignored.
  case unknownChannel(event: String)
  /// An event that contradicts what is known; it was ignored.
  case outOfOrder(event: String)
  /// A queue event about a caller who is not in that queue; it was ignored.
  case notInQueue(event: String)
  /// A named limit was reached; what lies beyond it was not kept.
  case limitReached(Limit)
  /// The PBX was started anew while calls were up.
  case pbxRestarted(callsEnded: Int)
  /// Calls whose channels were gone after the link was away: how they ended was not seen.
  case endedUnseen(calls: Int)

  /// The limits of the tracker, by the names of `TrackerSettings`.
  public enum Limit: String, Sendable, Hashable, CaseIterable {
    case calls = "calls_max"
    case channels = "channels_max"
    case evidenceSteps = "evidence_steps_max"
    /// Legs that one call talked with, and stays in bridges of one channel: `CallTracker.legsMax`.
    case legs = "legs_max"
    /// Members and extensions rung for one call: `CallTracker.rungMax`.
    case rung = "rung_max"
    /// Queues and members together: `CallTracker.membersMax`.
    case members = "members_max"
  }

  public var description: String {
    switch self {
    case .unknownChannel(let event): "\(event) for a channel that is not known"
    case .outOfOrder(let event): "\(event) out of order"
    case .notInQueue(let event): "\(event) for a caller who is not in that queue"
    case .limitReached(let limit): "limit \(limit.rawValue) reached"
    case .pbxRestarted(let calls): "the PBX was restarted; \(calls) calls ended with it"
    case .endedUnseen(let calls): "\(calls) calls ended while the link was away"
    }
  }
}
