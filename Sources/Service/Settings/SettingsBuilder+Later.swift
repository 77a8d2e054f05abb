extension SettingsBuilder {
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
