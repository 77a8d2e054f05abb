import Foundation
import Lab
import Telephony
import Testing

/// What people and systems are told, of calls on a real PBX.
@Suite struct `Notifications of a real PBX` {
  private struct Told: Decodable {
    struct Call: Decodable {
      var linkedid: String
      var membersRung: [String]
    }
    struct Task: Decodable { var kind: String }
    var id: String
    var event: String
    var number: String?
    var call: Call?
    var task: Task?
    struct Alert: Decodable {
      var state: String
      var subject: String
      var problem: String?
    }
    var alert: Alert?
  }

  private func told(_ sink: HTTPSink) throws -> [Told] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try sink.requests.map { try decoder.decode(Told.self, from: Data($0.body.utf8)) }
  }

  /// Asks until the sink was told of it.
  private func wait(_ sink: HTTPSink, _ what: String, _ wanted: (Told) -> Bool) async throws -> Told {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
      if let found = try told(sink).first(where: wanted) { return found }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw LabError(.timeout, "nobody was told of \(what); told: \(try told(sink).map(\.event))")
  }

  @Test func `tell of a missed call, of the callback, of a task, and of what waited in the spool, once each`()
    async throws
  {
    let sink = try HTTPSink()
    let rules = "[{on: '*', webhook: {url: 'http://127.0.0.1:\(sink.port)/', secret: k}}]"
    let options = LabServiceOptions(
      campaign: ["start_after": "1s", "number_kinds": "[mobile]"],
      top: ["notify": "{allow_private: [127.0.0.1], rules: \(rules)}"])
    try await Stage.with(.v22, options) { stage in
      let (mobile, landline, late) = (Lab.uniqueNumber(), "+74957654321", Lab.uniqueNumber())
      try await stage.lab.telco.setCustomer(mobile, .answers(after: .seconds(1), talk: .seconds(7)))
      try await stage.willing(101)
      try await stage.abandon(mobile)
      _ = try await wait(sink, "the missed call") { $0.event == "missed_call" && $0.number == mobile }
      // Nobody was there before: he would have taken the call.
      try await stage.lab.pbx.setMember(101)
      _ = try await wait(sink, "the callback") { $0.event == "callback_connected" && $0.number == mobile }
      _ = try await wait(sink, "the end of the job") { $0.event == "job_closed" && $0.number == mobile }
      try await stage.lab.pbx.clearMembers()
      try await stage.abandon(landline)
      let task = try await wait(sink, "the task") { $0.event == "task_created" }
      #expect(task.number == landline && task.task?.kind == "not_dialled")

      let database = try #require(stage.lab.database)
      await database.stop(.fast)
      try await stage.abandon(late)
      try await stage.service.waitForLog("Facts wait in the spool")
      try await database.start()
      let spooled = try await wait(sink, "the call of the outage") {
        $0.event == "missed_call" && $0.number == late
      }
      #expect(spooled.call?.linkedid.isEmpty == false)
      // Until all that was written is told.
      try await stage.service.eventually("SELECT count(*) FROM perezvon.events") { $0 == "0" }
      try await stage.service.eventually("SELECT count(*) FROM perezvon.outbox WHERE state = 'waiting'") {
        $0 == "0"
      }
      let all = try told(sink)
      for number in [mobile, landline, late] {
        #expect(all.count { $0.event == "missed_call" && $0.number == number } == 1, "\(number)")
      }
      #expect(all.count { $0.event == "task_created" } == 1)
      #expect(Set(all.map(\.id)).count == all.count)
      let ofJob = all.filter { $0.number == mobile }.map(\.event)
      #expect(ofJob == ["job_created", "missed_call", "callback_connected", "job_closed"])
    }
  }

  /// No call record shows it: the trunk is gone, and nobody can call.
  @Test func `tell of a trunk that does not answer, once, and that it is back`() async throws {
    let sink = try HTTPSink()
    let rules = "[{on: [trunk_failing], webhook: {url: 'http://127.0.0.1:\(sink.port)/', secret: k}}]"
    let options = LabServiceOptions(
      campaign: [:], top: ["notify": "{allow_private: [127.0.0.1], rules: \(rules)}"])
    try await Stage.with(.v22, options, qualifiesTrunk: true) { stage in
      try await stage.lab.pbx.eventually("the trunk in reach") { pbx in
        try await pbx.cli("pjsip show contacts").contains(/trunk.* Avail/) ? true : nil
      }
      stage.lab.telco.freeze()
      let raised = try await wait(sink, "the trunk's silence") { $0.alert?.state == "raised" }
      stage.lab.telco.thaw()
      #expect(raised.event == "trunk_failing" && raised.alert?.subject == "pbx1 trunk")
      #expect(["Unreachable", "Unavailable", "NonQualified"].contains(raised.alert?.problem ?? ""))
      let cleared = try await wait(sink, "its return") { $0.alert?.state == "cleared" }
      #expect(cleared.event == "trunk_failing" && cleared.alert?.subject == "pbx1 trunk")
      #expect(try told(sink).count == 2)
    }
  }
}
