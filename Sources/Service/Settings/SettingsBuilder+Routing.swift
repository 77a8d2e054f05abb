internal import CallPolicy
internal import Telephony

extension SettingsBuilder {
  func routing() -> RoutingPolicy {
    let routing = root["routing"]
    return RoutingPolicy(
      sticky: routing?["sticky"].map {
        .init(within: $0["within"]?.duration ?? .zero, wait: $0["wait"]?.duration ?? .zero)
      },
      categories: (routing?["categories"]?.table ?? []).map { name, node in
        .init(
          name: name, priority: node["priority"]?.integer ?? 0,
          bypassQueue: node["bypass_queue"]?.boolean ?? false,
          reject: node["reject"]?.boolean ?? false)
      }.sorted { $0.name < $1.name })
  }

  func requests(_ campaign: ConfigurationNode) -> RequestPolicy {
    var requests = RequestPolicy()
    guard let node = campaign["requests"] else { return requests }
    if let value = node["accept"] { requests.accepts = value.boolean }
    if let value = node["process"] { requests.processes = value.boolean }
    if let value = node["offer_from"] { requests.offerFrom = value.duration }
    if let value = node["overdue_after"] { requests.overdueAfter = value.duration }
    return requests
  }
}
