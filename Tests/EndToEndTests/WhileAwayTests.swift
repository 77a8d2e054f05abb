import Foundation
import Lab
import Telephony
import Testing

@Suite struct `While the service is away` {
  @Test(arguments: bothAsterisks)
  func `callers come and go and the log is rotated: each is found once, the answered ones are not missed`(
    _ asterisk: LabAsterisk
  ) async throws {
    try await Stage.with(asterisk, LabServiceOptions(campaign: ["start_after": "10m"])) { stage in
      let abandoned = (1...6).map { "+7916500000\($0)" }
      let answered = ["+79165000011", "+79165000012"]
      let timedOut = "+79165000021"
      await stage.service.kill()
      try await absentHours(stage, abandoned: abandoned, answered: answered, timedOut: timedOut)

      try await stage.service.start()
      try await stage.service.eventually("SELECT count(*) FROM report.calls", within: .seconds(20)) { $0 == "9" }
      let rows = "SELECT number, lost_at, ending, queue FROM report.missed_calls ORDER BY number"
      let expected = (abandoned.map { "\($0)|queue|caller_hung_up|sales" } + ["\(timedOut)|queue|timeout|sales"])
        .joined(separator: "\n")
      #expect(try await stage.service.sql(rows) == expected)
      let jobs = "SELECT number, state FROM report.jobs ORDER BY number"
      let owed = (abandoned + [timedOut]).map { "\($0)|waiting" }.joined(separator: "\n")
      #expect(try await stage.service.sql(jobs) == owed)
      let talks = """
        SELECT number, answered, answered_by, extract(epoch FROM talk) >= 2 FROM report.calls
        WHERE answered ORDER BY number
        """
      #expect(
        try await stage.service.sql(talks) == answered.map { "\($0)|t|PJSIP/101|t" }.joined(separator: "\n"))
      let entries = "SELECT result, count(*) FROM perezvon.queue_entries GROUP BY 1 ORDER BY 1"
      #expect(try await stage.service.sql(entries) == "abandoned|6\nanswered|2\nother_unanswered|1")

      // Everything is read again, for nobody knows any more how far it was read.
      try await stage.service.eventually("SELECT count(*) FROM perezvon.queue_log_positions") { $0 == "1" }
      await stage.service.kill()
      _ = try await stage.service.sql("DELETE FROM perezvon.queue_log_positions")
      try await stage.service.start()
      try await stage.service.eventually(
        "SELECT count(*) FROM perezvon.queue_log_positions", within: .seconds(20)
      ) { $0 == "1" }
      #expect(try await stage.service.sql(rows) == expected)
      #expect(try await stage.service.sql(jobs) == owed)
      #expect(try await stage.service.sql(entries) == "abandoned|6\nanswered|2\nother_unanswered|1")
      #expect(try await stage.service.sql("SELECT count(*) FROM report.calls") == "9")
    }
  }

  /// Half of the callers before the rotation, half after it, one waiting through it.
  private func absentHours(
    _ stage: Stage, abandoned: [String], answered: [String], timedOut: String
  ) async throws {
    let telco = stage.lab.telco
    var calls: [LabCall] = []
    for number in abandoned.prefix(3) {
      calls.append(try await telco.placeCall(from: number, hangsUpAfter: .seconds(5)))
    }
    calls.append(try await telco.placeCall(from: timedOut, to: PBXDialplan.timeoutNumber))
    let through = try await telco.placeCall(from: abandoned[3])
    for call in calls { _ = try await call.ended(within: .seconds(20)) }
    try await rotate(stage.lab.pbx)
    try await through.hangUp()
    _ = try await through.ended(within: .seconds(10))

    var rest: [LabCall] = []
    for number in abandoned.suffix(2) {
      rest.append(try await telco.placeCall(from: number, hangsUpAfter: .seconds(4)))
    }
    for call in rest { _ = try await call.ended(within: .seconds(10)) }
    try await telco.setAgent(101, .answers(after: .seconds(1)))
    try await stage.lab.pbx.setMember(101)
    for number in answered {
      let call = try await telco.placeCall(from: number)
      try await telco.wait(within: .seconds(15), "\(number) talking to agent 101") { legs in
        legs.last { $0.number == "101" && $0.isTalking && $0.party == .agent }
      }
      try await Task.sleep(for: .seconds(3))
      try await call.hangUp()
      _ = try await call.ended(within: .seconds(10))
      try await telco.wait(within: .seconds(10), "agent 101 free again") { legs in
        legs.allSatisfy { $0.number != "101" || !$0.isLive } ? true : nil
      }
    }
    // The last lines are two seconds old before anybody looks.
    try await stage.lab.pbx.eventually(within: .seconds(10), "the last line of the log") { pbx in
      pbx.queueLogLines().last { $0.count > 4 && $0[4].hasPrefix("COMPLETE") }.flatMap { line in
        Int(line[0]).flatMap { Date().timeIntervalSince1970 - Double($0) > 2 ? true : nil }
      }
    }
  }

  /// As logrotate does: the file is renamed, then Asterisk is told.
  private func rotate(_ pbx: LabPBX) async throws {
    try FileManager.default.moveItem(atPath: pbx.queueLog, toPath: pbx.queueLog + ".1")
    try await pbx.cli("logger reload")
    try await pbx.eventually(within: .seconds(5), "a new queue_log") { pbx in
      FileManager.default.fileExists(atPath: pbx.queueLog) ? true : nil
    }
  }

  @Test(arguments: bothAsterisks)
  func `what AMI and the log both tell is one row`(_ asterisk: LabAsterisk) async throws {
    try await Stage.with(asterisk, LabServiceOptions(campaign: ["start_after": "10m"])) { stage in
      let numbers = (1...4).map { "+7916510000\($0)" }
      var calls: [LabCall] = []
      for number in numbers {
        calls.append(try await stage.lab.telco.placeCall(from: number, hangsUpAfter: .seconds(4)))
      }
      for call in calls { _ = try await call.ended(within: .seconds(15)) }
      let rows = "SELECT count(*), count(DISTINCT number), bool_and(did <> '') FROM report.missed_calls"
      try await stage.service.eventually(rows) { $0 == "4|4|t" }
      // Read again from the beginning by a service that did not see them.
      await stage.service.kill()
      _ = try await stage.service.sql("DELETE FROM perezvon.queue_log_positions")
      try await stage.service.start()
      try await stage.service.eventually(
        "SELECT count(*) FROM perezvon.queue_log_positions", within: .seconds(20)
      ) { $0 == "1" }
      #expect(try await stage.service.sql(rows) == "4|4|t")
      #expect(try await stage.service.sql("SELECT count(*) FROM report.jobs") == "4")
      #expect(try await stage.service.sql("SELECT count(*) FROM perezvon.queue_entries") == "4")
    }
  }

  // The console of 16 cannot throw a manager session out.
  @Test(arguments: [LabAsterisk.v22])
  func `with AMI gone, calls end unseen: the log tells who was answered and who gave up`(
    _ asterisk: LabAsterisk
  ) async throws {
    try await Stage.with(asterisk, LabServiceOptions(campaign: ["start_after": "10m", "min_wait": "0s"])) { stage in
      let pbx = stage.lab.pbx
      let telco = stage.lab.telco
      let givesUp = "+79165200001"
      let answered = "+79165200002"
      let stays = "+79165200003"
      let first = try await telco.placeCall(from: givesUp)
      let second = try await telco.placeCall(from: answered)
      try await pbx.eventually(within: .seconds(10), "two callers waiting") { pbx in
        try await pbx.waiting().count == 2 ? true : nil
      }
      try await setManagerSecret(pbx, "another")
      try await stage.service.waitForLog("AMI is down")

      try await first.hangUp()
      _ = try await first.ended(within: .seconds(10))
      try await telco.setAgent(101, .answers(after: .seconds(1)))
      try await pbx.setMember(101)
      try await telco.wait(within: .seconds(15), "agent 101 talking") { legs in
        legs.first { $0.number == "101" && $0.isTalking }
      }
      try await Task.sleep(for: .seconds(2))
      try await second.hangUp()
      _ = try await second.ended(within: .seconds(10))
      try await pbx.setMember(101, paused: true)
      let third = try await telco.placeCall(from: stays)
      try await pbx.eventually(within: .seconds(10), "the third caller waiting") { pbx in
        try await pbx.waiting().count == 1 ? true : nil
      }

      try await setManagerSecret(pbx, pbx.amiSecret)
      let calls = "SELECT number, answered, answered_by, did FROM report.calls ORDER BY number"
      let number = PBXDialplan.mainNumber
      try await stage.service.eventually(calls, within: .seconds(30)) {
        $0 == "\(givesUp)|f||\(number)\n\(answered)|t|PJSIP/101|\(number)"
      }
      try await third.hangUp()
      _ = try await third.ended(within: .seconds(10))
      try await stage.service.eventually(
        "SELECT number, ending FROM report.missed_calls ORDER BY number", within: .seconds(15)
      ) { $0 == "\(givesUp)|caller_hung_up\n\(stays)|caller_hung_up" }
      #expect(
        try await stage.service.sql(
          "SELECT result, count(*) FROM perezvon.queue_entries GROUP BY 1 ORDER BY 1")
          == "abandoned|2\nanswered|1")
      #expect(try await stage.service.sql("SELECT count(*) FROM report.jobs") == "2")
    }
  }

  /// Changes the secret of the service's account and throws its sessions out.
  private func setManagerSecret(_ pbx: LabPBX, _ secret: String) async throws {
    let file = "\(pbx.directory)/etc/manager.d/perezvon.conf"
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map { $0.hasPrefix("secret") ? "secret = \(secret)" : String($0) }
    try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
    try await pbx.cli("manager reload")
    for line in try await pbx.cli("manager show connected").split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 4, fields[0] == pbx.amiUser, let descriptor = fields.dropFirst(4).first else { continue }
      // Refused where the service has closed it already.
      _ = try? await pbx.cli("manager kick session \(descriptor)")
    }
  }
}
