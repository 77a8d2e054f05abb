import CallPolicy
import CallTracking
import Dialer
import Telephony
import Testing

@testable import Store

@Suite struct `Erasing a number` {
  /// A number with a row in every table, and another with the same.
  private func fill(_ books: Books, _ number: PhoneNumber, _ linkedID: LinkedID, lease: Lease) async throws {
    try await books.store.setDoNotCall(number, reason: "asked on 1 May, Anna", now: books.now)
    let call = books.missedCall(linkedID)
    _ = try await books.store.settle(
      call, caller: books.caller(number), now: books.now, decide: books.policy(number))
    try await books.store.record([
      QueueEntryRecord(
        pbx: call.pbx, linkedID: linkedID, channel: call.channel, join: 1, queue: "sales",
        joinedAt: call.startedAt, leftAt: call.endedAt, result: .abandoned, member: nil, position: 1)
    ])
    try await books.store.save([CustomerChange(number: number, name: "Anna")], now: books.now)
    // A task, a mail about him, a digest about several, a text he was sent.
    try await books.sql(
      """
      INSERT INTO perezvon.tasks (id, kind, number, customer_name, did, wait, pbx, reason, missed_count, created_at, due_at)
        VALUES (gen_random_uuid(), 'rule', '\(number.e164)', 'Anna', '', '0', 'pbx1', '', 1, now(), now());
      INSERT INTO perezvon.outbox (key, event, sink, stream, number, payload, created_at, due_at)
        VALUES (gen_random_uuid(), 'missed_call', 'mail', 'x', '\(number.e164)', '{}', now(), now()),
          (gen_random_uuid(), 'digest', 'mail', 'x', NULL, '{"text": "\(number.e164) called"}', now(), now());
      INSERT INTO perezvon.customer_texts (number, at) VALUES ('\(number.e164)', now());
      """)
  }

  private func tried(_ books: Books, _ number: PhoneNumber, _ lease: Lease) async throws -> AttemptRecord {
    let job = try #require(try await books.store.jobs(JobFilter(number: number.e164)).first)
    _ = try await books.store.clearDoNotCall(number)
    let attempt = try #require(claimed(try await books.claim(books.attempt(job), job, lease)))
    try await books.store.setDoNotCall(number, reason: "asked, Anna", now: books.now)
    return attempt
  }

  private func end(_ books: Books, _ attempt: AttemptRecord, _ lease: Lease) async throws {
    var ended = attempt
    ended.endedAt = books.now
    ended.outcome = .agentMissed
    try await books.store.finish(ended, lease: lease, change: nil, decisions: [])
  }

  @Test func `leaves no row and no text of it in any table, and others as they were`() async throws {
    let books = try await Books()
    let lease = try #require(try await books.lease())
    let (gone, stays) = (Books.number, books.number(1))
    try await fill(books, gone, "1.1", lease: lease)
    try await fill(books, stays, "2.1", lease: lease)
    try await end(books, try await tried(books, gone, lease), lease)

    guard case .erased(let erasure) = try await books.store.erase(gone.e164) else {
      Issue.record("refused")
      return
    }
    #expect(erasure.calls == 1 && erasure.missedCalls == 1 && erasure.queueEntries == 1)
    #expect(erasure.jobs == 1 && erasure.openJobs == 1 && erasure.attempts == 1 && erasure.customers == 1)
    #expect(erasure.tasks == 1)
    #expect(erasure.decisions > 0 && erasure.stillBlocked)

    let tables = try await books.value(
      "SELECT string_agg(tablename, ' ') FROM pg_tables WHERE schemaname = 'perezvon'")
    for table in (tables ?? "").split(separator: " ") {
      let found = try await books.value(
        "SELECT count(*) FROM perezvon.\(table) t WHERE to_jsonb(t)::text LIKE '%\(gone.digits)%'")
      #expect(found == "0", "\(table)")
    }
    let left = try await books.store.story(of: stays.e164)
    #expect(left.calls.count == 1 && left.missed.count == 1 && left.jobs.count == 1 && left.doNotCall)
    #expect(try await books.value("SELECT count(*) FROM perezvon.queue_entries") == "1")
    #expect(try await books.store.erase(gone.e164) == .erased(.blockedOnly))
    await books.store.close()
  }

  @Test func `is refused while he is being called, and nothing is removed`() async throws {
    let books = try await Books()
    let lease = try #require(try await books.lease())
    try await fill(books, Books.number, "1.1", lease: lease)
    let attempt = try await tried(books, Books.number, lease)
    #expect(try await books.store.erase(Books.number.e164) == .attemptLive)
    #expect(try await books.store.story(of: Books.number.e164).calls.count == 1)
    try await end(books, attempt, lease)
    guard case .erased = try await books.store.erase(Books.number.e164) else {
      Issue.record("refused")
      return
    }
    await books.store.close()
  }

  @Test func `does not let him be called again: the hash blocks`() async throws {
    let books = try await Books()
    let lease = try #require(try await books.lease())
    try await books.store.setDoNotCall(Books.number, reason: "asked", now: books.now)
    _ = try await books.store.erase(Books.number.e164)
    #expect(try await books.value("SELECT number FROM perezvon.do_not_call") == nil)
    #expect(try await books.store.history(of: Books.number, now: books.now).doNotCall)
    #expect(try await books.store.story(of: Books.number.e164).doNotCall)
    let job = try await books.add(books.job())
    #expect(try await books.claim(books.attempt(job), job, lease) == .doNotCall)
    #expect(try await books.store.history(of: books.number(1), now: books.now).doNotCall == false)
    // He may ask for it again, and take it back.
    try await books.store.setDoNotCall(Books.number, reason: "asked again", now: books.now)
    #expect(try await books.store.clearDoNotCall(Books.number))
    #expect(try await books.store.history(of: Books.number, now: books.now).doNotCall == false)
    await books.store.close()
  }

  @Test func `lets go of a call from elsewhere that asked for a callback to it`() async throws {
    let books = try await Books()
    let (caller, wanted) = (books.number(1), Books.number)
    _ = try await books.store.settle(
      books.missedCall("1.1"), caller: books.caller(caller), now: books.now, decide: books.policy(wanted))
    guard case .erased(let erasure) = try await books.store.erase(wanted.e164) else {
      Issue.record("refused")
      return
    }
    #expect(erasure.jobs == 1 && erasure.calls == 0)
    let missed = try #require(try await books.store.story(of: caller.e164).missed.first)
    #expect(missed.job == nil && missed.noJobReason == "the job was erased with its number")
    await books.store.close()
  }
}

extension Erasure {
  fileprivate static var blockedOnly: Erasure {
    var erasure = Erasure()
    erasure.stillBlocked = true
    return erasure
  }
}
