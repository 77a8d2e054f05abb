import Foundation
import Testing

@testable import Service

@Suite struct `Text of strangers on a terminal` {
  @Test func `carries no control character of any kind`() {
    for value in UInt32(0)...0x9F where value < 0x20 || value >= 0x7F {
      let hostile = "a" + String(Unicode.Scalar(value)!) + "b"
      #expect(PrintableText(hostile).description == "a\u{FFFD}b", "\(value)")
    }
    #expect(PrintableText("x\u{202E}y\u{2028}z\u{1B}[2J").description == "x\u{FFFD}y\u{FFFD}z\u{FFFD}[2J")
  }

  @Test func `is escaped in JSON that a terminal shows, and stays the same value`() throws {
    let hostile = ["a\u{1B}[2J\u{9B}31m\u{202E}\u{2028}\u{E0001}b\u{7F}", "Иван 漢字 🙂 \"x\" \\"]
    let json = String(decoding: try JSONEncoder().encode(hostile), as: UTF8.self)
    let shown = TerminalJSON.harmless(json)
    #expect(PrintableText(shown, limit: 10_000).description == shown)
    #expect(shown.contains("Иван 漢字 🙂"))
    #expect(try JSONDecoder().decode([String].self, from: Data(shown.utf8)) == hostile)
  }

  @Test func `keeps letters of every language`() {
    #expect(PrintableText("Иван Müller 漢字 🙂").description == "Иван Müller 漢字 🙂")
  }

  @Test func `ends at its limit`() {
    #expect(PrintableText(String(repeating: "x", count: 10_000), limit: 20).description.count == 21)
  }
}
