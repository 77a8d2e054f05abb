public import NIOCore
internal import NIOPosix
internal import NIOSSL
import Synchronization

/// A small AMI and ARI server on loopback, for load and faults that a real Asterisk cannot be made to show.
///
/// It answers the actions and requests the service uses in a plausible way; a test scripts the rest. It says
/// nothing of what Asterisk does: that is the lab's part.
public final class SimulatedPBX: Sendable {
  struct State {
    var actions: [ReceivedAction] = []
    var requests: [ReceivedRequest] = []
    var members: [SimulatedMember] = []
    var channels: [SimulatedChannel] = []
    /// Raw header lines of QueueEntry events, and of queues without members.
    var waiting: [[String]] = []
    var queues: [String] = []
    var onAction: (@Sendable (ReceivedAction) -> ActionReply?)?
    var onRequest: (@Sendable (ReceivedRequest) -> RequestReply?)?
    /// AMI connections by number.
    var sessions: [Int: Session] = [:]
    var sessionsAccepted = 0
    var webSockets: [Int: WebSocket] = [:]
    var webSocketsAccepted = 0
    var pingsReceived = 0
    var amiIsSilent = false
    var webSocketsAreSilent = false
    var refusesConnections = false
    var httpConnectionsAccepted = 0
    var httpChannels: [ObjectIdentifier: any Channel] = [:]
    var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
    var watchersAdded = 0
    var listeners: [any Channel] = []
  }
  struct Session {
    var channel: any Channel
    var isLoggedIn = false
    var wantsEvents = false
  }
  struct WebSocket {
    var channel: any Channel
    var application: String
  }

  public let settings: SimulatedPBXSettings
  let state = Mutex(State())
  let tls: NIOSSLContext?
  /// AMI and HTTP ports on 127.0.0.1, chosen by the system.
  public let amiPort: Int
  public let ariPort: Int

  /// Listens at once.
  public init(
    settings: SimulatedPBXSettings = SimulatedPBXSettings(), group: any EventLoopGroup
  ) async throws {
    self.settings = settings
    tls = try settings.certificate.map { pem in
      let chain = try NIOSSLCertificate.fromPEMBytes(Array(pem.certificate.utf8))
      let key = try NIOSSLPrivateKey(bytes: Array(pem.privateKey.utf8), format: .pem)
      return try NIOSSLContext(
        configuration: .makeServerConfiguration(
          certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
    }
    // The children need the object, which needs the ports: a box filled at the end of init bridges the two.
    let box = Box()
    let tls = tls
    func bootstrap(_ setUp: @escaping @Sendable (any Channel, SimulatedPBX) throws -> Void) -> ServerBootstrap
    {
      ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 256)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            guard let pbx = box.pbx.withLock({ $0.value }), !pbx.state.withLock({ $0.refusesConnections })
            else {
              throw ChannelError.ioOnClosedChannel
            }
            if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
            try setUp(channel, pbx)
          }
        }
    }
    let ami = try await bootstrap { channel, pbx in
      try channel.pipeline.syncOperations.addHandler(AMIServerHandler(pbx: pbx))
    }.bind(host: "127.0.0.1", port: 0).get()
    let ari = try await bootstrap { channel, pbx in try setUpHTTP(channel, pbx) }
      .bind(host: "127.0.0.1", port: 0).get()
    amiPort = ami.localAddress?.port ?? 0
    ariPort = ari.localAddress?.port ?? 0
    state.withLock { $0.listeners = [ami, ari] }
    box.pbx.withLock { $0.value = self }
  }

  private final class Box: Sendable {
    struct Reference { weak var value: SimulatedPBX? }
    let pbx = Mutex(Reference())
  }

  deinit {
    for listener in state.withLock({ $0.listeners }) { listener.close(promise: nil) }
  }

  /// Stops listening and closes every connection.
  public func close() async {
    for listener in state.withLock({ $0.listeners }) { try? await listener.close().get() }
    cutAMI()
    cutWebSockets()
    cutHTTP()
  }

  // MARK: what came in

  /// Every action so far, in order of arrival.
  public var actions: [ReceivedAction] { state.withLock { $0.actions } }
  /// Every HTTP request so far, websocket upgrades left out.
  public var requests: [ReceivedRequest] { state.withLock { $0.requests } }
  /// AMI connections accepted so far, and websockets.
  public var sessionsAccepted: Int { state.withLock { $0.sessionsAccepted } }
  public var webSocketsAccepted: Int { state.withLock { $0.webSocketsAccepted } }
  /// HTTP connections so far, those that became websockets included.
  public var httpConnectionsAccepted: Int { state.withLock { $0.httpConnectionsAccepted } }
  /// Websocket pings received so far.
  public var pingsReceived: Int { state.withLock { $0.pingsReceived } }
  /// Sessions logged in now with events on, with events off, and websockets open now.
  public var eventSessions: Int {
    state.withLock { $0.sessions.values.count { $0.isLoggedIn && $0.wantsEvents } }
  }
  public var commandSessions: Int {
    state.withLock { $0.sessions.values.count { $0.isLoggedIn && !$0.wantsEvents } }
  }
  public var webSockets: Int { state.withLock { $0.webSockets.count } }

  /// Waits until `condition` gives a value; nil after `limit`. It is asked again whenever something came in.
  public func wait<Value: Sendable>(
    for limit: Duration = .seconds(20), _ condition: @escaping @Sendable (SimulatedPBX) -> Value?
  ) async -> Value? {
    let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state in
      state.watchersAdded += 1
      state.watchers[state.watchersAdded] = continuation
      return state.watchersAdded
    }
    defer { state.withLock { _ = $0.watchers.removeValue(forKey: id) } }
    let timer = Task {
      try await Task.sleep(for: limit)
      continuation.finish()
    }
    defer { timer.cancel() }
    if let value = condition(self) { return value }
    for await _ in changes {
      if let value = condition(self) { return value }
    }
    return condition(self)
  }

  func changed() {
    let watchers = state.withLock { Array($0.watchers.values) }
    for watcher in watchers { watcher.yield() }
  }

  // MARK: the script

  /// Asked for each action before the built-in answer; nil leaves it to that.
  public func onAction(_ script: (@Sendable (ReceivedAction) -> ActionReply?)?) {
    state.withLock { $0.onAction = script }
  }

  /// Asked for each HTTP request before the built-in answer; nil leaves it to that. Not for websocket upgrades.
  public func onRequest(_ script: (@Sendable (ReceivedRequest) -> RequestReply?)?) {
    state.withLock { $0.onRequest = script }
  }

  public func setMembers(_ members: [SimulatedMember]) { state.withLock { $0.members = members } }
  public func setChannels(_ channels: [SimulatedChannel]) { state.withLock { $0.channels = channels } }

  /// No answer to anything on AMI from now on, connections stay.
  public func silenceAMI(_ silent: Bool) { state.withLock { $0.amiIsSilent = silent } }
  /// No pong from now on, connections stay.
  public func silenceWebSockets(_ silent: Bool) { state.withLock { $0.webSocketsAreSilent = silent } }
  /// Closes whatever is accepted from now on.
  public func refuseConnections(_ refuse: Bool) { state.withLock { $0.refusesConnections = refuse } }

  /// Writes bytes to every session that wants events; each piece is a write of its own, nothing comes between.
  ///
  /// With `thenCut` the connection is closed right behind them, and no answer comes between.
  public func send(_ pieces: [[UInt8]], thenCut: Bool = false) {
    let channels = state.withLock { state in
      state.sessions.values.filter { $0.isLoggedIn && $0.wantsEvents }.map(\.channel)
    }
    for channel in channels {
      channel.eventLoop.execute {
        for piece in pieces { channel.writeAndFlush(channel.allocator.buffer(bytes: piece), promise: nil) }
        if thenCut { channel.close(promise: nil) }
      }
    }
  }

  /// One event with these header lines to every session that wants events.
  public func sendEvent(_ lines: [String]) {
    send([Array((lines + ["", ""]).joined(separator: "\r\n").utf8)])
  }

  /// Closes every AMI connection.
  public func cutAMI() {
    for session in state.withLock({ $0.sessions.values.map(\.channel) }) { session.close(promise: nil) }
  }

  public func cutWebSockets() {
    for socket in state.withLock({ $0.webSockets.values.map(\.channel) }) { socket.close(promise: nil) }
  }

  public func cutHTTP() {
    for channel in state.withLock({ Array($0.httpChannels.values) }) { channel.close(promise: nil) }
  }
}
