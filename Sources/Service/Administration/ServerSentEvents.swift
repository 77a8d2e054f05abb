/// Cuts server-sent events out of what arrives of an answer (WHATWG HTML, section 9.2; lines end with LF here).
struct ServerSentEvents {
  struct Event: Equatable {
    var name: String
    var data: [UInt8]
  }

  /// An event longer than this is not one of ours: the stream ends. Default 1 MiB.
  static let eventBytesMax = 1_024 * 1_024

  private var pending: [UInt8] = []

  /// The events that `bytes` completes; nil where one is longer than the limit.
  mutating func receive(_ bytes: [UInt8]) -> [Event]? {
    // An end may lie across two pieces, by one byte.
    var from = max(0, pending.count - 1)
    pending += bytes
    var events: [Event] = []
    var start = 0
    while let end = blankLine(from: from) {
      events.append(event(pending[start..<end]))
      start = end + 2
      from = start
    }
    pending.removeFirst(start)
    return pending.count > Self.eventBytesMax ? nil : events
  }

  private func blankLine(from: Int) -> Int? {
    var at = from
    while let end = pending[at...].firstIndex(of: UInt8(ascii: "\n")), end + 1 < pending.endIndex {
      if pending[end + 1] == UInt8(ascii: "\n") { return end }
      at = end + 1
    }
    return nil
  }

  private func event(_ lines: ArraySlice<UInt8>) -> Event {
    var event = Event(name: "", data: [])
    for line in lines.split(separator: UInt8(ascii: "\n")) {
      if line.starts(with: "event: ".utf8) {
        event.name = String(decoding: line.dropFirst(7), as: UTF8.self)
      } else if line.starts(with: "data: ".utf8) {
        event.data += line.dropFirst(6)
      }
    }
    return event
  }
}
