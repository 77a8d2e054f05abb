import Testing

@testable import Service

@Suite struct `The records of a CSV file` {
  private func pieces(_ text: String, fields: Int = 2, feed: Int = .max) -> [CSVRecords.Piece] {
    var records = CSVRecords(delimiter: 0x2C)
    records.fields = fields
    var rest = Array(text.utf8)[...]
    var found: [CSVRecords.Piece] = []
    while true {
      if let piece = records.next(atEnd: rest.isEmpty) {
        found.append(piece)
      } else if rest.isEmpty {
        return found
      } else {
        records.feed(rest.prefix(feed))
        rest = rest.dropFirst(feed)
      }
    }
  }

  private func told(_ pieces: [CSVRecords.Piece]) -> [String] {
    pieces.map { piece in
      switch piece {
      case .record(let record): "\(record.line) \(String(decoding: record.bytes, as: UTF8.self))"
      case .malformed(let record, let reason): "\(record.line)! \(reason.prefix(12))"
      }
    }
  }

  @Test func `are told with the line they begin in`() {
    let text = "a,b\r\n\n\"c\nc\",d\n  \ne,f"
    #expect(told(pieces(text)) == ["1 a,b", "3 \"c\nc\",d", "6 e,f"])
  }

  @Test func `are the same however the file is cut`() {
    let text = "a,b\n\"c\n\"\"c\",d\n\"open,x\ne,f\ng\nh,i\n"
    let whole = pieces(text)
    for feed in 1...12 { #expect(pieces(text, feed: feed) == whole, "\(feed) bytes at a time") }
  }

  @Test func `behind an open quote are not lost in it`() {
    let rest = (0..<300).map { "n\($0),x\n" }.joined()
    let found = told(pieces("a,b\n\"open,x\n" + rest))
    #expect(found[0] == "1 a,b")
    #expect(found[1].hasPrefix("2! a quote"))
    #expect(found.count == 302)
    // Also at the end of the file.
    #expect(told(pieces("a,b\nc,\"d")) == ["1 a,b", "2! a quote is o"])
  }

  @Test func `that COPY would refuse are told instead`() {
    var nul = CSVRecords(delimiter: 0x2C)
    nul.fields = 2
    nul.feed([0x61, 0x00, 0x2C, 0x0A, 0xFF, 0x2C, 0x0A, 0x61, 0x0D, 0x62, 0x2C, 0x0A, 0x61, 0x0A])
    var reasons: [String] = []
    while case .malformed(_, let reason)? = nul.next(atEnd: true) { reasons.append(reason) }
    #expect(reasons.count == 4)
    #expect(reasons[0].contains("NUL") && reasons[1].contains("UTF-8"))
    #expect(reasons[2].contains("carriage return") && reasons[3].contains("1 columns, and the header 2"))
  }

  @Test func `are parted by what the header has most of`() {
    #expect(CSVRecords.delimiter(ofHeader: Array("phone;name;city".utf8)) == 0x3B)
    #expect(CSVRecords.delimiter(ofHeader: Array("phone\tname".utf8)) == 0x09)
    #expect(CSVRecords.delimiter(ofHeader: Array("\"a;b;c\",phone\nx;y;z".utf8)) == 0x2C)
    #expect(CSVRecords.delimiter(ofHeader: Array("phone".utf8)) == 0x2C)
  }
}
