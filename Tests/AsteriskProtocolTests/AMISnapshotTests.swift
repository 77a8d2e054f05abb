import Telephony
import Testing

@testable import AsteriskProtocol

@Suite struct `A snapshot` {
  /// Answers as Asterisk 22 gives them (`main/manager.c`, `apps/app_queue.c`): the action id stands first in
  /// CoreShowChannel and last in the parts of QueueStatus.
  static func answers(_ prefix: String) -> String {
    let waiting = Capture.lines(
      "Event: QueueEntry", "Queue: sales", "Position: 1", "Channel: PJSIP/trunk-0000001a",
      "Uniqueid: 1767225600.26", "CallerIDNum: 79161234567", "CallerIDName: unknown",
      "ConnectedLineNum: unknown", "ConnectedLineName: unknown", "Wait: 17", "Priority: 0",
      "ActionID: \(prefix)d")
    let member = Capture.lines(
      "Event: QueueMember", "Queue: sales", "Name: Anna", "Location: PJSIP/101", "StateInterface: PJSIP/101",
      "Membership: static", "Penalty: 2", "CallsTaken: 7", "LastCall: 1767225000", "LastPause: 1767220000",
      "LoginTime: 1767210000", "InCall: 1", "Status: 2", "Paused: 1", "PausedReason: pz:x", "Wrapuptime: 10",
      "ActionID: \(prefix)d")
    return [
      Capture.lines(
        "Response: Success", "ActionID: \(prefix)a", "CoreStartupDate: 2026-11-22",
        "CoreStartupTime: 16:44:49", "CoreReloadDate: 2026-11-22", "CoreReloadTime: 16:44:49",
        "CoreCurrentCalls: 1"),
      Capture.lines(
        "Response: Success", "ActionID: \(prefix)b", "AMIversion: 11.0.0",
        "AsteriskVersion: 22.10.1~dfsg+~cs6.16.60671434-1", "SystemName: pbx1", "CoreMaxCalls: 0"),
      Capture.lines(
        "Response: Success", "ActionID: \(prefix)c", "EventList: start", "Message: Channels will follow"),
      "Event: CoreShowChannel\r\nActionID: \(prefix)c\r\n" + Capture.channel()
        + Capture.lines("Application: Queue", "ApplicationData: sales", "Duration: 01:02:03", "BridgeId: "),
      "Event: CoreShowChannel\r\nActionID: \(prefix)c\r\n" + Capture.agent("")
        + Capture.lines("Application: AppDial", "ApplicationData: ", "Duration: 100:00:00", "BridgeId: b-1"),
      Capture.lines(
        "Event: CoreShowChannelsComplete", "ActionID: \(prefix)c", "EventList: Complete", "ListItems: 2"),
      Capture.lines(
        "Response: Success", "ActionID: \(prefix)d", "EventList: start", "Message: Queue status will follow"),
      Capture.lines(
        "Event: QueueParams", "Queue: sales", "Max: 0", "Strategy: ringall", "Calls: 1", "Holdtime: 0",
        "TalkTime: 0", "Completed: 0", "Abandoned: 0", "ServiceLevel: 0", "ServicelevelPerf: 0.0",
        "ServicelevelPerf2: 0.0", "Weight: 0", "ActionID: \(prefix)d"),
      member, waiting,
      Capture.lines(
        "Event: QueueStatusComplete", "ActionID: \(prefix)d", "EventList: Complete", "ListItems: 3"),
    ].map { $0 + "\r\n" }.joined()
  }

  @Test func `is whole when all four answers are in`() {
    var assembler = SnapshotAssembler(prefix: "s1")
    #expect(assembler.requests.map(\.actionID) == ["s1a", "s1b", "s1c", "s1d"])
    let all = messages(Self.answers("s1"))
    #expect(all.count == 11)
    for message in all.dropLast() { #expect(assembler.add(message) == .needsMore) }
    let expected = PBXSnapshot(
      startedAt: Timestamp(microseconds: 1_795_365_889_000_000), version: "22.10.1~dfsg+~cs6.16.60671434-1",
      channels: [
        .init(channel: Capture.expectedCaller, bridge: nil, application: "Queue", age: .seconds(3_723)),
        .init(channel: Capture.expectedAgent, bridge: "b-1", application: "AppDial", age: .seconds(360_000)),
      ],
      queues: ["sales"], members: [Capture.expectedMember],
      waiting: [
        .init(
          queue: "sales", channel: "1767225600.26", channelName: "PJSIP/trunk-0000001a", position: 1,
          wait: .seconds(17), callerNumber: "79161234567", callerName: "")
      ])
    #expect(assembler.add(all[10]) == .complete(expected, systemName: "pbx1"))
  }

  @Test func `leaves what belongs to others alone`() {
    var assembler = SnapshotAssembler(prefix: "s1")
    for message in messages(Capture.session) + messages(Self.answers("s2")) {
      #expect(assembler.add(message) == .notMine)
    }
  }

  @Test func `without the privilege says what to change`() {
    var assembler = SnapshotAssembler(prefix: "s")
    let refusal = "Response: Error\r\nActionID: sa\r\nMessage: Permission denied\r\n\r\n"
    guard case .failed(let sentence) = assembler.add(messages(refusal)[0]) else {
      Issue.record("accepted")
      return
    }
    #expect(sentence.contains("CoreStatus was refused: Permission denied"))
    #expect(sentence.contains("manager.conf"))
  }

  @Test func `of a PBX without queues has none`() {
    var assembler = SnapshotAssembler(prefix: "s")
    let text = Self.answers("s").replacing(
      "Response: Success\r\nActionID: sd\r\nEventList: start\r\nMessage: Queue status will follow",
      with: "Response: Error\r\nActionID: sd\r\nMessage: Invalid/unknown command: QueueStatus.")
    var last = SnapshotAssembler.Progress.notMine
    for message in messages(text) {
      last = assembler.add(message)
      if case .complete = last { break }
    }
    guard case .complete(let snapshot, _) = last else {
      Issue.record("not complete")
      return
    }
    #expect(snapshot.queues.isEmpty)
  }

  @Test func `that is too big fails`() {
    var assembler = SnapshotAssembler(prefix: "s1", itemsMax: 1)
    var progress = SnapshotAssembler.Progress.needsMore
    for message in messages(Self.answers("s1")) { progress = assembler.add(message) }
    guard case .failed = progress else {
      Issue.record("kept more than it may")
      return
    }
  }
}

@Suite struct `A response` {
  @Test func `tells success, error and goodbye`() {
    let text =
      "Response: Success\r\nActionID: 1\r\nPing: Pong\r\nTimestamp: 1.000001\r\n\r\n"
      + "Response: Error\r\nActionID: 2\r\nMessage: No such channel\r\n\r\n"
      + "Response: Goodbye\r\nActionID: 3\r\nMessage: Thanks for all the fish.\r\n\r\n"
      + "Response: Error\r\nMessage: Asterisk is shutting down\r\n\r\n"
      + "Response: Success\r\nActionID: 5\r\nChallenge: 840415273\r\n\r\n"
    let found: [AMIResponse] = messages(text).compactMap {
      if case .response(let response) = $0 { response } else { nil }
    }
    #expect(found.map(\.status) == [.success, .error, .goodbye, .error, .success])
    #expect(found.map(\.actionID) == ["1", "2", "3", "", "5"])
    #expect(found[0]["ping"] == "Pong")
    #expect(found[1].outcome == .notFound)
    #expect(found[3].isShuttingDown)
    #expect(found[3].outcome == .refused("Asterisk is shutting down"))
    #expect(found[4]["Challenge"] == "840415273")
    #expect(!found[4].listFollows)
  }
}

@Suite struct `An Asterisk version` {
  @Test func `is read from what packages call it`() {
    let cases: [(String, AsteriskVersion?)] = [
      ("22.10.1", .init(major: 22, minor: 10, patch: 1)),
      ("Asterisk 22.10.1~dfsg+~cs6.16.60671434-1", .init(major: 22, minor: 10, patch: 1)),
      ("16.28.0~dfsg-0+deb11u9", .init(major: 16, minor: 28, patch: 0)),
      ("certified/18.9-cert5", .init(major: 18, minor: 9, patch: 0)),
      ("20.20", .init(major: 20, minor: 20, patch: 0)),
      ("GIT-master-abcdef", nil), ("GIT-18-abcdef", nil), ("", nil), ("99999999999999999999.1.1", nil),
    ]
    for (text, version) in cases { #expect(AsteriskVersion(text) == version, "\(text)") }
  }

  @Test func `tells what it can do and what it lacks`() throws {
    func version(_ text: String) throws -> AsteriskVersion { try #require(AsteriskVersion(text)) }
    let floor22 = try version("22.10.1")
    let floor20 = try version("20.20.1")
    #expect(floor22.support == .supported)
    #expect(try version("22.9.0").support == .belowSecurityFloor(floor22))
    #expect(try version("20.20.0").support == .belowSecurityFloor(floor20))
    #expect(try version("16.28.0").support == .unmaintained)
    #expect(try version("18.26.4").support == .unmaintained)
    #expect(try version("23.0.0").support == .supported)
    #expect(try version("22.4.0").supportsRESTOverWebSocket)
    #expect(try !version("22.3.9").supportsRESTOverWebSocket)
    #expect(try version("20.14.0").supportsRESTOverWebSocket)
    #expect(try !version("16.28.0").supportsRESTOverWebSocket)
    #expect(try version("20.11.0").supportsEventFilterByName)
    for sleeping in ["16.28.0~dfsg-0+deb11u10", "18.20.2", "19.8.1", "20.5.2", "21.0.2"] {
      #expect(try version(sleeping).sleepsInStasis, "\(sleeping)")
    }
    for woken in ["18.21.0", "20.6.0", "21.1.0", "22.0.0", "23.1.0"] {
      #expect(try !version(woken).sleepsInStasis, "\(woken)")
    }
    #expect(try version("22.10.1") > version("22.9.9"))
  }
}
