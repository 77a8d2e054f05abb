import AsteriskProtocol
import Synchronization

/// Who waits for the answer to which AMI action. One per session.
final class ActionTable: Sendable {
  typealias Answer = Result<AMIResponse, ActionFailure>

  private struct State {
    var waiters: [String: CheckedContinuation<Answer, Never>] = [:]
    var lastNumber = 0
    var closed: String?
  }

  private let state = Mutex(State())
  private let inFlightMax: Int
  /// Before each id, so that sessions cannot be mixed up.
  private let prefix: String

  init(prefix: String, inFlightMax: Int) {
    self.prefix = prefix
    self.inFlightMax = inFlightMax
  }

  func newID() -> String {
    state.withLock { state in
      state.lastNumber += 1
      return "\(prefix)\(state.lastNumber)"
    }
  }

  /// Enters a waiter; false where the action must not be sent, and the waiter has been answered.
  func enter(_ id: String, _ waiter: CheckedContinuation<Answer, Never>) -> Bool {
    let refusal: ActionFailure? = state.withLock { state in
      if let reason = state.closed { return .notSent(reason) }
      guard state.waiters.count < inFlightMax else {
        return .busy("\(inFlightMax) AMI actions are waiting for an answer already")
      }
      state.waiters[id] = waiter
      return nil
    }
    if let refusal { waiter.resume(returning: .failure(refusal)) }
    return refusal == nil
  }

  /// Gives a response to whoever asked; false where nobody did.
  func answer(_ response: AMIResponse) -> Bool {
    guard let waiter = state.withLock({ $0.waiters.removeValue(forKey: response.actionID) }) else {
      return false
    }
    waiter.resume(returning: .success(response))
    return true
  }

  func fail(_ id: String, _ failure: ActionFailure) {
    state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: .failure(failure))
  }

  /// The connection is gone: what was sent may have been carried out.
  func close(_ reason: String) {
    let waiters = state.withLock { state in
      if state.closed == nil { state.closed = reason }
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume(returning: .failure(.unknown(reason))) }
  }

  var inFlight: Int { state.withLock { $0.waiters.count } }
}

/// Why an AMI action has no answer.
enum ActionFailure: Error, Sendable, Hashable {
  case notSent(String)
  /// Not sent, because too many are waiting; the session itself may be well.
  case busy(String)
  case unknown(String)
  case encoding(String)

  var sentence: String {
    switch self {
    case .notSent(let text), .busy(let text), .unknown(let text), .encoding(let text): text
    }
  }
}
