import AsteriskProtocol
import NIOCore
import Synchronization
public import Telephony

/// What a PBX tells of itself to somebody who sets things up.
public struct PBXSurvey: Sendable, Hashable {
  /// As CoreSettings tells; empty where it did not.
  public var version = ""
  /// `asterisk.conf` systemname; empty where it is not set.
  public var systemName = ""
  /// In the order Asterisk gave.
  public var queues: [QueueName] = []
  /// Contexts of the dialplan, sorted.
  public var contexts: [String] = []

  /// Nothing known.
  public init() {}
}

extension PBXLink {
  /// Dialplan priorities read, at most; the rest is not looked at. A large FreePBX has 50,000.
  static let surveyItemsMax = 500_000

  /// Logs in beside whatever `run` does and reads the queues and the contexts of the dialplan. Changes nothing.
  ///
  /// `ShowDialPlan` and `QueueStatus` need `write=reporting` (`main/pbx.c`, `apps/app_queue.c`).
  public func survey() async throws(LinkError) -> PBXSurvey {
    let desk = SurveyDesk()
    let session = try await AMISession.open(
      settings.ami, role: .commands, limits: settings.limits, group: group
    ) { messages, _ in desk.take(messages) }
    defer { session.close(because: "the survey is over") }
    let timeout = settings.limits.snapshotTimeout
    if case .success(let response) = await session.ask(.coreSettings, timeout: timeout), response.isSuccess {
      desk.state.withLock {
        $0.survey.version = response["AsteriskVersion"] ?? ""
        $0.survey.systemName = response["SystemName"] ?? ""
      }
    }
    for action in [AMIAction.queueStatus(nil), .showDialPlan] {
      let id = session.newActionID()
      let bytes: [UInt8]
      do throws(EncodingError) { bytes = try action.encoded(actionID: id) } catch {
        throw LinkError(.encoding, "\(action.name) cannot be sent: \(error)")
      }
      let ended = desk.begin(id)
      let timer = session.channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) { desk.end(id) }
      // Without app_queue there are no queues, and without a dialplan no contexts: what is refused is left out.
      switch await session.ask(id: id, bytes: bytes, name: action.name, timeout: timeout) {
      case .success(let response) where response.isSuccess: for await _ in ended {}
      case .success: desk.end(id)
      case .failure(let failure): throw LinkError(.timeout, "\(action.name): \(failure.sentence)")
      }
      timer.cancel()
    }
    var survey = desk.state.withLock { $0.survey }
    survey.contexts = desk.state.withLock { $0.contexts }.sorted()
    return survey
  }
}

/// Collects the lists of a survey, from the event loop.
private final class SurveyDesk: Sendable {
  struct State {
    var survey = PBXSurvey()
    var contexts: Set<String> = []
    var items = 0
    var waiting: [String: AsyncStream<Void>.Continuation] = [:]
  }
  let state = Mutex(State())

  /// Ends when the list with this id has ended.
  func begin(_ id: String) -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    state.withLock { $0.waiting[id] = continuation }
    return stream
  }

  func end(_ id: String) { state.withLock { $0.waiting.removeValue(forKey: id) }?.finish() }

  func take(_ messages: [AMIMessage]) {
    for case .listItem(let item) in messages {
      switch item.content {
      case .queue(let queue): state.withLock { $0.survey.queues.append(queue) }
      case .dialplanContext(let context):
        state.withLock { state in
          state.items += 1
          if state.items <= PBXLink.surveyItemsMax { state.contexts.insert(context) }
        }
      case .complete: end(item.actionID)
      case .channel, .member, .waiting: break
      }
    }
  }
}
