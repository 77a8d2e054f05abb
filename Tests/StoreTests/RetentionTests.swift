import CallPolicy
import CallTracking
import Telephony
import Testing

@testable import Store

@Suite struct `Retention` {
  private let day: Duration = .seconds(86_400)

  /// A missed call with its queue entry and job, that many days before `now`; the job closed an hour after.
  private func lose(_ books: Books, _ n: Int, daysAgo: Int, open: Bool = false) async throws -> JobID {
    let ended = books.now - .seconds(daysAgo * 86_400)
    var call = books.missedCall(LinkedID("\(n).1"))
    call.startedAt = ended - .seconds(12)
    call.endedAt = ended
    var job = books.job(books.number(n))
    job.createdAt = ended
    job.expiresAt = books.now + day
    let created = job
    let decision = Decision(
      at: ended, number: job.number.e164, job: job.id, decision: "job_created", reason: "He gave up.")
    _ = try await books.store.settle(call, caller: books.caller(books.number(n)), now: ended) { _ in
      CallVerdict(job: created.id, changes: [.create(created)], decisions: [decision])
    }
    try await books.store.record([
      QueueEntryRecord(
        pbx: call.pbx, linkedID: call.linkedID, channel: call.channel, join: 1, queue: "sales",
        joinedAt: call.startedAt, leftAt: ended, result: .abandoned, member: nil, position: 1)
    ])
    if !open {
      try await books.store.apply(
        [.close(job.id, .succeeded, reason: "Talked.")], decisions: [], number: job.number,
        now: ended + .seconds(3_600))
    }
    return job.id
  }

  private func counts(_ books: Books) async throws -> [String?] {
    var counts: [String?] = []
    for table in ["calls", "missed_calls", "queue_entries", "jobs", "decisions"] {
      counts.append(try await books.value("SELECT count(*) FROM perezvon.\(table)"))
    }
    return counts
  }

  @Test func `deletes what is older than the limit, and nothing younger`() async throws {
    let books = try await Books()
    for n in 0..<6 { _ = try await lose(books, n, daysAgo: n * 100) }
    let before = books.now - .seconds(350 * 86_400)
    let step = try await books.store.retain(callsBefore: before, numbersBefore: before)
    #expect((step.calls, step.queueEntries, step.jobs, step.decisions) == (2, 2, 2, 2))
    #expect(step.more == false)
    #expect(try await counts(books) == ["4", "4", "4", "4", "4"])
    #expect(try await books.store.retain(callsBefore: before, numbersBefore: before).isEmpty)
    await books.store.close()
  }

  @Test func `keeps a job that is still owed, and its calls' story after their deletion`() async throws {
    let books = try await Books()
    let owed = try await lose(books, 1, daysAgo: 500, open: true)
    let before = books.now - .seconds(350 * 86_400)
    let step = try await books.store.retain(callsBefore: before, numbersBefore: before)
    #expect((step.calls, step.jobs) == (1, 0))
    let job = try #require(try await books.store.job(owed))
    #expect(job.number == books.number(1) && job.state == .waiting)
    await books.store.close()
  }

  @Test func `removes numbers and names, and the reports still balance`() async throws {
    let books = try await Books()
    for n in 0..<4 { _ = try await lose(books, n, daysAgo: n * 100) }
    let before = books.now - .seconds(150 * 86_400)
    let step = try await books.store.retain(
      callsBefore: books.now - .seconds(1_000 * 86_400), numbersBefore: before)
    // A call, a missed call, a job and a decision of two days.
    #expect(step.numbers == 8)
    for view in ["calls", "missed_calls", "jobs", "decisions"] {
      #expect(try await books.value("SELECT count(*) FROM report.\(view)") == "4", "report.\(view)")
      #expect(try await books.value("SELECT count(number) FROM report.\(view)") == "2", "report.\(view)")
    }
    #expect(
      try await books.value("SELECT count(*) FROM report.missed_calls WHERE customer_name <> ''") == "2")
    #expect(try await books.value("SELECT sum(succeeded) FROM report.recovery") == "4")
    #expect(try await books.store.jobs(JobFilter()).count == 2)
    #expect(
      try await books.store.retain(callsBefore: books.now - .seconds(1_000 * 86_400), numbersBefore: before)
        .isEmpty)
    await books.store.close()
  }

  @Test func `goes in steps, and goes on where it was when the limit moves`() async throws {
    let books = try await Books()
    for n in 0..<5 { _ = try await lose(books, n, daysAgo: 200 + n) }
    let never = books.now - .seconds(3_000 * 86_400)
    func pass(_ days: Int) async throws -> (steps: Int, numbers: Int) {
      var (steps, numbers) = (0, 0)
      while true {
        let step = try await books.store.retain(
          callsBefore: never, numbersBefore: books.now - .seconds(days * 86_400), limit: 2)
        (steps, numbers) = (steps + 1, numbers + step.numbers)
        if !step.more { return (steps, numbers) }
      }
    }
    // Days 203 and 204, then 200 to 202.
    let first = try await pass(202)
    #expect(first.numbers == 8)
    let second = try await pass(100)
    #expect(second.numbers == 12)
    #expect(second.steps > 1)
    #expect(try await books.value("SELECT count(number) FROM report.calls") == "0")
    await books.store.close()
  }

  @Test func `taken by two instances at once removes each row once`() async throws {
    let books = try await Books()
    for n in 0..<20 { _ = try await lose(books, n, daysAgo: 500) }
    let before = books.now - .seconds(350 * 86_400)
    let steps = try await withThrowingTaskGroup { group in
      for _ in 0..<2 {
        group.addTask {
          var sum = RetentionStep()
          repeat {
            sum += try await books.store.retain(callsBefore: before, numbersBefore: before, limit: 3)
          } while sum.more
          return sum
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(steps.map(\.calls).reduce(0, +) == 20)
    #expect(steps.map(\.jobs).reduce(0, +) == 20)
    #expect(try await counts(books) == ["0", "0", "0", "0", "0"])
    await books.store.close()
  }
}
