public import Telephony

/// By which interface a command travels, ready to send. The one place where that is decided.
public enum CommandRoute: Sendable, Hashable {
  case ami(AMIAction)
  case ari(ARIRequest)

  /// Translates a command. `application` is our Stasis application, the `app` of the configuration.
  public init(_ command: PBXCommand, application: String) throws(EncodingError) {
    switch command {
    case .pauseMember(let interface, let queue, let paused, let reason):
      self = .ami(.queuePause(interface, queue: queue, paused: paused, reason: reason))
    case .changeCallerPriority(let queue, let channelName, let priority):
      self = .ami(.queueChangePriorityCaller(queue: queue, caller: channelName, priority: priority))
    case .limitLife(let channel, let limit):
      // Whole seconds, at least one: 0 would take the limit away (funcs/func_timeout.c).
      guard limit > .zero else { throw EncodingError(.outOfRange, field: "TIMEOUT(absolute)") }
      let seconds = max(1, (limit.milliseconds + 999) / 1_000)
      self = .ami(.setvar(channel: channel.rawValue, name: "TIMEOUT(absolute)", value: String(seconds)))
    case .wake(let channel, let limit):
      guard limit >= .zero else { throw EncodingError(.outOfRange, field: "TIMEOUT(absolute)") }
      let (seconds, thousandths) = limit.milliseconds.quotientAndRemainder(dividingBy: 1_000)
      let padded = String(thousandths + 1_000).dropFirst()
      self = .ami(
        .setvar(channel: channel.rawValue, name: "TIMEOUT(absolute)", value: "\(seconds).\(padded)"))
    case .originate, .hangUp, .answer, .indicateRinging, .stopRinging, .play, .stopPlayback, .setVariable,
      .continueInDialplan, .resumeDialplan:
      self = .ari(try ARIRequest(command, application: application))
    }
  }
}
