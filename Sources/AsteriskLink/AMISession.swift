import AsteriskProtocol
import Courier
import NIOCore
import NIOPosix
import NIOSSL
import Telephony

/// One AMI connection that is logged in.
final class AMISession: Sendable {
  /// What the session is for. Two, because an action that takes its time holds back its session's events.
  enum Role: String, Sendable {
    case events, commands
  }

  let channel: any Channel
  private let table: ActionTable
  private let handler: NIOLoopBound<AMIChannelHandler>
  private let ended: EventLoopFuture<String>

  private init(
    channel: any Channel, table: ActionTable, handler: NIOLoopBound<AMIChannelHandler>,
    ended: EventLoopFuture<String>
  ) {
    self.channel = channel
    self.table = table
    self.handler = handler
    self.ended = ended
  }

  /// Read buffer of a connection. Bytes; fixed, because a growing one is bought with copies.
  static let readBufferBytes = 65_536

  /// Connects, waits for the banner and logs in.
  static func open(
    _ settings: AMISettings, role: Role, limits: LinkLimits, group: any EventLoopGroup,
    sink: @escaping AMIChannelHandler.Sink
  ) async throws(LinkError) -> AMISession {
    let place = "\(settings.host):\(settings.port)"
    let session = try await connect(settings, role: role, limits: limits, group: group, sink: sink)
    do throws(LinkError) {
      try await session.logIn(settings, role: role, limits: limits, place: place)
      return session
    } catch {
      session.close(because: error.message)
      throw error
    }
  }

  private static func connect(
    _ settings: AMISettings, role: Role, limits: LinkLimits, group: any EventLoopGroup,
    sink: @escaping AMIChannelHandler.Sink
  ) async throws(LinkError) -> AMISession {
    let place = "\(settings.host):\(settings.port)"
    let tls = try settings.tls.map { policy throws(LinkError) in try ClientTLS(policy, place: place) }
    let table = ActionTable(prefix: role == .events ? "e" : "c", inFlightMax: limits.actionsInFlightMax)
    let loop = group.next()
    let banner = loop.makePromise(of: String.self)
    let ended = loop.makePromise(of: String.self)
    let bootstrap = ClientBootstrap(group: loop)
      .connectTimeout(TimeAmount(limits.connectTimeout))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: readBufferBytes))
    do {
      let opened = try await bootstrap.connect(host: settings.host, port: settings.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls {
            try channel.pipeline.syncOperations.addHandler(tls.handler(host: settings.host))
          }
          let handler = AMIChannelHandler(table: table, banner: banner, ended: ended, sink: sink)
          try channel.pipeline.syncOperations.addHandler(handler)
          return (channel, NIOLoopBound(handler, eventLoop: channel.eventLoop))
        }
      }
      let session = AMISession(channel: opened.0, table: table, handler: opened.1, ended: ended.futureResult)
      let timer = loop.scheduleTask(in: TimeAmount(limits.connectTimeout)) {
        opened.1.value.willClose(
          because: "no AMI banner came from \(place): is this the port of manager.conf?")
        opened.0.close(promise: nil)
      }
      defer { timer.cancel() }
      _ = try await banner.futureResult.get()
      return session
    } catch let error as LinkError {
      throw LinkError(error.code, connectSentence(error.message, place: place, usesTLS: tls != nil))
    } catch {
      banner.fail(error)
      ended.succeed("\(error)")
      throw LinkError(.connect, connectSentence(connectFailure(error), place: place, usesTLS: tls != nil))
    }
  }

  private static func connectSentence(_ detail: String, place: String, usesTLS: Bool) -> String {
    usesTLS
      ? "AMI over TLS at \(place) cannot be reached: \(detail); check tlsenable, tlsbindaddr and tlscertfile in "
        + "manager.conf"
      : "AMI at \(place) cannot be reached: \(detail); check enabled=yes, bindaddr and port in manager.conf"
  }

  /// Shows who we are by MD5; the secret itself goes only over TLS or to this machine.
  private func logIn(
    _ settings: AMISettings, role: Role, limits: LinkLimits, place: String
  ) async throws(LinkError) {
    let challenge = await ask(.challenge, timeout: limits.connectTimeout)
    let proof: AMIAction.Login.Proof
    switch challenge {
    case .success(let response) where response.isSuccess && response["Challenge"] != nil:
      proof = .md5(challenge: response["Challenge"] ?? "", secret: settings.secret)
    case .success(let response) where response.isShuttingDown: throw Self.shuttingDown(place)
    case .success:
      guard settings.tls != nil || ["127.0.0.1", "::1", "localhost"].contains(settings.host) else {
        throw LinkError(
          .refused,
          "AMI at \(place) refuses action Challenge, and the secret is not sent in plain text to another "
            + "machine: set tls for ami in the configuration")
      }
      proof = .plain(secret: settings.secret)
    case .failure(let failure): throw Self.noAnswer(failure, place)
    }
    let events: AMIAction.Login.Events =
      role == .events ? .classes(["system", "call", "agent", "user"]) : .off
    let login = AMIAction.Login(username: settings.username, proof: proof, events: events)
    switch await ask(.login(login), timeout: limits.connectTimeout) {
    case .success(let response) where response.isSuccess: return
    case .success(let response) where response.isShuttingDown: throw Self.shuttingDown(place)
    case .success(let response):
      throw LinkError(
        .refused,
        "AMI login refused for user \"\(settings.username)\" at \(place): check secret and permit= in "
          + "manager.conf (\(response.message.isEmpty ? "no reason given" : response.message))")
    case .failure(let failure): throw Self.noAnswer(failure, place)
    }
  }

  private static func shuttingDown(_ place: String) -> LinkError {
    LinkError(.shuttingDown, "Asterisk at \(place) is stopping and takes no login until it is up again")
  }

  private static func noAnswer(_ failure: ActionFailure, _ place: String) -> LinkError {
    LinkError(.timeout, "AMI at \(place) did not answer the login: \(failure.sentence)")
  }

  /// Sends one action and waits for its response.
  func ask(_ action: AMIAction, timeout: Duration) async -> Result<AMIResponse, ActionFailure> {
    let id = table.newID()
    let bytes: [UInt8]
    do throws(EncodingError) {
      bytes = try action.encoded(actionID: id)
    } catch {
      return .failure(.encoding("\(action.name) cannot be sent: \(error)"))
    }
    return await ask(id: id, bytes: bytes, name: action.name, timeout: timeout)
  }

  /// Sends the bytes of one action and waits for the response with this id.
  func ask(
    id: String, bytes: [UInt8], name: String, timeout: Duration
  ) async -> Result<AMIResponse, ActionFailure> {
    await withCheckedContinuation { waiter in
      guard table.enter(id, waiter) else { return }
      let (channel, table) = (channel, table)
      // One hop to the loop does both, the timer and the write.
      channel.eventLoop.execute {
        channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) {
          table.fail(id, .unknown("no answer to \(name) within \(timeout.inSeconds) s"))
        }
        channel.writeAndFlush(channel.allocator.buffer(bytes: bytes), promise: nil)
      }
    }
  }

  /// An id for an action sent by `ask(id:bytes:name:timeout:)` or for a list.
  func newActionID() -> String { table.newID() }

  /// Writes bytes whose answers are not waited for here.
  func write(_ bytes: [UInt8]) {
    channel.writeAndFlush(channel.allocator.buffer(bytes: bytes), promise: nil)
  }

  func trust(systemName: String) {
    let handler = handler
    channel.eventLoop.execute { handler.value.trust(systemName: systemName) }
  }

  /// Waits for the end of the connection; the sentence says why.
  func end() async -> String {
    (try? await ended.get()) ?? "the connection ended"
  }

  func close(because reason: String) {
    let (handler, channel) = (handler, channel)
    channel.eventLoop.execute {
      handler.value.willClose(because: reason)
      channel.close(promise: nil)
    }
  }
}
