import Telephony
import Testing

@testable import AsteriskProtocol

private func read(_ text: String) -> (lines: [QueueLogLine], reader: QueueLogReader, used: Int) {
  var reader = QueueLogReader()
  var lines: [QueueLogLine] = []
  let bytes = Array(text.utf8)
  let used = bytes.withUnsafeBytes { raw in reader.read(raw) { line, _ in lines.append(line) } }
  return (lines, reader, used)
}

private func event(_ rest: String) -> QueueLogLine.Event? {
  read("1795363200|pbx1-1795363190.7|sales|\(rest)\n").lines.first?.event
}

@Suite struct `A line of queue_log` {
  @Test func `has its time, call, queue and agent`() {
    let lines = read("1795363200|pbx1-1795363190.7|sales|PJSIP/101|RINGNOANSWER|5000\n").lines
    #expect(
      lines == [
        QueueLogLine(
          at: Timestamp(microseconds: 1_795_363_200_000_000), callID: "pbx1-1795363190.7", queue: "sales",
          agent: "PJSIP/101", event: .rangOut)
      ])
  }

  @Test func `without a value has an empty text for it`() {
    let line = read("1795363200|NONE|NONE|NONE|QUEUESTART|\n").lines.first
    #expect(line?.callID == "" && line?.queue == "" && line?.agent == "" && line?.event == .started)
  }

  @Test func `of each kind is told by its event`() {
    #expect(event("NONE|ENTERQUEUE||+79161234567|3") == .entered(rawNumber: "+79161234567", position: 3))
    #expect(
      event("NONE|ENTERQUEUE|http://crm|89161234567|1") == .entered(rawNumber: "89161234567", position: 1))
    #expect(event("NONE|ENTERQUEUE|||2") == .entered(rawNumber: "", position: 2))
    #expect(event("PJSIP/101|CONNECT|7|pbx1-1795363199.9|3") == .connected(hold: .seconds(7)))
    #expect(event("PJSIP/101|COMPLETEAGENT|7|61|1") == .completed(talk: .seconds(61), byCaller: false))
    #expect(event("PJSIP/101|COMPLETECALLER|7|61|1") == .completed(talk: .seconds(61), byCaller: true))
    #expect(event("NONE|ABANDON|1|1|12") == .abandoned)
    #expect(event("NONE|EXITWITHTIMEOUT|1|1|5") == .timedOut)
    #expect(event("NONE|EXITEMPTY|1|1|5") == .foundEmpty)
    #expect(event("NONE|EXITWITHKEY|1|1|2|9") == .leftByKey)
    #expect(event("NONE|WITHDRAW|1|1|9|supervisor") == .withdrawn)
    #expect(event("PJSIP/101|RINGCANCELED|900") == .ringCanceled)
    #expect(event("PJSIP/101|BLINDTRANSFER|202|from-internal|7|33|1") == .transferred(talk: .seconds(33)))
    #expect(event("PJSIP/101|ATTENDEDTRANSFER|BRIDGE|5f-22|7|34|1") == .transferred(talk: .seconds(34)))
    #expect(event("PJSIP/101|ATTENDEDTRANSFER|LINK|a|b|7|35|1") == .transferred(talk: .seconds(35)))
    #expect(event("PJSIP/101|TRANSFER|202|from-internal|7|36|1") == .transferred(talk: .seconds(36)))
    #expect(event("NONE|DID|74951112233") == .calledNumber("74951112233"))
    for other in ["PAUSE", "UNPAUSE", "ADDMEMBER", "CONFIGRELOAD", "AGENTDUMP", "PENALTY", "D", "NEWTHING"] {
      #expect(event("PJSIP/101|\(other)|") == .other, "\(other)")
    }
  }

  @Test func `of our own dialplan says what was keyed in, by the names the UserEvent has`() {
    func keyed(_ kind: KeyedWord.Kind, _ fields: [String: String]) -> QueueLogLine.Event {
      .keyed(KeyedWord(kind: kind, fields: fields))
    }
    #expect(
      event("NONE|PEREZVONREQUEST|+79161234567|sales-callback||1795363500")
        == keyed(
          .request,
          ["Number": "+79161234567", "Campaign": "sales-callback", "Said": "1795363500", "Queue": "sales"]))
    #expect(
      read("1795363200|1.7|NONE|PJSIP/101|PEREZVONPROMISE||20\n").lines.first?.event
        == keyed(.promise, ["At": "20", "Agent": "PJSIP/101"]))
    #expect(
      event("NONE|PEREZVONWISH|never|89161234567")
        == keyed(.wish, ["Wish": "never", "Number": "89161234567", "Queue": "sales"]))
    #expect(
      event("NONE|PEREZVONANSWER|wish|call me, please|callback|")
        == keyed(
          .answer, ["Question": "wish", "Answer": "call me, please", "Then": "callback", "Queue": "sales"]))
    #expect(event("NONE|PEREZVONWISH|") == keyed(.wish, ["Queue": "sales"]), "nothing follows from it")
  }

  @Test(arguments: [
    "PEREZVONREQUEST|1|2|3|4|5", "PEREZVONWISH|never|+79161234567|1", "PEREZVONREQUESTS|+79161234567",
    "PEREZVONWISH|nev\u{1}er|+79161234567", "perezvonwish|never|+79161234567",
    "PEREZVONPROMISE|\(String(repeating: "9", count: KeyedWord.valueBytesMax + 1))|20",
  ])
  func `with more or other than our dialplan writes is none of its lines`(_ text: String) {
    #expect(event("NONE|\(text)") == .other)
  }

  @Test func `keeps a caller's number together whatever stands in it`() {
    #expect(event("NONE|ENTERQUEUE||1|2|x|4") == .entered(rawNumber: "1|2|x", position: 4))
    #expect(
      event("NONE|ENTERQUEUE||\u{202E}ABANDON|4") == .entered(rawNumber: "\u{202E}ABANDON", position: 4))
    let long = String(repeating: "9", count: 500)
    #expect(
      event("NONE|ENTERQUEUE||\(long)|4")
        == .entered(rawNumber: String(long.prefix(QueueLogReader.numberBytesMax)), position: 4))
  }

  @Test(arguments: [
    "", "|", "||||||", "17953632x0|1|q|a|ABANDON|", "|1|q|a|ABANDON|", "1795363200|1|q|a",
    "1795363200|1|q|a|",
    "99999999999999999999|1|q|a|ABANDON|", "5|1|q|a|ABANDON|", "not a line at all",
  ])
  func `that is none is counted and passed over`(_ text: String) {
    let (lines, reader, used) = read(text + "\n1795363200|1.1|q|NONE|ABANDON|1|1|1\n")
    #expect(lines.count == 1)
    #expect(reader.malformed == 1)
    #expect(used == text.utf8.count + 1 + 36)
  }

  @Test func `longer than Asterisk writes is counted and passed over`() {
    let long = "1795363200|1.1|q|NONE|ENTERQUEUE||" + String(repeating: "1", count: 9_000) + "|1\n"
    let (lines, reader, _) = read(long + "1795363200|1.1|q|NONE|ABANDON|1|1|1\n")
    #expect(lines.map(\.event) == [.abandoned])
    #expect(reader.malformed == 1)
  }

  @Test func `that is not finished is left for the next time`() {
    let whole = "1795363200|1.1|q|NONE|ABANDON|1|1|1\n"
    let (lines, _, used) = read(whole + "1795363201|1.2|q|NO")
    #expect(lines.count == 1)
    #expect(used == whole.utf8.count)
  }

  @Test func `that is not UTF-8 is read with the bytes replaced`() {
    var reader = QueueLogReader()
    let bytes = Array("1795363200|1.1|q|".utf8) + [0xFF, 0xFE] + Array("|ABANDON|".utf8)
    let line = bytes.withUnsafeBytes { reader.line($0) }
    #expect(line?.agent == "\u{FFFD}\u{FFFD}")
  }

  @Test func `cut anywhere or changed in any byte breaks nothing`() {
    let whole = Array("1795363200|pbx1-17.7|sales|PJSIP/101|ATTENDEDTRANSFER|LINK|a|b|7|35|1".utf8)
    var reader = QueueLogReader()
    for count in 0...whole.count {
      _ = Array(whole.prefix(count)).withUnsafeBytes { reader.line($0) }
      for byte: UInt8 in [0, 10, 13, 0x7C, 0xFF] where count < whole.count {
        var changed = whole
        changed[count] = byte
        _ = changed.withUnsafeBytes { reader.line($0) }
      }
    }
    #expect(whole.withUnsafeBytes { reader.line($0) }?.event == .transferred(talk: .seconds(35)))
  }
}
