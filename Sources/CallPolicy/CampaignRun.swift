public import Telephony

/// What people decided about a campaign: started, paused, scheduled. Kept in the books, for all instances.
public struct CampaignRun: Sendable, Hashable {
  /// Raw values as in the books.
  public enum State: String, Sendable, Hashable, CaseIterable { case running, paused }

  public var campaign: CampaignName
  public var state: State
  /// Not before; nil: at once.
  public var startsAt: Timestamp?
  /// Nothing new is begun from then on; nil: no end.
  public var stopsAt: Timestamp?
  public var changedAt: Timestamp

  public init(
    campaign: CampaignName, state: State, startsAt: Timestamp? = nil, stopsAt: Timestamp? = nil,
    changedAt: Timestamp
  ) {
    self.campaign = campaign
    self.state = state
    self.startsAt = startsAt
    self.stopsAt = stopsAt
    self.changedAt = changedAt
  }
}

extension CallPolicy {
  /// Why nothing is begun for a campaign now, as a sentence; nil where it runs. A callback campaign about which
  /// nobody has decided anything runs, an outbound one does not.
  public func held(_ campaign: CampaignPolicy, run: CampaignRun?, at now: Timestamp) -> String? {
    func moment(_ at: Timestamp) -> String { words(for: at, in: campaign) }
    guard let run else {
      return campaign.kind == .callback
        ? nil : "the campaign \(campaign.name) was not started (perezvon campaigns start)"
    }
    if run.state == .paused {
      return "the campaign \(campaign.name) is paused since \(moment(run.changedAt))"
    }
    if let starts = run.startsAt, starts > now {
      return "the campaign \(campaign.name) starts at \(moment(starts))"
    }
    if let stops = run.stopsAt, stops <= now {
      return "the campaign \(campaign.name) was scheduled to stop at \(moment(stops))"
    }
    return nil
  }
}
