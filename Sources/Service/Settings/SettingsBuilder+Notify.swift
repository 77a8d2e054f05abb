internal import CallPolicy
internal import Telephony

extension SettingsBuilder {
  func notify(_ plan: PhoneNumberPlan) -> NotifySettings {
    var settings = NotifySettings()
    guard let notify = root["notify"] else { return settings }
    settings.smtp = notify["smtp"].map {
      .init(
        url: $0["url"]?.secret ?? Secret(""), from: $0["from"]?.text ?? "",
        requiresTLS: $0["tls"]?.text == "required", verify: $0["verify"]?.boolean ?? true,
        caFile: $0["ca_file"]?.text)
    }
    settings.sms = notify["sms"].map(sms)
    settings.rules = (notify["rules"]?.list ?? []).flatMap { rules($0, plan) }
    settings.language = notify["language"].flatMap { .init(rawValue: $0.text) } ?? .en
    settings.templates = notify["templates"]?.text
    settings.linkBase = notify["link_base"].map { Self.withoutClosingSlash($0.text) }
    settings.allowPrivate = notify["allow_private"]?.texts ?? []
    if let value = notify["give_up_after"] { settings.giveUpAfter = value.duration }
    if let value = notify["max_age"] { settings.maxAge = value.duration }
    if let alerts = notify["alerts"] { settings.alerts = self.alerts(alerts) }
    return settings
  }

  private func alerts(_ node: ConfigurationNode) -> NotifySettings.Alerts {
    var alerts = NotifySettings.Alerts()
    if let value = node["pbx_down_after"] { alerts.pbxDownAfter = value.duration }
    if let value = node["no_calls_after"] { alerts.noCallsAfter = value.duration }
    if let value = node["spike_factor"] { alerts.spikeFactor = value.number }
    if let value = node["spike_min"] { alerts.spikeMin = value.integer }
    if let value = node["trunk_share"] { alerts.trunkShare = value.number }
    if let value = node["trunk_min"] { alerts.trunkMin = value.integer }
    return alerts
  }

  private func sms(_ node: ConfigurationNode) -> NotifySettings.SMS {
    let hours =
      OpeningInterval(node["hours"]?.text ?? "") ?? OpeningInterval(startMinute: 540, endMinute: 1_260)
    return .init(
      method: node["method"]?.text ?? "POST", url: node["url"]?.secret ?? Secret(""),
      headers: headers(node["headers"]), body: node["body"]?.text ?? "",
      success: (node["success"]?.list ?? []).map(\.integer), successText: node["success_text"]?.text,
      from: hours?.start ?? 540, until: hours?.end ?? 1_260, caFile: node["ca_file"]?.text)
  }

  private func headers(_ node: ConfigurationNode?) -> [NotifySettings.Header] {
    (node?.table ?? []).map { .init(name: $0.key, value: $0.value.secret) }
  }

  /// A rule for each event it names.
  private func rules(_ node: ConfigurationNode, _ plan: PhoneNumberPlan) -> [NotifySettings.Rule] {
    (node["on"]?.texts ?? []).compactMap { NotifySettings.Event(rawValue: $0) }.map {
      rule(node, on: $0, plan)
    }
  }

  private func rule(
    _ node: ConfigurationNode, on event: NotifySettings.Event, _ plan: PhoneNumberPlan
  ) -> NotifySettings.Rule {
    var rule = NotifySettings.Rule(on: event)
    let smsTo = node["sms_to"]?.texts ?? []
    rule.queues = node["queues"]?.texts ?? []
    rule.lostAt = (node["lost_at"]?.texts ?? []).compactMap { LostAt(rawValue: $0) }
    rule.categories = node["categories"]?.texts ?? []
    rule.minWait = node["min_wait"]?.duration ?? .zero
    rule.calendar = node["calendar"]?.text
    rule.whileClosed = node["while"]?.text == "closed"
    rule.every = node["every"]?.duration
    rule.at = (node["at"]?.texts ?? []).compactMap(Self.minute)
    rule.email = node["email"]?.texts ?? []
    rule.smsToCustomer = smsTo.contains("customer")
    rule.smsTo = smsTo.filter { $0 != "customer" }.compactMap { plan.read($0).e164 }
    rule.text = node["text"]?.text
    rule.webhook = node["webhook"].map {
      .init(
        url: $0["url"]?.text ?? "", secret: $0["secret"]?.secret, body: $0["body"]?.text,
        headers: headers($0["headers"]), caFile: $0["ca_file"]?.text)
    }
    rule.task = node["task"]?.boolean ?? false
    rule.language = node["language"].flatMap { .init(rawValue: $0.text) }
    return rule
  }

  /// Minutes since midnight of `09:00`.
  private static func minute(_ text: String) -> Int? {
    text == "00:00" ? 0 : OpeningInterval("00:00-\(text)")?.end
  }

  func tasks() -> TaskSettings {
    var settings = TaskSettings()
    guard let tasks = root["tasks"] else { return settings }
    if let value = tasks["due_in"] { settings.dueIn = value.duration }
    settings.calendar = tasks["calendar"]?.text
    if let value = tasks["remind"] { settings.remind = value.duration }
    if let value = tasks["escalate_after"] { settings.escalateAfter = value.duration }
    if let value = tasks["promise_slack"] { settings.promiseSlack = value.duration }
    if let value = tasks["for"] {
      settings.reasons = Set(value.texts.compactMap { TaskSettings.Reason(rawValue: $0) })
    }
    settings.leads = table(tasks["leads"])
    settings.assignee = tasks["assignee"]?.text
    settings.supervisor = tasks["supervisor"]?.text
    settings.people = table(tasks["people"])
    return settings
  }

  private func table(_ node: ConfigurationNode?) -> [String: String] {
    Dictionary((node?.table ?? []).map { ($0.key, $0.value.text) }) { first, _ in first }
  }
}
