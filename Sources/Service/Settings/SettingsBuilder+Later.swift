internal import Telephony

extension SettingsBuilder {
  func notify(_ plan: PhoneNumberPlan) -> NotifySettings {
    let notify = root["notify"]
    return NotifySettings(
      smtp: notify?["smtp"].map {
        .init(url: $0["url"]?.secret ?? Secret(""), from: $0["from"]?.text ?? "")
      },
      sms: notify?["sms"].map { node in
        .init(
          method: node["method"]?.text ?? "POST", url: node["url"]?.secret ?? Secret(""),
          headers: (node["headers"]?.table ?? []).map { .init(name: $0.key, value: $0.value.secret) },
          body: node["body"]?.text ?? "")
      },
      rules: (notify?["rules"]?.list ?? []).compactMap { rule($0, plan) })
  }

  private func rule(_ node: ConfigurationNode, _ plan: PhoneNumberPlan) -> NotifySettings.Rule? {
    guard let event = NotifySettings.Event(rawValue: node["on"]?.text ?? "") else { return nil }
    let smsTo = node["sms_to"]?.texts ?? []
    return .init(
      on: event, queues: (node["queues"]?.texts ?? []).map { QueueName($0) }, every: node["every"]?.duration,
      email: node["email"]?.texts ?? [], smsToCustomer: smsTo.contains("customer"),
      smsTo: smsTo.filter { $0 != "customer" }.compactMap { plan.read($0).e164 }, text: node["text"]?.text,
      webhook: node["webhook"].map { .init(url: $0["url"]?.text ?? "", secret: $0["secret"]?.secret) })
  }

  func losses() -> LossSettings? {
    root["losses"].map { node in
      let selfReturn: LossSettings.SelfReturn =
        switch node["self_return"]?.value {
        case .number(let share): .share(share)
        default: .measured
        }
      return LossSettings(
        averageSale: node["average_sale"]?.number ?? 0, currency: node["currency"]?.text ?? "",
        conversion: node["conversion"]?.number ?? 0, selfReturn: selfReturn)
    }
  }
}
