import Telephony

@testable import AsteriskProtocol

/// Bytes as Asterisk writes them. Blocks follow `ast_manager_build_channel_state_string_prefix`, the rest the
/// sources named at each capture.
enum Capture {
  static let banner = "Asterisk Call Manager/11.0.0\r\n"

  /// A channel's fourteen lines.
  static func channel(
    _ prefix: String = "", name: String = "PJSIP/trunk-0000001a", state: Int = 6,
    number: String = "79161234567",
    callerName: String = "<unknown>", id: String = "1767225600.26", linked: String = "1767225600.26",
    context: String = "queues", exten: String = "sales"
  ) -> String {
    """
    \(prefix)Channel: \(name)\r
    \(prefix)ChannelState: \(state)\r
    \(prefix)ChannelStateDesc: Up\r
    \(prefix)CallerIDNum: \(number)\r
    \(prefix)CallerIDName: \(callerName)\r
    \(prefix)ConnectedLineNum: <unknown>\r
    \(prefix)ConnectedLineName: <unknown>\r
    \(prefix)Language: en\r
    \(prefix)AccountCode: \r
    \(prefix)Context: \(context)\r
    \(prefix)Exten: \(exten)\r
    \(prefix)Priority: 3\r
    \(prefix)Uniqueid: \(id)\r
    \(prefix)Linkedid: \(linked)\r

    """
  }

  /// An agent's leg of the same call.
  static func agent(_ prefix: String = "Dest") -> String {
    channel(
      prefix, name: "PJSIP/101-0000001b", state: 5, number: "101", callerName: "Anna",
      id: "1767225601.27", context: "agents", exten: "101")
  }

  static func event(_ name: String, _ body: String, privilege: String = "call,all", head: String = "")
    -> String
  {
    "Event: \(name)\r\nPrivilege: \(privilege)\r\n\(head)\(body)\r\n"
  }

  static func lines(_ headers: String...) -> String { headers.map { $0 + "\r\n" }.joined() }

  /// QueueMemberStatus and its kin (`apps/app_queue.c`, `queue_member_blob_create`).
  static let member = lines(
    "Queue: sales", "MemberName: Anna", "Interface: PJSIP/101", "StateInterface: PJSIP/101",
    "Membership: static", "Penalty: 2", "CallsTaken: 7", "LastCall: 1767225000", "LastPause: 1767220000",
    "LoginTime: 1767210000", "InCall: 1", "Status: 2", "Paused: 1", "PausedReason: pz:x", "Ringinuse: 0",
    "Wrapuptime: 10")

  /// What `member` says.
  static let expectedMember = QueueMember(
    queue: "sales", interface: "PJSIP/101", name: "Anna", stateInterface: "PJSIP/101", status: .inUse,
    paused: true, pausedReason: "pz:x", penalty: 2, callsTaken: 7,
    lastCallAt: Timestamp(microseconds: 1_767_225_000_000_000), inCall: true, wrapUp: .seconds(10))

  static let expectedCaller = ChannelSnapshot(
    id: "1767225600.26", linkedID: "1767225600.26", name: "PJSIP/trunk-0000001a", state: .up,
    callerNumber: "79161234567", context: "queues", exten: "sales")

  static let expectedAgent = ChannelSnapshot(
    id: "1767225601.27", linkedID: "1767225600.26", name: "PJSIP/101-0000001b", state: .ringing,
    callerNumber: "101", callerName: "Anna", context: "agents", exten: "101")

  /// One call through a queue, with what is not wanted between.
  static let session =
    banner
    + "Response: Success\r\nActionID: 1\r\nMessage: Authentication accepted\r\n\r\n"
    + event("Newchannel", channel(state: 4))
    + event("VarSet", channel() + lines("Variable: X", "Value: 1"), privilege: "dialplan,all")
    + event(
      "QueueCallerJoin", channel() + lines("Queue: sales", "Position: 1", "Count: 1"), privilege: "agent,all")
    + event(
      "AgentCalled", channel() + agent() + lines("Queue: sales", "Interface: PJSIP/101", "MemberName: Anna"),
      privilege: "agent,all")
    + event("RTCPSent", lines("SSRC: 0x0001"), privilege: "reporting,all")
    + event("QueueMemberStatus", member, privilege: "agent,all")
    + event(
      "QueueCallerAbandon",
      channel() + lines("Queue: sales", "Position: 1", "OriginalPosition: 3", "HoldTime: 42"),
      privilege: "agent,all")
    + event("Hangup", channel() + lines("Cause: 16", "Cause-txt: Normal Clearing"))
}

/// The messages of one session.
func messages(_ text: String, limits: AMILimits = AMILimits(), trust: AMITrust = AMITrust()) -> [AMIMessage] {
  var parser = AMIParser(limits: limits, trust: trust)
  return parser.consume(Array(text.utf8))
}

/// The events of one session.
func events(_ text: String) -> [PBXEvent] {
  messages(text).compactMap { if case .event(let event, _) = $0 { event } else { nil } }
}
