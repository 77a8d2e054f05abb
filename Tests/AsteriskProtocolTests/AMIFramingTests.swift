import Telephony
import Testing

@testable import AsteriskProtocol

@Suite struct `A session in pieces` {
  @Test func `gives the same messages wherever it is cut`() {
    let bytes = Array(Capture.session.utf8)
    let whole = messages(Capture.session)
    #expect(whole.count == 8)
    for cut in 0...bytes.count {
      var parser = AMIParser()
      let pieces = parser.consume(bytes[..<cut]) + parser.consume(bytes[cut...])
      #expect(pieces == whole, "cut at \(cut)")
    }
    for size in [1, 2, 3, 5, 16, 17, 100, 1_000] {
      var parser = AMIParser()
      var found: [AMIMessage] = []
      for start in stride(from: 0, to: bytes.count, by: size) {
        found += parser.consume(bytes[start..<min(start + size, bytes.count)])
      }
      #expect(found == whole, "pieces of \(size)")
      #expect(parser.statistics.delivered == 8)
      #expect(parser.statistics.unwanted == 2)
    }
  }

  @Test func `ends with a message cut off by the connection, and that one is dropped`() {
    let bytes = Array(Capture.session.utf8)
    var parser = AMIParser()
    let before = parser.consume(bytes.dropLast(1))
    parser.connectionEnded()
    #expect(before.count == 7)
    #expect(parser.statistics.cutOff == 1)
    #expect(parser.consume(bytes).count == 8)
  }
}

@Suite struct `A line end` {
  let event = Capture.event("Newchannel", Capture.channel())

  @Test func `may be a bare line feed`() {
    #expect(messages(Capture.session.replacing("\r\n", with: "\n")) == messages(Capture.session))
  }

  @Test func `before the blank line may lack its carriage return`() {
    let odd = event.dropLast(1) + "\n"  // A carriage return and its line feed are one Character.
    #expect(messages(odd + odd + event).count == 3)
    let unwanted = "Event: VarSet\r\nPrivilege: x\r\n\n"
    #expect(messages(unwanted + event).count == 1)
  }

  @Test func `is not a lone carriage return`() {
    let text = Capture.event("Newchannel", Capture.channel(callerName: "a\rb"))
    guard case .channelCreated(let channel)? = events(text).first else {
      Issue.record("no event")
      return
    }
    #expect(channel.callerName == "a\rb")
    #expect(messages("Event: VarSet\r\n\r\r\nX: y\r\n\r\n" + event).count == 1)
  }

  @Test func `too many between messages is nobody's`() {
    #expect(messages("\r\n\n\r\n" + event + "\r\n\r\n\n" + event).count == 2)
  }
}

@Suite struct `The first line` {
  @Test func `of a session is the banner, and no other line is`() {
    #expect(messages(Capture.banner) == [.banner(version: "11.0.0")])
    var parser = AMIParser()
    let text = Capture.session + "Asterisk Call Manager/1.0\r\n\r\n"
    #expect(parser.consume(Array(text.utf8)).count == 8)
    #expect(parser.statistics.malformed == 1)
  }

  @Test func `of something that is not AMI is malformed`() {
    var parser = AMIParser()
    #expect(parser.consume(Array("SSH-2.0-OpenSSH_9.2\r\nHTTP/1.1 400\r\n\r\n".utf8)).isEmpty)
    #expect(parser.statistics.malformed == 1)
  }

  @Test func `of an unwanted event is all that is read`() {
    var parser = AMIParser()
    let text = ["VarSet", "Newexten", "RTCPReceived", "Cdr", "", "Newchannel2", "Hangups"]
      .map { Capture.event($0, Capture.channel()) }.joined()
    #expect(parser.consume(Array(text.utf8)).isEmpty)
    #expect(parser.statistics.unwanted + parser.statistics.malformed == 7)
  }
}

@Suite struct `Garbage` {
  /// Bytes that are often nearly right: whole captures cut, doubled and damaged.
  func garbage(_ random: inout SplitMix64) -> [UInt8] {
    let capture = Array(Capture.session.utf8)
    var bytes: [UInt8] = []
    while bytes.count < 20_000 {
      let start = Int.random(in: 0..<capture.count, using: &random)
      let end = Int.random(in: start..<capture.count, using: &random)
      bytes += capture[start...end]
      for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
        let odd: [UInt8] = [10, 13, 0, 58, 32, 255, 92, UInt8.random(in: 0...255, using: &random)]
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = odd.randomElement(using: &random) ?? 0
      }
    }
    return bytes
  }

  @Test func `never crashes, and means the same in every piece size`() {
    let limits = AMILimits(messageBytesMax: 2_000, headersMax: 40, lineBytesMax: 300)
    for seed in 1...60 as ClosedRange<UInt64> {
      var random = SplitMix64(state: seed)
      let bytes = garbage(&random)
      var whole = AMIParser(limits: limits)
      var pieces = AMIParser(limits: limits)
      let expected = whole.consume(bytes)
      var found: [AMIMessage] = []
      var at = 0
      while at < bytes.count {
        let end = min(at + Int.random(in: 1...200, using: &random), bytes.count)
        found += pieces.consume(bytes[at..<end])
        at = end
      }
      #expect(found == expected, "seed \(seed)")
      #expect(pieces.statistics == whole.statistics, "seed \(seed)")
    }
  }
}

/// A small generator with a printable state (Steele, Lea, Flood 2014).
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
