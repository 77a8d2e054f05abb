import Telephony

extension AMIAction {
  /// Asterisk reads an action line into a buffer of this size (`main/manager.c`, `struct mansession.inbuf`).
  public static let lineBytesMax = 1_024
  /// Headers of one action, at most (`include/asterisk/manager.h`, `AST_MAX_MANHEADERS`).
  public static let headersMax = 128

  /// The bytes to send. `actionID` comes back in the response.
  public func encoded(actionID: String) throws(EncodingError) -> [UInt8] {
    var out = ActionWriter()
    try out.add("Action", name)
    try out.add("ActionID", actionID)
    switch self {
    case .challenge: try out.add("AuthType", "MD5")
    case .login(let login): try Self.add(login, to: &out)
    case .logoff, .ping, .coreStatus, .coreSettings, .coreShowChannels, .showDialPlan: break
    case .queueStatus(let queue): if let queue { try out.add("Queue", queue.rawValue) }
    case .queuePause(let interface, let queue, let paused, let reason):
      if let queue { try out.add("Queue", queue.rawValue) }
      try out.add("Interface", interface.rawValue)
      try out.add("Paused", paused ? "true" : "false")
      if !reason.isEmpty { try out.add("Reason", reason) }
    case .queueChangePriorityCaller(let queue, let caller, let priority):
      try out.add("Queue", queue.rawValue)
      try out.add("Caller", caller)
      try out.add("Priority", String(priority))
      // Without it a caller who waits already keeps his place. Asterisk 16 does not know it and ignores it.
      try out.add("Immediate", "yes")
    case .setvar(let channel, let variable, let value):
      try out.add("Channel", channel)
      try FieldCheck.variableName(variable)
      try out.add("Variable", variable)
      try out.add("Value", value, mayBeEmpty: true)
    case .getvar(let variable):
      try FieldCheck.variableName(variable)
      try out.add("Variable", variable)
    case .dialplanHas(let context, let exten):
      try FieldCheck.dialplanName(context, field: "context")
      try FieldCheck.dialplanName(exten, field: "exten")
      try out.add("Variable", "DIALPLAN_EXISTS(\(context),\(exten),1)")
    case .hangup(let channel, let cause):
      // The byte, not the character: a combining mark behind it would hide it from `hasPrefix`.
      guard channel.utf8.first != UInt8(ascii: "/") else {
        throw EncodingError(.regularExpression, field: "Channel")
      }
      guard (0...127).contains(cause.rawValue) else { throw EncodingError(.outOfRange, field: "Cause") }
      try out.add("Channel", channel)
      try out.add("Cause", String(cause.rawValue))
    }
    return out.finished()
  }

  private static func add(_ login: Login, to out: inout ActionWriter) throws(EncodingError) {
    switch login.proof {
    case .plain(let secret):
      try out.add("Username", login.username)
      try out.add("Secret", secret)
    case .md5(let challenge, let secret):
      try out.add("AuthType", "MD5")
      try out.add("Username", login.username)
      try out.add("Key", MD5.hex(challenge + secret))
    }
    switch login.events {
    case .on: try out.add("Events", "on")
    case .off: try out.add("Events", "off")
    case .classes(let names):
      for name in names {
        try FieldCheck.text(name, field: "Events", forbidden: [UInt8(ascii: ",")])
      }
      try out.add("Events", names.joined(separator: ","))
    }
  }
}

/// Writes the lines of one action.
private struct ActionWriter {
  private var bytes: [UInt8] = []
  private var headers = 0

  mutating func add(_ name: String, _ value: String, mayBeEmpty: Bool = false) throws(EncodingError) {
    try FieldCheck.text(name, field: "header name", forbidden: [UInt8(ascii: ":")])
    try FieldCheck.text(value, field: name, mayBeEmpty: mayBeEmpty)
    // `astman_get_header` skips blanks in front (`main/manager.c`).
    guard value.utf8.first != UInt8(ascii: " "), value.utf8.last != UInt8(ascii: " ") else {
      throw EncodingError(.blankAtEdge, field: name)
    }
    headers += 1
    guard headers <= AMIAction.headersMax else { throw EncodingError(.tooManyHeaders, field: name) }
    let before = bytes.count
    bytes += name.utf8
    bytes += ": ".utf8
    bytes += value.utf8
    bytes += "\r\n".utf8
    // With its end, and a byte for the C string's end.
    guard bytes.count - before < AMIAction.lineBytesMax else {
      throw EncodingError(.lineTooLong, field: name)
    }
  }

  func finished() -> [UInt8] { bytes + Array("\r\n".utf8) }
}
