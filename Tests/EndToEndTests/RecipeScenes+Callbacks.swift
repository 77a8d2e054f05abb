import Foundation
import Lab
import Telephony
import Testing

/// A callback asked for, promised, cancelled.
extension RecipeStage {
  static let offered = "+79161000050"
  static let late = "+79161000060"
  static let other = "+79161000061"

  private func owed(_ number: String, _ columns: String) -> String {
    "SELECT \(columns) FROM report.jobs WHERE number = '\(number)' ORDER BY created_at DESC LIMIT 1"
  }

  /// In front of the queue: he keeps the place of his arrival, and is told a wait that is measured.
  func offer() async throws {
    try await lab.pbx.setMember(116, of: "held")
    let talking = try await lab.telco.placeCall(from: "+79161000051", to: PBXRecipes.offer)
    try await taken("+79161000051", by: 116)
    let caller = Self.offered
    let call = try await lab.telco.placeCall(from: caller, to: PBXRecipes.offer)
    try await press("1", call, caller, at: "keep-place")
    try await press("1", call, caller, at: "number-right")
    try await press("1", call, caller, at: "when")
    let end = try await call.ended(within: .seconds(15))
    #expect(end.endedBy == .pbx)
    try await sql(
      owed(
        caller,
        "source, state, missed_count, first_missed_at < created_at, extract(epoch FROM due_at - created_at) < 2"
      ),
      "requested|waiting|1|t|t")
    let said = try await service.sql(
      "SELECT extract(epoch FROM promised_at - asked_at) BETWEEN 150 AND 181 FROM report.promises WHERE number = '\(caller)'"
    )
    #expect(said == "t", "one agent in a talk of which nothing is known: three minutes were said")
    let missed = try await service.sql(
      "SELECT ending, job IS NOT NULL FROM report.missed_calls WHERE number = '\(caller)'")
    #expect(missed == "callback_requested|t")
    try await talking.hangUp()
  }

  /// Inside the queue by a key: who declines is back where he was, who gives another number is called there.
  func keys() async throws {
    try await lab.pbx.setMember(115, of: "offering")
    let talking = try await lab.telco.placeCall(from: "+79161000052", to: PBXRecipes.keyed)
    try await taken("+79161000052", by: 115)
    let (first, second) = ("+79161000053", "+79161000054")
    let one = try await lab.telco.placeCall(from: first, to: PBXRecipes.keyed)
    try await waits(first)
    let two = try await lab.telco.placeCall(from: second, to: PBXRecipes.keyed)
    try await waits(second)
    try await one.press("1")
    try await press("2", one, first, at: "keep-place")
    try await waits(first)
    let channels = try await lab.pbx.channels()
    let place = try await lab.pbx.waiting(in: "offering").map { id in
      channels.first { $0.id == id }?.callerNumber ?? ""
    }
    #expect(place == [first, second], "he is back where he was")

    try await two.press("1")
    try await press("1", two, second, at: "keep-place")
    try await press("2", two, second, at: "number-right")
    try await press("12#", two, second, at: "enter-number")
    try await press("89161000055#", two, second, at: "enter-number")
    try await press("1", two, second, at: "number-right")
    try await press("2", two, second, at: "when")
    try await press("9999", two, second, at: "enter-time")
    try await press("2359", two, second, at: "enter-time")
    _ = try await two.ended()
    try await sql(
      owed("+79161000055", "source, to_char(due_at AT TIME ZONE 'Europe/Moscow', 'HH24:MI'), missed_count"),
      "requested|23:59|0")
    try await sql(
      "SELECT no_job_reason FROM report.missed_calls WHERE number = '\(second)'",
      "he asked to be called at another number, and is owed it there")
    for call in [one, talking] { try await call.hangUp() }
  }

  /// After hours: the duty manager's line is busy, so he leaves a request.
  func afterHours() async throws {
    try await lab.telco.setCustomer(PBXRecipes.dutyMobile, .busy)
    let call = try await lab.telco.placeCall(from: Self.late, to: PBXRecipes.afterHours)
    try await press("1", call, Self.late, at: "closed")
    try await press("1", call, Self.late, at: "number-right")
    _ = try await call.ended()
    try await sql(owed(Self.late, "source, state"), "requested|waiting")
    #expect(lab.telco.legs(of: PBXRecipes.dutyMobile).count == 1, "he was tried first")
  }

  /// After hours the duty manager answers: nothing is asked of the caller, and nothing owed to him.
  func dutyAnswers() async throws {
    let (caller, mobile) = ("+79161000062", PBXRecipes.otherDutyMobile)
    try await lab.telco.setCustomer(mobile, .answers(after: .milliseconds(500)))
    let call = try await lab.telco.placeCall(from: caller, to: PBXRecipes.dutyAnswers)
    _ = try await lab.telco.wait(within: .seconds(15), "the duty manager's mobile") { legs in
      legs.first { $0.number == mobile && $0.isTalking }
    }
    let channel = try await lab.pbx.caller(caller, in: "Dial")
    try await lab.pbx.eventually("the caller in a bridge") { pbx in
      try await pbx.channels().first { $0.name == channel.name && !$0.bridge.isEmpty }
    }
    try await call.hangUp()
    try await sql("SELECT answered FROM report.calls WHERE number = '\(caller)'", "t")
    try await sql("SELECT count(*) FROM report.jobs WHERE number = '\(caller)'", "0")
  }

  /// Within the hours nobody hears that we are closed.
  func withinHours() async throws {
    let caller = "+79161000063"
    let before = lab.telco.legs(of: PBXRecipes.dutyMobile).count
    let call = try await lab.telco.placeCall(from: caller, to: PBXRecipes.withinHours)
    try await waits(caller)
    try await call.hangUp()
    try await sql(
      "SELECT lost_at, queue FROM report.missed_calls WHERE number = '\(caller)'", "queue|deserted")
    let rung = lab.telco.legs(of: PBXRecipes.dutyMobile).dropFirst(before).filter { $0.other == caller }
    #expect(rung.isEmpty, "the duty manager is left alone")
  }

  /// Who rings back before we do.
  func returning() async throws {
    let (cancels, never) = ("+79161000070", "+79161000071")
    for number in [cancels, never] {
      let added = try await service.command("jobs", "add", number, "--campaign", "sales-callback")
      #expect(added.status == 0, "\(added.output)")
    }
    let one = try await lab.telco.placeCall(from: cancels, to: PBXRecipes.returning)
    let two = try await lab.telco.placeCall(from: never, to: PBXRecipes.returning)
    try await press("3", one, cancels, at: "about-to-call")
    try await press("9", two, never, at: "about-to-call")
    try await sql(owed(cancels, "state, reason"), "cancelled|he cancelled it by a key")
    try await sql(owed(never, "state"), "excluded")
    try await sql(
      "SELECT count(*) FROM report.decisions WHERE decision = 'do_not_call' AND number = '\(never)'", "1")
    for (call, number) in [(one, cancels), (two, never)] {
      try await waits(number)
      try await call.hangUp()
    }
  }

  /// During a talk and after it; the customer, who has the same code, promises nothing.
  func promise() async throws {
    try await lab.pbx.setMember(117, of: "promising")
    let caller = "+79161000080"
    let call = try await lab.telco.placeCall(from: caller, to: PBXRecipes.promise)
    try await taken(caller, by: 117)
    try await together(117)
    try await lab.telco.press("*77", on: "117")
    _ = try await lab.pbx.eventually("117 is asked when") { pbx -> Bool? in
      try await pbx.cli("core show channels concise").contains("perezvon/promise-when") ? true : nil
    }
    try await lab.telco.press("2358", on: "117")
    try await sql(
      owed(caller, "source, owner, to_char(due_at AT TIME ZONE 'Europe/Moscow', 'HH24:MI')"),
      "promised|PJSIP/117|23:58")
    try await call.hangUp()
    try await sql("SELECT talk > interval '1 s' FROM report.calls WHERE number = '\(caller)'", "t")
    try await sql(owed(caller, "state"), "waiting", within: .seconds(3))

    let after = try await lab.telco.dial("*77", byAgent: 117)
    _ = try await lab.pbx.eventually("117 is asked when") { pbx -> Bool? in
      try await pbx.cli("core show channels concise").contains("perezvon/promise-when") ? true : nil
    }
    try await after.press("2357")
    try await sql(owed(caller, "to_char(due_at AT TIME ZONE 'Europe/Moscow', 'HH24:MI')"), "23:57")
    _ = try await after.ended()

    // By hand, for somebody who has not called.
    let added = try await service.command(
      "jobs", "promise", "+79161000081", "--agent", "PJSIP/117", "--at", "2099-01-01T12:00:00Z")
    #expect(added.status == 0, "\(added.output)")
    try await sql(
      owed("+79161000081", "source, owner, due_at = '2099-01-01 12:00Z'"), "promised|PJSIP/117|t")
  }

  /// The only agent: who has waited longer is served first, then the callback, then who came later.
  func turns() async throws {
    try await lab.pbx.setMember(120, of: "turns")
    let (talks, earlier, asks, later) = ("+79161000100", "+79161000101", "+79161000102", "+79161000103")
    try await lab.telco.setCustomer(asks, .answers(after: .milliseconds(300), talk: .seconds(2)))
    let first = try await lab.telco.placeCall(from: talks, to: PBXRecipes.turns)
    try await taken(talks, by: 120)
    let second = try await lab.telco.placeCall(from: earlier, to: PBXRecipes.turns)
    try await press("2", second, earlier, at: "keep-place")
    try await waits(earlier)
    let asking = try await lab.telco.placeCall(from: asks, to: PBXRecipes.turns)
    try await press("1", asking, asks, at: "keep-place")
    try await press("1", asking, asks, at: "number-right")
    try await press("1", asking, asks, at: "when")
    _ = try await asking.ended()
    let third = try await lab.telco.placeCall(from: later, to: PBXRecipes.turns)
    try await press("2", third, later, at: "keep-place")
    try await waits(later)
    try await first.hangUp()
    let served = try await taken(earlier, by: 120)
    try await lab.pbx.eventually("120 kept for the callback") { pbx in
      try await pbx.member(120, of: "turns")?.pausedReason == "pz:turn" ? true : nil
    }
    try await second.hangUp()
    let callback = try await lab.telco.wait(within: .seconds(20), "the callback") { legs in
      legs.first { $0.number == asks && $0.party == .customer && $0.answeredAt != nil }
    }
    let last = try await taken(later, by: 120, within: .seconds(30))
    #expect(served.invitedAt < callback.invitedAt && callback.invitedAt < last.invitedAt)
    try await third.hangUp()
    try await sql(owed(asks, "state, first_missed_at < created_at"), "succeeded|t")
  }

  /// The agents come: callbacks are made in the order in which the callers had come.
  func inTurn() async throws {
    // The third gave up in a queue, and is called back too.
    for number in [Self.offered, Self.late, "+79161000053"] {
      try await lab.telco.setCustomer(number, .answers(after: .milliseconds(300), talk: .seconds(2)))
    }
    let order = try await service.sql(
      """
      SELECT string_agg(number, ',' ORDER BY first_missed_at) FROM report.jobs
      WHERE state = 'waiting' AND due_at < now() AND number IN ('\(Self.offered)', '\(Self.late)')
      """)
    try await lab.pbx.setMember(118, of: "owing")
    for number in [Self.offered, Self.late] {
      try await sql(owed(number, "state"), "succeeded", within: .seconds(40))
    }
    let called = lab.telco.legs.filter {
      $0.party == .customer && [Self.offered, Self.late].contains($0.number)
    }
    #expect(called.map(\.number).joined(separator: ",") == order)
    let kept = try await service.sql("SELECT kept FROM report.promises WHERE number = '\(Self.offered)'")
    #expect(kept == "t", "called before the time that was said")
    try await lab.pbx.setMember(118, of: "owing", present: false)
  }
}
