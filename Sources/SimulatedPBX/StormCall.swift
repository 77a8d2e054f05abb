/// A call of an `EventStorm`, and its events as Asterisk 22 writes them (`main/manager_channels.c`,
/// `main/manager_bridges.c`, `apps/app_queue.c`).
struct StormCall: Sendable {
  enum Fate: Sendable {
    case abandon(index: Int)
    case talk
  }

  let serial: Int
  let number: String
  let fate: Fate
  var state = 4
  var agentState = 0
  /// The member who rings or talks.
  var agent: String?

  var id: String { "1795334400.\(serial)" }
  var caller: EventStorm.Caller { EventStorm.Caller(id: id, number: number) }

  fileprivate func lines(_ prefix: String = "", asAgent: Bool = false) -> [String] {
    let own = asAgent ? agentState : state
    let name = asAgent ? "\(agent ?? "")-" : "PJSIP/trunk-"
    return [
      "\(prefix)Channel: \(name)\(String(asAgent ? serial + 1 : serial, radix: 16))",
      "\(prefix)ChannelState: \(own)", "\(prefix)ChannelStateDesc: \(Self.words[own] ?? "Down")",
      "\(prefix)CallerIDNum: \(asAgent ? String(agent?.dropFirst(6) ?? "") : number)",
      "\(prefix)CallerIDName: <unknown>",
      "\(prefix)ConnectedLineNum: \(asAgent ? number : "<unknown>")",
      "\(prefix)ConnectedLineName: <unknown>", "\(prefix)Language: en", "\(prefix)AccountCode: ",
      "\(prefix)Context: \(asAgent ? "from-internal" : state == 4 ? "from-trunk" : "queues")",
      "\(prefix)Exten: \(state == 4 || asAgent ? "+74951112233" : "sales")", "\(prefix)Priority: 1",
      "\(prefix)Uniqueid: \(asAgent ? "1795334400.\(serial + 1)" : id)", "\(prefix)Linkedid: \(id)",
    ]
  }

  private static let words = [0: "Down", 4: "Ring", 5: "Ringing", 6: "Up"]
}

/// Writes events with the fixed first lines of `timestampevents=yes`.
struct StormWriter {
  /// Seconds since 1970 with six digits of microseconds.
  let stamp: String

  private func event(_ name: String, _ privilege: String, _ lines: [String]) -> [String] {
    ["Event: \(name)", "Privilege: \(privilege),all", "Timestamp: \(stamp)"] + lines
  }

  private func call(_ name: String, _ call: StormCall, asAgent: Bool = false, _ extra: String...) -> [String]
  {
    event(name, "call", call.lines(asAgent: asAgent) + extra)
  }

  private func queue(_ name: String, _ call: StormCall, _ extra: String...) -> [String] {
    event(name, "agent", call.lines() + ["Queue: sales"] + extra)
  }

  private func pair(_ name: String, _ privilege: String, _ call: StormCall, _ extra: [String]) -> [String] {
    event(name, privilege, call.lines() + call.lines("Dest", asAgent: true) + extra)
  }

  private func offer(_ call: StormCall) -> [String] {
    let agent = call.agent ?? ""
    return ["Queue: sales", "Interface: \(agent)", "MemberName: \(agent)"]
  }

  /// He comes in, is answered and waits.
  func arrival(_ call: inout StormCall) -> [[String]] {
    let first = self.call("Newchannel", call)
    call.state = 6
    return [
      first, self.call("Newstate", call), queue("QueueCallerJoin", call, "Position: 1", "Count: 1"),
      self.call("MusicOnHoldStart", call, "Class: default"),
    ]
  }

  /// A member's phone rings for him.
  func ring(_ call: inout StormCall) -> [[String]] {
    call.agentState = 0
    var events = [
      self.call("Newchannel", call, asAgent: true), self.call("NewConnectedLine", call, asAgent: true),
      pair("AgentCalled", "agent", call, offer(call)),
      pair("DialBegin", "call", call, ["DialString: \(call.agent?.dropFirst(6) ?? "")"]),
    ]
    call.agentState = 5
    events += [self.call("Newstate", call, asAgent: true), member(call.agent ?? "", status: 6)]
    return events
  }

  func noAnswer(_ call: inout StormCall) -> [[String]] {
    [
      pair("DialEnd", "call", call, ["DialStatus: NOANSWER"]),
      pair("AgentRingNoAnswer", "agent", call, offer(call) + ["RingTime: 1500"]),
      self.call("Hangup", call, asAgent: true, "Cause: 19", "Cause-txt: User alerting, no answer"),
      member(call.agent ?? "", status: 1),
    ]
  }

  func answer(_ call: inout StormCall) -> [[String]] {
    call.agentState = 6
    let enter: (Bool, Int) -> [String] = { [call] asAgent, count in
      event("BridgeEnter", "call", bridge(call, count) + call.lines(asAgent: asAgent) + ["SwapUniqueid: "])
    }
    return [
      self.call("Newstate", call, asAgent: true), member(call.agent ?? "", status: 2),
      pair("DialEnd", "call", call, ["DialStatus: ANSWER"]), self.call("MusicOnHoldStop", call),
      queue("QueueCallerLeave", call, "Position: 1", "Count: 0"),
      pair("AgentConnect", "agent", call, offer(call) + ["HoldTime: 1", "RingTime: 1000"]),
      event("BridgeCreate", "call", bridge(call, 0)), enter(false, 1), enter(true, 2),
    ]
  }

  func talkEnd(_ call: inout StormCall) -> [[String]] {
    let leave: (Bool, Int) -> [String] = { [call] asAgent, count in
      event("BridgeLeave", "call", bridge(call, count) + call.lines(asAgent: asAgent))
    }
    return [
      leave(false, 1), leave(true, 0), event("BridgeDestroy", "call", bridge(call, 0)),
      pair("AgentComplete", "agent", call, offer(call) + ["HoldTime: 1", "TalkTime: 7", "Reason: caller"]),
      self.call("Hangup", call, asAgent: true, "Cause: 16", "Cause-txt: Normal Clearing"),
      self.call("Hangup", call, "Cause: 16", "Cause-txt: Normal Clearing"),
      member(call.agent ?? "", status: 1),
    ]
  }

  /// He hangs up as he waits.
  func abandon(_ call: inout StormCall) -> [[String]] {
    [
      self.call("HangupRequest", call, "Cause: 16"), self.call("MusicOnHoldStop", call),
      queue("QueueCallerAbandon", call, "Position: 1", "OriginalPosition: 1", "HoldTime: 3"),
      queue("QueueCallerLeave", call, "Position: 1", "Count: 0"),
      self.call("Hangup", call, "Cause: 16", "Cause-txt: Normal Clearing"),
    ]
  }

  private func bridge(_ call: StormCall, _ count: Int) -> [String] {
    [
      "BridgeUniqueid: 00000000-0000-4000-a000-\(String(100_000_000_000 + call.serial))", "BridgeType: basic",
      "BridgeTechnology: simple_bridge", "BridgeCreator: Queue", "BridgeName: <unknown>",
      "BridgeNumChannels: \(count)", "BridgeVideoSourceMode: none",
    ]
  }

  // MARK: Beside the calls

  /// A change of an agent's device state (`apps/app_queue.c`, `queue_member_blob`).
  func member(_ agent: String, status: Int) -> [String] {
    event(
      "QueueMemberStatus", "agent",
      [
        "Queue: sales", "MemberName: \(agent)", "Interface: \(agent)", "StateInterface: \(agent)",
        "Membership: static", "Penalty: 0", "CallsTaken: 7", "LastCall: 0", "LastPause: 0",
        "LoginTime: 1795334400", "InCall: \(status == 2 ? 1 : 0)", "Status: \(status)", "Paused: 0",
        "PausedReason: ", "Wrapuptime: 0", "Ringinuse: 0",
      ])
  }

  func deviceState(_ device: String) -> [String] {
    event("DeviceStateChange", "call", ["Device: \(device)", "State: NOT_INUSE"])
  }

  func connectedLine(_ call: StormCall) -> [String] { self.call("NewConnectedLine", call) }

  func variable(_ call: StormCall, _ value: Int) -> [String] {
    event("VarSet", "dialplan", call.lines() + ["Variable: NOISE", "Value: \(value)"])
  }

  func reception(_ call: StormCall) -> [String] {
    event(
      "RTCPReceived", "reporting",
      call.lines() + [
        "SSRC: 0x1f2e3d4c", "PT: 200(SR)", "From: 192.0.2.7:16001", "RTT: 0.0231", "ReportCount: 1",
        "SentNTP: 1795334400.000001", "SentRTP: 160000", "SentPackets: 1000", "SentOctets: 160000",
        "Report0SourceSSRC: 0x2a3b4c5d", "Report0FractionLost: 0", "Report0CumulativeLost: 0",
        "Report0HighestSequence: 1000", "Report0SequenceNumberCycles: 0", "Report0IAJitter: 4",
        "Report0LSR: 1", "Report0DLSR: 0.0100",
      ])
  }
}
