import CallPolicy
import Telephony
import Testing

@testable import Store

@Suite struct `A job` {
  @Test func `is read as it was written`() async throws {
    let books = try await Books()
    var job = books.job(dueIn: .milliseconds(1_234))
    job.owner = "Local/101@agents"
    job.priority = -3
    job.queue = nil
    job.heldOut = true
    _ = try await books.add(job)
    #expect(try await books.store.job(job.id) == job)
    #expect(try await books.store.job(JobID(books.newID())) == nil)
    await books.store.close()
  }

  @Test func `is the only open one of its number and campaign`() async throws {
    let books = try await Books(poolSize: 8)
    let results = try await withThrowingTaskGroup { group in
      for _ in 0..<8 {
        let job = books.job()
        group.addTask { try await books.store.addJob(job, decision: books.decision("job_created", job)) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results.count(where: \.created) == 1)
    #expect(Set(results.map(\.job.id)).count == 1)
    // And the database sees to it where the program does not.
    let second = books.job()
    let refused = await code { try await books.store.write([JobRow.insert(second, now: books.now)]) }
    #expect(refused == .uniqueViolation)
    var other = books.job()
    other.campaign = "support"
    #expect(try await books.store.addJob(other, decision: books.decision("job_created", other)).created)
    await books.store.close()
  }

  @Test func `cannot be final without a closing time, nor open with one`() async throws {
    let books = try await Books()
    let job = try await books.add(books.job())
    let id = "'\(job.id)'"
    await #expect(throws: StoreError.self) {
      try await books.sql("UPDATE perezvon.jobs SET state = 'failed' WHERE id = \(id)")
    }
    await #expect(throws: StoreError.self) {
      try await books.sql("UPDATE perezvon.jobs SET closed_at = now() WHERE id = \(id)")
    }
    await books.store.close()
  }

  @Test func `waits in order of priority, then of the original arrival`() async throws {
    let books = try await Books()
    var (late, early, vip, later, held) = (
      books.job(books.number(1)), books.job(books.number(2)), books.job(books.number(3)),
      books.job(books.number(4), dueIn: .seconds(60)), books.job(books.number(5))
    )
    late.firstMissedAt = books.now
    early.firstMissedAt = books.now - .seconds(100)
    vip.priority = 10
    later.priority = 99
    held.heldOut = true
    for job in [late, early, vip, later, held] { _ = try await books.add(job) }
    let due = try await books.store.waitingJobs(
      campaigns: [books.campaign], dueBefore: books.now, limit: 10)
    #expect(due.map(\.id) == [vip.id, early.id, late.id])
    let next = try await books.store.nextDue(campaigns: [books.campaign], after: books.now)
    #expect(next == later.dueAt)
    #expect(try await books.store.nextDue(campaigns: ["other"], after: books.now) == nil)
    let counts = try await books.store.counts(now: books.now)
    #expect(counts.jobs == [.waiting: 5])
    #expect(counts.due == 3 && counts.overdue == 0)
    #expect(counts.firstDue == [late, early, vip].map(\.dueAt).min())
    await books.store.close()
  }

  @Test func `is found in its turn without sorting all that wait`() async throws {
    let books = try await Books()
    try await books.sql(
      """
      INSERT INTO perezvon.jobs (id, campaign, number, customer_name, source, state, reason, created_at,
        first_missed_at, missed_count, priority, due_at, expires_at, attempts, pbx, held_out)
      SELECT gen_random_uuid(), '\(books.campaign)', '+7917' || (1000000 + i), '', 'api', 'waiting', '', now(),
        now() - i * interval '1 s', 1, i % 3, now(), now() + interval '1 day', 0, 'pbx1', false
      FROM generate_series(1, 5000) i;
      ANALYZE perezvon.jobs
      """)
    let query = [
      "$1": "ARRAY['\(books.campaign)']", "$2": "now()", "$3": "20", "$4": "NULL",
    ].reduce(Store.waiting.sql) { $0.replacing($1.key, with: $1.value) }
    let plan = try #require(try await books.plan(query))
    #expect(plan.contains("jobs_line") && !plan.contains("priority DESC"), "\(plan)")
    await books.store.close()
  }

  @Test func `can be cancelled, made due and postponed while it waits`() async throws {
    let books = try await Books()
    let store = books.store
    let job = try await books.add(books.job(dueIn: .seconds(3_600)))
    #expect(try await store.makeDue(job.id, now: books.now))
    #expect(try await store.job(job.id)?.dueAt == books.now)
    let monday = books.now + .seconds(7_200)
    #expect(try await store.postpone(job.id, to: monday, reason: "Closed.", now: books.now))
    #expect(try await store.job(job.id)?.dueAt == monday)
    #expect(try await store.cancel(job.id, reason: "He asked for it.", now: books.now))
    #expect(try await store.cancel(job.id, reason: "Again.", now: books.now) == false)
    #expect(try await store.job(job.id)?.reason == "He asked for it.")
    let words = try await store.story(of: job.number.e164).decisions.map(\.decision)
    #expect(words == ["job_created", "made_due", "postponed", "cancelled"])
    await store.close()
  }

  @Test func `past its time expires once, with a decision`() async throws {
    let books = try await Books()
    let job = try await books.add(books.job())
    #expect(try await books.store.expireJobs(now: job.expiresAt).isEmpty)
    let expired = try await books.store.expireJobs(now: job.expiresAt + .seconds(1))
    #expect(expired.map(\.id) == [job.id])
    #expect(expired.first?.state == .expired)
    #expect(try await books.store.expireJobs(now: job.expiresAt + .seconds(1)).isEmpty)
    #expect(try await books.store.story(of: job.number.e164).decisions.last?.decision == "expired")
    await books.store.close()
  }

  @Test func `once closed ignores every change`() async throws {
    let books = try await Books()
    let job = try await books.add(books.job())
    let after: [JobChange] = [
      .close(job.id, .recovered, reason: "He called again."), .countUp(job.id, at: books.now),
      .retry(job.id, dueAt: books.now, attempts: 9, owner: nil, reason: "no"),
      .postpone(job.id, dueAt: books.now, reason: "no"), .close(job.id, .failed, reason: "no"),
    ]
    try await books.store.apply(after, decisions: [], number: job.number, now: books.now)
    let closed = try #require(try await books.store.job(job.id))
    #expect(closed.state == .recovered && closed.reason == "He called again.")
    #expect(closed.missedCount == 1 && closed.attempts == 0)
    await books.store.close()
  }

  @Test func `is listed by number, state and campaign, newest first`() async throws {
    let books = try await Books()
    let jobs = (1...5).map { books.job(books.number($0)) }
    for job in jobs { _ = try await books.add(job) }
    _ = try await books.store.cancel(jobs[0].id, reason: "no", now: books.now)
    let cancelled = try await books.store.jobs(JobFilter(state: .cancelled))
    #expect(cancelled.map(\.id) == [jobs[0].id])
    let ofNumber = try await books.store.jobs(JobFilter(number: jobs[3].number.e164))
    #expect(ofNumber.map(\.id) == [jobs[3].id])
    #expect(try await books.store.jobs(JobFilter(campaign: "other")).isEmpty)
    #expect(try await books.store.jobs(JobFilter(limit: 2)).count == 2)
    await books.store.close()
  }
}
