import Telephony
import Testing

@testable import AsteriskProtocol

@Suite struct `An AMI event` {
  let caller = Capture.expectedCaller
  let agent = Capture.expectedAgent

  @Test func `of a channel shows the channel`() {
    let text = Capture.channel()
    #expect(events(Capture.event("Newchannel", text)) == [.channelCreated(caller)])
    #expect(events(Capture.event("Newstate", text)) == [.channelState(caller)])
    #expect(events(Capture.event("NewCallerid", text)) == [.channelIdentity(caller)])
    #expect(events(Capture.event("NewConnectedLine", text)) == [.channelIdentity(caller)])
  }

  @Test func `of a hang-up carries the cause, the last context and extension`() {
    let text = Capture.event("Hangup", Capture.channel() + Capture.lines("Cause: 17", "Cause-txt: User busy"))
    #expect(events(text) == [.channelHungUp(caller, .userBusy)])
  }

  @Test func `of a phone that lets go comes before its hang-up`() {
    let text = Capture.event("HangupRequest", Capture.channel() + Capture.lines("Cause: 16"))
    #expect(events(text) == [.hangupRequested(caller)])
  }

  @Test func `of a rename carries the new name`() {
    let text = Capture.event(
      "Rename", Capture.lines("Channel: PJSIP/1-00000001", "Newname: PJSIP/1-00000001<MASQ>", "Uniqueid: 1.1")
    )
    #expect(events(text) == [.channelRenamed("1.1", name: "PJSIP/1-00000001<MASQ>")])
  }

  @Test func `of a registration or a peer carries how the way to the network stands`() {
    let registry = Capture.lines(
      "ChannelType: PJSIP", "Username: sip:us@example.org", "Domain: x", "Status: Rejected")
    #expect(
      events(Capture.event("Registry", registry))
        == [.trunkState(TrunkState(isRegistration: true, name: "sip:us@example.org", word: "Rejected"))])
    let contact = Capture.lines(
      "URI: sip:trunk@192.0.2.1", "ContactStatus: Unreachable", "AOR: trunk", "EndpointName: trunk")
    #expect(
      events(Capture.event("ContactStatus", contact))
        == [.trunkState(TrunkState(isRegistration: false, name: "trunk", word: "Unreachable"))])
    let peer = Capture.lines("ChannelType: SIP", "Peer: SIP/trunk", "PeerStatus: Lagged")
    #expect(
      events(Capture.event("PeerStatus", peer))
        == [.trunkState(TrunkState(isRegistration: false, name: "trunk", word: "Lagged"))])
    #expect(TrunkState(isRegistration: true, name: "x", word: "Request Sent").isUp == nil)
  }

  @Test func `of a dial shows both legs, and nobody as the caller of an originate`() {
    let both = Capture.channel() + Capture.agent()
    #expect(
      events(Capture.event("DialBegin", both + Capture.lines("DialString: 101")))
        == [.dialBegan(caller: caller, callee: agent, dialString: "101")])
    #expect(
      events(Capture.event("DialEnd", Capture.agent() + Capture.lines("DialStatus: NOANSWER")))
        == [.dialEnded(caller: nil, callee: agent, .noAnswer)])
  }

  @Test func `of a bridge names it`() {
    let bridge = Capture.lines(
      "BridgeUniqueid: b-1", "BridgeType: basic", "BridgeTechnology: simple_bridge", "BridgeCreator: Queue",
      "BridgeName: <unknown>", "BridgeNumChannels: 1", "BridgeVideoSourceMode: none")
    #expect(
      events(Capture.event("BridgeEnter", bridge + Capture.channel())) == [.bridgeEntered("b-1", caller)])
    #expect(events(Capture.event("BridgeLeave", bridge + Capture.channel())) == [.bridgeLeft("b-1", caller)])
  }

  @Test func `of a Local channel shows its two halves`() {
    let text = Capture.event(
      "LocalBridge",
      Capture.channel("LocalOne") + Capture.agent("LocalTwo")
        + Capture.lines("Context: agents", "Exten: 101", "LocalOptimization: Yes"))
    #expect(events(text) == [.localBridged(one: caller, two: agent)])
  }

  @Test func `of a blind transfer counts where it succeeded`() {
    func text(_ result: String) -> String {
      Capture.event(
        "BlindTransfer",
        Capture.lines("Result: \(result)") + Capture.agent("Transferer") + Capture.channel("Transferee")
          + Capture.lines("BridgeUniqueid: b-1", "IsExternal: Yes", "Context: internal", "Extension: 200"))
    }
    #expect(
      events(text("Success"))
        == [.blindTransferred(transferer: agent, transferee: caller, context: "internal", exten: "200")])
    #expect(events(text("Fail")) == [])
  }

  @Test func `of an attended transfer shows who is left with whom`() {
    let text = Capture.event(
      "AttendedTransfer",
      Capture.lines("Result: Success") + Capture.agent("OrigTransferer")
        + Capture.lines("OrigBridgeUniqueid: b-1") + Capture.agent("SecondTransferer")
        + Capture.lines("SecondBridgeUniqueid: b-2") + Capture.channel("Transferee")
        + Capture.channel("TransferTarget", name: "PJSIP/200-00000030", id: "1.30")
        + Capture.lines("IsExternal: No", "DestType: Bridge", "DestBridgeUniqueid: b-2"))
    var target = caller
    target.name = "PJSIP/200-00000030"
    target.id = "1.30"
    #expect(events(text) == [.attendedTransferred(transferer: agent, transferee: caller, target: target)])
  }

  @Test func `of a pick-up shows the channel that took the call`() {
    let text = Capture.event("Pickup", Capture.agent("") + Capture.channel("Target"))
    #expect(events(text) == [.pickedUp(channel: agent, target: caller)])
  }

  @Test func `of parking shows who waits and who fetched him`() {
    let lot = Capture.lines("ParkerDialString: PJSIP/101", "Parkinglot: default", "ParkingSpace: 701")
    #expect(events(Capture.event("ParkedCall", Capture.channel("Parkee") + lot)) == [.parked(caller)])
    #expect(
      events(Capture.event("UnParkedCall", Capture.channel("Parkee") + lot + Capture.agent("Retriever")))
        == [.unparked(caller, retriever: agent)])
    #expect(
      events(Capture.event("ParkedCallTimeOut", Capture.channel("Parkee") + lot))
        == [.unparked(caller, retriever: nil)])
  }

  @Test func `of the queue shows caller, queue and agent`() {
    let place = Capture.lines("Queue: sales", "Interface: PJSIP/101", "MemberName: Anna")
    let both = Capture.channel() + Capture.agent() + place
    func said(_ name: String, _ body: String) -> [PBXEvent] {
      events(Capture.event(name, body, privilege: "agent,all"))
    }
    #expect(
      said("QueueCallerJoin", Capture.channel() + Capture.lines("Queue: sales", "Position: 2", "Count: 3"))
        == [.queueJoined(caller, "sales", position: 2)])
    #expect(
      said("QueueCallerLeave", Capture.channel() + Capture.lines("Queue: sales", "Count: 0", "Position: 1"))
        == [.queueLeft(caller, "sales")])
    #expect(
      said(
        "QueueCallerAbandon",
        Capture.channel()
          + Capture.lines("Queue: sales", "Position: 1", "OriginalPosition: 4", "HoldTime: 61"))
        == [.queueAbandoned(caller, "sales", position: 1, originalPosition: 4, hold: .seconds(61))])
    #expect(
      said("AgentCalled", both) == [.agentCalled(caller: caller, agent: agent, "sales", "PJSIP/101")])
    #expect(
      said("AgentConnect", both + Capture.lines("HoldTime: 12", "RingTime: 4"))
        == [
          .agentConnected(
            caller: caller, agent: agent, "sales", "PJSIP/101", hold: .seconds(12), ring: .seconds(4))
        ])
    #expect(
      said("AgentComplete", both + Capture.lines("HoldTime: 12", "TalkTime: 95", "Reason: agent"))
        == [.agentCompleted(caller: caller, "sales", "PJSIP/101", talk: .seconds(95), reason: "agent")])
    #expect(
      said("AgentComplete", place + Capture.lines("HoldTime: 12", "TalkTime: 95", "Reason: agent"))
        == [.agentCompleted(caller: nil, "sales", "PJSIP/101", talk: .seconds(95), reason: "agent")])
  }

  @Test func `of an agent who did not pick up counts milliseconds`() {
    let text = Capture.event(
      "AgentRingNoAnswer",
      Capture.channel() + Capture.agent()
        + Capture.lines("Queue: sales", "Interface: PJSIP/101", "MemberName: Anna", "RingTime: 15000"))
    #expect(
      events(text) == [.agentRingNoAnswer(caller: caller, "sales", "PJSIP/101", ring: .seconds(15))])
  }

  @Test func `of a member shows state, pause and reason`() {
    let member = Capture.expectedMember
    let wanted: [(String, PBXEvent)] = [
      ("QueueMemberAdded", .memberAdded(member)), ("QueueMemberRemoved", .memberRemoved(member)),
      ("QueueMemberStatus", .memberStatus(member)), ("QueueMemberPause", .memberPaused(member)),
      ("QueueMemberPenalty", .memberPenalty(member)),
    ]
    for (name, event) in wanted { #expect(events(Capture.event(name, Capture.member)) == [event]) }
  }

  @Test func `from the dialplan carries its channel and its fields`() {
    let text = Capture.event(
      "UserEvent",
      Capture.channel()
        + Capture.lines("UserEvent: PerezvonRequest", "Number: +79161234567", "Campaign: a: b"),
      privilege: "user,all")
    #expect(
      events(text) == [
        .userEvent(
          name: "PerezvonRequest", caller, fields: ["Number": "+79161234567", "Campaign": "a: b"])
      ])
  }

  @Test func `of an originate tells the reason, and no id where there was no channel`() {
    func text(_ response: String, _ reason: Int, _ id: String) -> String {
      Capture.event(
        "OriginateResponse",
        Capture.lines(
          "ActionID: 9", "Response: \(response)", "Channel: PJSIP/101", "Context: x", "Exten: s",
          "Reason: \(reason)", "Uniqueid: \(id)", "CallerIDNum: <unknown>", "CallerIDName: <unknown>"))
    }
    #expect(events(text("Success", 4, "pz-1")) == [.originateResponse("pz-1", success: true, reason: 4)])
    #expect(events(text("Failure", 5, "<null>")) == [.originateResponse(nil, success: false, reason: 5)])
  }

  @Test func `of the PBX itself is told`() {
    let head =
      "Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 12\r\nLastReload: 12\r\n"
      + "Status: Fully Booted\r\n\r\n"
    let text =
      head
      + Capture.event(
        "Shutdown", Capture.lines("Shutdown: Cleanly", "Restart: True"), privilege: "system,all")
      + Capture.event("Reload", Capture.lines("Module: All", "Status: 0"), privilege: "system,all")
    #expect(events(text) == [.fullyBooted, .shutdown(restart: true), .reloaded])
  }

  @Test func `carries its own time`() {
    let text = Capture.event(
      "Newchannel", Capture.channel(), head: "Timestamp: 1767225600.000123\r\nSystemName: pbx1\r\n")
    #expect(
      messages(text) == [
        .event(.channelCreated(caller), at: Timestamp(microseconds: 1_767_225_600_000_123))
      ])
  }

  @Test func `of 16 without a Language line, or with lines of a later version, is read by name`() {
    let old = Capture.channel().replacing("Language: en\r\n", with: "")
    let newer = Capture.channel().replacing("Linkedid:", with: "TenantID: 5\r\nLinkedid:")
    #expect(events(Capture.event("Newstate", old)) == [.channelState(caller)])
    #expect(events(Capture.event("Newstate", newer)) == [.channelState(caller)])
  }

  @Test func `without its channel's id is malformed`() {
    var parser = AMIParser()
    let text = Capture.event("Newstate", Capture.lines("Channel: PJSIP/1-1", "ChannelState: 6"))
    #expect(parser.consume(Array(text.utf8)).isEmpty)
    #expect(parser.statistics.malformed == 1)
  }
}
