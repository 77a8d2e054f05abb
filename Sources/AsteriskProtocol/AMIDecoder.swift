import Telephony

/// Gives whole messages their meaning: header names and orders of Asterisk 16 to 22.
///
/// Sources: `main/manager_channels.c`, `main/manager_bridges.c`, `main/stasis_bridges.c`,
/// `main/core_local.c`, `apps/app_queue.c`, `res/parking/parking_manager.c`, `main/manager.c`.
struct AMIDecoder: Sendable {
  /// What became of a message.
  enum Verdict {
    case delivered
    case malformed
    case distrusted
    case unwanted
  }

  /// Where messages go. They are large values: whoever has made one hands it over at once, instead of
  /// returning it through every level.
  typealias Deliver = (consuming AMIMessage) -> Void

  var trust: AMITrust
  var texts = TextCache()
  /// Whether events of this session carry `Timestamp:`; nil before the first one.
  private var timestampsLearned: Bool?

  init(trust: AMITrust) { self.trust = trust }

  mutating func newSession() { timestampsLearned = nil }

  mutating func decode(_ frame: AMIFrame, _ kind: AMIKind, _ deliver: Deliver) -> Verdict {
    switch kind {
    case .response:
      deliver(.response(response(frame)))
      return .delivered
    case .unwanted: return .unwanted
    case .coreShowChannel, .coreShowChannelsComplete, .queueParams, .queueMember, .queueEntry,
      .queueStatusComplete:
      return listItem(frame, kind, deliver)
    case .newchannel, .newstate, .newCallerid, .newConnectedLine, .rename, .hangup, .hangupRequest,
      .dialBegin, .dialEnd, .bridgeEnter, .bridgeLeave, .localBridge, .blindTransfer, .attendedTransfer,
      .pickup, .parkedCall,
      .unParkedCall, .parkedCallTimeOut, .parkedCallGiveUp, .queueCallerJoin, .queueCallerLeave,
      .queueCallerAbandon, .agentCalled, .agentConnect, .agentRingNoAnswer, .agentComplete, .memberAdded,
      .memberRemoved, .memberStatus, .memberPause, .memberPenalty, .userEvent, .originateResponse,
      .registry, .contactStatus, .peerStatus, .fullyBooted, .shutdown, .reload:
      var at: Timestamp?
      guard isTrusted(frame, kind, &at) else { return .distrusted }
      return event(frame, kind, at, deliver)
    }
  }

  // MARK: The fixed first lines

  /// `Event`, `Privilege`, `Timestamp` where `timestampevents` is on, `SystemName` where it is set, always in
  /// this order (`main/manager.c`, `__ast_manager_event_multichan`).
  @inline(__always)
  private mutating func isTrusted(_ frame: AMIFrame, _ kind: AMIKind, _ at: inout Timestamp?) -> Bool {
    // Nothing without a class line is an event: the parts of ParkedCalls' list, for one.
    guard frame.value(at: 1, .none, "Privilege") != nil else { return false }
    if let value = frame.value(at: 2, .none, "Timestamp") { at = timestamp(frame, value) }
    switch trust.timestamps {
    case .notRequired: break
    case .required: if at == nil, !isControl(kind) { return false }
    case .learned:
      if isControl(kind) {
        // `manager reload` can switch timestampevents: learn it anew.
        if kind == .reload { timestampsLearned = nil }
      } else if let learned = timestampsLearned {
        if learned, at == nil { return false }
      } else {
        timestampsLearned = at != nil
      }
    }
    guard let systemName = trust.systemName, !isControl(kind) else { return true }
    // Debugging (`manager set debug on`) puts up to four lines before it.
    guard let (index, value) = frame.first(.none, "SystemName"), index < 8 else { return false }
    return texts.text(frame.base + value.start, value.count) == systemName
  }

  /// The FullyBooted that follows a login has neither Timestamp nor SystemName; these events are confirmed by
  /// what follows them anyway.
  @inline(__always)
  private func isControl(_ kind: AMIKind) -> Bool {
    kind == .fullyBooted || kind == .shutdown || kind == .reload
  }

  /// `1753000000.123456`: seconds and six digits of microseconds.
  @inline(__always)
  private func timestamp(_ frame: AMIFrame, _ value: AMIFrame.Value) -> Timestamp? {
    guard value.count > 7, value.count <= 19 else { return nil }
    var number: Int64 = 0
    var at = value.start
    let dot = value.end &- 7
    while at < value.end {
      let byte = frame.byte(at)
      if at == dot {
        guard byte == UInt8(ascii: ".") else { return nil }
      } else {
        let digit = byte &- UInt8(ascii: "0")
        guard digit < 10 else { return nil }
        number = number &* 10 &+ Int64(digit)
      }
      at &+= 1
    }
    return Timestamp(microseconds: number)
  }

  // MARK: Values

  /// The text of a value; `<unknown>` and `<null>` are empty.
  @inline(__always)
  mutating func text(_ frame: AMIFrame, _ value: AMIFrame.Value?) -> String {
    guard let value, !frame.isNothing(value) else { return "" }
    return texts.text(frame.base + value.start, value.count)
  }

  /// A name: Asterisk escapes these as C does (`main/utils.c`, `ast_escape_c_alloc`). Escaped control
  /// characters become a space.
  @inline(__always)
  mutating func name(_ frame: AMIFrame, _ value: AMIFrame.Value?) -> String {
    guard let value, !frame.isNothing(value) else { return "" }
    var at = value.start
    while at < value.end {
      if frame.byte(at) == UInt8(ascii: "\\") { return unescaped(frame, value) }
      at &+= 1
    }
    return texts.text(frame.base + value.start, value.count)
  }

  private mutating func unescaped(_ frame: AMIFrame, _ value: AMIFrame.Value) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(value.count)
    var at = value.start
    while at < value.end {
      let byte = frame.byte(at)
      at += 1
      guard byte == UInt8(ascii: "\\"), at < value.end else {
        bytes.append(byte)
        continue
      }
      let escaped = frame.byte(at)
      at += 1
      switch escaped {
      case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "?"): bytes.append(escaped)
      case UInt8(ascii: "a"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"),
        UInt8(ascii: "t"), UInt8(ascii: "v"):
        bytes.append(UInt8(ascii: " "))
      default: bytes += [byte, escaped]
      }
    }
    return bytes.withUnsafeBytes { raw in
      guard let base = raw.baseAddress else { return "" }
      return texts.text(base, raw.count)
    }
  }

  // MARK: Channels

  /// A channel block: 14 lines in fixed order, all names with the same prefix
  /// (`ast_manager_build_channel_state_string_prefix`). Nil where there is none or it lacks its id.
  mutating func snapshot(_ frame: AMIFrame, _ prefix: AMIPrefix, from: Int = 2) -> ChannelSnapshot? {
    guard let (index, name) = frame.first(prefix, "Channel", from: from) else { return nil }
    let id: AMIFrame.Value
    let linked: AMIFrame.Value?
    if let uniqueid = frame.value(at: index &+ 12, prefix, "Uniqueid") {
      id = uniqueid
      linked = field(frame, index &+ 13, prefix, "Linkedid")
    } else {
      // Another version's order: by name alone.
      guard let (_, uniqueid) = frame.first(prefix, "Uniqueid") else { return nil }
      id = uniqueid
      linked = frame.first(prefix, "Linkedid")?.value
    }
    guard id.count > 0 else { return nil }
    return ChannelSnapshot(
      id: ChannelID(text(frame, id)),
      linkedID: LinkedID(text(frame, linked)),
      name: text(frame, name),
      state: state(frame, field(frame, index &+ 1, prefix, "ChannelState")),
      callerNumber: text(frame, field(frame, index &+ 3, prefix, "CallerIDNum")),
      callerName: self.name(frame, field(frame, index &+ 4, prefix, "CallerIDName")),
      connectedNumber: text(frame, field(frame, index &+ 5, prefix, "ConnectedLineNum")),
      context: text(frame, field(frame, index &+ 9, prefix, "Context")),
      exten: text(frame, field(frame, index &+ 10, prefix, "Exten")))
  }

  @inline(__always)
  private func field(
    _ frame: AMIFrame, _ index: Int, _ prefix: AMIPrefix, _ name: StaticString
  ) -> AMIFrame.Value? {
    if let value = frame.value(at: index, prefix, name) { return value }
    return frame.first(prefix, name)?.value
  }

  @inline(__always)
  private func state(_ frame: AMIFrame, _ value: AMIFrame.Value?) -> ChannelState {
    guard let value, let number = frame.integer(value) else { return .unknown }
    return ChannelState(rawValue: number) ?? .unknown
  }

  // MARK: Responses

  private mutating func response(_ frame: AMIFrame) -> AMIResponse {
    var headers: [AMIHeader] = []
    headers.reserveCapacity(frame.count)
    for index in 0..<frame.count {
      guard let (name, value) = frame.header(at: index) else { continue }
      headers.append(
        AMIHeader(
          name: texts.text(frame.base + name.start, name.count),
          value: texts.text(frame.base + value.start, value.count)))
    }
    func first(_ name: String) -> String { headers.first { $0.name == name }?.value ?? "" }
    let status: AMIResponse.Status =
      switch first("Response") {
      case "Success": .success
      case "Error": .error
      case "Goodbye": .goodbye
      case let word: .other(word)
      }
    return AMIResponse(
      status: status, actionID: first("ActionID"), message: first("Message"),
      listFollows: first("EventList").lowercased() == "start", headers: headers)
  }
}
