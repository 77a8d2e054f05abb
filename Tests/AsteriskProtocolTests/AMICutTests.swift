import Telephony
import Testing

@testable import AsteriskProtocol

@Suite struct `A session that is cut off` {
  /// About 50 kB: what Asterisk 22 said in one session, five times over.
  private static let trace: [UInt8] = {
    var bytes = Array(capturedSession.utf8)
    // The banner stands in front of a session only.
    let rest = bytes[bytes.index(after: bytes.firstIndex(of: UInt8(ascii: "\n"))!)...]
    while bytes.count < 50_000 { bytes += rest }
    return bytes
  }()

  /// Bytes the parser keeps of what is unfinished.
  private func held(_ parser: AMIParser) -> Int {
    (Mirror(reflecting: parser).descendant("held") as? [UInt8])?.count ?? -1
  }

  /// The parser is a value: fed byte by byte it stands at every offset in turn, and each time its copy is cut off.
  @Test func `at any byte has given the whole messages before it, and nothing of the one it is in`() {
    var whole = AMIParser()
    let all = whole.consume(Self.trace)
    #expect(all.count > 100 && whole.statistics.malformed == 0)
    var parser = AMIParser()
    var found: [AMIMessage] = []
    var wrong = 0
    for offset in Self.trace.indices {
      found += parser.consume(Self.trace[offset...offset])
      let before = parser.statistics
      var cut = parser
      cut.connectionEnded()
      // Cut in a message: that one is counted as cut off and given to nobody. The next session starts clean.
      if cut.statistics.delivered != before.delivered { wrong += 1 }
      // Looking into it is slow; a prime number of bytes apart meets every place of a message.
      if offset.isMultiple(of: 61), held(cut) != 0 || held(parser) > 8_192 { wrong += 1 }
      if found.count > all.count || found.last != (found.isEmpty ? nil : all[found.count - 1]) { wrong += 1 }
    }
    #expect(wrong == 0)
    #expect(found == all)
  }

  @Test func `starts anew with the next one, wherever it was`() {
    let second = Array(Capture.session.utf8)
    let expected = messages(Capture.session)
    for offset in stride(from: 0, to: Self.trace.count, by: 97) {
      var parser = AMIParser()
      _ = parser.consume(Self.trace[..<offset])
      parser.connectionEnded()
      #expect(parser.consume(second) == expected, "cut at \(offset)")
    }
  }

  @Test func `holds a bounded part of a line of a hundred megabytes, and reads on after it`() {
    var parser = AMIParser()
    let chunk = [UInt8](repeating: 65, count: 1 << 20)
    var most = 0
    #expect(parser.consume(Array("Event: Newchannel\r\nPrivilege: call,all\r\nX: ".utf8)).isEmpty)
    for _ in 0..<100 {
      #expect(parser.consume(chunk).isEmpty)
      most = max(most, held(parser))
    }
    #expect((0...AMILimits().messageBytesMax).contains(most))
    #expect(
      parser.consume(Array(("\r\n\r\n" + Capture.event("Newchannel", Capture.channel())).utf8)).count == 1)
    #expect(parser.statistics.oversized == 1)
  }
}
