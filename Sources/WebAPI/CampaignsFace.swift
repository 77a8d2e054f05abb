public import Telephony

/// What runs.
public protocol CampaignsFace: Sendable {
  func campaigns() async throws(APIProblem) -> APIPage
  func changeCampaign(_ name: String, _ change: CampaignOrder, by bearer: Bearer) async throws(APIProblem)
    -> APIDocument
  /// Brings contacts into the list of a campaign: `phones` (or `phone`), `name`, `key`, and what else the list has;
  /// wrong rows are refused by line, the rest goes in.
  func addContacts(_ contacts: ListUpload, to campaign: String, again: Bool) async throws(APIProblem)
    -> APIDocument
}

/// What is asked for a campaign.
public enum CampaignOrder: Sendable, Equatable {
  case start(at: Timestamp?, until: Timestamp?)
  /// Nil: now.
  case pause(at: Timestamp?)
  case resume
}
