import Testing

@testable import Service

@Suite struct `The CSV encoder` {
  private func encoded(_ cells: CSVEncoder.Cell...) -> String {
    var encoder = CSVEncoder()
    encoder.row(cells)
    return encoder.take()
  }

  @Test(arguments: [
    "=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "=\"a\",\"b\"", "+79161234567",
  ])
  func `defuses a text that begins a formula`(_ text: String) {
    let cell = encoded(.text(text)).dropLast(1)
    let bare = cell.hasPrefix("\"") ? cell.dropFirst() : cell[...]
    #expect(bare.hasPrefix("'"), "\(cell)")
    // And the import reads what was meant.
    #expect(ContactReader.harmless("'" + text) == text)
  }

  @Test func `leaves numbers in E.164 as they are, and nothing else that claims to be one`() {
    #expect(encoded(.number("+79161234567")) == "+79161234567\r\n")
    #expect(encoded(.number("+7916=1+1")) == "'+7916=1+1\r\n")
    #expect(encoded(.integer(-5), .span(.milliseconds(1_540)), .empty) == "-5,1.5,\r\n")
  }

  @Test func `quotes what a reader would take apart`() {
    #expect(
      encoded(.text("a,b"), .text("c\"d"), .text("e\nf"), .text("g;h"))
        == "\"a,b\",\"c\"\"d\",\"e\nf\",\"g;h\"\r\n")
    #expect(encoded(.text("it's")) == "it's\r\n")
  }
}
