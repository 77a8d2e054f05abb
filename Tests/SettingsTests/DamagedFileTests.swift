import Testing

@testable import Service

/// Files that went wrong anywhere.
@Suite struct `A damaged file` {
  /// Seeded: a failure names the round, and the same round fails again.
  @Test func `is read or refused with sentences, never worse`() {
    var random = Random(state: 2_026)
    let original = Array(contractSample.utf8)
    let bits = [
      "[", "]", "{", "}", ":", "- ", "\n", "  ", "&a ", "*a", "<<: ", "\"", "'", "|\n", "#", "${", "!!int ",
      "\u{0}", "🦊",
    ]
    var refused = 0
    for round in 0..<600 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...40, using: &random)))
        case 1: bytes.insert(contentsOf: (bits.randomElement(using: &random) ?? "").utf8, at: at)
        case 2: bytes[at] = UInt8.random(in: 0...255, using: &random)
        default:
          let end = min(bytes.count, at + Int.random(in: 1...200, using: &random))
          bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0..<bytes.count, using: &random))
        }
      }
      do throws(SettingsErrors) {
        _ = try read(String(decoding: bytes, as: UTF8.self), environment: ["SMS_KEY": "k"])
      } catch {
        refused += 1
        #expect(!error.mistakes.isEmpty, "round \(round)")
        for mistake in error.mistakes {
          #expect(mistake.message.utf8.count < 1_000, "round \(round)")
          #expect(!mistake.message.contains("please report"), "round \(round): \(mistake)")
          #expect(!mistake.message.unicodeScalars.contains { $0.value < 32 }, "round \(round): \(mistake)")
        }
      }
    }
    // Most damage is seen; what is not hit a remark or a value that may be anything.
    #expect(refused > 300)
  }
}
