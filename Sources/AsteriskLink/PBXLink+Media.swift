import AsteriskProtocol
import Courier
public import Telephony

extension PBXLink {
  /// RTP packets Asterisk has received from a channel's telephone since the channel was made.
  ///
  /// Nil where nobody can tell: the channel is gone or not PJSIP (a Local channel has no media of its own), its
  /// media goes past Asterisk (direct media), or ARI does not answer. `CHANNEL(rtcp,rxcount)` and
  /// `CHANNEL(rtp,direct)`, `channels/pjsip/dialplan_functions.c`, Asterisk 16 and 22; also for channels that are
  /// not in Stasis.
  public func packetsReceived(from id: ChannelID) async -> Int? {
    guard let count = await value(of: "CHANNEL(rtcp,rxcount)", on: id).flatMap({ Int($0) }), count >= 0 else {
      return nil
    }
    // An address here means that the two telephones send to each other.
    guard let direct = await value(of: "CHANNEL(rtp,direct)", on: id), Self.isNoAddress(direct) else {
      return nil
    }
    return count
  }

  private func value(of name: String, on id: ChannelID) async -> String? {
    guard case .success(let response) = await answer(to: .variable(name, of: id)), response.status == 200
    else { return nil }
    return ARIDecoder.variable(response.body)
  }

  /// How Asterisk writes an address that is not set (`ast_sockaddr_stringify`).
  private static func isNoAddress(_ text: String) -> Bool {
    text.isEmpty || text.hasPrefix("(null)") || text.hasSuffix(":0")
  }
}
