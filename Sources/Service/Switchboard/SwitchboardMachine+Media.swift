import Dialer
import Telephony

/// Callbacks in which nothing was heard: one may be a phone, several in a row are a trunk.
extension SwitchboardMachine {
  /// Only silence from the customer's side tells of his trunk; a conversation over it clears it.
  mutating func countSilence(_ end: AttemptEnd) {
    guard !end.trunk.isEmpty else { return }
    switch end.silent {
    case .agent: break
    case .customer, .both:
      let count = silences[end.trunk, default: 0] + 1
      silences[end.trunk] = count
      guard count.isMultiple(of: SwitchboardSettings.silencesToTell) else { return }
      out.append(
        .notice(
          kind: "trunk",
          sentence: """
            \(count) callbacks in a row over \(end.trunk) of \(settings.pbx.name) were connected and no sound came from \
            the customers: check the RTP ports in the firewall, NAT and the codecs of this trunk
            """))
    case nil:
      if end.record.outcome == .conversation { silences[end.trunk] = nil }
    }
  }
}
