import AsteriskProtocol
import Courier
import Synchronization
public import Telephony

extension PBXLink {
  /// Carries out one command and says what is known of it then. Never throws; takes `commandTimeout` at most.
  ///
  /// An originate is not sent while the websocket is down: its leg would be dropped as it answers. It is sent
  /// once; every doubt is `unknown`.
  public func perform(_ command: PBXCommand) async -> CommandOutcome {
    if case .wake = command, !sleepsInStasis { return .done }
    let route: CommandRoute
    do throws(EncodingError) {
      route = try CommandRoute(command, application: settings.ari.application)
    } catch {
      return .refused("the command cannot be put into words for Asterisk: \(error)")
    }
    switch route {
    case .ami(let action): return await perform(action)
    case .ari(let request): return await perform(request, for: command)
    }
  }

  private func perform(_ action: AMIAction) async -> CommandOutcome {
    let (session, reason) = state.withLock { ($0.commands, $0.amiDownReason) }
    guard let session else { return .notSent("AMI is down: \(reason)") }
    switch await session.ask(action, timeout: settings.limits.commandTimeout) {
    case .success(let response): return response.outcome
    case .failure(.notSent(let reason)), .failure(.busy(let reason)): return .notSent(reason)
    case .failure(.unknown(let reason)): return .unknown(reason)
    case .failure(.encoding(let reason)): return .refused(reason)
    }
  }

  private func perform(_ request: ARIRequest, for command: PBXCommand) async -> CommandOutcome {
    if case .originate = command, let reason = state.withLock({ $0.ariDownReason }) {
      return .notSent("ARI is down: \(reason)")
    }
    switch await answer(to: request) {
    case .success(let response):
      if response.status == 401 { return .refused(loginRefused) }
      return ARIRequest.outcome(of: command, status: response.status, body: response.body)
    case .failure(let error):
      return error.delivery == .notSent ? .notSent(error.message) : .unknown(error.message)
    }
  }

  /// Where the version cannot be read nobody is woken.
  private var sleepsInStasis: Bool {
    AsteriskVersion(state.withLock { $0.health.version })?.sleepsInStasis ?? false
  }

  private var loginRefused: String {
    "ARI login refused for user \"\(settings.ari.username)\": check the user's section and password in ari.conf"
  }

  /// What the dialplan kept of the talk of this attempt with this agent; nil where it kept nothing, or where
  /// nobody can say.
  public func talk(of attempt: AttemptID, with agent: MemberInterface) async -> TalkRecord? {
    guard let session = state.withLock({ $0.commands }) else { return nil }
    guard
      case .success(let response) = await session.ask(
        .getvar(name: TalkRecord.variable(of: agent)), timeout: settings.limits.commandTimeout)
    else { return nil }
    return TalkRecord(response["Value"] ?? "", of: attempt)
  }

  /// The channels that live now, from ARI. Every channel of the PBX, ours or not.
  public func channels() async -> Result<[ChannelSnapshot], LinkError> {
    switch await answer(to: .channels) {
    case .failure(let error): return .failure(LinkError(.connect, "GET /channels: \(error.message)"))
    case .success(let response) where response.status == 200:
      guard let channels = ARIDecoder.channels(response.body) else {
        return .failure(LinkError(.protocolError, "GET /channels: the answer is not a list of channels"))
      }
      return .success(channels.map(\.channel))
    case .success(let response) where response.status == 401:
      return .failure(LinkError(.refused, loginRefused))
    case .success(let response):
      return .failure(LinkError(.protocolError, "GET /channels: HTTP \(response.status)"))
    }
  }

  /// Whether one channel lives.
  public func channel(_ id: ChannelID) async -> ChannelPresence {
    switch await answer(to: .channel(id)) {
    case .failure(let error): return .unknown(error.message)
    case .success(let response) where response.status == 404: return .gone
    case .success(let response) where response.status == 200:
      guard let channel = ARIDecoder.channel(response.body) else {
        return .unknown("the answer is not a channel")
      }
      return .live(channel.channel)
    case .success(let response): return .unknown("HTTP \(response.status)")
    }
  }
}
