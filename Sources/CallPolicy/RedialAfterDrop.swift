public import Telephony

/// No call without an agent for some time after a drop: who was dropped once is not dropped again.
///
/// From Ofcom's Revised Statement of Policy on persistent misuse (1 October 2010): repeat calls within 72 hours
/// only with the guaranteed presence of a live operator. Kept everywhere, since no other law has a figure.
public struct RedialAfterDrop: Sendable, Hashable {
  /// Default 72 h.
  public var gap: Duration

  public init(gap: Duration = .seconds(72 * 3_600)) { self.gap = gap }

  /// When a number that was dropped may be dialled without an agent again.
  public func until(droppedAt: Timestamp) -> Timestamp { droppedAt + gap }

  /// Whether a number may be dialled. `droppedAt`: its last drop; `agentReserved`: one agent waits for just
  /// this call.
  public func mayDial(droppedAt: Timestamp?, agentReserved: Bool, at now: Timestamp) -> Bool {
    guard let droppedAt, !agentReserved else { return true }
    return now >= until(droppedAt: droppedAt)
  }
}
