import Telephony

// What `apps/app_queue.c` says. Times are whole seconds but for AgentRingNoAnswer's RingTime, which is in
// milliseconds (`ring_no_answer`, Asterisk 16 to 22).
extension AMIDecoder {
  mutating func queueEvent(
    _ frame: AMIFrame, _ kind: AMIKind, _ at: Timestamp?, _ deliver: Deliver
  ) -> Verdict {
    guard let queueValue = frame.first(.none, "Queue")?.value, queueValue.count > 0,
      let caller = snapshot(frame, .none)
    else { return .malformed }
    let queue = QueueName(text(frame, queueValue))
    switch kind {
    case .queueCallerJoin:
      deliver(.event(.queueJoined(caller, queue, position: number(frame, "Position")), at: at))
    case .queueCallerLeave:
      deliver(.event(.queueLeft(caller, queue), at: at))
    default:
      deliver(
        .event(
          .queueAbandoned(
            caller, queue, position: number(frame, "Position"),
            originalPosition: number(frame, "OriginalPosition"), hold: seconds(frame, "HoldTime")),
          at: at))
    }
    return .delivered
  }

  mutating func agentEvent(
    _ frame: AMIFrame, _ kind: AMIKind, _ at: Timestamp?, _ deliver: Deliver
  ) -> Verdict {
    guard let queueValue = frame.first(.none, "Queue")?.value, queueValue.count > 0,
      let interface = frame.first(.none, "Interface")?.value, interface.count > 0
    else { return .malformed }
    let queue = QueueName(text(frame, queueValue))
    let member = MemberInterface(text(frame, interface))
    if kind == .agentComplete {
      // May lack the caller: he can be gone before it is written.
      let talk = seconds(frame, "TalkTime")
      let reason = text(frame, frame.first(.none, "Reason")?.value)
      deliver(
        .event(
          .agentCompleted(caller: snapshot(frame, .none), queue, member, talk: talk, reason: reason), at: at))
      return .delivered
    }
    guard let caller = snapshot(frame, .none) else { return .malformed }
    switch kind {
    case .agentCalled:
      let agent = snapshot(frame, AMIPrefix("Dest"))
      deliver(.event(.agentCalled(caller: caller, agent: agent, queue, member), at: at))
    case .agentConnect:
      let agent = snapshot(frame, AMIPrefix("Dest"))
      deliver(
        .event(
          .agentConnected(
            caller: caller, agent: agent, queue, member, hold: seconds(frame, "HoldTime"),
            ring: seconds(frame, "RingTime")), at: at))
    default:
      let ring = Duration.milliseconds(number(frame, "RingTime"))
      deliver(.event(.agentRingNoAnswer(caller: caller, queue, member, ring: ring), at: at))
    }
    return .delivered
  }

  mutating func memberEvent(
    _ frame: AMIFrame, _ kind: AMIKind, _ at: Timestamp?, _ deliver: Deliver
  ) -> Verdict {
    guard let member = member(frame, interface: "Interface", name: "MemberName") else { return .malformed }
    switch kind {
    case .memberAdded: deliver(.event(.memberAdded(member), at: at))
    case .memberRemoved: deliver(.event(.memberRemoved(member), at: at))
    case .memberPause: deliver(.event(.memberPaused(member), at: at))
    case .memberPenalty: deliver(.event(.memberPenalty(member), at: at))
    default: deliver(.event(.memberStatus(member), at: at))
    }
    return .delivered
  }

  /// The events say `Interface` and `MemberName`, the list says `Location` and `Name`; the rest is the same.
  @inline(__always)
  private mutating func member(
    _ frame: AMIFrame, interface: StaticString, name: StaticString
  ) -> QueueMember? {
    var cursor = 2
    guard let queue = frame.next(&cursor, .none, "Queue"), queue.count > 0 else { return nil }
    let memberName = frame.next(&cursor, .none, name)
    guard let location = frame.next(&cursor, .none, interface), location.count > 0 else { return nil }
    let stateInterface = frame.next(&cursor, .none, "StateInterface")
    _ = frame.next(&cursor, .none, "Membership")
    let penalty = integer(frame, frame.next(&cursor, .none, "Penalty"))
    let callsTaken = integer(frame, frame.next(&cursor, .none, "CallsTaken"))
    let lastCall = integer(frame, frame.next(&cursor, .none, "LastCall"))
    cursor += 2  // LastPause, LoginTime; an older one without them is found by name.
    let inCall = integer(frame, frame.next(&cursor, .none, "InCall"))
    let status = integer(frame, frame.next(&cursor, .none, "Status"))
    let paused = integer(frame, frame.next(&cursor, .none, "Paused"))
    let pausedReason = frame.next(&cursor, .none, "PausedReason")
    let wrapUp = integer(frame, frame.first(.none, "Wrapuptime", from: cursor)?.value)
    return QueueMember(
      queue: QueueName(text(frame, queue)), interface: MemberInterface(text(frame, location)),
      name: text(frame, memberName), stateInterface: text(frame, stateInterface),
      status: MemberStatus(rawValue: status) ?? .unknown, paused: paused != 0,
      pausedReason: text(frame, pausedReason), penalty: penalty, callsTaken: callsTaken,
      lastCallAt: lastCall > 0 ? Timestamp(microseconds: Int64(lastCall) &* 1_000_000) : nil,
      inCall: inCall != 0, wrapUp: .seconds(wrapUp))
  }

  // MARK: Lists

  mutating func listItem(_ frame: AMIFrame, _ kind: AMIKind, _ deliver: Deliver) -> Verdict {
    guard let content = listContent(frame, kind) else { return .malformed }
    // First in CoreShowChannel, last in the parts of QueueStatus; nobody else's text stands in either.
    let actionID = text(frame, frame.first(.none, "ActionID")?.value)
    deliver(.listItem(AMIListItem(actionID: actionID, content: content)))
    return .delivered
  }

  private mutating func listContent(_ frame: AMIFrame, _ kind: AMIKind) -> AMIListItem.Content? {
    switch kind {
    case .coreShowChannel: return liveChannel(frame).map(AMIListItem.Content.channel)
    case .queueParams:
      guard let queue = frame.first(.none, "Queue")?.value, queue.count > 0 else { return nil }
      return .queue(QueueName(text(frame, queue)))
    case .queueMember:
      return member(frame, interface: "Location", name: "Name").map(AMIListItem.Content.member)
    case .queueEntry: return waitingCaller(frame).map(AMIListItem.Content.waiting)
    case .listDialplan:
      guard let context = frame.first(.none, "Context")?.value, context.count > 0 else { return nil }
      return .dialplanContext(text(frame, context))
    case .showDialPlanComplete:
      return .complete(event: "ShowDialPlanComplete", items: nil)
    case .coreShowChannelsComplete, .queueStatusComplete:
      let items = frame.first(.none, "ListItems").flatMap { frame.integer($0.value) }
      let name = kind == .queueStatusComplete ? "QueueStatusComplete" : "CoreShowChannelsComplete"
      return .complete(event: name, items: items)
    default: return nil  // Not reached: `decode` chooses.
    }
  }

  private mutating func liveChannel(_ frame: AMIFrame) -> PBXSnapshot.LiveChannel? {
    guard let channel = snapshot(frame, .none, from: 1) else { return nil }
    let bridge = text(frame, frame.first(.none, "BridgeId")?.value)
    let application = text(frame, frame.first(.none, "Application")?.value)
    return PBXSnapshot.LiveChannel(
      channel: channel, bridge: bridge.isEmpty ? nil : BridgeID(bridge), application: application,
      age: age(frame, frame.first(.none, "Duration")?.value))
  }

  /// `Duration: 01:02:03`; the hours can have more digits.
  private func age(_ frame: AMIFrame, _ value: AMIFrame.Value?) -> Duration {
    guard let value, value.count <= 16 else { return .zero }
    var total = 0
    var part = 0
    for at in value.start..<value.end {
      let byte = frame.byte(at)
      if byte == UInt8(ascii: ":") {
        total = (total + part) * 60
        part = 0
      } else if UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte {
        part = part * 10 + Int(byte - UInt8(ascii: "0"))
      } else {
        return .zero
      }
    }
    return .seconds(total + part)
  }

  /// Names are not escaped here, and a missing one is the word `unknown` (`manager_queues_status`).
  private mutating func waitingCaller(_ frame: AMIFrame) -> PBXSnapshot.WaitingCaller? {
    guard let queue = frame.first(.none, "Queue")?.value, queue.count > 0,
      let id = frame.first(.none, "Uniqueid")?.value, id.count > 0
    else { return nil }
    let callerNumber = text(frame, frame.first(.none, "CallerIDNum")?.value)
    let callerName = text(frame, frame.first(.none, "CallerIDName")?.value)
    return PBXSnapshot.WaitingCaller(
      queue: QueueName(text(frame, queue)), channel: ChannelID(text(frame, id)),
      channelName: text(frame, frame.first(.none, "Channel")?.value),
      position: number(frame, "Position"), wait: seconds(frame, "Wait"),
      callerNumber: callerNumber == "unknown" ? "" : callerNumber,
      callerName: callerName == "unknown" ? "" : callerName)
  }

  // MARK: Numbers

  @inline(__always)
  private func integer(_ frame: AMIFrame, _ value: AMIFrame.Value?) -> Int {
    guard let value else { return 0 }
    // The biggest number that makes sense anywhere here is a time in seconds.
    return frame.integer(value).map { min(max($0, -1), 9_999_999_999) } ?? 0
  }

  private func number(_ frame: AMIFrame, _ name: StaticString) -> Int {
    integer(frame, frame.first(.none, name)?.value)
  }

  private func seconds(_ frame: AMIFrame, _ name: StaticString) -> Duration {
    .seconds(number(frame, name))
  }
}
