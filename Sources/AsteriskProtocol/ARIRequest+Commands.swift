public import Telephony

extension ARIRequest {
  /// The request of a command that travels by ARI (`rest-api/api-docs/channels.json`, Asterisk 16 to 22).
  public init(_ command: PBXCommand, application: String) throws(EncodingError) {
    switch command {
    case .originate(let leg): self = try Self.originate(leg, application: application)
    case .hangUp(let id, let cause):
      self = try Self.onChannel(.delete, id, [], [Self.hangupReason(cause)])
    case .answer(let id): self = try Self.onChannel(.post, id, ["answer"])
    case .indicateRinging(let id): self = try Self.onChannel(.post, id, ["ring"])
    case .stopRinging(let id): self = try Self.onChannel(.delete, id, ["ring"])
    case .play(let id, let playback, let media):
      try FieldCheck.segment(playback, field: "playback")
      guard !media.isEmpty else { throw EncodingError(.empty, field: "media") }
      for uri in media { try FieldCheck.text(uri, field: "media", forbidden: FieldCheck.listSeparators) }
      self = try Self.onChannel(
        .post, id, ["play", playback], [("media", media.joined(separator: ","))])
    case .stopPlayback(let playback):
      try FieldCheck.segment(playback, field: "playback")
      self.init(.delete, ["playbacks", playback])
    case .setVariable(let id, let name, let value):
      try FieldCheck.variableName(name)
      try FieldCheck.text(value, field: name, mayBeEmpty: true)
      self = try Self.onChannel(.post, id, ["variable"], [("variable", name), ("value", value)])
    case .continueInDialplan(let id, let context, let exten, let priority):
      try FieldCheck.text(context, field: "context")
      try FieldCheck.text(exten, field: "extension")
      guard priority > 0 else { throw EncodingError(.outOfRange, field: "priority") }
      self = try Self.onChannel(
        .post, id, ["continue"],
        [("context", context), ("extension", exten), ("priority", String(priority))])
    case .resumeDialplan(let id):
      self = try Self.onChannel(.post, id, ["continue"], [])
    case .pauseMember, .changeCallerPriority, .limitLife, .wake:
      throw EncodingError(.wrongInterface, field: "this command")
    }
  }

  /// Asterisk 16.28 knows `reason` only, 22 both, and never both at once: so the word where there is one.
  /// A cause without a word becomes a normal clearing where `reason_code` is not known.
  private static func hangupReason(_ cause: HangupCause) -> (String, String) {
    switch cause {
    case .unknown, .normalClearing: ("reason", "normal")
    case .userBusy: ("reason", "busy")
    case .congestion: ("reason", "congestion")
    case .noAnswer: ("reason", "no_answer")
    case .callRejected: ("reason", "rejected")
    case .unallocated: ("reason", "unallocated")
    case .normalUnspecified: ("reason", "normal_unspecified")
    case .invalidNumberFormat: ("reason", "number_incomplete")
    case .interworking: ("reason", "interworking")
    case .networkOutOfOrder: ("reason", "failure")
    case .answeredElsewhere: ("reason", "answered_elsewhere")
    default: ("reason_code", String(cause.rawValue))
    }
  }

  private static func onChannel(
    _ method: Method, _ id: ChannelID, _ rest: [String], _ query: [(String, String)] = []
  ) throws(EncodingError) -> ARIRequest {
    try FieldCheck.segment(id.rawValue, field: "channel")
    return ARIRequest(method, ["channels", id.rawValue] + rest, query: query)
  }

  private static func originate(
    _ leg: PBXCommand.Originate, application: String
  ) throws(EncodingError) -> ARIRequest {
    try FieldCheck.text(application, field: "app")
    try FieldCheck.segment(leg.channel.rawValue, field: "channelId")
    try FieldCheck.text(leg.endpoint, field: "endpoint")
    for argument in leg.arguments {
      try FieldCheck.text(
        argument, field: "appArgs", forbidden: FieldCheck.listSeparators, mayBeEmpty: true)
    }
    guard leg.timeout >= .seconds(1), leg.timeout <= .seconds(300) else {
      throw EncodingError(.outOfRange, field: "timeout")
    }
    var query = [
      ("endpoint", leg.endpoint), ("app", application), ("channelId", leg.channel.rawValue),
      // Whole seconds, rounded up.
      ("timeout", String((leg.timeout.milliseconds + 999) / 1_000)),
    ]
    if !leg.arguments.isEmpty { query.append(("appArgs", leg.arguments.joined(separator: ","))) }
    let callerID = try CallerIDText.encoded(name: leg.callerName, number: leg.callerNumber)
    if !callerID.isEmpty { query.append(("callerId", callerID)) }
    if let originator = leg.originator {
      try FieldCheck.text(originator.rawValue, field: "originator")
      query.append(("originator", originator.rawValue))
    }
    for (name, value) in leg.variables {
      try FieldCheck.variableName(name)
      try FieldCheck.text(value, field: name, mayBeEmpty: true)
    }
    guard leg.variables.count <= AMIAction.headersMax else {
      throw EncodingError(.tooManyHeaders, field: "variables")
    }
    let body = leg.variables.isEmpty ? [] : JSONText.object("variables", leg.variables)
    return ARIRequest(.post, ["channels"], query: query, body: body)
  }

  /// What ARI's answer says of a command. A transport error is the link's to name: `unknown` where the
  /// request may have left, `notSent` where it did not.
  public static func outcome(of command: PBXCommand, status: Int, body: [UInt8]) -> CommandOutcome {
    switch status {
    case 200..<300: return .done
    case 409:
      // For an originate: the id is in use. For the others: the channel is not ours to command.
      if case .originate = command { return .alreadyLive }
      return .refused(said(body, status))
    case 404:
      // An originate names nothing that could be gone: then it is the address that is wrong.
      // And a 404 without ARI's JSON is the web server's: ARI is not there, which says nothing of a channel.
      if case .originate = command { return .refused(said(body, status)) }
      guard ARIDecoder.errorMessage(body) != nil else {
        return .refused("HTTP 404 without ARI's message: check url of ari, and enabled=yes in ari.conf")
      }
      return .notFound
    case 400..<500: return .refused(said(body, status))
    case 500:
      let message = said(body, status)
      // No route to the endpoint: certainly not dialled (`res/ari/resource_channels.c`).
      if case .originate = command, message.contains("Allocation failed") { return .refused(message) }
      return .unknown(message)
    default: return .unknown(said(body, status))
    }
  }

  /// Asterisk's sentence in an error's body, `{"message":"…"}`, or the first 200 bytes of anything else.
  private static func said(_ body: [UInt8], _ status: Int) -> String {
    let message = ARIDecoder.errorMessage(body) ?? String(decoding: body.prefix(200), as: UTF8.self)
    return message.isEmpty ? "HTTP \(status)" : message
  }
}
