import CallPolicy
import Dialer
import Telephony
import Testing

@testable import Store

/// One ended dial; moments in seconds before `Books.now`.
private struct Dial {
  var number = 0
  var ago: Int
  var result = "answered"
  var outcome = "conversation"
  var agent: String? = "PJSIP/101"
  /// From the dial to its end.
  var lasts = 20
}

extension Books {
  /// Writes ended dials of one campaign, a job for each number.
  fileprivate func write(_ dials: [Dial]) async throws {
    var jobs: [Int: Job] = [:]
    for (n, dial) in dials.enumerated() {
      if jobs[dial.number] == nil { jobs[dial.number] = try await add(job(number(dial.number))) }
      let job = jobs[dial.number]!
      let at = "to_timestamp(\((now - .seconds(dial.ago)).microseconds)::numeric / 1000000)"
      try await sql(
        """
        INSERT INTO perezvon.attempts (id, job, campaign, pbx, n, number, agent, queue, phase, fence, pbx_started_at,
          started_at, deadline, customer_dialed_at, ended_at, agent_result, customer_result, outcome,
          paused_reason_found)
        VALUES (gen_random_uuid(), '\(job.id)', 'sales', 'pbx1', \(n + 1), '\(job.number.e164)',
          \(dial.agent.map { "'\($0)'" } ?? "NULL"), 'sales', 'ended', 1, \(at), \(at), \(at), \(at),
          \(at) + interval '\(dial.lasts) s', 'none', '\(dial.result)', '\(dial.outcome)', '')
        """)
    }
  }
}

@Suite struct `The books of drops` {
  @Test func `give a pacer its answers back, by the hour and oldest first`() async throws {
    let books = try await Books()
    try await books.write([
      Dial(number: 1, ago: 31 * 86_400), Dial(number: 1, ago: 7_300),
      Dial(number: 2, ago: 7_200, outcome: "dropped"),
      Dial(number: 3, ago: 60, result: "machine", outcome: "customer_missed"),
      Dial(number: 4, ago: 50, result: "no_answer", outcome: "customer_missed"),
    ])
    let steps = try await books.store.answerCounts(of: ["sales"], since: books.now - DropBudget.month)
    // 13:58, 14:00 and 15:59 of the day.
    #expect(
      steps.map(\.counts) == [
        AnswerCounts(live: 1), AnswerCounts(live: 1, dropped: 1), AnswerCounts(machines: 1),
      ])
    #expect(steps.map(\.at) == steps.map(\.at).sorted() && steps[0].campaign == "sales")
    var pacer = Pacer(settings: PacerSettings(mode: .predictive))
    for step in steps { pacer.restore(step.counts, at: step.at) }
    #expect(pacer.budget.lastMonth == AnswerCounts(live: 2, dropped: 1, machines: 1))
    #expect(try await books.store.answerCounts(of: ["other"], since: books.now - DropBudget.month) == [])
    await books.store.close()
  }

  @Test func `know who was dropped lately`() async throws {
    let books = try await Books()
    try await books.write([
      Dial(number: 1, ago: 80 * 3_600, outcome: "dropped"),
      Dial(number: 2, ago: 70 * 3_600, outcome: "dropped"),
      Dial(number: 2, ago: 60 * 3_600, outcome: "dropped"), Dial(number: 2, ago: 3_600),
      Dial(number: 3, ago: 3_600),
    ])
    let drops = try await books.store.lastDrops(
      of: (0..<4).map { books.number($0) }, since: books.now - .seconds(72 * 3_600))
    #expect(drops == [books.number(2): books.now - .seconds(60 * 3_600 - 20)])
    await books.store.close()
  }

  @Test func `tell each day's rates by both denominators`() async throws {
    let books = try await Books()
    try await books.write(
      (0..<8).map { Dial(number: $0, ago: 3_600 + $0, outcome: $0 < 2 ? "dropped" : "conversation") }
        + [
          Dial(number: 9, ago: 60, result: "machine", outcome: "customer_missed"),
          Dial(number: 10, ago: 50, result: "busy", outcome: "customer_missed"),
          Dial(number: 11, ago: 90_000),
        ])
    let rows = try await books.value(
      """
      SELECT string_agg(concat_ws(' ', campaign, live_answered, dropped, machines, drop_rate, drop_rate_of_all), ', '
        ORDER BY day) FROM report.drops
      """)
    #expect(rows == "sales 1 0 0 0.0000 0.0000, sales 8 2 1 0.2500 0.2222")
    await books.store.close()
  }
}

@Suite struct `The books of compliance` {
  private func question(_ books: Books) -> ComplianceQuestion {
    ComplianceQuestion(
      campaign: "sales", from: books.now - .seconds(5 * 86_400), to: books.now, zone: "UTC",
      workdays: 8 * 60..<21 * 60, restDays: 9 * 60..<20 * 60, minimumRing: .seconds(15),
      redialGap: .seconds(72 * 3_600))
  }

  @Test func `count what was not kept, and only that`() async throws {
    let books = try await Books()
    let hour = 3_600
    // Now is Sunday 16:00 UTC.
    try await books.write([
      Dial(number: 1, ago: hour, result: "no_answer", outcome: "customer_missed", lasts: 15),
      Dial(number: 2, ago: hour, result: "no_answer", outcome: "customer_missed", lasts: 14),
      Dial(number: 3, ago: hour, result: "busy", outcome: "customer_missed", lasts: 2),
      // Sunday 08:30, Friday 08:30, Friday 07:59.
      Dial(number: 4, ago: 7 * hour + hour / 2), Dial(number: 5, ago: 55 * hour + hour / 2),
      Dial(number: 6, ago: 56 * hour + 60),
      // Dropped; then dialled with an agent, then without.
      Dial(number: 7, ago: 54 * hour, outcome: "dropped", agent: nil), Dial(number: 7, ago: 30 * hour),
      Dial(number: 7, ago: 29 * hour, result: "no_answer", outcome: "customer_missed", agent: nil),
      Dial(number: 8, ago: 6 * 86_400, outcome: "dropped"),
    ])
    let figures = try await books.store.compliance(question(books))
    #expect(figures.dialed == 9)
    #expect(figures.outsideHours == 2, "Sunday before nine, Friday before eight")
    #expect(figures.cutShort == 1)
    #expect(figures.redialsAfterDrop == 1)
    #expect(figures.mostDialsInDay == 2 && figures.mostTalks == (1, 1, 1))
    #expect(figures.period == AnswerCounts(live: 5, dropped: 1))
    #expect(figures.worstDayName == "2026-11-20" && figures.worstDay == AnswerCounts(live: 3, dropped: 1))
    #expect(figures.month == AnswerCounts(live: 6, dropped: 2), "the last 30 days, the period is shorter")
    await books.store.close()
  }

  @Test func `go by the customer's own clock`() async throws {
    let books = try await Books()
    try await books.write([Dial(number: 1, ago: 3_600), Dial(number: 2, ago: 3_600)])
    try await books.sql(
      """
      INSERT INTO perezvon.contacts (id, campaign, name, attributes, priority, source, line, imported_at, updated_at)
        VALUES ('00000000-0000-7000-8000-000000000001', 'sales', 'Anna', '{}', 0, 'list', 1, now(), now());
      INSERT INTO perezvon.contact_phones (number, campaign, of_contact, n, kind, time_zone, state)
        VALUES ('\(books.number(1).e164)', 'sales', '00000000-0000-7000-8000-000000000001', 1, 'mobile',
          'Asia/Vladivostok', 'ok')
      """)
    #expect(
      try await books.store.compliance(question(books)).outsideHours == 1, "15:00 is 01:00 in Vladivostok")
    #expect(
      try await books.value(
        "SELECT concat_ws(' ', dialed, live_answered, dropped, most_dials_of_a_number) FROM report.compliance"
      )
        == "2 2 0 1")
    await books.store.close()
  }

  @Test func `without hours nothing is outside, and an empty period is all kept`() async throws {
    let books = try await Books()
    var question = question(books)
    (question.workdays, question.restDays) = (nil, nil)
    let figures = try await books.store.compliance(question)
    #expect(figures.dialed == 0 && figures.outsideHours == 0 && figures.worstDay == nil)
    await books.store.close()
  }
}
