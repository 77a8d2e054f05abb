public import Telephony

/// Which jobs to list; nil fields do not restrict.
public struct JobFilter: Sendable {
  /// E.164.
  public var number: String?
  public var state: JobState?
  public var campaign: CampaignName?
  /// Where the customer waited last.
  public var queue: QueueName?
  /// Created not before this moment, and before that one.
  public var createdFrom: Timestamp?
  public var createdTo: Timestamp?
  /// Those behind this one in the list: where the page before ended.
  public var after: (createdAt: Timestamp, id: JobID)?
  /// Range 1 to `StoreSettings.listMax`.
  public var limit: Int

  public init(
    number: String? = nil, state: JobState? = nil, campaign: CampaignName? = nil, limit: Int = 100
  ) {
    self.number = number
    self.state = state
    self.campaign = campaign
    self.limit = min(max(1, limit), StoreSettings.listMax)
  }
}
