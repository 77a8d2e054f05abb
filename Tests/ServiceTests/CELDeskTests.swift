import CallTracking
import Telephony
import Testing

@testable import Service

/// A desk, and what Asterisk writes of calls to extension 102. Seconds are those of one hour.
private struct Desk {
  var desk: CELDesk
  var found: [CallRecord] = []
  private var mark: Int64 = 0
  private var serial = 0

  init(hasQueueLog: Bool = true) {
    desk = CELDesk(
      tracker: TrackerSettings(pbx: "pbx1", inboundContexts: ["from-trunk"], settle: .milliseconds(300)),
      hasQueueLog: hasQueueLog)
  }

  static func at(_ second: Double) -> Timestamp { Timestamp(seconds: 1_795_363_200 + second) }

  mutating func feed(_ event: CELDesk.Event, _ second: Double) {
    for case .findings(let records) in desk.handle(event, at: Self.at(second)) { found += records }
  }

  mutating func end(_ second: Double) { feed(.atEnd, second) }

  mutating func line(
    _ second: Double, _ event: CELLine.Event, _ id: String, of call: String, name: String,
    context: String = "direct",
    application: String = "", data: String = "", _ extra: (inout CELExtra) -> Void = { _ in }
  ) {
    mark += 100
    var told = CELExtra()
    extra(&told)
    let channel = ChannelSnapshot(
      id: ChannelID(id), linkedID: LinkedID(call), name: name, state: .unknown,
      callerNumber: id == call ? "+79161110001" : "102", context: context, exten: "+74951112242")
    let line = CELLine(
      at: Self.at(second), event: event, channel: channel, application: application, applicationData: data,
      extra: told)
    feed(.lines([line], marks: [mark]), second)
  }

  /// He calls at `second`, 102 rings; after a second 102 answers, where told so; after four seconds he
  /// hangs up, or (`lets` false) Dial() gives up.
  mutating func call(at second: Double, answered: Bool = false, ends: Bool = true, lets: Bool = true) {
    serial += 10
    let caller = "pbx1-\(serial)"
    let phone = "pbx1-\(serial + 1)"
    let names = ("PJSIP/trunk-\(serial)", "PJSIP/102-\(serial)")
    line(second, .channelStarted, caller, of: caller, name: names.0, context: "from-trunk")
    line(
      second, .applicationStarted, caller, of: caller, name: names.0, application: "Dial",
      data: "PJSIP/102,20,t")
    line(second, .channelStarted, phone, of: caller, name: names.1, context: "from-internal")
    if answered {
      line(second + 1, .answered, phone, of: caller, name: names.1)
      line(second + 1, .answered, caller, of: caller, name: names.0)
      line(second + 1, .bridgeEntered, phone, of: caller, name: names.1) { $0.bridge = "b" }
      line(second + 1, .bridgeEntered, caller, of: caller, name: names.0) { $0.bridge = "b" }
    }
    guard ends else { return }
    if answered {
      line(second + 4, .bridgeLeft, caller, of: caller, name: names.0) { $0.bridge = "b" }
      line(second + 4, .bridgeLeft, phone, of: caller, name: names.1) { $0.bridge = "b" }
    }
    line(second + 4, .hungUp, phone, of: caller, name: names.1) { $0.hangupCause = 16 }
    line(second + 4, .hungUp, caller, of: caller, name: names.0) {
      $0.hangupCause = 16
      $0.hangupSource = lets ? names.0 : "dialplan/builtin"
      $0.dialStatus = answered ? "ANSWER" : lets ? "CANCEL" : "NOANSWER"
    }
    line(second + 4, .callEnded, caller, of: caller, name: names.0)
  }
}

@Suite struct `The desk of the channel event log` {
  @Test func `finds a call to an extension that nobody answered while AMI was away`() throws {
    var desk = Desk()
    desk.call(at: 10)
    desk.feed(.amiUp, 60)
    desk.end(61)
    let record = try #require(desk.found.first)
    #expect(record.missed && record.lostAt == .ring && record.ending == .callerHungUp)
    #expect(record.membersRung == ["PJSIP/102"])
    #expect(record.wait == .seconds(4))
    #expect(record.rawNumber == "+79161110001")
    #expect(record.evidence.map(\.what).contains("rang") && record.evidence.last?.what == "cel")
    #expect(desk.found.count == 1 && desk.desk.oldestMark == nil)
  }

  @Test func `tells a Dial() whose time ran out from a caller who hung up`() throws {
    var desk = Desk()
    desk.call(at: 10, lets: false)
    desk.end(61)
    #expect(desk.found.map(\.ending) == [.timeout])
  }

  @Test func `knows who was answered`() throws {
    var desk = Desk()
    desk.call(at: 10, answered: true)
    desk.end(61)
    let record = try #require(desk.found.first)
    #expect(record.answered && !record.missed)
    #expect(record.answeredBy == "PJSIP/102" && record.talk == .seconds(3))
  }

  @Test func `leaves a call to AMI that AMI saw whole`() {
    var desk = Desk()
    desk.feed(.amiUp, 5)
    desk.call(at: 10)
    desk.end(61)
    #expect(desk.found.isEmpty)
  }

  @Test func `waits with a call until AMI's word of it would be in the books`() {
    var desk = Desk()
    desk.call(at: 10)
    desk.end(16)
    #expect(desk.found.isEmpty && desk.desk.oldestMark != nil)
    desk.end(20)
    #expect(desk.found.count == 1)
  }

  @Test(arguments: [true, false])
  func `leaves a call that met a queue to queue_log where there is one`(hasQueueLog: Bool) {
    var desk = Desk(hasQueueLog: hasQueueLog)
    let name = "PJSIP/trunk-1"
    desk.line(10, .channelStarted, "pbx1-1", of: "pbx1-1", name: name, context: "from-trunk")
    desk.line(
      11, .applicationStarted, "pbx1-1", of: "pbx1-1", name: name, application: "Queue", data: "sales,t")
    desk.line(20, .hungUp, "pbx1-1", of: "pbx1-1", name: name) { $0.hangupSource = name }
    desk.line(20, .callEnded, "pbx1-1", of: "pbx1-1", name: name)
    desk.end(61)
    #expect(desk.found.map(\.queue) == (hasQueueLog ? [] : ["sales"]))
    #expect(desk.found.map(\.lostAt) == (hasQueueLog ? [] : [.queue]))
  }

  @Test func `keeps the place before a call that goes on, for half a day at most`() {
    var desk = Desk()
    desk.call(at: 5)
    desk.call(at: 10, ends: false)
    desk.end(61)
    #expect(desk.found.count == 1)
    #expect(desk.desk.oldestMark == 700)
    desk.end(10 + 12 * 3_600)
    #expect(desk.desk.oldestMark == nil)
  }
}
