import CallPolicy
import CallTracking
import Telephony
import Testing

@testable import Store

@Suite struct `A day in the books` {
  @Test func `counts calls, what was missed and what became of it`() async throws {
    let books = try await Books()
    let store = books.store
    let since = books.now - .seconds(6 * 3_600)
    _ = try await store.settle(
      books.missedCall("1.1"), caller: books.caller(), now: books.now, decide: books.policy())
    var early = books.missedCall("1.0")
    early.startedAt = since - .seconds(20)
    early.endedAt = since - .seconds(10)
    _ = try await store.settle(
      early, caller: books.caller(books.number(1)), now: books.now, decide: books.policy(books.number(1)))
    var answered = books.missedCall("1.2")
    answered.answered = true
    answered.lostAt = nil
    answered.ending = nil
    _ = try await store.settle(answered, caller: books.caller(books.number(2)), now: books.now) { _ in
      CallVerdict()
    }
    // The job of the call before the day was written today.
    let totals = try await store.dayTotals(since: since, now: books.now)
    #expect(totals.funnel.calls == 2 && totals.funnel.missed == 1 && totals.funnel.short == 0)
    #expect(totals.funnel.owed == 2 && totals.funnel.open == 2)
    #expect(totals.funnel.dialed == 0 && totals.funnel.conversations == 0 && totals.funnel.lost == 0)
    #expect(totals.losses == [LossTotals(lostAt: "queue", queue: "sales", missed: 1, recovered: 0)])
    let counts = try await store.callbackCounts(now: books.now, overdueBefore: books.now)
    #expect(counts.due == 2 && counts.overdue == 2 && counts.working == 0 && counts.later == 0)
    #expect(counts.jobs == [.waiting: 2])
    let later = try await store.callbackCounts(
      now: books.now - .seconds(1), overdueBefore: books.now - .seconds(600))
    #expect(later.due == 0 && later.later == 2)
    await store.close()
  }

  @Test func `has the service level of each queue by the hour`() async throws {
    let books = try await Books()
    let since = books.now - .seconds(3 * 3_600)
    func entry(_ n: Int, _ joined: Duration, _ wait: Duration, _ result: String) -> String {
      """
      INSERT INTO perezvon.queue_entries VALUES ('pbx1', 'c\(n)', 1, 'l\(n)', 'sales',
        to_timestamp(\((since + joined).seconds)), to_timestamp(\((since + joined + wait).seconds)), '\(result)', NULL, 1);
      """
    }
    try await books.sql(
      entry(1, .seconds(10), .seconds(5), "answered") + entry(2, .seconds(20), .seconds(25), "answered")
        + entry(3, .seconds(30), .seconds(9), "abandoned")
        + entry(4, .seconds(2 * 3_600 + 1), .seconds(3), "answered")
        + entry(5, .seconds(-10), .seconds(3), "answered")
        + entry(6, .seconds(40), .seconds(9), "other_unanswered"))
    let hours = try await books.store.dayTotals(since: since, now: books.now).queueHours
    #expect(
      hours == [
        QueueHourTotals(
          pbx: "pbx1", queue: "sales", hour: 0, answered: 2, answeredInTime: 1, abandoned: 1,
          shortAbandoned: 0),
        QueueHourTotals(
          pbx: "pbx1", queue: "sales", hour: 2, answered: 1, answeredInTime: 1, abandoned: 0,
          shortAbandoned: 0),
      ])
    await books.store.close()
  }
}
