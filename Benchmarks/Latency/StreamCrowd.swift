import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Many readers of `/api/v1/stream` while callbacks are dialled: nobody loses an event, memory stays flat, and the way
/// from a free agent to his phone is as long as without them.
struct StreamCrowd {
  let stand: Stand
  let readers: Int
  let duration: Duration

  func run(_ report: inout Report) async throws {
    // Two or three callbacks a second of a minute, each of which is told to every reader several times; before it the
    // same without readers, for the comparison.
    let cases = max(50, Int(duration.milliseconds / 400))
    let pace = duration / cases
    try await AgentFree(stand: stand, cases: cases, beside: "nobody who reads", pace: pace).run(&report)
    var crowd: [StreamReader] = []
    for _ in 0..<readers {
      crowd.append(try await StreamReader(port: stand.service.httpPort, token: stand.service.token))
    }
    for reader in crowd { try await reader.waitForStatus() }
    let before = try stand.service.memory().resident
    let began = ContinuousClock.now
    try await AgentFree(stand: stand, cases: cases, beside: "\(readers) readers", pace: pace).run(&report)
    let middle = try stand.service.memory().resident
    while ContinuousClock.now - began < duration { try await Task.sleep(for: .milliseconds(200)) }
    try await waitForTheLast(of: crowd)
    let after = try stand.service.memory().resident
    report.heading("\(readers) readers of the stream, \(cases) callbacks")
    report.add("resident before", Double(before) / 1_024, "MB")
    report.add("resident after the callbacks", Double(middle) / 1_024, "MB")
    report.add("resident at the end", Double(after) / 1_024, "MB")
    let heard = crowd.map(\.heard)
    let notices = heard.map(\.notices)
    report.add("status documents, each reader", Double(heard.map(\.statuses).max() ?? 0), "")
    report.add("notices, each reader", Double(notices.max() ?? 0), "")
    report.add("received, all readers", Double(heard.reduce(0) { $0 + $1.bytes }) / 1_048_576, "MB")
    report.check("there were notices, at least one for each callback", (notices.min() ?? 0) >= cases)
    report.check("all readers got the same notices, in the same order", Set(heard.map(\.order)).count == 1)
    report.check("no reader was told that it lost any", heard.allSatisfy { $0.lost == 0 })
    report.check("memory is flat: within 10 MB", after - before < 10 * 1_024)
    for reader in crowd { reader.close() }
  }

  /// What was written last has to arrive, at readers who have only what is left of this machine. Whoever lost something
  /// never comes to the same, and is waited for in vain.
  private func waitForTheLast(of crowd: [StreamReader]) async throws {
    let end = ContinuousClock.now + .seconds(30)
    try await Task.sleep(for: .seconds(1))
    while ContinuousClock.now < end, Set(crowd.map(\.heard.order)).count > 1 {
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}

/// One connection to the stream; counts what comes.
final class StreamReader: Sendable {
  /// What a reader heard.
  struct Heard: Sendable {
    var statuses = 0
    var notices = 0
    var lost = 0
    var bytes = 0
    /// A number that follows from all notices and their order (FNV-1a).
    var order: UInt64 = 0xcbf2_9ce4_8422_2325
  }

  private let state = Mutex(Heard())
  private let channel: any Channel
  /// Readers are on other machines, and take nothing from the service's there: their thread has what is left of these
  /// cores, and is not that of the simulated PBX, which tells the time.
  private static let elsewhere: MultiThreadedEventLoopGroup = {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    group.next().execute { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19) }
    return group
  }()

  var heard: Heard { state.withLock { $0 } }

  init(port: Int, token: String) async throws {
    let handler = Handler()
    channel = try await ClientBootstrap(group: Self.elsewhere)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler) }
      }
      .connect(host: "127.0.0.1", port: port).get()
    handler.onEvent.withLock { sink in
      sink = { [weak self] event, data in self?.take(event, data) }
    }
    var request = ByteBuffer()
    request.writeString(
      "GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\n\r\n")
    try await channel.writeAndFlush(request).get()
  }

  func close() { channel.close(promise: nil) }

  func waitForStatus() async throws {
    let end = ContinuousClock.now + .seconds(30)
    while heard.statuses == 0 {
      guard ContinuousClock.now < end else { throw BenchError("a reader got no status within 30 s") }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private func take(_ event: [UInt8], _ data: ArraySlice<UInt8>) {
    state.withLock { heard in
      heard.bytes += data.count
      switch event.first {
      case UInt8(ascii: "s"): heard.statuses += 1
      case UInt8(ascii: "l"): heard.lost += 1
      case UInt8(ascii: "n"):
        heard.notices += 1
        for byte in data { heard.order = (heard.order ^ UInt64(byte)) &* 0x100_0000_01b3 }
      default: break
      }
    }
  }

  /// Cuts the body into events, line by line: an event is one chunk of HTTP, whose own lines begin otherwise.
  private final class Handler: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    let onEvent = Mutex<(@Sendable ([UInt8], ArraySlice<UInt8>) -> Void)?>(nil)
    private let state = Mutex((rest: [UInt8](), event: [UInt8]()))
    private static let event = Array("event: ".utf8)
    private static let data = Array("data: ".utf8)

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let buffer = unwrapInboundIn(data)
      let sink = onEvent.withLock { $0 }
      state.withLock { state in
        state.rest += buffer.readableBytesView
        var start = 0
        while let end = state.rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
          let line = state.rest[start..<end]
          if line.starts(with: Self.event) { state.event = Array(line.dropFirst(Self.event.count)) }
          if line.starts(with: Self.data) { sink?(state.event, line.dropFirst(Self.data.count)) }
          start = end + 1
        }
        state.rest.removeSubrange(..<start)
      }
    }
  }
}
