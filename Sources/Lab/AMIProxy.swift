import Dispatch
import Foundation
import Glibc
import Synchronization

/// A TCP proxy between a service and a PBX's manager interface that misbehaves as told: it repeats events,
/// holds some of them back, and cuts the line.
///
/// Blocking sockets and threads of its own, two for the way from the PBX and one for the way to it: the
/// tests' shared threads never wait. Answers to actions always pass at once and once.
public final class AMIProxy: Sendable {
  /// What is done to the events on their way to the service. Default: nothing.
  public struct Faults: Sendable, Hashable {
    /// Every event that is not part of an answer comes twice.
    public var duplicatesEvents: Bool
    /// Events about channels come late, each channel's own in their order.
    public var holdBack: HoldBack?

    public init(duplicatesEvents: Bool = false, holdBack: HoldBack? = nil) {
      self.duplicatesEvents = duplicatesEvents
      self.holdBack = holdBack
    }
  }

  /// Reorders between channels, never within one: as Asterisk may, only more.
  public struct HoldBack: Sendable, Hashable {
    /// The longest an event is held. Each is held for a time of its own between nothing and this.
    public var upTo: Duration
    /// Channels whose names begin so are not held back; empty: all are.
    public var exceptPrefix: String
    /// Of the random times.
    public var seed: UInt64

    public init(upTo: Duration, exceptPrefix: String = "", seed: UInt64 = 1) {
      self.upTo = upTo
      self.exceptPrefix = exceptPrefix
      self.seed = seed
    }
  }

  /// What it did so far, so that a test can tell that it was not idle.
  public struct Counts: Sendable, Hashable {
    /// Messages that came from the PBX.
    public var messages = 0
    public var duplicated = 0
    public var heldBack = 0
    /// Events that left after one that came later.
    public var overtaken = 0
    /// Sessions opened.
    public var connections = 0
  }

  /// Where it listens on loopback.
  public let port: Int
  private let target: Int
  private let listener: Int32
  private let shared: Shared

  final class Shared: Sendable {
    struct State: Sendable {
      var faults: Faults
      var counts = Counts()
      var random: UInt64
      var stopped = false
      var relays: [ObjectIdentifier: AMIRelay] = [:]
    }
    let state: Mutex<State>

    init(_ faults: Faults) { state = Mutex(State(faults: faults, random: faults.holdBack?.seed ?? 1)) }
  }

  /// Listens on a free port and passes every session on to `target`, the PBX's manager port.
  public init(to target: Int, faults: Faults = Faults()) throws(LabError) {
    self.target = target
    shared = Shared(faults)
    let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard file >= 0, withAddress("127.0.0.1", 0, { bind(file, $0, $1) == 0 }), listen(file, 16) == 0 else {
      if file >= 0 { close(file) }
      throw LabError(.resources, "no port for a proxy: \(String(cString: strerror(errno)))")
    }
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(file, $0, &length) }
    }
    port = Int(in_port_t(bigEndian: address.sin_port))
    listener = file
    let thread = Thread { [shared, target] in Self.accept(file, target, shared) }
    thread.name = "lab proxy"
    thread.start()
  }

  deinit { stop() }

  /// From the next event on.
  public func set(_ faults: Faults) {
    shared.state.withLock { state in
      state.faults = faults
      state.random = faults.holdBack?.seed ?? state.random
    }
  }

  public var counts: Counts { shared.state.withLock { $0.counts } }

  /// Ends all sessions at once, in the middle of whatever is on its way; new ones are let in.
  public func cut() {
    for relay in shared.state.withLock({ Array($0.relays.values) }) { relay.cut() }
  }

  /// Ends all sessions and lets in no more.
  public func stop() {
    let first = shared.state.withLock { state in
      defer { state.stopped = true }
      return !state.stopped
    }
    guard first else { return }
    // The accepting thread closes it: nobody else may get its number before.
    shutdown(listener, Int32(SHUT_RDWR))
    cut()
  }

  private static func accept(_ listener: Int32, _ target: Int, _ shared: Shared) {
    while true {
      let client = Glibc.accept(listener, nil, nil)
      if client < 0 && errno == EINTR { continue }
      guard client >= 0, !shared.state.withLock({ $0.stopped }) else {
        if client >= 0 { close(client) }
        break
      }
      let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      guard server >= 0, withAddress("127.0.0.1", target, { connect(server, $0, $1) == 0 }) else {
        // Nobody listens there: the service sees a line that closes at once.
        close(client)
        if server >= 0 { close(server) }
        continue
      }
      let relay = AMIRelay(client: client, server: server, shared: shared)
      shared.state.withLock { state in
        state.counts.connections += 1
        state.relays[ObjectIdentifier(relay)] = relay
      }
      relay.start()
    }
    close(listener)
  }
}
