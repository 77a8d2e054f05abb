import Testing

@testable import Service

@Suite struct `Server-sent events` {
  let stream =
    "event: status\ndata: {\"a\":1}\n\nevent: notice\ndata: one\ndata: two\n\n: ping\n\nevent: x\nda"

  @Test(arguments: [1, 2, 3, 7, 1_000]) func `are the same in pieces of any size`(size: Int) {
    var events = ServerSentEvents()
    var seen: [ServerSentEvents.Event] = []
    let bytes = Array(stream.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      seen += events.receive(Array(bytes[start..<min(start + size, bytes.count)])) ?? []
    }
    #expect(
      seen == [
        ServerSentEvents.Event(name: "status", data: Array("{\"a\":1}".utf8)),
        ServerSentEvents.Event(name: "notice", data: Array("onetwo".utf8)),
        ServerSentEvents.Event(name: "", data: []),
      ])
  }

  @Test func `end the stream where one is longer than the limit`() {
    var events = ServerSentEvents()
    let half = [UInt8](repeating: UInt8(ascii: "x"), count: ServerSentEvents.eventBytesMax / 2 + 1)
    #expect(events.receive(half) == [])
    #expect(events.receive(half) == nil)
  }
}
