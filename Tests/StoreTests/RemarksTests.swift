import CallPolicy
import Dialer
import Telephony
import Testing

@testable import Store

@Suite struct `What a person says` {
  private func said(_ disposition: String?, note: String? = nil) -> Remark {
    Remark(disposition: disposition, note: note, reason: "Vera said so")
  }

  private func attempt(_ job: Job, _ books: Books) async throws -> AttemptRecord {
    let lease = try #require(try await books.lease())
    return try #require(claimed(try await books.claim(books.attempt(job), job, lease)))
  }

  @Test func `of a call is kept with it, whatever is written of the call later`() async throws {
    let books = try await Books()
    let job = try await books.add(books.job())
    var attempt = try await attempt(job, books)
    let lease = try #require(try await books.lease())
    #expect(try await books.store.attempt(meant: job.id.id) == attempt.id)
    #expect(try await books.store.attempt(meant: attempt.id.id) == attempt.id)
    #expect(try await books.store.attempt(meant: books.newID()) == nil)
    let effect = try await books.store.remark(said("sold", note: "=1"), of: attempt.id, now: books.now)
    #expect(effect == RemarkEffect())
    attempt.phase = .customer
    attempt.customerDialedAt = books.now
    try await books.store.write(attempt, lease: lease)
    #expect(try await books.value("SELECT disposition || note FROM report.attempts") == "sold=1")
    _ = try await books.store.remark(said("", note: nil), of: attempt.id, now: books.now)
    #expect(try await books.value("SELECT coalesce(disposition, '-') || note FROM report.attempts") == "-=1")
    let nobody = AttemptID(books.newID())
    #expect(try await books.store.remark(said("sold"), of: nobody, now: books.now) == nil)
    #expect(
      try await books.value("SELECT count(*) FROM report.decisions WHERE reason = 'Vera said so'") == "2")
    await books.store.close()
  }

  @Test func `of a call to a contact is said of him, and do_not_call takes all his phones`() async throws {
    let books = try await Books()
    try await books.put(
      books.contact(2, key: "A1", books.number(1), books.number(2)),
      books.contact(3, key: "B2", books.number(3)))
    try await books.run()
    // Owed to one of his phones by another campaign, which has no other.
    var callback = books.job(books.number(2))
    callback.campaign = "callbacks"
    _ = try await books.add(callback)
    let job = try #require(try await books.listed().first { $0.number == books.number(1) })
    let attempt = try await attempt(job, books)
    let effect = try await books.store.remark(said("do_not_call"), of: attempt.id, now: books.now)
    #expect(effect?.excluded.sorted() == [1, 2].map { books.number($0).e164 })
    #expect(
      try await books.value("SELECT disposition FROM report.contacts WHERE key = 'A1'") == "do_not_call")
    // The call that goes on is left alone, the callback is over, and the other contact is as he was.
    let states = try await books.value("SELECT string_agg(state, ',' ORDER BY state) FROM report.jobs")
    #expect(states == "excluded,waiting,working")
    let refused = try await books.put(books.contact(2, key: "C3", books.number(2)))
    #expect(refused.refused.map(\.line) == [2])
    await books.store.close()
  }

  @Test func `never to call a number leaves a contact his other phone, and can be taken back`() async throws {
    let books = try await Books()
    try await books.put(books.contact(2, key: "A1", books.number(1), books.number(2)))
    try await books.run()
    try await books.store.setDoNotCall(books.number(1), reason: "asked", now: books.now)
    let job = try #require(try await books.listed().first)
    #expect(job.contact?.phones.map(\.state) == [.doNotCall, .ok])
    let lease = try #require(try await books.lease())
    // The switchboard goes on with the second phone (`CallPolicy.passOver`).
    #expect(try await books.claim(books.attempt(job), job, lease) == .doNotCall)
    #expect(try await books.store.clearDoNotCall(books.number(1)))
    let again = try #require(try await books.listed().first)
    #expect(again.contact?.phones.map(\.state) == [.ok, .ok])
    for n in 1...2 { try await books.store.setDoNotCall(books.number(n), reason: "asked", now: books.now) }
    #expect(try await books.value("SELECT state FROM report.jobs") == "excluded")
    #expect(try await books.value("SELECT disposition FROM report.contacts") == "excluded")
    await books.store.close()
  }
}
