internal import Telephony

/// What it means for a callback who the customer is.
extension CallPolicy {
  /// His campaign's priority, and that of his category on top.
  func priority(of history: NumberHistory, in campaign: CampaignPolicy) -> Int {
    campaign.priority + (settings.routing.category(history.category)?.priority ?? 0)
  }

  /// The agent who is waited for first: his personal manager, else whom he talked with last, if that is not longer ago
  /// than `routing.sticky.within` (where it is set). Nil: anybody.
  func owner(of history: NumberHistory, now: Timestamp) -> MemberInterface? {
    if let manager = history.manager { return manager }
    if let sticky = settings.routing.sticky, let ended = history.lastTalkEndedAt, now - ended > sticky.within
    {
      return nil
    }
    return history.lastTalkedWith.map { MemberInterface($0) }
  }
}
