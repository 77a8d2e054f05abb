import Telephony
import Testing

@testable import AsteriskProtocol

@Suite struct `What a caller sends` {
  @Test func `in his name is a name, whatever it says`() {
    for name in ["Event: Shutdown", "Uniqueid: 1.1", "Response: Success", "x: y: z", "Cause: 17", ":", " "] {
      let text = Capture.event(
        "Hangup", Capture.channel(callerName: name) + Capture.lines("Cause: 16", "Cause-txt: Normal"))
      var expected = Capture.expectedCaller
      expected.callerName = name
      #expect(events(text) == [.channelHungUp(expected, .normalClearing)])
    }
  }

  @Test func `escaped by Asterisk is read as he wrote it, without line ends`() {
    let written = #"O\'Neill \"J\" \\ a\nEvent: Shutdown\r"#
    let text = Capture.event("Newchannel", Capture.channel(callerName: written))
    guard case .channelCreated(let channel)? = events(text).first else {
      Issue.record("no event")
      return
    }
    #expect(channel.callerName == #"O'Neill "J" \ a Event: Shutdown "#)
  }

  @Test func `in channel variables cannot stand for the channel`() {
    let text = Capture.event(
      "Newchannel",
      Capture.channel()
        + Capture.lines("ChanVariable: Uniqueid=9.9", "ChanVariable: A=Uniqueid: 9.9", "Uniqueid: 9.9"))
    #expect(events(text) == [.channelCreated(Capture.expectedCaller)])
  }

  @Test func `in a UserEvent's fields cannot name another channel`() {
    let forged = Capture.lines("UserEvent: Perezvon", "Number: 1") + Capture.channel(id: "9.9")
    let own = Capture.event("UserEvent", Capture.channel() + forged)
    let none = Capture.event("UserEvent", forged)
    guard case .userEvent(_, let channel, let fields)? = events(own).first else {
      Issue.record("no event")
      return
    }
    #expect(channel == Capture.expectedCaller)
    #expect(fields["Uniqueid"] == "9.9")
    guard case .userEvent("Perezvon", nil, _)? = events(none).first else {
      Issue.record("a channel that the sender made up")
      return
    }
  }

  @Test func `twice in a UserEvent counts the first time`() {
    let text = Capture.event("UserEvent", Capture.lines("UserEvent: P", "Number: 1", "Number: 2"))
    #expect(events(text) == [.userEvent(name: "P", nil, fields: ["Number": "1"])])
  }

  @Test func `that is not UTF-8 is repaired and counted`() {
    var bytes = Array(Capture.event("Newchannel", Capture.channel(callerName: "ab")).utf8)
    let place = bytes.indices.first { bytes[$0...].starts(with: Array("CallerIDName: ab".utf8)) }! + 14
    bytes[place] = 0xFF
    var parser = AMIParser()
    guard case .event(.channelCreated(let channel), _)? = parser.consume(bytes).first else {
      Issue.record("no event")
      return
    }
    #expect(channel.callerName == "\u{FFFD}b")
    #expect(parser.statistics.repairedTexts == 1)
  }
}

@Suite struct `The fixed first lines of an event` {
  @Test func `are needed`() {
    let text = "Event: Newchannel\r\n" + Capture.channel() + "\r\n"
    var parser = AMIParser()
    #expect(parser.consume(Array(text.utf8)).isEmpty)
    #expect(parser.statistics.distrusted == 1)
  }

  @Test func `carry the time once they have, until a reload`() {
    let stamped = Capture.event("Newstate", Capture.channel(), head: "Timestamp: 1767225600.000001\r\n")
    let bare = Capture.event("Newstate", Capture.channel())
    let reload = Capture.event(
      "Reload", Capture.lines("Module: manager", "Status: 0"), privilege: "system,all")
    #expect(events(stamped + bare + stamped).count == 2)
    #expect(events(stamped + reload + bare).count == 3)
  }

  @Test func `name the system where that is set`() {
    let ours = Capture.event("Newstate", Capture.channel(), head: "SystemName: pbx1\r\n")
    let other = Capture.event("Newstate", Capture.channel(), head: "SystemName: pbx2\r\n")
    let late = Capture.event("Newstate", Capture.channel() + Capture.lines("SystemName: pbx1"))
    let all = messages(ours + other + late, trust: AMITrust(systemName: "pbx1"))
    #expect(all.count == 1)
  }
}

@Suite struct `A limit of the parser` {
  let limits = AMILimits(messageBytesMax: 4_096, headersMax: 32, lineBytesMax: 1_024)
  let good = Capture.event("Newchannel", Capture.channel())

  func check(
    _ bad: String, _ count: KeyPath<AMIStatistics, Int>, _ times: Int = 1,
    location: SourceLocation = #_sourceLocation
  ) {
    for piece in [1, 7, 64, 1_000, 65_536] {
      var parser = AMIParser(limits: limits)
      var found = 0
      let bytes = Array((good + bad + good).utf8)
      for start in stride(from: 0, to: bytes.count, by: piece) {
        found += parser.consume(bytes[start..<min(start + piece, bytes.count)]).count
      }
      #expect(found == 2, "pieces of \(piece)", sourceLocation: location)
      #expect(parser.statistics[keyPath: count] == times, "pieces of \(piece)", sourceLocation: location)
    }
  }

  @Test func `on a line skips that message only`() {
    check("Event: Newchannel\r\nX: \(String(repeating: "a", count: 100_000))\r\n\r\n", \.oversized)
  }

  @Test func `on a message skips that message only`() {
    let many = (0..<30).map { "H\($0): \(String(repeating: "a", count: 500))\r\n" }.joined()
    check("Event: Newchannel\r\n\(many)\r\n", \.oversized)
  }

  @Test func `on headers skips that message only`() {
    let many = (0..<1_000).map { "H\($0): a\r\n" }.joined()
    check("Event: Newchannel\r\n\(many)\r\n", \.tooManyHeaders)
  }

  @Test func `on the unwanted does not exist, and costs nothing`() {
    let many = (0..<10_000).map { "H\($0): \(String(repeating: "a", count: 50))\r\n" }.joined()
    check("Event: VarSet\r\n\(many)\r\n", \.unwanted)
  }

  @Test func `lets a message through that just fits`() {
    // The longest that is allowed, then one byte more.
    for (extra, found) in [(0, 1), (1, 0)] {
      let head = "Response: Success\r\n"
      var text = head
      while text.utf8.count < 4_096 - 1_000 { text += "A: \(String(repeating: "b", count: 500))\r\n" }
      let rest = 4_096 - text.utf8.count - 5 + extra
      text += "C: \(String(repeating: "d", count: rest))\r\n\r\n"
      var parser = AMIParser(limits: limits)
      #expect(parser.consume(Array(text.utf8)).count == found)
      var slow = AMIParser(limits: limits)
      var foundSlowly = 0
      for byte in text.utf8 { foundSlowly += slow.consume(CollectionOfOne(byte)).count }
      #expect(foundSlowly == found)
    }
  }

  @Test func `holds with one megabyte in one line and a million headers`() {
    var parser = AMIParser()
    let line = Array("Event: Newchannel\r\nX: ".utf8) + [UInt8](repeating: 65, count: 1_048_576)
    #expect(parser.consume(line).isEmpty)
    #expect(parser.consume(Array("\r\n\r\n".utf8)).isEmpty)
    #expect(parser.consume(Array("Event: Newchannel\r\n".utf8)).isEmpty)
    let headers = Array((0..<1_000).map { _ in "A: b\r\n" }.joined().utf8)
    for _ in 0..<1_000 { #expect(parser.consume(headers).isEmpty) }
    #expect(parser.consume(Array(("\r\n" + good).utf8)).count == 1)
    #expect(parser.statistics.oversized == 1)
    #expect(parser.statistics.tooManyHeaders == 1)
  }
}
