import CallPolicy
import Dialer
import Telephony
import Testing

@testable import Store

@Suite struct `A claim` {
  @Test func `takes the job and writes the attempt with the next number`() async throws {
    let books = try await Books()
    let job = try await books.add(books.job())
    let lease = try #require(try await books.lease())
    let wish = books.attempt(job)
    let attempt = try #require(claimed(try await books.claim(wish, job, lease)))
    #expect(attempt.n == 1 && attempt.fence == lease.fence)
    #expect(try await books.store.attempt(attempt.id) == attempt)
    #expect(try await books.store.liveAttempts(pbx: books.pbx) == [attempt])
    #expect(try await books.store.job(job.id)?.state == .working)
    // The same again, as after a lost answer to COMMIT.
    #expect(try await books.claim(wish, job, lease) == .claimed(attempt))
    #expect(try await books.claim(books.attempt(job, agent: "PJSIP/102"), job, lease) == .jobNotWaiting)
    #expect(try await books.store.story(of: job.number.e164).decisions.count == 2)
    await books.store.close()
  }

  @Test func `of two jobs of one number by two instances is given to one`() async throws {
    let books = try await Books(poolSize: 8)
    var second = books.job()
    second.campaign = "support"
    let jobs = [try await books.add(books.job()), try await books.add(second)]
    let otherPBX = try #require(
      try await books.store.acquireLease(pbx: "pbx2", holder: "node-b", ttl: .seconds(600)))
    let lease = try #require(try await books.lease())
    var elsewhere = books.attempt(jobs[1], agent: "PJSIP/201")
    elsewhere.pbx = "pbx2"
    let wish = elsewhere
    async let here = books.claim(books.attempt(jobs[0]), jobs[0], lease)
    async let there = books.claim(wish, jobs[1], otherPBX)
    let results = try await [here, there]
    #expect(results.compactMap(claimed).count == 1)
    #expect(results.contains(.numberBusy))
    #expect(try await books.value("SELECT count(*) FROM perezvon.jobs WHERE state = 'working'") == "1")
    await books.store.close()
  }

  @Test func `of one agent for many customers is given to one`() async throws {
    let books = try await Books(poolSize: 8)
    let lease = try #require(try await books.lease())
    var jobs: [Job] = []
    for n in 1...8 { jobs.append(try await books.add(books.job(books.number(n)))) }
    let results = try await withThrowingTaskGroup { group in
      for job in jobs { group.addTask { try await books.claim(books.attempt(job), job, lease) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results.compactMap(claimed).count == 1)
    #expect(results.count { $0 == .agentBusy } == 7)
    #expect(try await books.value("SELECT count(*) FROM perezvon.jobs WHERE state = 'working'") == "1")
    await books.store.close()
  }

  @Test func `is refused over the caps, with a sentence`() async throws {
    let books = try await Books()
    let job = try await books.add(books.job())
    let lease = try #require(try await books.lease())
    let decision = books.decision("claimed", job)
    let day = try await books.store.claim(
      books.attempt(job), lease: lease, decision: decision, limits: DialLimits(perNumberPerDay: 0, perHour: 9)
    )
    #expect(day == .dayCapReached("He was dialled 0 times in 24 hours, the most allowed for a number."))
    let hour = try await books.store.claim(
      books.attempt(job), lease: lease, decision: decision, limits: DialLimits(perNumberPerDay: 9, perHour: 0)
    )
    #expect(hour == .hourCapReached("pbx1 dialled 0 times within an hour, the most allowed for a PBX."))
    #expect(try await books.store.job(job.id)?.state == .waiting)
    await books.store.close()
  }

  @Test func `of a number on the do-not-call list is refused`() async throws {
    let books = try await Books()
    try await books.store.setDoNotCall(Books.number, reason: "asked for it", now: books.now)
    let job = try await books.add(books.job())
    let lease = try #require(try await books.lease())
    let result = try await books.store.claim(
      books.attempt(job), lease: lease, decision: books.decision("claimed", job),
      limits: DialLimits(perNumberPerDay: 9, perHour: 9))
    #expect(result == .doNotCall)
    await books.store.close()
  }

  @Test func `of a held-out, expired or unknown job is refused`() async throws {
    let books = try await Books()
    let lease = try #require(try await books.lease())
    var held = books.job(books.number(1))
    held.heldOut = true
    var old = books.job(books.number(2))
    old.expiresAt = books.now
    for job in [try await books.add(held), try await books.add(old), books.job(books.number(3))] {
      #expect(try await books.claim(books.attempt(job), job, lease) == .jobNotWaiting)
    }
    await books.store.close()
  }
}

@Suite struct `An attempt` {
  private func begun(_ books: Books) async throws -> (Job, Lease, AttemptRecord) {
    let job = try await books.add(books.job())
    let lease = try #require(try await books.lease())
    let attempt = try #require(claimed(try await books.claim(books.attempt(job), job, lease)))
    return (job, lease, attempt)
  }

  // Found by the simulation: another instance had a late word of a talk, and the agent had pressed 1 already.
  @Test func `whose job was closed meanwhile writes no dial`() async throws {
    let books = try await Books()
    var (job, lease, attempt) = try await begun(books)
    try await books.store.apply(
      [.close(job.id, .recovered, reason: "called again and was served")], decisions: [], number: job.number,
      now: books.now + .seconds(2))
    attempt.phase = .customer
    attempt.customerDialedAt = books.now + .seconds(4)
    await #expect(throws: StoreError.self) { try await books.store.write(attempt, lease: lease) }
    #expect(try await books.store.attempt(attempt.id)?.customerDialedAt == nil)
    #expect(try await books.store.job(job.id)?.attempts == 0)
    await books.store.close()
  }

  @Test func `whose dial is written already goes on when its job is closed`() async throws {
    let books = try await Books()
    var (job, lease, attempt) = try await begun(books)
    attempt.phase = .customer
    attempt.customerDialedAt = books.now + .seconds(4)
    try await books.store.write(attempt, lease: lease)
    try await books.store.apply(
      [.close(job.id, .recovered, reason: "called again and was served")], decisions: [], number: job.number,
      now: books.now + .seconds(5))
    attempt.deadline = books.now + .seconds(90)
    try await books.store.write(attempt, lease: lease)
    #expect(try await books.store.attempt(attempt.id)?.deadline == attempt.deadline)
    await books.store.close()
  }

  @Test func `is written whole and charges its job once`() async throws {
    let books = try await Books()
    var (job, lease, attempt) = try await begun(books)
    attempt.agentRangAt = books.now + .milliseconds(1)
    attempt.agentAnsweredAt = books.now + .seconds(3)
    attempt.agentResult = .answered
    attempt.pausedReasonFound = "lunch"
    try await books.store.write(attempt, lease: lease)
    #expect(try await books.store.job(job.id)?.attempts == 0)
    attempt.phase = .customer
    attempt.customerDialedAt = books.now + .seconds(4)
    try await books.store.write(attempt, lease: lease, decisions: [books.decision("dialled", job)])
    attempt.phase = .connected
    attempt.connectedAt = books.now + .seconds(9)
    attempt.customerResult = .answered
    try await books.store.write(attempt, lease: lease)
    #expect(try await books.store.attempt(attempt.id) == attempt)
    #expect(try await books.store.job(job.id)?.attempts == 1)
    attempt.talkEndedAt = books.now + .seconds(29)
    attempt.endedAt = books.now + .seconds(39)
    attempt.outcome = .conversation
    attempt.cause = .normalClearing
    try await books.store.finish(
      attempt, lease: lease, change: .close(job.id, .succeeded, reason: "They talked for 20 s."),
      decisions: [books.decision("succeeded", job)])
    attempt.phase = .ended
    #expect(try await books.store.attempt(attempt.id) == attempt)
    #expect(try await books.store.liveAttempts(pbx: books.pbx).isEmpty)
    let closed = try #require(try await books.store.job(job.id))
    #expect(closed.state == .succeeded && closed.attempts == 1)
    let view =
      "SELECT concat_ws(' ', agent_result, customer_result, outcome, ring, talk) FROM report.attempts"
    #expect(try await books.value(view) == "answered answered conversation 00:00:05 00:00:20")
    let times = "SELECT concat_ws(' ', time_to_first_dial, time_to_conversation) FROM report.jobs"
    #expect(try await books.value(times) == "00:00:06 00:00:11")
    let history = try await books.store.history(of: job.number, now: books.now + .seconds(60))
    #expect(history.dialsLastDay == 1)
    #expect(history.lastTalkEndedAt == attempt.talkEndedAt)
    #expect(history.lastTalkedWith == "PJSIP/101")
    let agents = try await books.store.agentHistory(pbx: books.pbx, since: books.now - .seconds(60))
    #expect(agents["PJSIP/101"]?.attempts == 1)
    #expect(agents["PJSIP/101"]?.lastAttemptEndedAt == attempt.endedAt)
    let summary = try await books.store.summary(
      from: books.now - .seconds(60), to: books.now + .seconds(60))
    #expect(summary.calledBack == 1 && summary.conversations == 1)
    #expect(summary.medianTimeToFirstDial == .seconds(6))
    // The books balance.
    let balance = """
      SELECT bool_and(jobs = succeeded + recovered + exhausted + expired + excluded + cancelled + failed
        + open)
      FROM report.recovery
      """
    #expect(try await books.value(balance) == "true")
    await books.store.close()
  }

  @Test func `that ended cannot be written or ended again`() async throws {
    let books = try await Books()
    var (job, lease, attempt) = try await begun(books)
    attempt.endedAt = books.now
    attempt.outcome = .agentMissed
    let retry = JobChange.retry(
      job.id, dueAt: books.now + .seconds(5), attempts: 0, owner: nil, reason: "Nobody picked up.")
    try await books.store.finish(attempt, lease: lease, change: retry, decisions: [])
    let again = try #require(try await books.store.job(job.id))
    #expect(again.state == .waiting && again.dueAt == books.now + .seconds(5))
    let ended = attempt
    #expect(await code { try await books.store.write(ended, lease: lease) } == .notLive)
    let twice = await code {
      try await books.store.finish(ended, lease: lease, change: retry, decisions: [])
    }
    #expect(twice == .notLive)
    // The job can be claimed again, as the second attempt.
    let second = try #require(claimed(try await books.claim(books.attempt(job), again, lease)))
    #expect(second.n == 2)
    await books.store.close()
  }

  @Test func `that ends without a word leaves no job working`() async throws {
    let books = try await Books()
    var (job, lease, attempt) = try await begun(books)
    attempt.endedAt = books.now
    attempt.outcome = .unknown
    try await books.store.finish(attempt, lease: lease, change: nil, decisions: [])
    #expect(try await books.store.job(job.id)?.state == .waiting)
    await books.store.close()
  }

  @Test func `whose job was recovered meanwhile does not open it again`() async throws {
    let books = try await Books()
    var (job, lease, attempt) = try await begun(books)
    try await books.store.apply(
      [.close(job.id, .recovered, reason: "He called again.")], decisions: [], number: job.number,
      now: books.now)
    attempt.endedAt = books.now
    attempt.outcome = .customerMissed
    try await books.store.finish(
      attempt, lease: lease,
      change: .retry(job.id, dueAt: books.now, attempts: 1, owner: nil, reason: "no"), decisions: [])
    #expect(try await books.store.job(job.id)?.state == .recovered)
    await books.store.close()
  }

  @Test func `keeps its job working while it lives`() async throws {
    let books = try await Books()
    let (job, _, _) = try await begun(books)
    try await books.store.apply(
      [
        .retry(job.id, dueAt: books.now, attempts: 1, owner: nil, reason: "no"),
        .postpone(job.id, dueAt: books.now, reason: "no"),
      ], decisions: [], number: job.number, now: books.now)
    #expect(try await books.store.job(job.id)?.state == .working)
    #expect(try await books.store.cancel(job.id, reason: "no", now: books.now) == false)
    await books.store.close()
  }

  @Test func `under a stale fence is refused everywhere`() async throws {
    let books = try await Books()
    var (job, stale, attempt) = try await begun(books)
    try await books.store.release(stale)
    let fresh = try #require(try await books.lease("node-b"))
    #expect(fresh.fence == stale.fence + 1)
    let other = try await books.add(books.job(books.number(1)))
    #expect(try await books.claim(books.attempt(other, agent: "PJSIP/9"), other, stale) == .staleFence)
    attempt.endedAt = books.now
    attempt.outcome = .unknown
    let ended = attempt
    #expect(await code { try await books.store.write(ended, lease: stale) } == .staleFence)
    let finished = await code {
      try await books.store.finish(
        ended, lease: stale, change: .close(job.id, .failed, reason: "no"),
        decisions: [books.decision("no", job)])
    }
    #expect(finished == .staleFence)
    #expect(try await books.store.job(job.id)?.state == .working)
    #expect(try await books.store.story(of: job.number.e164).decisions.count == 2)
    // The new holder adopts it.
    try await books.store.finish(ended, lease: fresh, change: nil, decisions: [])
    #expect(try await books.store.attempt(attempt.id)?.fence == fresh.fence)
    await books.store.close()
  }
}

@Suite struct `A lease` {
  @Test func `belongs to one instance until it expires or is released`() async throws {
    let books = try await Books()
    let first = try #require(try await books.lease("node-a"))
    #expect(first.fence == 1)
    #expect(first.expiresAt - first.renewedAt >= .seconds(599))
    #expect(try await books.lease("node-b") == nil)
    let renewed = try #require(try await books.store.renew(first))
    #expect(renewed.fence == 1 && renewed.expiresAt > first.expiresAt)
    try await books.store.release(renewed)
    let second = try #require(try await books.lease("node-b"))
    #expect(second.fence == 2)
    #expect(try await books.store.renew(first) == nil)
    await books.store.close()
  }

  @Test func `that expired goes to another with a higher fence`() async throws {
    let books = try await Books()
    let first = try #require(try await books.lease("node-a", ttl: .zero))
    let second = try #require(try await books.lease("node-b"))
    #expect(second.fence == first.fence + 1)
    #expect(try await books.store.renew(first) == nil)
    await books.store.close()
  }

  @Test func `is had again at once by a restart of its holder, who then shuts out his former self`()
    async throws
  {
    let books = try await Books()
    let before = try #require(try await books.lease("node-a"))
    let after = try #require(try await books.lease("node-a"))
    #expect(after.fence == before.fence + 1)
    #expect(try await books.store.renew(before) == nil)
    await books.store.close()
  }

  @Test func `that expired lets no attempt begin, even while nobody else has it`() async throws {
    let books = try await Books()
    let job = try await books.add(books.job())
    let expired = try #require(try await books.lease("node-a", ttl: .zero))
    #expect(try await books.claim(books.attempt(job), job, expired) == .staleFence)
    let renewed = try #require(
      try await books.store.renew(
        Lease(
          pbx: expired.pbx, holder: expired.holder, fence: expired.fence, renewedAt: expired.renewedAt,
          expiresAt: expired.expiresAt, ttl: .seconds(60))))
    #expect(claimed(try await books.claim(books.attempt(job), job, renewed)) != nil)
    await books.store.close()
  }

  @Test func `wanted by eight at once goes to one`() async throws {
    let books = try await Books(poolSize: 8)
    let leases = try await withThrowingTaskGroup { group in
      for n in 1...8 { group.addTask { try await books.lease(InstanceName("node-\(n)")) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(leases.compactMap(\.self).count == 1)
    await books.store.close()
  }
}
