internal import CallPolicy

extension SettingsBuilder {
  func outbound(_ campaign: ConfigurationNode) -> OutboundPolicy {
    var outbound = OutboundPolicy()
    outbound.legal = Self.law(of: campaign, region: root["numbers"]?["region"]?.text)
    outbound.ground = campaign["ground"]?.text
    outbound.dropMessage = campaign["drop_message"]?.text
    if let wait = campaign["connect"]?["wait"] { outbound.connectWait = wait.duration }
    if let agents = campaign["predictive"]?["fewest_agents"] { outbound.fewestAgents = agents.integer }
    if let answers = campaign["predictive"]?["fewest_answers"] { outbound.fewestAnswers = answers.integer }
    if let blend = campaign["blend"],
      blend.given || campaign["kind"]?.text == CampaignKind.outbound.rawValue
    {
      outbound.blend = OutboundPolicy.Blend(
        keepFree: blend["keep_free"]?.integer ?? PolicyDefaults.keepFree,
        maxCallersWaiting: blend["max_callers_waiting"]?.integer ?? PolicyDefaults.maxCallersWaiting,
        minServiceLevel: blend["min_service_level"]?.number ?? PolicyDefaults.minServiceLevel)
    }
    return outbound
  }

  /// `legal`, or else the law of the region; nil for `none`, and where none is known.
  static func law(of campaign: ConfigurationNode, region: String?) -> LegalProfile? {
    guard let word = campaign["legal"]?.text else {
      return region.flatMap { LegalProfile.Place(region: $0) }.map { LegalProfile.of($0) }
    }
    return LegalProfile.Place(rawValue: word).map { LegalProfile.of($0) }
  }
}
