import Telephony
import Testing

@testable import AsteriskProtocol

@Suite struct `A session with Asterisk 22` {
  @Test func `is read whole, and nothing in it is malformed or distrusted`() {
    var parser = AMIParser(trust: AMITrust(systemName: "pbx1"))
    let all = parser.consume(Array(capturedSession.utf8))
    #expect(parser.statistics.malformed == 0)
    #expect(parser.statistics.distrusted == 0)
    #expect(parser.statistics.unwanted == 2)
    #expect(all.count == parser.statistics.delivered)
    #expect(all.first == .banner(version: "11.0.0"))
    let untimed = all.filter { if case .event(_, nil) = $0 { true } else { false } }
    // FullyBooted after a login carries no time.
    #expect(untimed == [.event(.fullyBooted, at: nil)])
  }

  @Test func `shows the caller's queue call`() throws {
    let all = events(capturedSession)
    let name = #"O'Neill "J", Event: Shutdown"#
    let join = try #require(all.first { if case .queueJoined = $0 { true } else { false } })
    guard case .queueJoined(let caller, "sales", 1) = join else {
      Issue.record("\(join)")
      return
    }
    #expect(caller.id == "pz-1-c;2")
    #expect(caller.linkedID == "pz-1-c")
    #expect(caller.callerNumber == "79161234567")
    #expect(caller.callerName == name)
    let connect = try #require(all.first { if case .agentConnected = $0 { true } else { false } })
    guard
      case .agentConnected(_, let agent?, "sales", "Local/101@agents/n", .seconds(1), .seconds(1)) = connect
    else {
      Issue.record("\(connect)")
      return
    }
    #expect(agent.id == "pbx1-1795368115.2")
    #expect(agent.linkedID == "pz-1-c")
    let stage = try #require(all.first { if case .userEvent = $0 { true } else { false } })
    guard case .userEvent("PerezvonStage", let sender?, let fields) = stage else {
      Issue.record("\(stage)")
      return
    }
    #expect(sender.id == "pz-1-c;2")
    #expect(fields == ["Stage": "ivr", "Uniqueid": "9.9"])
  }

  @Test func `answers as it did`() {
    let answers: [AMIResponse] = messages(capturedSession).compactMap {
      if case .response(let response) = $0 { response } else { nil }
    }
    func outcome(_ id: String) -> CommandOutcome? { answers.first { $0.actionID == id }?.outcome }
    #expect(answers.first { $0.actionID == "1" }?["Challenge"] == "392779651")
    #expect(outcome("4") == .done)
    #expect(outcome("6") == .notFound)
    #expect(outcome("7") == .notFound)
    #expect(outcome("10") == .notFound)
    #expect(
      outcome("13")
        == .refused("Invalid/unknown command: Foo. Use Action: ListCommands to show available commands."))
    #expect(answers.last?.status == .goodbye)
  }

  @Test func `gives a snapshot`() throws {
    var assembler = SnapshotAssembler(prefix: "s")
    var last = SnapshotAssembler.Progress.notMine
    for message in messages(capturedSession) {
      last = assembler.add(message)
      if case .complete = last { break }
    }
    guard case .complete(let snapshot, "pbx1") = last else {
      Issue.record("\(last)")
      return
    }
    #expect(AsteriskVersion(snapshot.version)?.support == .supported)
    #expect(snapshot.queues == ["sales"])
    #expect(snapshot.members.first?.name == "Anna")
    #expect(snapshot.members.first?.inCall == true)
    #expect(snapshot.members.first?.penalty == 2)
    #expect(snapshot.channels.count == 1)
    #expect(snapshot.channels.first?.application == "Queue")
  }
}

@Suite struct `The websocket of Asterisk 22` {
  @Test func `is read whole`() {
    var decoder = ARIDecoder()
    var ignored: Set<String> = []
    var kinds: [String] = []
    for frame in capturedFrames {
      switch decoder.decode(frame) {
      case .event(let event, let at):
        #expect(at != nil)
        switch event {
        case .stasisStarted(let channel, "perezvon", ["agent", "1"]):
          #expect(channel.callerName == #"A "B"<x>"#)
          #expect(channel.callerNumber == "+7495")
          kinds.append("start \(channel.id)")
        case .stasisEnded(let channel, "perezvon"): kinds.append("end \(channel.id)")
        case .dialProgress(let id, let status): kinds.append("dial \(id) \(status)")
        case .playbackFinished(let id): kinds.append("played \(id)")
        case .channelDestroyed(let channel, let cause): kinds.append("gone \(channel.id) \(cause.rawValue)")
        case .channelState(let channel): kinds.append("state \(channel.id) \(channel.state)")
        default: kinds.append("\(event)")
        }
      case .ignored(let type): ignored.insert(type)
      case .malformed(let why): Issue.record("\(why)")
      }
    }
    #expect(
      kinds == [
        "dial pz-1-a inProgress", "gone pz-3-a;2 0", "state pz-1-a;2 up", "dial pz-1-a answer",
        "start pz-1-a", "played p1", "end pz-1-a",
      ])
    #expect(ignored.contains("ChannelVarset") && ignored.contains("ChannelHangupRequest"))
  }
}
