import Foundation
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
      var stopped = false
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
  public let port: Int
  private let listener: Int32
  private let shared: Shared

  /// Listens on a free port and passes everything on to `target` on loopback.
  public init(to target: Int, as dialect: Dialect, trap: FaultTrap? = nil) throws(LabError) {
    shared = Shared(dialect, trap)
    let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard file >= 0, withAddress("127.0.0.1", 0, { bind(file, $0, $1) == 0 }), listen(file, 64) == 0 else {
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
    let thread = Thread { [shared] in Self.accept(file, target, shared) }
    thread.name = "fault proxy"
    thread.start()
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
      guard !shared.faults.refuses, server >= 0,
        withAddress("127.0.0.1", target, { connect(server, $0, $1) == 0 })
      else {
        // Refused, or nobody listens there: the client sees a line that closes at once.
        close(client)
        if server >= 0 { close(server) }
        continue
      }
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
    close(listener)
  }
}
