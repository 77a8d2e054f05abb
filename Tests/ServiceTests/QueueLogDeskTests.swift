import CallTracking
import Telephony
import Testing

@testable import Service

/// A desk and what it handed over. Seconds are those of one hour.
struct QueueLogScene {
  /// The desk itself.
  var desk = QueueLogDesk(pbx: "pbx1", plan: PhoneNumberPlan(region: "RU")!)
  /// What it handed over, in its order.
  var findings: [QueueLogDesk.Finding] = []
  /// What was odd or too much, as it was said.
  var anomalies: [String] = []
  private var mark: Int64 = 0

  static func at(_ second: Double) -> Timestamp { Timestamp(seconds: 1_795_363_200 + second) }

  mutating func line(
    _ second: Double, _ call: ChannelID, _ event: QueueLogLine.Event, queue: QueueName = "sales",
    agent: String = "", readAt: Double? = nil
  ) {
    mark += 50
    let line = QueueLogLine(
      at: Self.at(second.rounded(.down)), callID: call, queue: queue, agent: agent, event: event)
    feed(.lines([line], marks: [mark]), readAt ?? second)
  }

  mutating func abandons(_ call: ChannelID, from: Double, to: Double, readAt: Double? = nil) {
    line(from, call, .entered(rawNumber: "89161234567", position: 1), readAt: readAt)
    line(to, call, .abandoned, readAt: readAt)
  }

  mutating func up(_ second: Double, live: [ChannelID] = [], members: [QueueMember] = []) {
    let channels = live.map { id in
      PBXSnapshot.LiveChannel(
        channel: ChannelSnapshot(
          id: id, linkedID: LinkedID(id.rawValue), name: "PJSIP/trunk-1", state: .up), bridge: nil,
        application: "Queue", age: .seconds(5))
    }
    let snapshot = PBXSnapshot(
      startedAt: Self.at(-9_000), version: "Asterisk 22.10.1", channels: channels, queues: [],
      members: members,
      waiting: [])
    feed(.amiUp(snapshot), second)
  }

  mutating func feed(_ event: QueueLogDesk.Event, _ second: Double) {
    for action in desk.handle(event, at: Self.at(second)) {
      switch action {
      case .findings(let found): findings += found
      case .anomaly(let text): anomalies.append(text)
      case .limit(let limit): anomalies.append(limit.rawValue)
      }
    }
  }

  mutating func end(_ second: Double) { feed(.atEnd, second) }

  /// What was keyed in, by the names the UserEvent has.
  mutating func keyed(
    _ second: Double, _ call: ChannelID, _ kind: KeyedWord.Kind, _ fields: [String: String],
    readAt: Double? = nil
  ) {
    line(second, call, .keyed(KeyedWord(kind: kind, fields: fields)), readAt: readAt)
  }

  var said: [FactForBooks] { findings.filter(\.isWord).flatMap(\.facts) }

  var records: [CallRecord] {
    findings.flatMap(\.facts).compactMap { fact in
      if case .call(let call) = fact { call } else { nil }
    }
  }

  var entries: [QueueEntryRecord] {
    findings.flatMap(\.facts).compactMap { fact in
      if case .queueEntry(let entry) = fact { entry } else { nil }
    }
  }

  /// What AMI tells of a caller whose channel was gone after the link was away.
  static func unseen(_ call: ChannelID, from: Double, to: Double) -> CallRecord {
    CallRecord(
      pbx: "pbx1", linkedID: LinkedID(call.rawValue), channel: call, direction: .inbound, startedAt: at(from),
      endedAt: at(to), rawNumber: "+79161234567", rawName: "Anna", did: "+74951112233", queue: "sales",
      answered: false, answeredBy: nil, wait: .seconds(to - from), talk: .zero, lostAt: .queue,
      ending: .callerHungUp, cause: .unknown, membersRung: [],
      evidence: [
        EvidenceStep(at: at(from), what: "began", detail: "from-trunk"),
        EvidenceStep(at: at(from), what: "joined", detail: "sales"),
        EvidenceStep(at: at(to), what: "unseen"),
      ], attempt: nil)
  }
}

@Suite struct `The times AMI covers` {
  private func at(_ second: Double) -> Timestamp { QueueLogScene.at(second) }

  @Test func `begin with a snapshot and end before the loss was noticed`() {
    var coverage = AMICoverage()
    #expect(!coverage.covers(from: at(0), to: at(1)))
    coverage.up(at: at(10.5))
    #expect(!coverage.covers(from: at(10), to: at(20)))
    #expect(coverage.covers(from: at(11), to: at(20)))
    coverage.down(at: at(100))
    #expect(coverage.covers(from: at(11), to: at(89)))
    #expect(!coverage.covers(from: at(11), to: at(90)))
    #expect(!coverage.covers(from: at(101), to: at(102)))
    coverage.up(at: at(200))
    #expect(!coverage.covers(from: at(80), to: at(205)))
    #expect(coverage.covers(from: at(200), to: at(201)))
  }

  @Test func `do not grow by a snapshot taken anew, nor for a link that came only for a moment`() {
    var coverage = AMICoverage()
    coverage.up(at: at(10))
    coverage.up(at: at(50))
    #expect(coverage.upSince == at(10))
    coverage.down(at: at(60))
    coverage.down(at: at(61))
    coverage.up(at: at(70))
    coverage.down(at: at(75))
    #expect(coverage.covers(from: at(10), to: at(49)))
    #expect(!coverage.covers(from: at(70), to: at(70)))
  }
}

@Suite struct `What was said by keys while the service was away` {
  private static let seat = QueueMember(
    queue: "sales", interface: "PJSIP/101", name: "Anna", stateInterface: "PJSIP/101", status: .notInUse,
    paused: false)

  @Test func `waits for AMI, which tells whose phones are agents'`() throws {
    var scene = QueueLogScene()
    scene.keyed(5, "pbx1-1795363203.4", .request, ["Number": "+79161234567", "At": "1530"], readAt: 100)
    scene.keyed(7, "1.2", .promise, ["Number": "89161234568", "At": "20", "Agent": "PJSIP/101"], readAt: 100)
    scene.keyed(
      8, "1.3", .promise, ["Number": "89161234569", "At": "20", "Agent": "PJSIP/trunk"], readAt: 100)
    scene.end(100)
    #expect(scene.said.isEmpty)
    #expect(scene.desk.checkpoint == .at(mark: 50), "it is read again after a restart")
    scene.up(101, members: [Self.seat])
    scene.end(102.5)
    let asks = scene.said.compactMap { if case .ask(let ask) = $0 { ask } else { nil } }
    #expect(asks.map(\.number) == ["+79161234567", "89161234568"])
    #expect(asks.map(\.agent) == [nil, "PJSIP/101"])
    #expect(asks.map(\.wantedAt) == [.clock("1530"), .minutes(20)])
    #expect(asks.map(\.at) == [QueueLogScene.at(5), QueueLogScene.at(7)])
    #expect(asks.first?.arrivedAt == QueueLogScene.at(3), "when his channel began, by its name")
    #expect(scene.anomalies.count == 1, "a trunk promises nothing")
    #expect(scene.desk.checkpoint == .end)
  }

  @Test func `is told by the UserEvent too, and has one name by both`() throws {
    var scene = QueueLogScene()
    let fields = ["Number": "+79161234567", "Campaign": "sales"]
    scene.keyed(5, "1.2", .request, fields, readAt: 100)
    scene.keyed(6, "1.3", .request, fields, readAt: 100)
    scene.keyed(7, "1.3", .wish, ["Wish": "never", "Number": "89161234567"], readAt: 100)
    scene.up(101)
    scene.end(103)
    let live = SaidWord(
      "PerezvonRequest", fields.merging(["Queue": "sales"]) { a, _ in a }, on: "1.2", of: "pbx1")
    let asks = scene.said.compactMap { if case .ask(let ask) = $0 { ask } else { nil } }
    #expect(asks.map { $0.said == live } == [true, false], "another channel is another word")
    let wish = CallerWish(
      number: try #require(PhoneNumber(e164: "+79161234567")), kind: .never, at: QueueLogScene.at(7),
      said: SaidWord("PerezvonWish", ["Wish": "never"], on: "1.3", of: "pbx1"))
    #expect(scene.said.last == .wish(wish))
  }

  @Test func `is AMI's where it was up, and is read again until that is certain`() {
    var scene = QueueLogScene()
    scene.up(0)
    scene.keyed(20, "1.2", .request, ["Number": "+79161234567"])
    scene.end(21)
    #expect(scene.desk.checkpoint == .at(mark: 50))
    scene.end(40)
    #expect(scene.said.isEmpty && scene.desk.checkpoint == .end)
    // A link that was dead already when it was said, which is noticed now.
    scene.keyed(60, "1.3", .request, ["Number": "+79161234568"])
    scene.end(61)
    scene.feed(.amiDown, 65)
    scene.up(80)
    scene.end(82)
    #expect(scene.said.count == 1)
  }

  @Test func `goes to the books in the order of time, before the call in which it was said`() {
    var scene = QueueLogScene()
    scene.line(0, "1.1", .entered(rawNumber: "89161234567", position: 1), readAt: 100)
    scene.line(9, "1.1", .leftByKey, readAt: 100)
    scene.keyed(12, "1.1", .request, ["Number": "+79160000000"], readAt: 100)
    scene.abandons("1.2", from: 1, to: 6, readAt: 100)
    scene.abandons("1.3", from: 12, to: 20, readAt: 100)
    scene.up(101)
    scene.end(103)
    #expect(scene.findings.map(\.isWord) == [false, true, false, false])
    #expect(scene.records.map(\.linkedID) == ["1.2", "1.1", "1.3"])
    #expect(
      scene.records[1].ending == .callbackRequested && scene.records[1].requestedNumber == "+79160000000")
  }

  @Test func `on our own leg is an answer, and nobody else's is`() throws {
    var scene = QueueLogScene()
    let attempt = AttemptID(UniqueID(high: 0x7000, low: 7))
    let leg = OurLeg(attempt: attempt, party: .customer(line: 1)).channel
    let fields = ["Question": "wish", "Answer": "never again", "Then": "never"]
    scene.keyed(5, leg, .answer, fields, readAt: 100)
    scene.keyed(6, "1.2", .answer, fields, readAt: 100)
    scene.keyed(7, leg, .wish, ["Wish": "never", "Number": "89161234567"], readAt: 100)
    scene.up(101)
    scene.end(103)
    guard case .answer(let answer)? = scene.said.first else { Issue.record("\(scene.said)"); return }
    #expect(scene.said.count == 1 && scene.anomalies.count == 2)
    #expect((answer.attempt, answer.wish, answer.answer) == (attempt, .never, "never again"))
  }
}

@Suite struct `A call that came and went while the service was away` {
  @Test func `goes to the books when AMI is up and the log is read to the present`() {
    var scene = QueueLogScene()
    scene.abandons("1.1", from: 0, to: 9, readAt: 100)
    scene.end(100)
    #expect(scene.findings.isEmpty, "nobody knows yet who is on a line")
    scene.up(101)
    scene.end(101.5)
    #expect(scene.findings.isEmpty, "the log may lag behind the snapshot")
    scene.end(102.5)
    #expect(scene.records.map(\.linkedID) == ["1.1"])
    #expect(scene.entries.map(\.result) == [.abandoned])
    #expect(scene.findings.map(\.fromAMI) == [false])
    scene.end(103.5)
    #expect(scene.findings.count == 1)
  }

  @Test func `and is on a line in the snapshot is AMI's`() {
    var scene = QueueLogScene()
    scene.line(0, "1.1", .entered(rawNumber: "89161234567", position: 1), readAt: 100)
    scene.line(5, "1.1", .timedOut, readAt: 100)
    scene.up(100, live: ["1.1"])
    scene.end(102)
    scene.end(300)
    #expect(scene.findings.isEmpty)
  }

  @Test func `in the seconds before the snapshot is decided by its hang-up, or a minute later`() {
    var scene = QueueLogScene()
    scene.abandons("hung-up", from: 90, to: 98)
    scene.line(90, "on-his-way", .entered(rawNumber: "89161234567", position: 1))
    scene.line(98, "on-his-way", .timedOut)
    scene.up(100)
    scene.end(102)
    #expect(scene.records.map(\.linkedID) == ["hung-up"])
    scene.end(157)
    #expect(scene.records.count == 1)
    scene.end(159)
    #expect(scene.records.map(\.linkedID) == ["hung-up", "on-his-way"])
  }

  @Test func `in the second before the snapshot is decided by the next one`() {
    var scene = QueueLogScene()
    scene.abandons("hung-up", from: 97, to: 100)
    scene.line(97, "live", .entered(rawNumber: "89161234567", position: 2))
    scene.up(100.4, live: ["live"])
    scene.end(102)
    #expect(scene.records.isEmpty, "the log has whole seconds: it may have been after the snapshot")
    scene.line(103, "live", .abandoned)
    scene.up(106.4)
    scene.end(108)
    #expect(scene.records.map(\.linkedID) == ["hung-up"], "who was on a line in the first is AMI's")
    scene.end(300)
    #expect(scene.records.count == 1)
  }

  @Test func `and whose PBX died without a word is missed`() {
    var scene = QueueLogScene()
    scene.line(0, "1.1", .entered(rawNumber: "89161234567", position: 1), readAt: 100)
    scene.up(100)
    scene.end(102)
    #expect(scene.records.map(\.ending) == [.pbx])
  }

  @Test func `has its members by interface, whether AMI or the log came first`() {
    let anna = QueueMember(
      queue: "sales", interface: "PJSIP/101", name: "Anna", stateInterface: "PJSIP/101", status: .notInUse,
      paused: false, pausedReason: "", penalty: 0, callsTaken: 0, inCall: false)
    var scene = QueueLogScene()
    scene.line(0, "1.1", .entered(rawNumber: "89161234567", position: 1), readAt: 100)
    scene.line(3, "1.1", .connected(hold: .seconds(3)), agent: "Anna", readAt: 100)
    scene.line(30, "1.1", .completed(talk: .seconds(27), byCaller: true), agent: "Anna", readAt: 100)
    scene.up(100, members: [anna])
    scene.end(102)
    #expect(scene.records.map(\.answeredBy) == ["PJSIP/101"])
    #expect(scene.entries.map(\.member) == ["PJSIP/101"])
  }

  @Test func `answered is told too, after those who ended before him`() {
    var scene = QueueLogScene()
    scene.line(0, "talks", .entered(rawNumber: "89161234567", position: 1), readAt: 100)
    scene.line(3, "talks", .connected(hold: .seconds(3)), agent: "PJSIP/101", readAt: 100)
    scene.abandons("gives-up", from: 1, to: 9, readAt: 100)
    scene.line(30, "talks", .completed(talk: .seconds(27), byCaller: true), agent: "PJSIP/101", readAt: 100)
    scene.up(100)
    scene.end(102)
    #expect(scene.records.map(\.linkedID) == ["gives-up", "talks"])
    #expect(scene.records.map(\.missed) == [true, false])
  }
}

@Suite struct `A call that AMI saw from its birth to its end` {
  @Test func `is not told again by the log`() {
    var scene = QueueLogScene()
    scene.up(0)
    scene.end(2)
    scene.abandons("1.1", from: 10, to: 19)
    for second in stride(from: 20.0, to: 200, by: 1) { scene.end(second) }
    #expect(scene.findings.isEmpty)
    scene.feed(.notAwaited(["1.1"]), 200)
    #expect(scene.desk.checkpoint == .end)
  }

  @Test func `is not told again when the link went later`() {
    var scene = QueueLogScene()
    scene.up(0)
    scene.abandons("1.1", from: 10, to: 19)
    scene.feed(.amiDown, 40)
    scene.up(60)
    scene.end(62)
    scene.end(90)
    #expect(scene.findings.isEmpty)
  }
}

@Suite struct `A call whose end AMI did not see` {
  @Test func `waits for the log, and its verdict goes into AMI's record`() {
    var scene = QueueLogScene()
    scene.up(0)
    scene.line(10, "1.1", .entered(rawNumber: "89161234567", position: 1))
    scene.feed(.amiDown, 20)
    scene.line(25, "1.1", .connected(hold: .seconds(15)), agent: "PJSIP/101")
    scene.line(50, "1.1", .completed(talk: .seconds(25), byCaller: true), agent: "PJSIP/101")
    scene.up(60)
    scene.feed(.unseen([.call(QueueLogScene.unseen("1.1", from: 9.5, to: 60))]), 60.3)
    scene.end(61)
    #expect(scene.findings.isEmpty)
    scene.end(62)
    let record = scene.records.first
    #expect(scene.records.count == 1)
    #expect(scene.findings.map(\.fromAMI) == [true])
    #expect(record?.answered == true && record?.answeredBy == "PJSIP/101" && record?.lostAt == nil)
    #expect(record?.talk == .seconds(25) && record?.endedAt == QueueLogScene.at(50))
    #expect(
      record?.did == "+74951112233" && record?.rawName == "Anna" && record?.startedAt == QueueLogScene.at(9.5)
    )
    #expect(record?.evidence.contains { $0.what == "unseen" } == true)
    #expect(record?.evidence.contains { $0.what == "connected" } == true)
    #expect(scene.entries.map(\.result) == [.answered])
  }

  @Test func `goes on as it is where the log does not know it`() {
    var scene = QueueLogScene()
    scene.up(0)
    scene.feed(.amiDown, 20)
    scene.up(60)
    let call = QueueLogScene.unseen("1.1", from: 9.5, to: 60)
    scene.feed(.unseen([.call(call)]), 60.3)
    #expect(scene.desk.checkpoint == .asBefore)
    scene.end(62)
    #expect(scene.records == [call])
    #expect(scene.desk.checkpoint == .end)
  }

  @Test func `is held ten seconds at most`() {
    var scene = QueueLogScene()
    let call = QueueLogScene.unseen("1.1", from: 9.5, to: 60)
    scene.up(60)
    scene.feed(.unseen([.call(call)]), 60.3)
    scene.feed(.tick, 70.2)
    #expect(scene.findings.isEmpty)
    scene.feed(.tick, 70.3)
    #expect(scene.records == [call])
  }

  @Test func `goes to the books when the service stops`() {
    var scene = QueueLogScene()
    let call = QueueLogScene.unseen("1.1", from: 9.5, to: 60)
    scene.up(60)
    scene.feed(.unseen([.call(call)]), 60.3)
    #expect(
      scene.desk.flush()
        == [.findings([QueueLogDesk.Finding(channel: "1.1", facts: [.call(call)], fromAMI: true)])])
    #expect(scene.desk.flush() == [])
  }

  @Test func `has a stay in the queue as the log tells it`() {
    var scene = QueueLogScene()
    scene.up(0)
    scene.line(10, "1.1", .entered(rawNumber: "89161234567", position: 1))
    scene.feed(.amiDown, 20)
    scene.line(25, "1.1", .abandoned)
    scene.up(60)
    let entry = QueueEntryRecord(
      pbx: "pbx1", linkedID: "1.0", channel: "1.1", join: 1, queue: "sales", joinedAt: QueueLogScene.at(10.4),
      leftAt: QueueLogScene.at(60), result: .otherUnanswered, member: nil, position: 3)
    scene.feed(.unseen([.queueEntry(entry)]), 60)
    scene.end(62)
    var told = entry
    told.leftAt = QueueLogScene.at(25)
    told.result = .abandoned
    #expect(scene.entries == [told])
    #expect(scene.records.isEmpty)
  }
}
