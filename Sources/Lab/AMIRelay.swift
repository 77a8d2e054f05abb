import Dispatch
import Foundation
import Glibc
import Synchronization

/// One session through an `AMIProxy`.
final class AMIRelay: Sendable {
  private let client: Int32
  private let server: Int32
  private let shared: AMIProxy.Shared
  private let state = Mutex(State())
  private let wake = DispatchSemaphore(value: 0)

  private struct Held: Sendable {
    var bytes: [UInt8]
    var due: ContinuousClock.Instant
    var serial: Int
  }

  private struct State: Sendable {
    var held: [Held] = []
    var serial = 0
    /// When the last event of a channel leaves: the next one does not leave before it.
    var lastDue: [String: ContinuousClock.Instant] = [:]
    var ended = false
    var threads = 3
  }

  init(client: Int32, server: Int32, shared: AMIProxy.Shared) {
    self.client = client
    self.server = server
    self.shared = shared
  }

  func start() {
    for (name, body) in [("up", copyUp), ("down", readDown), ("out", writeDown)] {
      let thread = Thread { [self] in
        body()
        leave()
      }
      thread.name = "lab proxy \(name)"
      thread.start()
    }
  }

  func cut() {
    state.withLock { state in
      // Only while the numbers are ours.
      guard state.threads > 0 else { return }
      state.held = []
      state.ended = true
      shutdown(client, Int32(SHUT_RDWR))
      shutdown(server, Int32(SHUT_RDWR))
    }
    wake.signal()
  }

  private func leave() {
    let last = state.withLock { state in
      state.threads -= 1
      if state.threads == 0 {
        close(client)
        close(server)
      }
      return state.threads == 0
    }
    if last { _ = shared.state.withLock { $0.relays.removeValue(forKey: ObjectIdentifier(self)) } }
  }

  /// Actions of the service, byte for byte.
  private func copyUp() {
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = recv(client, &chunk, chunk.count, 0)
      if count < 0 && errno == EINTR { continue }
      guard count > 0, Self.write(chunk[..<count], to: server) else { break }
    }
    shutdown(server, Int32(SHUT_RDWR))
  }

  /// Cuts what the PBX says into messages and gives each its time.
  private func readDown() {
    var buffer: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    var greeted = false
    while true {
      let count = recv(server, &chunk, chunk.count, 0)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { break }
      buffer += chunk[..<count]
      var start = 0
      var line = 0
      while let end = buffer[line...].firstIndex(of: UInt8(ascii: "\n")) {
        let isBlank = end == line || (end == line + 1 && buffer[line] == UInt8(ascii: "\r"))
        line = end + 1
        // The greeting is a line alone; everything else ends with a blank one.
        guard isBlank || !greeted else { continue }
        greeted = true
        pass(Array(buffer[start..<line]))
        start = line
      }
      buffer.removeFirst(start)
    }
    // What is held is still delivered, then the end.
    state.withLock { $0.ended = true }
    wake.signal()
  }

  private func pass(_ bytes: [UInt8]) {
    let message = EventHead(bytes)
    let now = ContinuousClock.now
    let (copies, delay) = shared.state.withLock { shared -> (Int, Duration) in
      shared.counts.messages += 1
      guard message.isEvent else { return (1, .zero) }
      let copies = shared.faults.duplicatesEvents ? 2 : 1
      shared.counts.duplicated += copies - 1
      guard let hold = shared.faults.holdBack, message.channelID != nil,
        hold.exceptPrefix.isEmpty || !message.channel.hasPrefix(hold.exceptPrefix)
      else { return (copies, .zero) }
      shared.counts.heldBack += 1
      return (copies, hold.upTo * Self.fraction(&shared.random))
    }
    state.withLock { state in
      var due = now + delay
      // An answer is never late: its list would come after its end, as from no Asterisk.
      if message.isEvent, let channel = message.channelID {
        due = max(due, state.lastDue[channel] ?? due)
        state.lastDue[channel] = due
      }
      for _ in 0..<copies {
        state.serial += 1
        let place = state.held.firstIndex { $0.due > due } ?? state.held.endIndex
        state.held.insert(Held(bytes: bytes, due: due, serial: state.serial), at: place)
      }
    }
    wake.signal()
  }

  /// SplitMix64, as a fraction of one.
  private static func fraction(_ state: inout UInt64) -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
  }

  private func writeDown() {
    var lastSerial = 0
    while true {
      let now = ContinuousClock.now
      let (next, pause, over) = state.withLock { state -> (Held?, Duration?, Bool) in
        guard let first = state.held.first else { return (nil, nil, state.ended) }
        if first.due <= now { return (state.held.removeFirst(), nil, false) }
        return (nil, first.due - now, false)
      }
      if let next {
        if next.serial < lastSerial { shared.state.withLock { $0.counts.overtaken += 1 } }
        lastSerial = max(lastSerial, next.serial)
        guard Self.write(next.bytes[...], to: client) else { break }
      } else if over {
        break
      } else if let pause {
        _ = wake.wait(timeout: .now() + .microseconds(Int(pause / .microseconds(1)) + 1))
      } else {
        wake.wait()
      }
    }
    shutdown(client, Int32(SHUT_RDWR))
    shutdown(server, Int32(SHUT_RDWR))
  }

  private static func write(_ bytes: ArraySlice<UInt8>, to file: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}

/// What the proxy needs to know of a message.
private struct EventHead {
  /// An event that is no part of an answer.
  var isEvent = false
  /// The unique id of the channel it is about: the first one it names.
  var channelID: String?
  /// That channel's name.
  var channel = ""

  init(_ bytes: [UInt8]) {
    guard bytes.starts(with: "Event: ".utf8) else { return }
    isEvent = true
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let text = String(decoding: line, as: UTF8.self)
      guard let colon = text.firstIndex(of: ":") else { continue }
      let name = text[..<colon]
      let value = text[text.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      if name == "ActionID" { isEvent = false }
      if channel.isEmpty, name.hasSuffix("Channel") { channel = value }
      if channelID == nil, name.hasSuffix("Uniqueid"), !name.contains("Bridge") { channelID = value }
    }
  }
}
