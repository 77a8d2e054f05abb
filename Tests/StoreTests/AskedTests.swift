import CallPolicy
import CallTracking
import Dialer
import Telephony
import Testing

@testable import Store

@Suite struct `A callback that was asked for or promised` {
  private func asked(_ books: Books, by agent: MemberInterface? = nil, saidIn: Duration = .seconds(60)) -> Job
  {
    var job = books.job()
    job.source = agent == nil ? .requested : .promised
    job.owner = agent
    job.missedCount = 0
    job.promisedAt = books.now + saidIn
    job.reason = agent == nil ? "asked for it" : "promised it"
    return job
  }

  @Test func `is in the books once, however often it is heard`() async throws {
    let books = try await Books()
    let store = books.store
    let job = asked(books)
    #expect(try await store.ask(job, decision: books.decision("requested", job)).written)
    #expect(try await store.ask(job, decision: books.decision("requested", job)).written == false)
    let stored = try #require(try await store.job(job.id))
    #expect(stored.promisedAt == job.promisedAt)
    #expect(stored.firstMissedAt == job.firstMissedAt)
    // Told again after it was done: it is not owed anew.
    _ = try await store.cancel(job.id, reason: "done", now: books.now)
    #expect(try await store.ask(job, decision: books.decision("requested", job)).written == false)
    #expect(try await books.value("SELECT count(*) FROM report.jobs") == "1")
    await store.close()
  }

  @Test func `takes over the job that is open, whose place in line stays`() async throws {
    let books = try await Books()
    let store = books.store
    let missed = books.job()
    _ = try await store.addJob(missed, decision: books.decision("job_created", missed))
    var promise = asked(books, by: "PJSIP/102", saidIn: .seconds(600))
    promise.firstMissedAt = books.now
    promise.dueAt = books.now + .seconds(600)
    let result = try await store.ask(promise, decision: books.decision("promised", promise))
    #expect((result.job, result.written) == (missed.id, true))
    let stored = try #require(try await store.job(missed.id))
    #expect((stored.source, stored.owner) == (.promised, "PJSIP/102"))
    #expect((stored.dueAt, stored.firstMissedAt) == (promise.dueAt, missed.firstMissedAt))
    #expect(
      try await books.value("SELECT job::text FROM report.decisions WHERE decision = 'promised'")
        == missed.id.description)
    await store.close()
  }

  /// A promise in the middle of our own call to him, and that call's end.
  private func promisedWhileWorking(
    _ end: (Job, AttemptRecord) -> JobChange?
  ) async throws -> (books: Books, first: Job, promise: Job) {
    let books = try await Books()
    let first = try await books.add(books.job())
    let lease = try #require(try await books.lease())
    let attempt = try #require(claimed(try await books.claim(books.attempt(first), first, lease)))
    var promise = asked(books, by: "PJSIP/102", saidIn: .seconds(3_600))
    promise.dueAt = books.now + .seconds(3_600)
    let kept = try await books.store.ask(promise, decision: books.decision("promised", promise))
    #expect((kept.job, kept.written) == (first.id, true))
    let again = try await books.store.ask(promise, decision: books.decision("promised", promise))
    #expect(again.written == false, "the same word once more")
    let meanwhile = try #require(try await books.store.job(first.id))
    #expect((meanwhile.state, meanwhile.source) == (.working, .missedCall))
    var ended = attempt
    ended.endedAt = books.now + .seconds(90)
    ended.outcome = .conversation
    try await books.store.finish(ended, lease: lease, change: end(first, attempt), decisions: [])
    return (books, first, promise)
  }

  @Test func `in a talk of our own is owed anew when that talk is over`() async throws {
    let (books, first, promise) = try await promisedWhileWorking { job, _ in
      .close(job.id, .succeeded, reason: "talked")
    }
    let done = try #require(try await books.store.job(first.id))
    #expect((done.state, done.source, done.promisedAt) == (.succeeded, .missedCall, nil))
    #expect(done.owner == "PJSIP/101", "who talked with him, not who promised the next call")
    let open = try await books.store.jobs(JobFilter(state: .waiting, limit: 10))
    let owed = try #require(open.first)
    #expect(open.count == 1)
    #expect((owed.source, owed.owner, owed.campaign) == (.promised, "PJSIP/102", first.campaign))
    #expect((owed.dueAt, owed.promisedAt) == (promise.dueAt, promise.dueAt))
    #expect(owed.createdAt == books.now + .seconds(90) && owed.missedCount == 0)
    #expect(owed.expiresAt >= promise.expiresAt)
    #expect(
      try await books.value(
        "SELECT count(*) FROM report.decisions WHERE decision = 'promised' AND job = '\(owed.id)'") == "1")
    await books.store.close()
  }

  @Test func `in a call of our own that comes to nothing moves its next dial`() async throws {
    let (books, first, promise) = try await promisedWhileWorking { job, _ in
      .retry(job.id, dueAt: job.dueAt + .seconds(300), attempts: 1, owner: nil, reason: "no answer")
    }
    let open = try #require(try await books.store.job(first.id))
    #expect((open.state, open.source, open.owner) == (.waiting, .promised, "PJSIP/102"))
    #expect((open.dueAt, open.promisedAt, open.attempts) == (promise.dueAt, promise.dueAt, 1))
    #expect(open.promiseMadeAt == books.now)
    #expect(try await books.value("SELECT count(*) FROM perezvon.jobs") == "1")
    await books.store.close()
  }

  @Test func `is not owed to who said in that talk that he wants no more calls`() async throws {
    let (books, first, _) = try await promisedWhileWorking { job, _ in
      .close(job.id, .excluded, reason: "never again")
    }
    #expect(try await books.store.job(first.id)?.state == .excluded)
    #expect(try await books.value("SELECT count(*) FROM perezvon.jobs") == "1")
    await books.store.close()
  }

  @Test func `is owed to who was held out`() async throws {
    let books = try await Books()
    var held = books.job()
    (held.heldOut, held.drawn) = (true, .leftAlone)
    held = try await books.add(held)
    let promise = asked(books, by: "PJSIP/102")
    _ = try await books.store.ask(promise, decision: books.decision("promised", promise))
    let stored = try #require(try await books.store.job(held.id))
    #expect((stored.heldOut, stored.source) == (false, .promised))
    #expect(stored.drawn == .leftAlone, "for the figures he stays where he was drawn")
    await books.store.close()
  }

  @Test func `is told once as overdue, and measured`() async throws {
    let books = try await Books()
    let store = books.store
    let job = asked(books)
    _ = try await store.ask(job, decision: books.decision("requested", job))
    func overdue(after: Duration) async throws -> [OverduePromise] {
      let now = books.now + after
      return try await store.takeOverduePromises(
        of: books.campaign, saidBefore: now - .seconds(900), now: now)
    }
    #expect(try await overdue(after: .seconds(959)).isEmpty)
    let late = try await overdue(after: .seconds(961))
    #expect(late.map(\.job.id) == [job.id])
    #expect(late.first?.promisedAt == job.promisedAt)
    #expect(try await overdue(after: .seconds(2_000)).isEmpty, "once")
    #expect(
      try await books.value("SELECT count(*) FROM report.decisions WHERE decision = 'promise_overdue'") == "1"
    )
    #expect(
      try await books.value(
        "SELECT kept IS NULL AND overdue_at IS NOT NULL AND promised_at = asked_at + interval '60 s' FROM report.promises"
      )
        == "true")
    _ = try await store.cancel(job.id, reason: "he did not want it any more", now: books.now)
    #expect(try await books.value("SELECT kept FROM report.promises") == "false")
    await store.close()
  }

  @Test func `has become another's job and is done: told again it is not owed anew`() async throws {
    let books = try await Books()
    let store = books.store
    let missed = try await books.add(books.job())
    let promise = asked(books, by: "PJSIP/102")
    #expect(try await store.ask(promise, decision: books.decision("promised", promise)).job == missed.id)
    _ = try await store.cancel(missed.id, reason: "done", now: books.now)
    // The log has it again, in whole seconds.
    var late = promise
    late.dueAt = promise.dueAt - .milliseconds(400)
    #expect(try await store.ask(late, decision: books.decision("promised", late)).written == false)
    #expect(try await store.isApplied(promise.id.id))
    #expect(try await store.isApplied(books.newID()) == false)
    #expect(try await books.value("SELECT count(*) FROM perezvon.jobs") == "1")
    await store.close()
  }

  @Test func `is not cancelled by a key that was pressed before`() async throws {
    let books = try await Books()
    let store = books.store
    func cancelled(by secondsBefore: Double) async throws -> Int {
      try await store.cancelOwed(
        Books.number, reason: "a key", now: books.now - .seconds(secondsBefore))
    }
    // Owed since.
    let missed = try await books.add(books.job())
    #expect(try await cancelled(by: 60) == 0)
    // Asked for once more since.
    try await books.sql("UPDATE perezvon.jobs SET created_at = created_at - interval '1 hour'")
    let job = asked(books)
    #expect(try await store.ask(job, decision: books.decision("requested", job)).job == missed.id)
    #expect(try await cancelled(by: 60) == 0)
    #expect(try await cancelled(by: 0) == 1)
    await store.close()
  }

  @Test func `is for whom the agent talked with last, where he does not say to whom`() async throws {
    let books = try await Books()
    for (linkedID, number, endedBefore, agent) in [
      ("1.1", "+79161000001", 600, "PJSIP/101"), ("1.2", "+79161000002", 300, "PJSIP/101"),
      ("1.3", "+79161000003", 60, "PJSIP/102"),
    ] {
      var call = books.missedCall(LinkedID(linkedID))
      (call.answered, call.answeredBy, call.lostAt, call.ending) = (true, agent, nil, nil)
      call.rawNumber = number
      call.endedAt = books.now - .seconds(endedBefore)
      call.startedAt = call.endedAt - .seconds(30)
      _ = try await books.store.settle(
        call, caller: .number(PhoneNumber(e164: number)!, kind: .mobile), now: books.now
      ) { _ in CallVerdict() }
    }
    func last(to secondsAgo: Int, of agent: MemberInterface = "PJSIP/101") async throws -> String? {
      try await books.store.lastCustomer(
        of: agent, on: "pbx1", from: books.now - .seconds(3_600), to: books.now - .seconds(secondsAgo))
    }
    #expect(try await last(to: 0) == "+79161000002")
    #expect(try await last(to: 400) == "+79161000001")
    #expect(try await last(to: 0, of: "PJSIP/103") == nil)
    await books.store.close()
  }

  @Test func `is cancelled by the customer with all that is owed to him`() async throws {
    let books = try await Books()
    let store = books.store
    let job = asked(books)
    _ = try await store.ask(job, decision: books.decision("requested", job))
    #expect(try await store.cancelOwed(books.number(7), reason: "a key", now: books.now) == 0)
    #expect(try await store.cancelOwed(Books.number, reason: "he cancelled it by a key", now: books.now) == 1)
    #expect(try await store.job(job.id)?.state == .cancelled)
    #expect(
      try await books.value("SELECT reason FROM report.decisions WHERE decision = 'cancelled'")
        == "he cancelled it by a key")
    await store.close()
  }
}
