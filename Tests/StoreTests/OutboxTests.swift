import CallPolicy
import CallTracking
import Dialer
import Telephony
import Testing

@testable import Store

@Suite struct `The outbox` {
  let node: InstanceName = "node-a"
  let lease = Duration.seconds(60)

  func draft(
    _ books: Books, sink: String = "mail", stream: String = "job 1", number: PhoneNumber? = nil,
    toCustomer: Bool = false
  ) -> OutboxDraft {
    OutboxDraft(
      key: books.newID(), event: "missed_call", sink: sink, stream: stream, number: number?.e164,
      payload: "{\"a\": \"b\"}", dueAt: books.now, toCustomer: toCustomer)
  }

  /// Puts rows in as the consequence of an event.
  func put(_ books: Books, _ drafts: [OutboxDraft], at now: Timestamp? = nil) async throws {
    try await books.sql("INSERT INTO perezvon.events (at, kind) VALUES (now(), 'digest')")
    let count = try await books.store.routeEvents(now: now ?? books.now) { event in
      var consequences = EventConsequences()
      if event.kind == "digest" { consequences.outbox = drafts }
      return consequences
    }
    #expect(count >= 1)
  }

  func claim(_ books: Books, _ after: Int = 0, by holder: InstanceName? = nil, except: [String] = [])
    async throws -> [OutboxRow]
  {
    try await books.store.claimOutbox(
      by: holder ?? node, now: books.now + .seconds(after), lease: lease, limit: 10, except: except)
  }

  /// What went well and wrong again unseen would never be told, were it not news again.
  @Test func `is told of an alert when it begins, once a day while it lasts, and when it is over`()
    async throws
  {
    let books = try await Books()
    func look(_ hours: Int, well: Bool = false) async throws -> String? {
      let now = books.now + .seconds(hours * 3_600)
      if well {
        try await books.store.clearAlert("trunk", kind: "trunk_failing", pbx: "pbx1", details: "{}", now: now)
      } else {
        try await books.store.raiseAlert(
          "trunk", kind: "trunk_failing", pbx: "pbx1", sentence: "away", details: "{}", now: now)
      }
      return try await books.value("SELECT count(*) FROM perezvon.events WHERE kind = 'trunk_failing'")
    }
    #expect(try await look(0) == "1")
    #expect(try await look(23) == "1")
    #expect(try await look(24) == "2")
    #expect(try await look(25) == "2")
    #expect(try await look(26, well: true) == "3")
    #expect(try await look(27, well: true) == "3")
    #expect(try await look(28) == "4")
    await books.store.close()
  }

  @Test func `keeps the order of a stream in a sink, and lets no other wait for it`() async throws {
    let books = try await Books()
    try await put(
      books,
      [
        draft(books, stream: "job 1"), draft(books, stream: "job 1"), draft(books, stream: "job 2"),
        draft(books, sink: "sms", stream: "job 1"),
      ])
    let first = try await claim(books)
    #expect(first.map { "\($0.sink) \($0.stream)" } == ["mail job 1", "mail job 2", "sms job 1"])
    #expect(try await claim(books).isEmpty)
    let head = try #require(first.first)
    // Again later: what stands behind it waits with it.
    try await books.store.settleOutbox(
      head.id, by: node, .again(at: books.now + .seconds(100), why: "away"), now: books.now)
    #expect(try await claim(books, 50).isEmpty)
    #expect(try await claim(books, 101).map(\.id).contains(head.id))
    try await books.store.settleOutbox(head.id, by: node, .sent, now: books.now)
    #expect(try await claim(books, 102).map(\.stream) == ["job 1"])
    await books.store.close()
  }

  @Test func `gives a row to one of many, and to another when its lease is over`() async throws {
    let books = try await Books()
    try await put(books, (0..<20).map { draft(books, stream: "job \($0)") })
    let taken = try await withThrowingTaskGroup(of: [OutboxRow].self) { group in
      for n in 0..<5 { group.addTask { try await claim(books, by: InstanceName("node-\(n)")) } }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(Set(taken.map(\.id)).count == taken.count)
    #expect(try await claim(books).count + taken.count == 20)
    let again = try await claim(books, 61, by: "node-z")
    #expect(again.count == 10 && again.allSatisfy { $0.tries == 2 })
    // Who lost his lease changes nothing.
    try await books.store.settleOutbox(again[0].id, by: "node-0", .failed(why: "late"), now: books.now)
    #expect(try await books.value("SELECT state FROM perezvon.outbox WHERE id = \(again[0].id)") == "waiting")
    await books.store.close()
  }

  @Test func `gives every sink its turn, however many rows another has`() async throws {
    let books = try await Books()
    try await put(books, (0..<90).map { draft(books, sink: "dead", stream: "job \($0)") })
    try await put(books, [draft(books, sink: "well", stream: "job 1")])
    let rows = try await claim(books)
    #expect(rows.count { $0.sink == "dead" } == 10)
    #expect(rows.count { $0.sink == "well" } == 1)
    #expect(try await claim(books, except: ["dead"]).isEmpty)
    let probe = try await books.store.probeOutbox(sink: "dead", by: node, now: books.now, lease: lease)
    #expect(probe?.sink == "dead")
    await books.store.close()
  }

  @Test func `sends again what failed for good, and drops it`() async throws {
    let books = try await Books()
    try await put(books, [draft(books), draft(books, stream: "job 2")])
    for row in try await claim(books) {
      try await books.store.settleOutbox(row.id, by: node, .failed(why: "no such mailbox"), now: books.now)
    }
    let failed = try await books.store.outbox(states: [.failed], limit: 10)
    #expect(failed.count == 2 && failed.allSatisfy { $0.lastError == "no such mailbox" })
    #expect(try await claim(books, 1_000).isEmpty)
    #expect(try await books.store.retryOutbox(failed[0].id, now: books.now) == 1)
    #expect(try await claim(books).map(\.id) == [failed[0].id])
    #expect(try await books.store.dropOutbox(nil, now: books.now) == 1)
    #expect(try await books.store.dropOutbox(nil, now: books.now) == 0)
    await books.store.close()
  }

  @Test func `texts a customer once for a spell of missed calls`() async throws {
    let books = try await Books()
    let number = Books.number
    func text(_ after: Int) async throws -> Int {
      let now = books.now + .seconds(after)
      let before = try await books.value("SELECT count(*) FROM perezvon.outbox")
      try await put(
        books, [draft(books, sink: "sms", stream: "c", number: number, toCustomer: true)], at: now)
      let count = try await books.value("SELECT count(*) FROM perezvon.outbox")
      return (Int(count ?? "") ?? 0) - (Int(before ?? "") ?? 0)
    }
    #expect(try await text(0) == 1)
    #expect(try await text(60) == 0)
    // They talked: the next missed call begins a new spell.
    var talk = books.missedCall("2.1")
    talk.answered = true
    talk.lostAt = nil
    talk.endedAt = books.now + .seconds(300)
    _ = try await books.store.settle(talk, caller: books.caller(), now: books.now) { _ in CallVerdict() }
    #expect(try await text(600) == 1)
    #expect(try await text(700) == 0)
    // An open job is one spell, however long it lasts.
    _ = try await books.add(books.job(number))
    try await books.sql("UPDATE perezvon.jobs SET created_at = '2026-11-22 15:00Z'")
    #expect(try await text(100_000) == 0)
    try await books.sql("UPDATE perezvon.jobs SET state = 'exhausted', closed_at = '2026-11-23 20:00Z'")
    #expect(try await text(200_000) == 1)
    await books.store.close()
  }

  @Test func `drops a text that waits for the morning where they talked meanwhile`() async throws {
    let books = try await Books()
    var waits = draft(books, sink: "sms", stream: "c", number: Books.number, toCustomer: true)
    waits.dueAt = books.now + .seconds(36_000)
    try await put(books, [waits])
    var talk = books.missedCall("2.1")
    talk.answered = true
    talk.lostAt = nil
    talk.endedAt = books.now + .seconds(300)
    _ = try await books.store.settle(talk, caller: books.caller(), now: books.now) { _ in CallVerdict() }
    #expect(try await books.value("SELECT state FROM perezvon.outbox") == "dropped")
    await books.store.close()
  }

  @Test func `holds 10,000 rows of a sink that is held and finds others at once`() async throws {
    let books = try await Books()
    try await books.sql(
      """
      INSERT INTO perezvon.outbox (key, event, sink, stream, payload, created_at, due_at)
      SELECT gen_random_uuid(), 'missed_call', 'dead', 'job ' || n, '{}', '2026-11-22 15:00Z', '2026-11-22 15:00Z'
      FROM generate_series(1, 10000) n;
      ANALYZE perezvon.outbox;
      """)
    try await put(books, [draft(books, sink: "well")])
    // Time is measured by the benchmarks; here, that the held ones are not in the way.
    #expect(try await claim(books, except: ["dead"]).map(\.sink) == ["well"])
    let plan = try await books.value("SELECT count(*) FROM perezvon.outbox WHERE leased_until IS NOT NULL")
    #expect(plan == "1")
    await books.store.close()
  }
}

@Suite struct `An event` {
  @Test func `is written with its change and gone with what follows from it`() async throws {
    let books = try await Books()
    _ = try await books.store.settle(
      books.missedCall("1.1"), caller: books.caller(), now: books.now, decide: books.policy())
    try await books.store.save(
      [CustomerChange(number: Books.number, name: "Anna P.", category: "vip", manager: "PJSIP/7")],
      now: books.now)
    let seen = Seen()
    let count = try await books.store.routeEvents(now: books.now) { event in
      seen.add(event)
      return EventConsequences()
    }
    #expect(count == 2)
    #expect(seen.events.map(\.kind) == ["job_created", "missed_call"])
    let call = try #require(seen.events.last)
    #expect(call.call?.membersRung == ["PJSIP/101", "PJSIP/102"] && call.call?.lostAt == .queue)
    #expect(call.customer?.name == "Anna P." && call.customer?.manager == "PJSIP/7")
    #expect(call.job?.state == .waiting)
    #expect(try await books.store.routeEvents(now: books.now) { _ in EventConsequences() } == 0)
    // The same call once more is no event.
    _ = try await books.store.settle(
      books.missedCall("1.1"), caller: books.caller(), now: books.now, decide: books.policy())
    #expect(try await books.value("SELECT count(*) FROM perezvon.events") == "0")
    await books.store.close()
  }

  @Test func `comes of no history, and of no job that is held out`() async throws {
    let books = try await Books()
    var batch = HistoryBatch()
    batch.append(
      HistoricCall(call: books.missedCall("9.1"), caller: books.caller(), short: false), reason: "imported")
    _ = try await books.store.bring(batch)
    #expect(try await books.value("SELECT count(*) FROM perezvon.missed_calls") == "1")
    #expect(try await books.value("SELECT count(*) FROM perezvon.events") == "0")
    var held = books.job()
    held.heldOut = true
    held.expiresAt = books.now
    _ = try await books.add(held)
    _ = try await books.store.expireJobs(now: books.now + .seconds(1))
    #expect(try await books.value("SELECT count(*) FROM perezvon.events WHERE kind = 'job_expired'") == "0")
    #expect(try await books.value("SELECT count(*) FROM perezvon.events WHERE kind = 'job_closed'") == "1")
    await books.store.close()
  }

  @Test func `comes of an expired job, a task that is wanted and a callback that connects`() async throws {
    let books = try await Books()
    var late = books.job(books.number(1))
    late.expiresAt = books.now
    _ = try await books.add(late)
    _ = try await books.store.expireJobs(now: books.now + .seconds(1))
    _ = try await books.store.settle(books.missedCall("1.1"), caller: books.caller(), now: books.now) { _ in
      CallVerdict(
        noJobReason: "landline",
        decisions: [
          Decision(at: books.now, number: Books.number.e164, job: nil, decision: "task", reason: "landline")
        ])
    }
    let job = try await books.add(books.job(books.number(2)))
    let lease = try #require(try await books.lease())
    var attempt = try #require(claimed(try await books.claim(books.attempt(job), job, lease)))
    attempt.connectedAt = books.now
    attempt.phase = .connected
    attempt.customerDialedAt = books.now
    try await books.store.write(attempt, lease: lease)
    let seen = Seen()
    _ = try await books.store.routeEvents(now: books.now) { event in
      seen.add(event)
      return EventConsequences()
    }
    let kinds = seen.events.map(\.kind)
    #expect(
      kinds.contains("job_expired") && kinds.contains("task_wanted") && kinds.contains("callback_connected"))
    #expect(seen.events.first { $0.kind == "task_wanted" }?.call?.linkedID == "1.1")
    #expect(seen.events.first { $0.kind == "callback_connected" }?.talk?.agent == "PJSIP/101")
    await books.store.close()
  }
}

/// What `decide` was asked.
final class Seen: @unchecked Sendable {
  // Only touched by the connection's thread while the test waits for it.
  private(set) var events: [BookedEvent] = []
  func add(_ event: BookedEvent) { events.append(event) }
}
