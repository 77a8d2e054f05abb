import CallPolicy
import CallTracking
import Dialer
import Foundation
import Telephony
import Testing

@testable import Store

/// Figures, not checks: PEREZVON_MEASURE=1 swift test --filter Measured
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["PEREZVON_MEASURE"] != nil))
struct Measured {
  private let clock = ContinuousClock()

  private func report(_ what: String, _ times: [Duration]) {
    let sorted = times.sorted().map { Double($0.microseconds) / 1_000 }
    func at(_ share: Double) -> Double { sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] }
    let mean = sorted.reduce(0, +) / Double(sorted.count)
    print(
      "measured \(what): n \(sorted.count) mean \(mean) p50 \(at(0.5)) p90 \(at(0.9)) p99 \(at(0.99)) ms")
  }

  private func rate(_ what: String, _ rows: Int, _ took: Duration) {
    print("measured \(what): \(Int(Double(rows) / took.inSeconds)) rows/s")
  }

  @Test func `claim, settle, round trip`() async throws {
    let books = try await Books()
    let lease = try #require(try await books.lease(ttl: .seconds(3_600)))
    var pings: [Duration] = []
    for _ in 0..<2_000 { pings.append(try await clock.measure { try await books.store.ping() }) }
    report("round trip without commit", pings)

    let count = 1_000
    var jobs: [Job] = []
    for n in 0..<count {
      var job = books.job(books.number(n))
      job.expiresAt = books.now + .seconds(30 * 86_400)
      jobs.append(try await books.add(job))
    }
    let limits = DialLimits(perNumberPerDay: 6, perHour: 500)
    for synchronous in ["on", "off"] {
      let database = books.url.split(separator: "/").last!
      try await books.sql("ALTER DATABASE \(database) SET synchronous_commit = \(synchronous)")
      let store = Store(StoreSettings(url: books.url))
      try await store.ping()
      var (claims, finishes): ([Duration], [Duration]) = ([], [])
      for (n, job) in jobs.enumerated() {
        var attempt = books.attempt(job)
        // An attempt every eight seconds: 450 within the hour of the cap, as in a busy call centre.
        attempt.startedAt = books.now + .seconds(8 * (n + (synchronous == "on" ? 0 : 2 * count)))
        let wish = attempt
        claims.append(
          try await clock.measure {
            let result = try await store.claim(
              wish, lease: lease, decision: books.decision("claimed", job), limits: limits)
            attempt = try #require(claimed(result))
          })
        attempt.customerDialedAt = attempt.startedAt
        attempt.endedAt = attempt.startedAt
        attempt.outcome = .customerMissed
        let ended = attempt
        finishes.append(
          try await clock.measure {
            try await store.finish(
              ended, lease: lease,
              change: .retry(job.id, dueAt: books.now, attempts: 1, owner: nil, reason: "Busy."),
              decisions: [])
          })
      }
      report("claim, synchronous_commit \(synchronous)", claims)
      report("finish, synchronous_commit \(synchronous)", finishes)
      var settles: [Duration] = []
      for n in 0..<count {
        let number = books.number(n + 2_000 + (synchronous == "on" ? 0 : 2_000))
        let call = books.missedCall(LinkedID("\(synchronous).\(n)"))
        let policy = books.policy(number)
        settles.append(
          try await clock.measure {
            _ = try await store.settle(call, caller: books.caller(number), now: books.now, decide: policy)
          })
      }
      report("settle, synchronous_commit \(synchronous)", settles)
      await store.close()
    }
    await books.store.close()
  }

  @Test func `rows per second`() async throws {
    let books = try await Books()
    func jobs(_ range: Range<Int>) -> [Job] {
      range.map { books.job(PhoneNumber(e164: "+7\(1_000_000_000 + $0)")!) }
    }
    let single = jobs(0..<8_000)
    let took = try await clock.measure {
      try await withThrowingTaskGroup { group in
        for part in 0..<4 {
          group.addTask {
            for job in single[part * 2_000..<(part + 1) * 2_000] {
              try await books.store.write([JobRow.insert(job, now: books.now)])
            }
          }
        }
        try await group.waitForAll()
      }
    }
    rate("single insert of a job, 4 connections", single.count, took)
    let many = jobs(8_000..<88_000)
    let batched = try await clock.measure {
      try await withThrowingTaskGroup { group in
        for part in 0..<4 {
          group.addTask {
            for start in stride(from: part * 20_000, to: (part + 1) * 20_000, by: 100) {
              let calls = many[start..<start + 100].map { JobRow.insert($0, now: books.now) }
              try await books.store.write(calls)
            }
          }
        }
        try await group.waitForAll()
      }
    }
    rate("insert of jobs in batches of 100, 4 connections", many.count, batched)
    try await claimRate(books)
    try await pgbench(books)
    await books.store.close()
  }

  /// Claim and finish, each one durable commit, four at a time.
  private func claimRate(_ books: Books) async throws {
    let lease = try #require(try await books.lease(ttl: .seconds(3_600)))
    let jobs = try await books.store.waitingJobs(
      campaigns: [books.campaign], dueBefore: books.now, limit: 1_000)
    let limits = DialLimits(perNumberPerDay: 6, perHour: 5_000)
    let took = try await clock.measure {
      try await withThrowingTaskGroup { group in
        for part in 0..<4 {
          group.addTask {
            for index in stride(from: part, to: jobs.count, by: 4) {
              let job = jobs[index]
              let wish = books.attempt(job, agent: MemberInterface("PJSIP/\(part)"))
              let result = try await books.store.claim(
                wish, lease: lease, decision: books.decision("claimed", job), limits: limits)
              var attempt = try #require(claimed(result))
              attempt.endedAt = books.now
              attempt.outcome = .unknown
              try await books.store.finish(
                attempt, lease: lease, change: .close(job.id, .succeeded, reason: "Done."), decisions: [])
            }
          }
        }
        try await group.waitForAll()
      }
    }
    rate("claim and finish, 4 connections", jobs.count, took)
  }

  /// The same statements by pgbench, in the same minute, against the same tables.
  private func pgbench(_ books: Books) async throws {
    let directory = try PrivatePostgres.shared.get().directory
    let columns = """
      (id, campaign, number, customer_name, source, state, reason, created_at, first_missed_at, \
      missed_count, priority, due_at, expires_at, attempts, queue, pbx, held_out)
      """
    let values = """
      gen_random_uuid(), 'sales', '+7'||(2000000000::bigint + %)::text, 'Anna', 'missed_call', 'waiting', \
      'He gave up in sales.', now(), now(), 1, 0, now(), now() + interval '1 day', 0, 'sales', 'pbx1', false
      """
    let one = """
      \\set n random(1, 1000000000)
      INSERT INTO perezvon.jobs \(columns) VALUES (\(values.replacing("%", with: ":n"))) \
      ON CONFLICT DO NOTHING;
      """
    let hundred = """
      \\set n random(1, 1000000000)
      INSERT INTO perezvon.jobs \(columns) SELECT \(values.replacing("%", with: ":n + x")) \
      FROM generate_series(1, 100) AS x ON CONFLICT DO NOTHING;
      """
    for (name, script, rows) in [("single", one, 1), ("batch of 100", hundred, 100)] {
      let file = "\(directory)/bench.sql"
      try script.write(toFile: file, atomically: false, encoding: .utf8)
      let output = "\(directory)/bench.out"
      _ = try? PrivatePostgres.run([
        "sh", "-c", "pgbench -n -M prepared -c 4 -j 2 -T 5 -f \(file) '\(books.url)' > \(output) 2>&1",
      ])
      let text = try String(contentsOfFile: output, encoding: .utf8)
      let tps = text.split(separator: "\n").first { $0.hasPrefix("tps = ") }?.split(separator: " ")[2]
      print("measured pgbench, \(name), 4 clients: \(Int((Double(tps ?? "0") ?? 0) * Double(rows))) rows/s")
    }
  }
}
