/// What an Asterisk 22 writes about one caller in a queue (`main/manager_channels.c`, `apps/app_queue.c`).
struct CallScript {
  let serial: Int
  /// The national part; with +7 before it a Russian mobile number that no other script has.
  var number: String { "+7926" + String(String(10_000_000 + serial).suffix(7)) }

  private func channel(_ state: Int, _ word: String) -> [String] {
    [
      "Channel: PJSIP/trunk-\(String(serial, radix: 16))", "ChannelState: \(state)",
      "ChannelStateDesc: \(word)",
      "CallerIDNum: \(number)", "CallerIDName: <unknown>", "ConnectedLineNum: <unknown>",
      "ConnectedLineName: <unknown>", "Language: en", "AccountCode: ", "Context: from-trunk",
      "Exten: 74951112233", "Priority: 1", "Uniqueid: 1795334400.\(serial)", "Linkedid: 1795334400.\(serial)",
    ]
  }

  private func event(_ name: String, _ privilege: String, _ lines: [String]) -> [String] {
    ["Event: \(name)", "Privilege: \(privilege),all"] + lines
  }

  /// He comes in, is answered and waits.
  var arrival: [[String]] {
    [
      event("Newchannel", "call", channel(4, "Ring")),
      event("Newstate", "call", channel(6, "Up")),
      event("QueueCallerJoin", "agent", channel(6, "Up") + ["Queue: sales", "Position: 1", "Count: 1"]),
    ]
  }

  /// He gives up.
  var abandon: [[String]] {
    [
      event(
        "QueueCallerAbandon", "agent",
        channel(6, "Up") + ["Queue: sales", "Position: 1", "OriginalPosition: 1", "HoldTime: 0"]),
      event("QueueCallerLeave", "agent", channel(6, "Up") + ["Queue: sales", "Position: 1", "Count: 0"]),
      event("Hangup", "call", channel(6, "Up") + ["Cause: 16", "Cause-txt: Normal Clearing"]),
    ]
  }

  /// A change of the one agent's device state (`apps/app_queue.c`, `queue_member_blob`).
  static func memberStatus(_ status: Int) -> [String] {
    [
      "Event: QueueMemberStatus", "Privilege: agent,all", "Queue: sales", "MemberName: \(agent)",
      "Interface: \(agent)", "StateInterface: \(agent)", "Membership: static", "Penalty: 0", "CallsTaken: 0",
      "LastCall: 0", "LastPause: 0", "LoginTime: 1795334400", "InCall: 0", "Status: \(status)", "Paused: 0",
      "PausedReason: ", "Wrapuptime: 0", "Ringinuse: 0",
    ]
  }

  static let agent = "PJSIP/101"
}
