import Testing

@testable import AsteriskProtocol

@Suite struct `The memory of texts` {
  @Test func `always gives the text of the bytes, known or not`() {
    var cache = TextCache()
    var random = SplitMix64(state: 7)
    // Five times as many texts as it has room for, of all lengths around its borders, each asked for twice.
    for number in 0..<20_000 {
      let length = [0, 1, 14, 15, 16, 17, 23, 24, 31, 95, 96, 97, 200].randomElement(using: &random) ?? 16
      let wanted = String(
        "\(number % 5_000)-PJSIP/trunk-\(String(repeating: "x", count: 200))".prefix(length))
      let bytes = Array(wanted.utf8)
      bytes.withUnsafeBytes { raw in
        guard let base = raw.baseAddress else { return }
        #expect(cache.text(base, raw.count) == wanted)
        #expect(cache.text(base, raw.count) == wanted)
      }
    }
    #expect(cache.repaired == 0)
  }

  @Test func `tells texts apart that differ in one byte`() {
    var cache = TextCache()
    let bytes = Array("PJSIP/trunk-0000001a-and-some-more".utf8)
    for place in bytes.indices {
      var other = bytes
      other[place] ^= 1
      let texts = [bytes, other, bytes].map { each in
        each.withUnsafeBytes { cache.text($0.baseAddress.unsafelyUnwrapped, $0.count) }
      }
      #expect(texts[0] == String(decoding: bytes, as: UTF8.self))
      #expect(texts[1] == String(decoding: other, as: UTF8.self))
      #expect(texts[2] == texts[0])
    }
  }
}
