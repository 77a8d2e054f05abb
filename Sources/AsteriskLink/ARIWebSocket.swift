import AsteriskProtocol
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// An open ARI websocket: our Stasis application is registered as long as it stands.
final class ARIWebSocket: Sendable {
  private let channel: any Channel
  private let handler: NIOLoopBound<ARIWebSocketHandler>
  private let ended: EventLoopFuture<ARIWebSocketHandler.End>

  private init(
    channel: any Channel, handler: NIOLoopBound<ARIWebSocketHandler>,
    ended: EventLoopFuture<ARIWebSocketHandler.End>
  ) {
    self.channel = channel
    self.handler = handler
    self.ended = ended
  }

  private typealias Upgrade = NIOLoopBound<ARIWebSocketHandler>?

  /// Connects and upgrades; nil where somebody answers there and it comes to no websocket: who asks by HTTP
  /// learns why.
  static func open(
    _ settings: ARISettings, limits: LinkLimits, group: any EventLoopGroup,
    sink: @escaping ARIWebSocketHandler.Sink
  ) async throws(LinkError) -> ARIWebSocket? {
    let address = try ARIAddress(settings.url)
    let tls = address.isSecure ? try ClientTLS(settings.tls, place: address.place) : nil
    let loop = group.next()
    let ended = loop.makePromise(of: ARIWebSocketHandler.End.self)
    let bootstrap = ClientBootstrap(group: loop)
      .connectTimeout(TimeAmount(limits.connectTimeout))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelOption(
        .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: AMISession.readBufferBytes))
    let channel: any Channel
    let upgrade: EventLoopFuture<Upgrade>
    do {
      (channel, upgrade) = try await bootstrap.connect(host: address.host, port: address.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls {
            try channel.pipeline.syncOperations.addHandler(tls.handler(host: address.host))
          }
          return (
            channel,
            try setUp(channel, settings: settings, address: address, limits: limits, ended: ended, sink: sink)
          )
        }
      }
    } catch {
      ended.succeed(.init(reason: "not connected"))
      throw LinkError(
        .connect,
        "ARI at \(address.place) cannot be reached: \(connectFailure(error)); check enabled=yes, bindaddr "
          + "and \(address.isSecure ? "tlsbindaddr" : "bindport") in http.conf")
    }
    let timer = loop.scheduleTask(in: TimeAmount(limits.connectTimeout)) { channel.close(promise: nil) }
    defer { timer.cancel() }
    guard let handler = try? await upgrade.get() else {
      ended.succeed(.init(reason: "not upgraded"))
      try? await channel.close().get()
      return nil
    }
    return ARIWebSocket(channel: channel, handler: handler, ended: ended.futureResult)
  }

  private static func setUp(
    _ channel: any Channel, settings: ARISettings, address: ARIAddress, limits: LinkLimits,
    ended: EventLoopPromise<ARIWebSocketHandler.End>, sink: @escaping ARIWebSocketHandler.Sink
  ) throws -> EventLoopFuture<Upgrade> {
    let upgrader = NIOTypedWebSocketClientUpgrader<Upgrade>(
      // A frame over the message limit is skipped and counted; one over this ends the connection.
      maxFrameSize: limits.ariMessageBytesMax * 4,
      upgradePipelineHandler: { channel, _ in
        channel.eventLoop.makeCompletedFuture {
          let handler = ARIWebSocketHandler(limits: limits, ended: ended, sink: sink)
          try channel.pipeline.syncOperations.addHandler(handler)
          return NIOLoopBound(handler, eventLoop: channel.eventLoop)
        }
      })
    // The credentials go into a header: a query ends up in logs.
    let authorization = ARIAddress.basic(username: settings.username, password: settings.password)
    let head = HTTPRequestHead(
      version: .http1_1, method: .GET,
      uri: address.path + ARIRequest.events(application: settings.application).target,
      headers: ["Host": address.place, "Authorization": authorization])
    let upgrade = NIOTypedHTTPClientUpgradeConfiguration<Upgrade>(
      upgradeRequestHead: head, upgraders: [upgrader],
      notUpgradingCompletionHandler: { channel in channel.eventLoop.makeSucceededFuture(nil) })
    return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
      configuration: .init(upgradeConfiguration: upgrade))
  }

  /// Waits for the end of the websocket.
  func end() async -> ARIWebSocketHandler.End {
    (try? await ended.get()) ?? .init(reason: "the websocket ended")
  }

  func close(because reason: String) {
    let (handler, channel) = (handler, channel)
    channel.eventLoop.execute {
      handler.value.willClose(because: reason)
      channel.close(promise: nil)
    }
  }
}
