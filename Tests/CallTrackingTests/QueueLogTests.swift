import Telephony
import Testing

@testable import CallTracking

/// A log written by hand: seconds, call, queue, agent, event.
private struct Log {
  static let start: Int64 = 1_795_363_200
  var tracker = QueueLogTracker(pbx: "pbx1")
  var calls: [QueueLogCall] = []
  var anomalies: [Anomaly] = []
  private var mark: Int64 = 0

  mutating func line(
    _ second: Int64, _ call: ChannelID, _ event: QueueLogLine.Event, queue: QueueName = "sales",
    agent: String = ""
  ) {
    mark += 10
    keep(
      tracker.handle(
        QueueLogLine(at: at(second), callID: call, queue: queue, agent: agent, event: event), mark: mark))
  }

  mutating func enter(
    _ second: Int64, _ call: ChannelID, _ number: String = "89161234567", queue: QueueName = "sales"
  ) {
    line(second, call, .entered(rawNumber: number, position: 1), queue: queue)
  }

  mutating func tick(_ second: Int64) { keep(tracker.tick(at: at(second))) }
  mutating func finish() { keep(tracker.finish()) }

  mutating func end(_ isOver: (QueueLogTracker.OpenCall) -> Bool = { _ in true }) {
    keep(tracker.endCalls(where: isOver))
  }

  func at(_ second: Int64) -> Timestamp { Timestamp(microseconds: (Self.start + second) * 1_000_000) }

  var record: CallRecord? { calls.first?.record }

  private mutating func keep(_ results: [QueueLogResult]) {
    for result in results {
      switch result {
      case .call(let call): calls.append(call)
      case .anomaly(let anomaly): anomalies.append(anomaly)
      }
    }
  }
}

@Suite struct `A call in queue_log` {
  @Test func `abandoned is missed, under the key AMI gives it, with all the log knows`() {
    var log = Log()
    log.enter(0, "pbx1-1.1")
    log.line(5, "pbx1-1.1", .rangOut, agent: "PJSIP/101")
    log.line(12, "pbx1-1.1", .abandoned)
    log.tick(72)
    #expect(
      log.calls == [
        QueueLogCall(
          channel: "pbx1-1.1", firstLineAt: log.at(0), lastLineAt: log.at(12),
          record: CallRecord(
            pbx: "pbx1", linkedID: "pbx1-1.1", channel: "pbx1-1.1", direction: .inbound, startedAt: log.at(0),
            endedAt: log.at(12), rawNumber: "89161234567", rawName: "", did: "", queue: "sales",
            answered: false, answeredBy: nil, wait: .seconds(12), talk: .zero, lostAt: .queue,
            ending: .callerHungUp, cause: .unknown, membersRung: ["PJSIP/101"],
            evidence: [
              EvidenceStep(at: log.at(0), what: "joined", detail: "sales"),
              EvidenceStep(at: log.at(5), what: "rang_out", detail: "PJSIP/101"),
              EvidenceStep(at: log.at(12), what: "abandoned", detail: "sales"),
              EvidenceStep(at: log.at(12), what: "queue_log"),
            ], attempt: nil),
          entries: [
            QueueEntryRecord(
              pbx: "pbx1", linkedID: "pbx1-1.1", channel: "pbx1-1.1", join: 1, queue: "sales",
              joinedAt: log.at(0), leftAt: log.at(12), result: .abandoned, member: nil, position: 1)
          ], mark: 10)
      ])
  }

  @Test func `is decided only when nothing followed for a minute`() {
    var log = Log()
    log.enter(0, "1.1")
    log.line(5, "1.1", .timedOut)
    log.tick(64)
    #expect(log.calls.isEmpty)
    // Another call's line moves the log's clock.
    log.enter(65, "1.2")
    #expect(log.calls.map(\.channel) == ["1.1"])
    #expect(log.record?.ending == .timeout)
  }

  @Test(arguments: [
    (QueueLogLine.Event.timedOut, Ending.timeout), (.foundEmpty, .queueEmpty), (.leftByKey, .key),
  ])
  func `left unanswered and without a sequel is missed`(_ event: QueueLogLine.Event, _ ending: Ending) {
    var log = Log()
    log.enter(0, "1.1")
    log.line(7, "1.1", event)
    log.finish()
    #expect(log.record?.missed == true)
    #expect(log.record?.ending == ending)
    #expect(log.record?.wait == .seconds(7))
    #expect(log.calls.first?.entries.map(\.result) == [.otherUnanswered])
  }

  @Test func `withdrawn has no verdict, for somebody took it elsewhere`() {
    var log = Log()
    log.enter(0, "1.1")
    log.line(7, "1.1", .withdrawn)
    log.finish()
    #expect(log.calls.count == 1)
    #expect(log.record == nil)
    #expect(log.calls.first?.entries.count == 1)
  }

  @Test func `answered tells who talked, how long and after what wait`() {
    var log = Log()
    log.enter(0, "1.1")
    log.line(8, "1.1", .connected(hold: .seconds(8)), agent: "PJSIP/102")
    log.line(70, "1.1", .completed(talk: .seconds(62), byCaller: true), agent: "PJSIP/102")
    log.finish()
    #expect(log.record?.answered == true)
    #expect(log.record?.answeredBy == "PJSIP/102")
    #expect(log.record?.talk == .seconds(62))
    #expect(log.record?.wait == .seconds(8))
    #expect(log.record?.lostAt == nil && log.record?.ending == nil)
    #expect(log.calls.first?.entries.map(\.member) == ["PJSIP/102"])
  }

  @Test func `that talks for hours is not decided meanwhile`() {
    var log = Log()
    log.enter(0, "1.1")
    log.line(8, "1.1", .connected(hold: .seconds(8)), agent: "PJSIP/102")
    log.tick(4 * 3_600)
    log.finish()
    #expect(log.calls.isEmpty)
    #expect(log.tracker.openCalls == 1)
  }

  @Test func `that overflows to a second queue and is answered there is not missed`() {
    var log = Log()
    log.enter(0, "1.1")
    log.line(5, "1.1", .timedOut)
    log.enter(5, "1.1", queue: "support")
    log.line(9, "1.1", .connected(hold: .seconds(4)), queue: "support", agent: "PJSIP/102")
    log.line(19, "1.1", .completed(talk: .seconds(10), byCaller: false), queue: "support", agent: "PJSIP/102")
    log.finish()
    #expect(log.record?.missed == false)
    #expect(log.record?.queue == "support")
    #expect(log.record?.wait == .seconds(4))
    #expect(log.calls.first?.entries.map(\.join) == [1, 2])
    #expect(log.calls.first?.entries.map(\.result) == [.otherUnanswered, .answered])
  }

  @Test func `whose agent picked up as he left is a collision`() {
    var log = Log()
    log.enter(0, "1.1")
    log.line(6, "1.1", .abandoned, agent: "PJSIP/101")
    log.finish()
    #expect(log.record?.ending == .agentCollision)
    #expect(log.record?.membersRung == ["PJSIP/101"])
  }

  @Test func `redirected out of a queue and answered in another is not missed`() {
    var log = Log()
    log.enter(0, "1.1")
    log.line(6, "1.1", .abandoned)
    log.enter(7, "1.1", queue: "support")
    log.line(9, "1.1", .connected(hold: .seconds(2)), queue: "support", agent: "PJSIP/102")
    log.line(19, "1.1", .completed(talk: .seconds(10), byCaller: true), queue: "support", agent: "PJSIP/102")
    log.finish()
    #expect(log.record?.missed == false)
  }

  @Test func `handed on into a queue where nobody answers is missed there`() {
    var log = Log()
    log.enter(0, "1.1")
    log.line(4, "1.1", .connected(hold: .seconds(4)), agent: "PJSIP/101")
    log.line(20, "1.1", .transferred(talk: .seconds(16)), agent: "PJSIP/101")
    log.enter(20, "1.1", queue: "support")
    log.line(50, "1.1", .abandoned, queue: "support")
    log.finish()
    #expect(log.record?.missed == true)
    #expect(log.record?.queue == "support")
    #expect(log.record?.talk == .seconds(16))
    #expect(log.record?.wait == .seconds(30))
  }

  @Test func `handed on elsewhere was answered`() {
    var log = Log()
    log.enter(0, "1.1")
    log.line(4, "1.1", .connected(hold: .seconds(4)), agent: "PJSIP/101")
    log.line(20, "1.1", .transferred(talk: .seconds(16)), agent: "PJSIP/101")
    log.finish()
    #expect(log.record?.missed == false)
    #expect(log.record?.talk == .seconds(16))
  }

  @Test func `under which the PBX died is missed when QUEUESTART tells`() {
    var log = Log()
    log.enter(0, "waits")
    log.enter(1, "talks")
    log.line(3, "talks", .connected(hold: .seconds(2)), agent: "PJSIP/101")
    log.line(60, "", .started, queue: "")
    #expect(log.calls.map(\.channel) == ["waits", "talks"])
    #expect(log.calls[0].record?.ending == .pbx)
    #expect(log.calls[0].record?.endedAt == log.at(3))
    #expect(log.calls[1].record?.answered == true)
    #expect(log.tracker.openCalls == 0)
  }

  @Test func `abandoned in the last breath of a PBX is its fault`() {
    var log = Log()
    log.enter(0, "early")
    log.line(2, "early", .abandoned)
    log.enter(0, "last")
    log.line(20, "last", .abandoned)
    log.line(24, "", .started, queue: "")
    #expect(log.calls.map { $0.record?.ending } == [.callerHungUp, .pbx])
  }

  @Test func `of an extension or of ours is nobody's missed call`() {
    var log = Log()
    log.enter(0, "1.1", "105")
    log.line(5, "1.1", .abandoned)
    let ours = OurLeg(attempt: AttemptID("0190a0b0-0000-7000-8000-000000000001")!, party: .customer(line: 1))
    log.enter(0, ours.channel)
    log.line(5, ours.channel, .abandoned)
    log.finish()
    #expect(log.calls.map { $0.record?.missed } == [false])
  }

  @Test func `without a number is missed all the same`() {
    var log = Log()
    log.enter(0, "1.1", "")
    log.line(5, "1.1", .abandoned)
    log.finish()
    #expect(log.record?.missed == true)
  }

  @Test func `whose beginning was not read is left alone`() {
    var log = Log()
    log.line(5, "1.1", .abandoned)
    log.line(6, "1.2", .completed(talk: .seconds(5), byCaller: true), agent: "PJSIP/101")
    log.finish()
    #expect(log.calls.isEmpty && log.tracker.openCalls == 0)
  }

  @Test func `takes the called number from FreePBX and members' interfaces from AMI`() throws {
    var log = Log()
    log.enter(0, "1.1")
    log.line(0, "1.1", .calledNumber("74951112233"))
    log.line(5, "1.1", .rangOut, agent: "Anna")
    log.line(9, "1.1", .connected(hold: .seconds(9)), agent: "Bert")
    log.line(19, "1.1", .completed(talk: .seconds(10), byCaller: true), agent: "Bert")
    log.finish()
    let call = try #require(log.calls.first).showing(["Anna": "PJSIP/101"])
    #expect(call.record?.did == "74951112233")
    #expect(call.record?.membersRung == ["PJSIP/101", "Bert"])
    #expect(call.record?.answeredBy == "Bert")
    #expect(call.record?.evidence.contains { $0.what == "rang_out" && $0.detail == "PJSIP/101" } == true)
    #expect(call.entries.map(\.member) == ["Bert"])
  }

  @Test func `known to be over is ended although its last line is missing`() {
    var log = Log()
    log.enter(0, "1.1")
    log.enter(1, "1.2")
    log.end { $0.channel == "1.1" }
    #expect(log.calls.map(\.channel) == ["1.1"])
    #expect(log.record?.ending == .pbx)
    #expect(log.tracker.oldestMark == 20)
  }

  @Test func `pins the place from which the log must be read again`() {
    var log = Log()
    log.enter(0, "1.1")
    log.enter(1, "1.2")
    log.line(2, "1.1", .abandoned)
    #expect(log.tracker.oldestMark == 10)
    log.tick(62)
    #expect(log.tracker.oldestMark == 20)
    log.line(63, "1.2", .abandoned)
    log.finish()
    #expect(log.tracker.oldestMark == nil)
  }

  @Test func `beyond the limit is told and not followed`() {
    var log = Log()
    for number in 0...QueueLogTracker.callsMax { log.enter(0, ChannelID("1.\(number)")) }
    #expect(log.anomalies == [.limitReached(.calls)])
    #expect(log.tracker.openCalls == QueueLogTracker.callsMax)
  }

  @Test func `gives the same however the lines of several calls are mixed`() {
    var random = SplitMix(state: 7)
    let scripts: [[(Int64, QueueLogLine.Event, QueueName, String)]] = [
      [(0, .entered(rawNumber: "89160000001", position: 1), "sales", ""), (9, .abandoned, "sales", "")],
      [
        (0, .entered(rawNumber: "89160000002", position: 1), "sales", ""), (5, .timedOut, "sales", ""),
        (5, .entered(rawNumber: "89160000002", position: 1), "support", ""),
        (8, .connected(hold: .seconds(3)), "support", "PJSIP/102"),
        (12, .completed(talk: .seconds(4), byCaller: true), "support", "PJSIP/102"),
      ],
      [(2, .entered(rawNumber: "89160000003", position: 2), "sales", ""), (7, .leftByKey, "sales", "")],
    ]
    func play(_ order: [Int]) -> [QueueLogCall] {
      var log = Log()
      var next = [0, 0, 0]
      for index in order {
        let step = scripts[index][next[index]]
        next[index] += 1
        log.line(step.0, ChannelID("1.\(index)"), step.1, queue: step.2, agent: step.3)
      }
      log.finish()
      // Only the places differ.
      return log.calls.sorted { $0.channel < $1.channel }.map { call in
        var call = call
        call.mark = 0
        return call
      }
    }
    var order = scripts.indices.flatMap { index in scripts[index].map { _ in index } }
    let expected = play(order)
    #expect(expected.map { $0.record?.missed } == [true, false, true])
    for _ in 0..<200 {
      order.shuffle(using: &random)
      #expect(play(order) == expected)
    }
  }
}

private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
