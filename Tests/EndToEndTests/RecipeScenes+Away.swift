import Foundation
import Lab
import Telephony
import Testing

/// What is keyed in while the service is gone: the voice says that it was noted, and so it is.
extension RecipeStage {
  /// The service was killed. When it is back it reads in queue_log what was said; and when it reads all of the log once
  /// more, with all that it had heard itself, nothing is owed twice.
  func saidWhileAway() async throws {
    let (late, promised) = ("+79161000110", "+79161000111")
    let asking = try await lab.telco.placeCall(from: late, to: PBXRecipes.request)
    let talk = try await lab.telco.placeCall(from: promised, to: PBXRecipes.promise)
    try await press("1", asking, late, at: "closed")
    try await press("1", asking, late, at: "number-right")
    try await taken(promised, by: 117)
    try await together(117)
    try await lab.telco.press("*77", on: "117")
    try await isAskedWhen(117)
    try await lab.telco.press("2352", on: "117")
    _ = try await lab.pbx.eventually("the promise in the log") { pbx in
      pbx.queueLogLines().last { $0.count > 4 && $0[4] == "PEREZVONPROMISE" && $0.last == "2352" }
    }
    try await together(117)
    try await talk.hangUp()
    #expect(try await asking.ended(within: .seconds(15)).endedBy == .pbx, "he was told thanks")
    _ = try await talk.ended(within: .seconds(10))
    // After the talk: to whom, nobody says.
    let after = try await lab.telco.dial("*77", byAgent: 117)
    try await isAskedWhen(117)
    try await after.press("2351")
    _ = try await after.ended(within: .seconds(15))

    try await service.start()
    for (number, columns, expected) in [
      (late, "source, state, first_missed_at < created_at", "requested|waiting|t"),
      (
        promised, "source, owner, to_char(due_at AT TIME ZONE 'Europe/Moscow', 'HH24:MI')",
        "promised|PJSIP/117|23:51"
      ),
    ] {
      let query = "SELECT \(columns) FROM report.jobs WHERE number = '\(number)'"
      try await service.eventually(query, within: .seconds(30)) { $0 == expected }
    }
    try await sql(
      "SELECT count(*) FROM report.decisions WHERE decision = 'promised' AND number = '\(promised)'", "2")

    // Both ring back, and the service goes as they hear that they are about to be called.
    let one = try await lab.telco.placeCall(from: late, to: PBXRecipes.returning)
    let two = try await lab.telco.placeCall(from: promised, to: PBXRecipes.returning)
    _ = try await lab.pbx.caller(late, in: "Read")
    _ = try await lab.pbx.caller(promised, in: "Read")
    service.killNow()
    try await one.press("9")
    try await two.press("3")
    await service.kill()
    for (call, number) in [(one, late), (two, promised)] {
      try await waits(number)
      try await call.hangUp()
    }
    try await service.start()
    for (number, expected) in [(late, "excluded"), (promised, "cancelled")] {
      let query = "SELECT state FROM report.jobs WHERE number = '\(number)'"
      try await service.eventually(query, within: .seconds(30)) { $0 == expected }
    }

    // All is read again, with what AMI had told of every scene before.
    await service.kill()
    let owed = """
      SELECT (SELECT count(*) FROM perezvon.words), (SELECT count(*) FROM report.decisions
          WHERE decision IN ('promised', 'requested', 'cancelled', 'do_not_call', 'no_job', 'job_created')),
        (SELECT md5(string_agg(number || source || state || due_at, ',' ORDER BY job)) FROM report.jobs)
      """
    let before = try await service.sql(owed)
    _ = try await service.sql("DELETE FROM perezvon.queue_log_positions")
    try await service.start()
    let words = lab.pbx.queueLogLines().filter { $0.count > 4 && $0[4].hasPrefix("PEREZVON") }
    #expect(words.count > 10, "of the scenes before, too: \(words.count)")
    let saved = "SELECT count(*) FROM perezvon.queue_log_positions"
    try await service.eventually(saved, within: .seconds(30)) { $0 == "1" }
    try await service.waitForLog("What was said by keys is found in queue_log")
    #expect(try await service.sql(owed) == before)
  }

  private func isAskedWhen(_ agent: Int) async throws {
    _ = try await lab.pbx.eventually("\(agent) is asked when") { pbx -> Bool? in
      try await pbx.cli("core show channels concise").contains("perezvon/promise-when") ? true : nil
    }
  }
}
