import Telephony

extension AMIDecoder {
  /// `Registry` (`res_pjsip_outbound_registration.c`, `chan_sip.c`), `ContactStatus` and `PeerStatus`
  /// (`res_pjsip/pjsip_options.c`, `main/endpoints.c`), class system. What they lack is empty.
  mutating func trunkState(
    _ frame: AMIFrame, _ kind: AMIKind, _ at: Timestamp?, _ deliver: Deliver
  ) -> Verdict {
    let name: AMIFrame.Value?
    let word: AMIFrame.Value?
    switch kind {
    case .registry:
      name = frame.first(.none, "Username")?.value
      word = frame.first(.none, "Status")?.value
    case .contactStatus:
      name = frame.first(.none, "EndpointName")?.value ?? frame.first(.none, "AOR")?.value
      word = frame.first(.none, "ContactStatus")?.value
    default:
      name = frame.first(.none, "Peer")?.value
      word = frame.first(.none, "PeerStatus")?.value
    }
    var peer = text(frame, name)
    guard !peer.isEmpty, let word else { return .malformed }
    // `PJSIP/trunk`: the technology goes.
    if kind == .peerStatus, let slash = peer.utf8.firstIndex(of: UInt8(ascii: "/")) {
      peer = String(peer[peer.utf8.index(after: slash)...])
    }
    let state = TrunkState(isRegistration: kind == .registry, name: peer, word: text(frame, word))
    deliver(.event(.trunkState(state), at: at))
    return .delivered
  }
}
