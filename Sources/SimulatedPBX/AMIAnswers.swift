internal import Synchronization

extension SimulatedPBX {
  /// The built-in answer, and events that go to every event session after it.
  func builtInReply(to action: ReceivedAction) -> (reply: ActionReply, after: [[String]]) {
    let isLoggedIn = state.withLock { $0.sessions[action.session]?.isLoggedIn ?? false }
    let name = action.name.lowercased()
    if !isLoggedIn && name != "challenge" && name != "login" {
      return (.answer(["Response: Error", "Message: Permission denied"]), [])
    }
    switch name {
    case "challenge":
      guard let challenge = settings.challenge else {
        return (.answer(["Response: Error", "Message: Must specify AuthType"]), [])
      }
      return (.answer(["Response: Success", "Challenge: \(challenge)"]), [])
    case "login": return (login(action), [])
    case "ping":
      return (.answer(["Response: Success", "Ping: Pong", "Timestamp: 1795334400.000001"]), [])
    case "logoff": return (.cut, [])
    case "corestatus":
      return (
        .answer([
          "Response: Success", "CoreStartupDate: \(settings.startupDate)",
          "CoreStartupTime: \(settings.startupTime)", "CoreReloadDate: \(settings.startupDate)",
          "CoreReloadTime: \(settings.startupTime)", "CoreCurrentCalls: 0",
        ]), []
      )
    case "coresettings":
      return (
        .answer(["Response: Success", "AMIversion: 11.0.0", "AsteriskVersion: \(settings.version)"]), []
      )
    case "coreshowchannels": return (showChannels(), [])
    case "queuestatus": return (queueStatus(), [])
    case "queuepause": return pause(action)
    case "listcommands":
      let commands = ["Challenge", "Login", "Ping", "QueueStatus", "QueuePause", "CoreStatus"]
      return (.answer(["Response: Success"] + commands.map { "\($0): synopsis" }), [])
    case "setvar", "events", "filter", "queuechangeprioritycaller", "userevent":
      return (.answer(["Response: Success", "Message: Done"]), [])
    default: return (.answer(["Response: Error", "Message: Invalid/unknown command: \(action.name)"]), [])
    }
  }

  private func login(_ action: ReceivedAction) -> ActionReply {
    let keyFits = settings.challenge != nil && action.header("Key") == settings.key
    let secretFits = action.header("Secret") == settings.secret
    guard action.header("Username") == settings.username, keyFits || secretFits else {
      return .answer(["Response: Error", "Message: Authentication failed"])
    }
    let wantsEvents = action.header("Events").lowercased() != "off"
    state.withLock { state in
      state.sessions[action.session]?.isLoggedIn = true
      state.sessions[action.session]?.wantsEvents = wantsEvents
    }
    let booted = ["Event: FullyBooted", "Privilege: system,all", "Status: Fully Booted", "Uptime: 10"]
    return .answer(
      ["Response: Success", "Message: Authentication accepted"], events: wantsEvents ? [booted] : [])
  }

  private func showChannels() -> ActionReply {
    let channels = state.withLock { $0.channels }
    let events = channels.map { channel in
      [
        "Event: CoreShowChannel", "Channel: \(channel.name)",
        "ChannelState: \(channel.state == "Up" ? 6 : 5)",
        "ChannelStateDesc: \(channel.state)", "CallerIDNum: <unknown>", "CallerIDName: <unknown>",
        "ConnectedLineNum: <unknown>", "ConnectedLineName: <unknown>", "Language: en", "AccountCode: ",
        "Context: perezvon-test", "Exten: s", "Priority: 1", "Uniqueid: \(channel.id)",
        "Linkedid: \(channel.id)", "Application: AppDial", "ApplicationData: (Outgoing Line)",
        "Duration: 00:00:07", "BridgeId: ",
      ]
    }
    let complete = ["Event: CoreShowChannelsComplete", "EventList: Complete", "ListItems: \(channels.count)"]
    return .answer(
      ["Response: Success", "EventList: start", "Message: Channels will follow"], events: events + [complete])
  }

  private func queueStatus() -> ActionReply {
    let (members, waiting) = state.withLock { ($0.members, $0.waiting) }
    var events: [[String]] = []
    for queue in Set(members.map(\.queue)).sorted() {
      events.append([
        "Event: QueueParams", "Queue: \(queue)", "Max: 0", "Strategy: ringall", "Calls: 0", "Holdtime: 0",
        "TalkTime: 0", "Completed: 0", "Abandoned: 0", "ServiceLevel: 0", "ServicelevelPerf: 0.0",
        "ServicelevelPerf2: 0.0", "Weight: 0",
      ])
      for member in members where member.queue == queue {
        events.append(["Event: QueueMember"] + lines(of: member, isStatus: true))
      }
    }
    events += waiting
    events.append(["Event: QueueStatusComplete", "EventList: Complete", "ListItems: \(events.count)"])
    return .answer(
      ["Response: Success", "EventList: start", "Message: Queue status will follow"], events: events)
  }

  /// Header lines as app_queue writes them: QueueStatus says Name and Location where events say
  /// MemberName and Interface.
  private func lines(of member: SimulatedMember, isStatus: Bool) -> [String] {
    let names =
      isStatus
      ? ["Name: \(member.interface)", "Location: \(member.interface)"]
      : ["MemberName: \(member.interface)", "Interface: \(member.interface)"]
    return ["Queue: \(member.queue)"] + names + [
      "StateInterface: \(member.interface)", "Membership: static", "Penalty: 0", "CallsTaken: 0",
      "LastCall: 0",
      "LastPause: 0", "LoginTime: 1795334400", "InCall: 0", "Status: \(member.status)",
      "Paused: \(member.paused ? 1 : 0)", "PausedReason: \(member.pausedReason)", "Wrapuptime: 0",
    ]
  }

  private func pause(_ action: ReceivedAction) -> (reply: ActionReply, after: [[String]]) {
    let paused = ["true", "1", "yes"].contains(action.header("Paused").lowercased())
    let interface = action.header("Interface")
    let queue = action.header("Queue")
    let changed = state.withLock { state in
      state.members.indices.filter {
        state.members[$0].interface == interface && (queue.isEmpty || state.members[$0].queue == queue)
      }.map { index in
        state.members[index].paused = paused
        state.members[index].pausedReason = action.header("Reason")
        return state.members[index]
      }
    }
    guard !changed.isEmpty else {
      return (.answer(["Response: Error", "Message: Interface not found"]), [])
    }
    let message = paused ? "Interface paused successfully" : "Interface unpaused successfully"
    let events = changed.map { member in
      ["Event: QueueMemberPause", "Privilege: agent,all"] + lines(of: member, isStatus: false)
    }
    return (.answer(["Response: Success", "Message: \(message)"]), events)
  }
}
