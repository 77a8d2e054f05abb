import Foundation
import Lab
import Telephony
import Testing

@Suite struct `A queue_log that Asterisk writes to a PostgreSQL table` {
  @Test(arguments: bothAsterisks)
  func
    `tells who came and went while the service was away: each is found once, the answered one is not missed`(
      _ asterisk: LabAsterisk
    ) async throws
  {
    try await Stage.with(
      asterisk, LabServiceOptions(campaign: ["start_after": "30m"]), queueLogInDatabase: true
    ) { stage in
      let table = try #require(stage.lab.queueLogURL)
      let database = try #require(stage.lab.database)
      let telco = stage.lab.telco
      await stage.service.kill()
      _ = try await stage.service.sql("DELETE FROM perezvon.queue_log_table_positions")
      try await telco.setAgent(101, .answers(after: .seconds(1)))
      try await stage.lab.pbx.setMember(101, of: "desk")
      let talks = try await telco.placeCall(from: "+79165300001", to: PBXDialplan.deskNumber)
      var calls = [try await telco.placeCall(from: "+79165300002", to: PBXDialplan.timeoutNumber)]
      for index in 3...5 {
        calls.append(try await telco.placeCall(from: "+7916530000\(index)", hangsUpAfter: .seconds(3)))
      }
      for call in calls { _ = try await call.ended(within: .seconds(20)) }
      try await talks.hangUp()
      _ = try await talks.ended(within: .seconds(10))
      // The last rows are older than the margin of a snapshot before anybody looks.
      let old = """
        SELECT count(*) FROM queue_log WHERE event IN ('ABANDON', 'EXITWITHTIMEOUT', 'COMPLETECALLER')
        AND time < (now() AT TIME ZONE 'UTC') - interval '7 seconds'
        """
      try await stage.lab.pbx.eventually(within: .seconds(20), "five ends in the table") { _ in
        try await database.psql(old, at: table) == "5" ? true : nil
      }
      #expect(!FileManager.default.fileExists(atPath: stage.lab.pbx.queueLog))

      try await stage.service.start()
      try await stage.service.waitForLog("queue_log is read from recover_max_age ago")
      let rows = "SELECT number, lost_at, ending, queue FROM report.missed_calls ORDER BY number"
      let expected = (["2|queue|timeout|sales"] + (3...5).map { "\($0)|queue|caller_hung_up|sales" })
        .map { "+7916530000" + $0 }.joined(separator: "\n")
      try await stage.service.eventually(rows, within: .seconds(20)) { $0 == expected }
      let answered = "SELECT number, answered_by, talk > interval '1 second' FROM report.calls WHERE answered"
      #expect(try await stage.service.sql(answered) == "+79165300001|PJSIP/101|t")
      #expect(try await stage.service.sql("SELECT count(*) FROM report.jobs") == "4")

      // From where it was read to, past a row that Asterisk would never write.
      let place = "SELECT count(*) FROM perezvon.queue_log_table_positions"
      try await stage.service.eventually(place) { $0 == "1" }
      await stage.service.kill()
      try await database.psql(
        "INSERT INTO queue_log (time, data1) VALUES (now(), repeat('|', 90))", at: table)
      let asks = "+79165300007"
      let recipes = RecipeStage(lab: stage.lab, service: stage.service)
      let asking = try await telco.placeCall(from: asks, to: PBXRecipes.request)
      for prompt in ["closed", "number-right"] { try await recipes.press("1", asking, asks, at: prompt) }
      try await stage.abandon("+79165300006", after: .seconds(3))
      let last = """
        SELECT max(time) < (now() AT TIME ZONE 'UTC') - interval '3 seconds' FROM queue_log WHERE event = 'ABANDON'
        """
      try await stage.lab.pbx.eventually(within: .seconds(10), "his row three seconds old") { _ in
        try await database.psql(last, at: table) == "t" ? true : nil
      }
      try await stage.service.start()
      try await stage.service.waitForLog("queue_log is read on")
      let all = expected + "\n+79165300006|queue|caller_hung_up|sales"
      try await stage.service.eventually(rows, within: .seconds(20)) { $0 == all }
      #expect(try await stage.service.sql("SELECT count(*) FROM report.calls") == "6")
      try await stage.service.eventually("SELECT source FROM report.jobs WHERE number = '\(asks)'") {
        $0 == "requested"
      }
      #expect(try await stage.service.sql("SELECT count(*) FROM report.jobs") == "6")
      #expect(
        try await stage.service.command("doctor").output.contains(
          "The queue_log table queue_log can be read."))
    }
  }
}
