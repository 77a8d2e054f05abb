internal import CallTracking
internal import Telephony

/// The words of decisions. Only names from the configuration and from Asterisk's own go in; what a caller
/// sent never does.
enum Sentence {
  /// `10 s`, `2 min 5 s`, `3 h 5 min`, `3 d 2 h`; parts of a second are cut.
  static func span(_ duration: Duration) -> String {
    let seconds = max(0, duration.components.seconds)
    func two(_ large: Int64, _ unit: String, _ small: Int64, _ part: String) -> String {
      small == 0 ? "\(large) \(unit)" : "\(large) \(unit) \(small) \(part)"
    }
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3600 { return two(seconds / 60, "min", seconds % 60, "s") }
    if seconds < 48 * 3600 { return two(seconds / 3600, "h", seconds % 3600 / 60, "min") }
    return two(seconds / 86_400, "d", seconds % 86_400 / 3600, "h")
  }

  /// What happened to a caller who reached nobody.
  static func loss(_ call: CallRecord) -> String {
    let place = call.queue.map { "in \($0)" } ?? stage(call.lostAt ?? .other)
    let wait = span(call.wait)
    return switch call.ending {
    case .callerHungUp, nil: "waited \(wait) \(place) and hung up"
    case .timeout: "waited \(wait) \(place) until the time was up"
    case .queueEmpty: "found no agent after \(wait) \(place)"
    case .queueFull: "found the queue full after \(wait) \(place)"
    case .key: "left by a key after \(wait) \(place)"
    case .withdrawn: "was taken out after \(wait) \(place)"
    case .agentCollision: "hung up after \(wait) \(place), just as an agent picked up"
    case .callbackRequested: "asked for a callback after \(wait) \(place)"
    case .voicemail: "reached only voicemail after \(wait) \(place)"
    case .pbx: "was cut off by the PBX after \(wait) \(place)"
    }
  }

  /// A kind of number, in the plural.
  static func kind(_ kind: PhoneNumberKind) -> String {
    switch kind {
    case .mobile: "mobile numbers"
    case .fixed: "landlines"
    case .fixedOrMobile: "landlines or mobile numbers"
    case .tollFree: "toll-free numbers"
    case .premium: "premium-rate numbers"
    case .sharedCost: "shared-cost numbers"
    case .voip: "internet telephony numbers"
    case .personal: "personal numbers"
    case .other: "numbers of an unknown kind"
    case .invalid: "invalid numbers"
    }
  }

  private static func stage(_ stage: LostAt) -> String {
    switch stage {
    case .trunk: "at the trunk"
    case .greeting: "in the greeting"
    case .ivr: "in the menu"
    case .queue: "in a queue"
    case .ring: "while phones rang"
    case .transfer: "in a transfer"
    case .afterHours: "outside office hours"
    case .other: "in the dialplan"
    }
  }
}
