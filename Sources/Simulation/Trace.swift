import Logging
import Telephony

@testable import Service

/// What happened in a run, line by line, kept only where somebody will read it; and always its fingerprint.
final class Trace: @unchecked Sendable {
  private let time: VirtualTime
  private let keeps: Bool
  private(set) var lines: [String] = []
  /// FNV-1a over all lines that count: two runs of one seed must have the same.
  private(set) var fingerprint: UInt64 = 0xcbf2_9ce4_8422_2325

  init(time: VirtualTime, keeps: Bool) {
    self.time = time
    self.keeps = keeps
  }

  var isKept: Bool { keeps }

  /// The text is made only where it is kept; the fingerprint takes the word and the moment.
  func note(_ who: String, _ word: StaticString, _ text: @autoclosure () -> String = "") {
    mix(UInt64(bitPattern: time.elapsed))
    word.withUTF8Buffer { for byte in $0 { mix(UInt64(byte)) } }
    guard keeps else { return }
    lines.append("\(stamp) \(pad(who)) \(word) \(text())")
  }

  /// For the reader only: not part of the fingerprint.
  func remark(_ who: String, _ text: @autoclosure () -> String) {
    if keeps { lines.append("\(stamp) \(pad(who)) . \(text())") }
  }

  private func mix(_ value: UInt64) { fingerprint = (fingerprint ^ value) &* 0x100_0000_01b3 }

  private var stamp: String {
    let milliseconds = time.elapsed / 1_000
    let seconds = String(milliseconds / 1_000)
    let rest = String(milliseconds % 1_000)
    return String(repeating: " ", count: max(0, 5 - seconds.count)) + seconds + "."
      + String(repeating: "0", count: 3 - rest.count) + rest
  }

  private func pad(_ text: String) -> String { text + String(repeating: " ", count: max(0, 9 - text.count)) }
}

/// What the service itself says, into the trace.
struct TraceLog: LogHandler {
  let trace: Trace
  let who: String
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level

  init(trace: Trace, who: String) {
    self.trace = trace
    self.who = who
    logLevel = trace.isKept ? .trace : .critical
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let more = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    trace.remark(who, "\(event.level): \(event.message) \(more.joined(separator: " "))")
  }
}
