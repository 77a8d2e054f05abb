import Telephony
import Testing

@testable import AsteriskProtocol

@Suite struct `The channel event log` {
  private func read(_ text: String) -> (lines: [CELLine], offsets: [Int], used: Int, reader: CELReader) {
    var reader = CELReader()
    var lines: [CELLine] = []
    var offsets: [Int] = []
    var text = text
    let used = text.withUTF8 { bytes in
      reader.read(UnsafeRawBufferPointer(bytes)) { line, offset in
        lines.append(line)
        offsets.append(offset)
      }
    }
    return (lines, offsets, used, reader)
  }

  /// As CSV_QUOTE() writes it.
  private static func line(_ fields: String...) -> String {
    fields.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ",")
  }

  // As 22.10.1 wrote them.
  private let hangUp = line(
    "HANGUP", "1795381061.497694", "PJSIP/trunk-00000000", "pbx1-1795381057.0", "pbx1-1795381057.0",
    "+79161110001",
    "", "102", "direct", "", "", "",
    #"{"hangupcause":16,"hangupsource":"PJSIP/trunk-00000000","dialstatus":"CANCEL"}"#)
  private let enter = line(
    "BRIDGE_ENTER", "1795381062.517810", "PJSIP/102-00000003", "pbx1-1795381061.3", "pbx1-1795381061.2",
    "102",
    "Boris", "", "from-internal", "AppDial", "(Outgoing Line)", "",
    #"{"bridge_id":"606e7d21-f87d-4819-83e3-4558e13abcb3","bridge_technology":"simple_bridge"}"#)

  @Test func `tells who let go, and why`() throws {
    let line = try #require(read(hangUp + "\n").lines.first)
    #expect(line.event == .hungUp)
    #expect(line.at == Timestamp(microseconds: 1_795_381_061_497_694))
    #expect(line.channel.id == "pbx1-1795381057.0")
    #expect(line.channel.name == "PJSIP/trunk-00000000")
    #expect(line.channel.callerNumber == "+79161110001")
    #expect(line.channel.context == "direct")
    #expect(line.extra.hangupCause == 16)
    #expect(line.extra.hangupSource == "PJSIP/trunk-00000000")
  }

  @Test func `names the bridge`() throws {
    let line = try #require(read(enter + "\n").lines.first)
    #expect(line.extra.bridge == "606e7d21-f87d-4819-83e3-4558e13abcb3")
    #expect(line.channel.linkedID == "pbx1-1795381061.2")
  }

  @Test func `is read line by line, and an unfinished line is left`() {
    let result = read(hangUp + "\n" + enter + "\r\n" + hangUp.prefix(40))
    #expect(result.lines.map(\.event) == [.hungUp, .bridgeEntered])
    #expect(result.offsets == [0, hangUp.utf8.count + 1])
    #expect(result.used == hangUp.utf8.count + enter.utf8.count + 3)
  }

  @Test func `a name with quotes, commas and JSON in it stays a name`() throws {
    let name = #"Bob "",""HANGUP"",""{"#
    let hostile = enter.replacing("Boris", with: name)
    let line = try #require(read(hostile + "\n").lines.first)
    #expect(line.channel.callerName == #"Bob ","HANGUP","{"#)
    #expect(line.event == .bridgeEntered)
    #expect(line.extra.bridge == "606e7d21-f87d-4819-83e3-4558e13abcb3")
  }

  @Test(arguments: [
    "", "HANGUP,1795381061.497694", #""HANGUP""#, #""HANGUP","1795381061.497694","#,
    #""HANGUP","2026-11-22 20:57:32","c","u","l","","","","","","","","""#,
    #""HANGUP","1795381061.497694","c","u","l","","","","","","","","","one more""#,
    #""HANGUP","1795381061.497694","c","","l","","","","","","","","""#,
    #""HANGUP","1795381061.497694","c","u","l","","never closed"#,
  ])
  func `counts what is no line and goes on`(_ broken: String) {
    let result = read(broken + "\n" + hangUp + "\n")
    #expect(result.lines.count == 1)
    #expect(result.reader.malformed == 1)
  }

  @Test func `passes over events that are no business of ours`() {
    let result = read(hangUp.replacing("\"HANGUP\"", with: "\"CHAN_END\"") + "\n")
    #expect(result.lines.isEmpty)
    #expect(result.reader.malformed == 0)
    #expect(result.reader.passedOver == 1)
  }
}
