import Telephony

/// What was said by keys, told apart from everything else that was: the same wherever and however often it is heard, by
/// UserEvent, by another instance, in queue_log.
struct SaidWord: Sendable, Hashable, Codable {
  private let text: String

  /// - Parameters:
  ///   - channel: on which it was said.
  ///   - name: of the UserEvent; fields are its fields.
  init(_ name: String, _ fields: [String: String], on channel: ChannelID, of pbx: PBXName) {
    // Not what the service itself had put there: when his turn was said to come.
    let said = ["Number", "Campaign", "At", "Agent", "Wish", "Question", "Answer", "Then"]
    let values = said.map { name in
      // The number beside a wish is whose channel it is.
      name == "Number" && fields["Wish"] != nil
        ? "" : String((fields[name] ?? "").prefix(KeyedWord.valueBytesMax))
    }
    text = ([pbx.rawValue, channel.rawValue, name] + values).joined(separator: "/")
  }

  /// Made of the text alone, with no time in it: instances hear a word at different moments.
  var id: UniqueID {
    func hash(_ seed: UInt64) -> UInt64 {
      text.utf8.reduce(0xcbf2_9ce4_8422_2325 ^ seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
    var random = SplitMix64(state: hash(0) ^ hash(0x9E37_79B9_7F4A_7C15) &* 31)
    return UniqueID(at: Timestamp(microseconds: 0), using: &random)
  }
}
