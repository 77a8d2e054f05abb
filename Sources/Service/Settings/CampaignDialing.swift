public import Telephony

/// What the dialer needs of a campaign beside its `CampaignPolicy`.
public struct CampaignDialing: Sendable, Hashable {
  /// As in `CampaignPolicy`.
  public var name: CampaignName
  /// The queue whose members call back: `agents.queue`, or else the first of the campaign's `queues`. Nil
  /// only where no agent is needed (modes `message` and `observe`).
  public var agentQueue: QueueName?
  /// How long an agent has to press 1 or 2. `agents.confirm_wait`, default 10s.
  public var confirmWait: Duration
  /// How long an agent who did not pick up or declined is passed over. `agents.cool_down`, default 60s.
  public var coolDown: Duration
}
