import Glibc
import Synchronization

/// A TCP proxy that stands between the service and one of its peers and misbehaves as told.
///
/// Bytes are passed exactly as they came, whole messages at a time where the dialect knows messages. Blocking
/// sockets and two threads for each connection: the tests' shared threads never wait.
public final class FaultProxy: Sendable {
  /// What the bytes mean, and what counts as a request for a `FaultTrap`.
  public enum Dialect: Sendable, Hashable {
    /// Nothing; there are no requests.
    case bytes
    /// PostgreSQL's protocol 3 without TLS. A request is an Execute or a Query message of a client, named for its
    /// prepared statement or its text; `before` withholds the message itself, `after` waits for the
    /// ReadyForQuery that follows its Sync.
    case postgres
    /// AMI. A request is an action that changes something: none of `FaultFraming.readingActions`.
    case ami
    /// HTTP/1.1 as an ARI client speaks it. A request is one with another method than GET; a websocket passes
    /// unread.
    case ari
  }

  /// A way through the proxy.
  public enum Way: Sendable, Hashable, CaseIterable { case toServer, toClient }

  /// What is done to all connections. Default: nothing.
  public struct Faults: Sendable, Hashable {
    /// New connections are closed at once.
    public var refuses = false
    /// Nothing passes on these ways and connections stay open. When lifted, it goes on where it stood, as after
    /// an outage of a network.
    public var swallows: Set<Way> = []
    /// Each piece waits this long; order is kept.
    public var delays: [Way: Duration] = [:]
    /// Each piece comes twice.
    public var duplicates: Set<Way> = []
    /// A connection is cut when this many bytes have passed on one of its ways.
    public var cutsAfter: [Way: Int] = [:]

    public init() {}

    /// Nothing passes, either way.
    public static var silence: Faults {
      var faults = Faults()
      faults.swallows = Set(Way.allCases)
      return faults
    }

    /// Nobody is let in; what is open stays.
    public static var refusal: Faults {
      var faults = Faults()
      faults.refuses = true
      return faults
    }
  }

  final class Shared: Sendable {
    struct State: Sendable {
      var faults = Faults()
      var relays: [ObjectIdentifier: FaultRelay] = [:]
      var connections = 0
    }
    let state = Mutex(State())
    let dialect: Dialect
    let trap: FaultTrap?

    init(_ dialect: Dialect, _ trap: FaultTrap?) {
      self.dialect = dialect
      self.trap = trap
    }

    var faults: Faults { state.withLock { $0.faults } }
  }

  /// Where it listens on loopback.
  public var port: Int { listener.port }
  private let listener: ProxyListener
  private let shared: Shared

  /// Listens on a free port and passes everything on to `target` on loopback.
  public init(to target: Int, as dialect: Dialect, trap: FaultTrap? = nil) throws(LabError) {
    let shared = Shared(dialect, trap)
    self.shared = shared
    listener = try ProxyListener(
      to: target, backlog: 64, name: "fault proxy", refuses: { shared.faults.refuses }
    ) { client, server in
      var yes: Int32 = 1
      for file in [client, server] {
        setsockopt(file, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
      }
      let relay = FaultRelay(client: client, server: server, shared: shared)
      shared.state.withLock { state in
        state.connections += 1
        state.relays[ObjectIdentifier(relay)] = relay
      }
      relay.start()
    }
  }

  deinit { stop() }

  /// From the next piece on, for connections that are open and those to come.
  public func set(_ faults: Faults) {
    let relays = shared.state.withLock { state in
      state.faults = faults
      return Array(state.relays.values)
    }
    for relay in relays { relay.faultsChanged() }
  }

  /// Connections let in so far.
  public var connections: Int { shared.state.withLock { $0.connections } }

  /// Connections that are open.
  public var open: Int { shared.state.withLock { $0.relays.count } }

  /// Ends all connections at once, in the middle of whatever is on its way; new ones are let in.
  public func cut() {
    for relay in shared.state.withLock({ Array($0.relays.values) }) { relay.cut() }
  }

  /// Ends all connections and lets in no more.
  public func stop() {
    if listener.stop() { cut() }
  }
}
