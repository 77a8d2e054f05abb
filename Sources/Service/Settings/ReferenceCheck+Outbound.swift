internal import CallPolicy
internal import Telephony

/// What the law and the dialling ahead of agents ask of a campaign.
extension ReferenceCheck {
  mutating func check(outbound campaign: ConfigurationNode, region: String?) {
    guard let mode = campaign["mode"].flatMap({ CampaignMode(rawValue: $0.text) }) else { return }
    let law = SettingsBuilder.law(of: campaign, region: region)
    switch mode {
    case .predictive:
      if campaign["drop_message"] == nil {
        report(
          campaign,
          "mode predictive needs \"drop_message\" in \(campaign.path); add the sound that a customer hears for "
            + "whom no agent is there, such as `drop_message: custom/sorry-we-called`")
      }
      ground(campaign, mode, law)
      dropRate(campaign, law)
      ring(campaign, mode, law)
      wait(campaign, law)
    case .progressive:
      dropRate(campaign, law)
      ring(campaign, mode, law)
    case .message:
      ground(campaign, mode, law)
      ring(campaign, mode, law)
    case .agentFirst, .clientFirst, .preview, .observe: break
    }
  }

  /// Each would count on the other's agents.
  mutating func checkSharedAgents(_ campaigns: [ConfigurationNode]) {
    var first: [QueueName: ConfigurationNode] = [:]
    for campaign in campaigns where campaign["mode"]?.text == CampaignMode.predictive.rawValue {
      guard let queue = SettingsBuilder.agentQueue(of: campaign) else { continue }
      if let other = first[queue] {
        report(
          campaign,
          "\(campaign.path) and \(other.path) (line \(other.line)) are predictive and both take their agents from "
            + "the queue \(Shown.text(queue.rawValue)), so each would count on the other's; give one another queue"
        )
      } else {
        first[queue] = campaign
      }
    }
  }

  private mutating func ground(_ campaign: ConfigurationNode, _ mode: CampaignMode, _ law: LegalProfile?) {
    guard let law, !law.mayDialAhead(ground: campaign["ground"]?.text) else { return }
    report(
      campaign,
      "mode \(mode.rawValue) in \(campaign.path) needs \"ground\" by the law of legal: \(law.place.rawValue) "
        + "(\(law.automaticDialling.source)); add what makes these calls lawful, such as "
        + "`ground: written consent`, or choose a mode in which a person dials")
  }

  private mutating func dropRate(_ campaign: ConfigurationNode, _ law: LegalProfile?) {
    guard let rate = campaign["max_drop_rate"], let rule = law?.drops, let most = rule.value?.share,
      rate.number > most
    else { return }
    report(
      rate,
      "max_drop_rate in \(campaign.path) must be at most \(NumberText.shortest(most * 100))% by legal: "
        + "\(law?.place.rawValue ?? "") (\(rule.source))")
  }

  private mutating func ring(_ campaign: ConfigurationNode, _ mode: CampaignMode, _ law: LegalProfile?) {
    let least = law?.minimumRing.value ?? PolicyDefaults.minimumRing
    guard let ring = campaign["ring"], ring.duration < least else { return }
    let source = law?.minimumRing.value == nil ? "" : " (\(law?.minimumRing.source ?? ""))"
    report(
      ring,
      "ring in \(campaign.path) must be at least \(DurationText.shortest(least)) in mode \(mode.rawValue)\(source)"
    )
  }

  private mutating func wait(_ campaign: ConfigurationNode, _ law: LegalProfile?) {
    let most = law?.patience.value ?? PolicyDefaults.patience
    guard let wait = campaign["connect"]?["wait"], wait.given, wait.duration > most else { return }
    report(
      wait,
      "connect.wait in \(campaign.path) must be at most \(DurationText.shortest(most)) in mode predictive; "
        + "take it out")
  }
}
