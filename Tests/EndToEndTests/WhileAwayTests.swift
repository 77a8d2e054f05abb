import Foundation
import Lab
import Telephony
import Testing

/// Ten minutes without the service, as the issue tells them: who calls, and what becomes of him.
private struct AbsentTime {
  static let abandoned = (101...120).map { "+79165000\($0)" }
  static let answered = (201...205).map { "+79165000\($0)" }
  static let timedOut = (301...302).map { "+79165000\($0)" }
  /// What is before the rotation is made this much older.
  static let aged = 570

  let stage: Stage
  private var telco: Telco { stage.lab.telco }

  init(_ stage: Stage) { self.stage = stage }

  /// Ten give up and two time out before the rotation, ten give up after it, two of them having waited through
  /// it; five are talked with, three of them through it.
  func pass() async throws {
    let logged = try Data(contentsOf: URL(filePath: stage.lab.pbx.queueLog)).count
    for agent in 101...105 {
      try await telco.setAgent(agent, .answers(after: .seconds(1)))
      try await stage.lab.pbx.setMember(agent, of: "desk")
    }
    var talking: [LabCall] = []
    for number in Self.answered {
      talking.append(try await telco.placeCall(from: number, to: PBXDialplan.deskNumber))
    }
    var early: [LabCall] = []
    for number in Self.timedOut {
      early.append(try await telco.placeCall(from: number, to: PBXDialplan.timeoutNumber))
    }
    for (index, number) in Self.abandoned.prefix(10).enumerated() {
      let patience = Duration.milliseconds(3_000 + 200 * index)
      early.append(try await telco.placeCall(from: number, hangsUpAfter: patience))
    }
    var through: [LabCall] = []
    for number in Self.abandoned[10..<12] { through.append(try await telco.placeCall(from: number)) }
    try await telco.wait(within: .seconds(20), "five agents talking") { legs in
      legs.count { $0.party == .agent && $0.isTalking } == 5 ? true : nil
    }
    for call in early { _ = try await call.ended(within: .seconds(20)) }
    // On a busy machine the last to be answered has only just begun, and the log has whole seconds.
    try await stage.lab.pbx.eventually(within: .seconds(10), "talks of two seconds") { _ in
      let begun = telco.legs.filter { $0.party == .agent && $0.isTalking }.compactMap(\.answeredAt).max()
      return begun.map { Timestamp(seconds: Date().timeIntervalSince1970) - $0 > .seconds(2) } == true
        ? true : nil
    }
    for call in talking.prefix(2) {
      try await call.hangUp()
      _ = try await call.ended(within: .seconds(10))
    }
    try await rotate(after: logged)

    for call in through + talking.suffix(3) {
      try await call.hangUp()
      _ = try await call.ended(within: .seconds(10))
    }
    var late: [LabCall] = []
    for (index, number) in Self.abandoned.suffix(8).enumerated() {
      let patience = Duration.milliseconds(3_000 + 200 * index)
      late.append(try await telco.placeCall(from: number, hangsUpAfter: patience))
    }
    for call in late { _ = try await call.ended(within: .seconds(15)) }
    // The last lines are two seconds old before anybody looks.
    try await stage.lab.pbx.eventually(within: .seconds(10), "the last line of the log") { pbx in
      pbx.queueLogLines().last { $0.count > 4 && $0[4] == "ABANDON" }.flatMap { line in
        Int(line[0]).flatMap { Date().timeIntervalSince1970 - Double($0) > 2 ? true : nil }
      }
    }
  }

  /// As logrotate does: the file is renamed, then Asterisk is told. What was written to it since the service was
  /// killed is made older then, with nobody writing there any more: so the time passes without being waited for.
  private func rotate(after logged: Int) async throws {
    let pbx = stage.lab.pbx
    let rotated = pbx.queueLog + ".1"
    try FileManager.default.moveItem(atPath: pbx.queueLog, toPath: rotated)
    try await pbx.cli("logger reload")
    try await pbx.eventually(within: .seconds(5), "a new queue_log") { pbx in
      FileManager.default.fileExists(atPath: pbx.queueLog) ? true : nil
    }
    let text = String(decoding: try Data(contentsOf: URL(filePath: rotated)).dropFirst(logged), as: UTF8.self)
    let older = text.split(separator: "\n").map { line in
      let seconds = Int(line.prefix { $0 != "|" }) ?? 0
      return "\(seconds - Self.aged)" + line.drop { $0 != "|" } + "\n"
    }
    // In place: it stays the file it was, and what the service has read of it stays as it is.
    let file = try FileHandle(forWritingTo: URL(filePath: rotated))
    try file.seek(toOffset: UInt64(logged))
    try file.write(contentsOf: Data(older.joined().utf8))
    try file.close()
  }
}

@Suite struct `While the service is away` {
  @Test(arguments: bothAsterisks)
  func `for ten minutes, with the log rotated: 22 missed calls, 22 jobs, none twice when all is read again`(
    _ asterisk: LabAsterisk
  ) async throws {
    try await Stage.with(asterisk, LabServiceOptions(campaign: ["start_after": "30m"])) { stage in
      let checkpoint = "SELECT count(*) FROM perezvon.queue_log_positions"
      try await stage.service.eventually(checkpoint) { $0 == "1" }
      await stage.service.kill()
      try await AbsentTime(stage).pass()

      try await stage.service.start()
      try await stage.service.waitForLog("queue_log is read on")
      try await stage.service.eventually("SELECT count(*) FROM report.calls", within: .seconds(20)) {
        $0 == "27"
      }
      try await expectTheBooksRight(stage.service)

      // Everything is read again, for nobody knows any more how far it was read.
      try await stage.service.eventually(
        "SELECT count(*) FROM perezvon.queue_log_positions WHERE saved_at > now() - interval '20 seconds'"
      ) { $0 == "1" }
      await stage.service.kill()
      _ = try await stage.service.sql("DELETE FROM perezvon.queue_log_positions")
      try await stage.service.start()
      try await stage.service.eventually(checkpoint, within: .seconds(20)) { $0 == "1" }
      try await stage.service.waitForLog("queue_log is read from recover_max_age ago")
      try await expectTheBooksRight(stage.service)
    }
  }

  /// 20 abandoned, 5 answered, 2 timed out; each of the 22 is owed one callback.
  private func expectTheBooksRight(_ service: LabService) async throws {
    let missed =
      AbsentTime.abandoned.map { "\($0)|queue|caller_hung_up|sales|t" }
      + AbsentTime.timedOut.map { "\($0)|queue|timeout|sales|t" }
    #expect(
      try await service.sql(
        """
        SELECT number, lost_at, ending, queue, jsonb_array_length(evidence) > 0
        FROM report.missed_calls ORDER BY number
        """) == missed.joined(separator: "\n"))
    let owed = (AbsentTime.abandoned + AbsentTime.timedOut).map { "\($0)|waiting|1" }
    #expect(
      try await service.sql("SELECT number, state, missed_count FROM report.jobs ORDER BY number")
        == owed.joined(separator: "\n"))
    let talked = AbsentTime.answered.map { "\($0)|desk|t" }
    #expect(
      try await service.sql(
        "SELECT number, queue, extract(epoch FROM talk) >= 1 FROM report.calls WHERE answered ORDER BY number"
      )
        == talked.joined(separator: "\n"))
    let members = "SELECT answered_by FROM report.calls WHERE answered ORDER BY 1"
    #expect(
      try await service.sql(members) == (101...105).map { "PJSIP/\($0)" }.joined(separator: "\n"))
    // A stay is written after its call.
    try await service.eventually(
      "SELECT result, count(*) FROM perezvon.queue_entries GROUP BY 1 ORDER BY 1"
    ) { $0 == "abandoned|20\nanswered|5\nother_unanswered|2" }
    #expect(
      try await service.sql(
        """
        SELECT count(*) FILTER (WHERE at < now() - interval '9 minutes'),
          count(*) FILTER (WHERE wait > interval '9 minutes') FROM report.missed_calls
        """) == "12|2")
  }

  /// The log is quiet about him for longer than a call waits for its next line, with the service there: it has to
  /// take longer than a minute.
  @Test func `who left his queue long before, under its eyes, and hung up then is found`() async throws {
    try await Stage.with(.v22, LabServiceOptions(campaign: ["start_after": "30m"])) { stage in
      let pbx = stage.lab.pbx
      let number = "+79165400001"
      let call = try await stage.lab.telco.placeCall(from: number, to: PBXDialplan.lingeringNumber)
      let place = "SELECT read_bytes FROM perezvon.queue_log_positions"
      try await stage.service.eventually(place) { $0 != "" }
      try await pbx.eventually(within: .seconds(90), "64 s after the end of his wait") { pbx in
        pbx.queueLogLines().first { $0.count > 4 && $0[4] == "EXITWITHTIMEOUT" }.flatMap { line in
          Int(line[0]).flatMap { Date().timeIntervalSince1970 - Double($0) > 64 ? true : nil }
        }
      }
      // Others come and go; the place does not pass the one who is still there.
      try await stage.abandon("+79165400002")
      try await stage.service.eventually("SELECT count(*) FROM report.missed_calls") { $0 == "1" }
      let log = try String(contentsOfFile: pbx.queueLog, encoding: .utf8)
      let before = try #require(log.range(of: "ENTERQUEUE||\(number)")).lowerBound
      let bytes = log[..<before].utf8.count
      try await stage.service.eventually(place) { Int($0).map { $0 > 0 && $0 < bytes } == true }
      await stage.service.kill()
      try await call.hangUp()
      _ = try await call.ended(within: .seconds(10))
      try await stage.service.start()
      try await stage.service.eventually(
        "SELECT number, ending, job IS NOT NULL FROM report.missed_calls ORDER BY number",
        within: .seconds(20)
      ) { $0 == "\(number)|timeout|t\n+79165400002|caller_hung_up|t" }
      #expect(try await stage.service.sql("SELECT count(*) FROM report.jobs") == "2")
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
    try await Stage.with(asterisk, LabServiceOptions(campaign: ["start_after": "10m", "min_wait": "0s"])) {
      stage in
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
      // A stay is written after its call.
      try await stage.service.eventually(
        "SELECT result, count(*) FROM perezvon.queue_entries GROUP BY 1 ORDER BY 1"
      ) { $0 == "abandoned|2\nanswered|1" }
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
      guard fields.count > 4, fields[0] == pbx.amiUser, let descriptor = fields.dropFirst(4).first else {
        continue
      }
      // Refused where the service has closed it already.
      _ = try? await pbx.cli("manager kick session \(descriptor)")
    }
  }
}
