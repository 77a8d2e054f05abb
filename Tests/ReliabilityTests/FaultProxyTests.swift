import Lab
import Synchronization
import Testing

@Suite struct `The fault proxy` {
  private static let noise = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }

  @Test func `passes every byte as it came, both ways`() async throws {
    let server = try PlainServer { $0 }
    let proxy = try FaultProxy(to: server.port, as: .bytes)
    let client = try PlainClient(proxy.port)
    client.say(Self.noise)
    #expect(client.hear(Self.noise.count) == Self.noise)
    #expect(server.heard == Self.noise)
  }

  @Test(arguments: [1, 7, 4_096, 99_999])
  func `cuts at a byte, on either way`(_ place: Int) async throws {
    for way in FaultProxy.Way.allCases {
      let server = try PlainServer { $0 }
      let proxy = try FaultProxy(to: server.port, as: .bytes)
      var faults = FaultProxy.Faults()
      faults.cutsAfter[way] = place
      proxy.set(faults)
      let client = try PlainClient(proxy.port)
      client.say(Array(Self.noise.prefix(100_000)))
      let heard = client.hear(100_000)
      switch way {
      case .toClient: #expect(heard == Array(Self.noise.prefix(place)))
      case .toServer:
        try await server.hears(place)
        #expect(server.heard == Array(Self.noise.prefix(place)))
      }
    }
  }

  @Test func `swallows without closing, and goes on where it stood`() async throws {
    let server = try PlainServer { $0 }
    let proxy = try FaultProxy(to: server.port, as: .bytes)
    let client = try PlainClient(proxy.port)
    client.say("one")
    #expect(client.hear(3) == Array("one".utf8))
    proxy.set(.silence)
    client.say("two")
    let late = try PlainClient(proxy.port)
    late.say("three")
    try await Task.sleep(for: .milliseconds(300))
    #expect(server.heard == Array("one".utf8), "nothing passes")
    #expect(proxy.open == 2)
    proxy.set(FaultProxy.Faults())
    #expect(client.hear(3) == Array("two".utf8))
    #expect(late.hear(5) == Array("three".utf8))
  }

  @Test func `refuses, delays and repeats`() async throws {
    let server = try PlainServer()
    let proxy = try FaultProxy(to: server.port, as: .bytes)
    proxy.set(.refusal)
    #expect(try PlainClient(proxy.port).isEnded)
    var faults = FaultProxy.Faults()
    faults.delays[.toServer] = .milliseconds(200)
    faults.duplicates = [.toServer]
    proxy.set(faults)
    let client = try PlainClient(proxy.port)
    let start = ContinuousClock.now
    client.say("ab")
    try await server.hears(4)
    #expect(server.heard == Array("abab".utf8))
    #expect(ContinuousClock.now - start >= .milliseconds(200))
    proxy.cut()
    #expect(client.isEnded)
  }

  // MARK: Requests

  private static func message(_ kind: Character, _ body: String) -> [UInt8] {
    let length = UInt32(body.utf8.count + 4)
    return [kind.asciiValue!] + withUnsafeBytes(of: length.bigEndian) { Array($0) } + Array(body.utf8)
  }

  private static let startup: [UInt8] = [0, 0, 0, 9, 0, 3, 0, 0, 0]
  private static let ready = message("Z", "I")

  private static func statement(_ name: String) -> [UInt8] {
    message("B", "\0\(name)\0\0\0\0\0\0\0") + message("D", "P\0") + message("E", "\0\0\0\0\0")
  }

  /// Says ReadyForQuery to the startup and to each Sync.
  private static func postgres(_ piece: [UInt8]) -> [UInt8] {
    var answers: [UInt8] = []
    if piece.starts(with: startup) { answers += ready }
    for start in piece.indices where piece[start...].starts(with: message("S", "")) {
      answers += message("C", "OK\0") + ready
    }
    return answers
  }

  private final class Count: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func up() { count.withLock { $0 += 1 } }
  }

  @Test func `springs before the n-th statement: what was before it has passed, it has not`() async throws {
    let server = try PlainServer { Self.postgres($0) }
    let trap = FaultTrap()
    let proxy = try FaultProxy(to: server.port, as: .postgres, trap: trap)
    let killed = Count()
    trap.arm(.before, at: 3) { killed.up() }
    let client = try PlainClient(proxy.port)
    let first = Self.startup + Self.statement("one") + Self.message("S", "")
    // Byte by byte: messages are put together again.
    for byte in first { client.say([byte]) }
    #expect(client.hear(Self.ready.count * 2 + 8).suffix(Self.ready.count) == Self.ready[...])
    client.say(Self.statement("two") + Self.statement("three") + Self.message("S", ""))
    #expect(client.isEnded)
    #expect(killed.value == 1)
    #expect(trap.sprungAt == "SQL three")
    #expect(trap.labels == ["SQL one", "SQL two", "SQL three"])
    let before = first + Self.statement("two") + Self.statement("three").dropLast(10)
    try await server.hears(before.count)
    #expect(server.heard == before)
  }

  @Test func `springs after a statement was done and before its answer is heard`() async throws {
    let server = try PlainServer { Self.postgres($0) }
    let trap = FaultTrap()
    let proxy = try FaultProxy(to: server.port, as: .postgres, trap: trap)
    let heard = Mutex<[UInt8]>([])
    trap.arm(.after, at: 1, of: { $0 == "SQL COMMIT" }) { [server] in heard.withLock { $0 = server.heard } }
    let client = try PlainClient(proxy.port)
    client.say(Self.startup)
    #expect(client.hear(Self.ready.count) == Self.ready)
    let batch = Self.statement("one") + Self.statement("COMMIT") + Self.message("S", "")
    client.say(batch)
    #expect(client.isEnded, "no byte of the answer")
    #expect(heard.withLock { $0 } == Self.startup + batch)
    // The next connection is let through.
    let next = try PlainClient(proxy.port)
    next.say(Self.startup + batch)
    #expect(next.hear(Self.ready.count) == Self.ready)
  }

  @Test func `counts actions that change something, and waits for the answer of the one that is meant`()
    async throws
  {
    let server = try PlainServer { piece in
      String(decoding: piece, as: UTF8.self).contains("ActionID: c2")
        ? Array("Response: Success\r\n".utf8) : []
    }
    let trap = FaultTrap()
    let proxy = try FaultProxy(to: server.port, as: .ami, trap: trap)
    let client = try PlainClient(proxy.port)
    let killed = Count()
    trap.arm(.after, at: 1) { killed.up() }
    client.say("Action: Ping\r\nActionID: c1\r\n\r\nAction: QueuePause\r\nActionID: c2\r\n\r\n")
    try await server.hears(66)
    #expect(killed.value == 0, "an answer without the id is another's")
    #expect(trap.labels == ["AMI QueuePause"])
    #expect(trap.sprungAt == "AMI QueuePause")
    proxy.cut()
    #expect(client.isEnded)
  }

  @Test func `counts ARI requests that are no GET, whole ones only, and lets a websocket pass`() async throws
  {
    let server = try PlainServer()
    let trap = FaultTrap()
    let proxy = try FaultProxy(to: server.port, as: .ari, trap: trap)
    let client = try PlainClient(proxy.port)
    let id = "pz-01940000-0000-7000-8000-000000000001-c"
    let requests =
      "GET /ari/channels HTTP/1.1\r\nHost: x\r\n\r\n"
      + "POST /ari/channels/\(id)/play?media=x HTTP/1.1\r\ncontent-length: 4\r\n\r\nbody"
      + "DELETE /ari/channels/\(id) HTTP/1.1\r\n\r\n"
      + "GET /ari/events HTTP/1.1\r\nUpgrade: websocket\r\n\r\nPOST /no HTTP/1.1\r\n\r\n"
    for byte in requests.utf8 { client.say([byte]) }
    try await server.hears(requests.utf8.count)
    #expect(server.heard == Array(requests.utf8))
    #expect(trap.labels == ["ARI POST ari/channels/c/play", "ARI DELETE ari/channels/c"])
    let other = try PlainClient(proxy.port)
    trap.arm(.before, at: 1) {}
    other.say("POST /ari/channels HTTP/1.1\r\nContent-Length: 2\r\n\r\n{")
    try await Task.sleep(for: .milliseconds(100))
    #expect(trap.sprungAt == nil, "half a request is none")
    other.say("}")
    #expect(other.isEnded)
    #expect(trap.sprungAt == "ARI POST ari/channels")
  }
}
