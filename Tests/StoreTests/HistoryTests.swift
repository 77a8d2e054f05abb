import CallPolicy
import CallTracking
import Telephony
import Testing

@testable import Store

@Suite struct `History brought into the books` {
  private let reason = "imported from queue_log"

  private func entry(_ call: CallRecord, join: Int = 1) -> QueueEntryRecord {
    QueueEntryRecord(
      pbx: call.pbx, linkedID: call.linkedID, channel: call.channel, join: join, queue: "sales",
      joinedAt: call.startedAt, leftAt: call.endedAt, result: .abandoned, member: nil, position: 1)
  }

  private func batch(_ books: Books, _ calls: [CallRecord]) -> HistoryBatch {
    var batch = HistoryBatch()
    for call in calls {
      batch.append(HistoricCall(call: call, caller: books.caller(), short: false), reason: reason)
      batch.append(entry(call))
    }
    return batch
  }

  @Test func `is there once, however often it is brought`() async throws {
    let books = try await Books()
    var answered = books.missedCall("1.2")
    answered.answered = true
    answered.lostAt = nil
    answered.ending = nil
    let history = batch(books, [books.missedCall("1.1"), answered])
    let first = try await books.store.bring(history)
    #expect((first.calls, first.missed, first.entries) == (2, 1, 2))
    #expect(try await books.store.bring(history) == HistoryCounts())
    #expect(try await books.value("SELECT count(*) FROM report.calls") == "2")
    await books.store.close()
  }

  @Test func `says in every column what the call said`() async throws {
    let books = try await Books()
    let call = books.missedCall("1.1", name: "A\tn\"na\\\u{0}")
    _ = try await books.store.bring(batch(books, [call]))
    let other = try await Books()
    _ = try await other.store.settle(call, caller: other.caller(), now: other.now) { _ in
      CallVerdict(noJobReason: "imported from queue_log")
    }
    for view in ["calls", "missed_calls"] {
      let row = "SELECT to_jsonb(t) - 'callback_of' FROM report.\(view) t"
      let brought = try await books.value(row)
      #expect(brought != nil)
      #expect(brought == (try await other.value(row)), "report.\(view)")
    }
    await books.store.close()
    await other.store.close()
  }

  @Test func `leaves what is known better as it is`() async throws {
    let books = try await Books()
    let call = books.missedCall("1.1")
    _ = try await books.store.settle(
      call, caller: books.caller(), now: books.now, decide: books.policy())
    let counts = try await books.store.bring(batch(books, [call]))
    #expect((counts.calls, counts.missed, counts.entries) == (0, 0, 1))
    #expect(try await books.value("SELECT job IS NOT NULL FROM report.missed_calls") == "true")
    await books.store.close()
  }

  @Test func `knows a call that is in the books under another linkedid by its queue entry`() async throws {
    let books = try await Books()
    var merged = books.missedCall("9.9")
    merged.channel = "1.1"
    try await books.store.record([entry(merged)])
    let counts = try await books.store.bring(batch(books, [books.missedCall("1.1")]))
    #expect((counts.calls, counts.entries) == (0, 0))
    await books.store.close()
  }

  @Test func `of a batch that the server refuses nothing stays, and the next is taken`() async throws {
    let books = try await Books()
    var wrong = books.missedCall("1.2")
    wrong.startedAt = Timestamp(microseconds: .min / 2)
    #expect(
      await code { _ = try await books.store.bring(batch(books, [books.missedCall("1.1"), wrong])) } != nil)
    #expect(try await books.value("SELECT count(*) FROM report.calls") == "0")
    let counts = try await books.store.bring(batch(books, [books.missedCall("1.1")]))
    #expect(counts.calls == 1)
    await books.store.close()
  }
}
