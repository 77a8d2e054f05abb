import Logging
import Synchronization
import Telephony
import Testing

@testable import Service

/// Keeps what it is told.
private struct KeptLog: LogHandler {
  final class Lines: Sendable {
    let all = Mutex<[String]>([])
  }
  let lines: Lines
  var logLevel = Logger.Level.trace
  var metadata: Logger.Metadata = [:]
  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }
  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
    lines.all.withLock { $0.append("\(event.message) \(all.sorted { $0.key < $1.key })") }
  }
}

@Suite struct `The log` {
  func logged(_ body: (inout Logger) -> Void) -> String {
    let lines = KeptLog.Lines()
    var logger = Logger(label: "x") { _ in CarefulLogHandler(KeptLog(lines: lines)) }
    body(&logger)
    return lines.all.withLock { $0.joined(separator: "|") }
  }

  @Test func `holds no line, colour or direction of a stranger`() {
    let hostile = "a\nfake line\r\u{1B}[31m\u{9B}1m\u{202E}\u{2028}b"
    let text = logged { logger in
      logger[metadataKey: "pbx"] = "\(hostile)"
      logger.info("\(hostile)", metadata: ["list": ["\(hostile)", .dictionary(["k": "\(hostile)"])]])
      logger.error("x", metadata: ["value": .stringConvertible(PBXName(hostile))])
    }
    #expect(text.unicodeScalars.allSatisfy { $0.value >= 32 && !(0x7F...0x9F).contains($0.value) })
    #expect(!text.contains("\u{202E}") && !text.contains("\u{2028}"))
  }

  @Test func `shows no number whole, in whatever form`() {
    let shown = logged {
      $0.info(
        "to +79161234567, 89161234567; (79161234567) PJSIP/+79161234567@trunk", metadata: ["n": "+4930123456"]
      )
    }
    for form in ["79161234567", "89161234567", "9161234", "30123456"] {
      #expect(!shown.contains(form), "\(shown)")
    }
    #expect(shown.contains("+79*******67"))
  }

  @Test func `keeps identifiers, times and short numbers as they are`() {
    for text in [
      "pbx1-1763844213.12", "01990000-0000-7000-8000-000000000001",
      "pz-01990000-0000-7000-8000-000000000001-a",
      "2026-11-22T17:25:12.340+0000", "127.0.0.1:5038", "lasted 1795363200 s", "PJSIP/101", "+12", "a+b",
      "++1",
    ] {
      let expected = "\(text) []"
      #expect(logged { $0.info("\(text)") } == expected)
    }
  }

  @Test func `of a hostile caller id is masked, short and plain`() {
    #expect(PhoneNumber.masked("+79161234567") == "+79*******67")
    #expect(PhoneNumber.masked("101") == "***")
    let hostile = PhoneNumber.masked("\u{1B}[2\n" + String(repeating: "9", count: 1_000_000) + "\u{7}")
    #expect(hostile == "?[2".replacing("[", with: "?") + String(repeating: "*", count: 27) + "99")
  }
}
