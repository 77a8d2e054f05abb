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
  public var port: Int { listener.port }
  private let listener: ProxyListener
  private let shared: Shared

  final class Shared: Sendable {
    struct State: Sendable {
      var faults: Faults
      var counts = Counts()
      var random: UInt64
      var relays: [ObjectIdentifier: AMIRelay] = [:]
    }
    let state: Mutex<State>

    init(_ faults: Faults) { state = Mutex(State(faults: faults, random: faults.holdBack?.seed ?? 1)) }
  }

  /// Listens on a free port and passes every session on to `target`, the PBX's manager port.
  public init(to target: Int, faults: Faults = Faults()) throws(LabError) {
    let shared = Shared(faults)
    self.shared = shared
    listener = try ProxyListener(to: target, backlog: 16, name: "lab proxy") { client, server in
      let relay = AMIRelay(client: client, server: server, shared: shared)
      shared.state.withLock { state in
        state.counts.connections += 1
        state.relays[ObjectIdentifier(relay)] = relay
      }
      relay.start()
    }
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
    if listener.stop() { cut() }
  }
}
