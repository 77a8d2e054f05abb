import AsteriskLink
import Telephony
import Testing

@Suite struct `A row of a realtime queue_log` {
  private let at = Timestamp(microseconds: 1_795_363_200_900_000)

  private func event(_ word: String, _ data: [String]) -> QueueLogLine.Event? {
    var reader = QueueLogRowReader()
    return reader.line(at: at, fields: ["1.1", "sales", "NONE", word], data: data)?.event
  }

  @Test func `is the line that would stand in the file, with its data in five columns or in one`() {
    var reader = QueueLogRowReader()
    let line = reader.line(
      at: at, fields: ["1.1", "sales", "NONE", "ENTERQUEUE"], data: ["", "8916", "2", "", ""])
    #expect(
      line
        == QueueLogLine(
          at: Timestamp(microseconds: 1_795_363_200_000_000), callID: "1.1", queue: "sales", agent: "",
          event: .entered(rawNumber: "8916", position: 2)))
    #expect(event("ENTERQUEUE", ["|8916|2"]) == .entered(rawNumber: "8916", position: 2))
    #expect(
      event("COMPLETECALLER", ["9", "31", "1", "", ""]) == .completed(talk: .seconds(31), byCaller: true))
    #expect(
      event("BLINDTRANSFER", ["200", "internal", "9", "31", "1"]) == .transferred(talk: .seconds(31)))
    #expect(event("ENTERQUEUE", ["", "a|b", "2", "", ""]) == .entered(rawNumber: "a|b", position: 2))
    #expect(event("ABANDON", ["", "", "", "", ""]) == .abandoned)
  }

  @Test func `of our own dialplan is read from five columns or from one`() {
    let fields = ["Number": "+79161234567", "Campaign": "callback", "Queue": "sales"]
    for data in [["+79161234567", "callback", "", "", ""], ["+79161234567|callback||"]] {
      #expect(event("PEREZVONREQUEST", data) == .keyed(KeyedWord(kind: .request, fields: fields)))
    }
    #expect(event("PEREZVONWISH", ["never", "8916", "", "", "x"]) == .other)
  }

  @Test func `that is no line is counted`() {
    var reader = QueueLogRowReader()
    #expect(reader.line(at: at, fields: ["", "", "", ""], data: []) == nil)
    #expect(
      reader.line(at: at, fields: ["1.1", "s", "a", "ABANDON"], data: [String(repeating: "x", count: 9_000)])
        == nil)
    #expect(reader.malformed == 2)
  }
}
