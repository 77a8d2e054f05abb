import Store

/// How a webhook is called in the outbox and the log: its host, and a mark of the whole address, which may hold a key.
enum WebhookSink {
  /// `webhook https://crm.example.org 1a2b3c4d`.
  static func name(_ url: String) -> String {
    let origin = url.split(separator: "/", maxSplits: 3).prefix(2).joined(separator: "//")
    let host = origin.split(separator: "@").last.map(String.init) ?? origin
    let scheme = url.hasPrefix("https://") ? "https://" : "http://"
    return "webhook \(host.hasPrefix("http") ? host : scheme + host) \(MessageSignature.fingerprint(url))"
  }
}
