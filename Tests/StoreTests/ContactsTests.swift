import CallPolicy
import Dialer
import Telephony
import Testing

@testable import Store

/// Rows of a list as the reader would give them.
extension Books {
  func contact(
    _ line: Int, key: String? = nil, _ numbers: PhoneNumber..., zone: String = "", priority: Int = 0,
    dueIn: Duration = .zero
  ) -> ContactRow {
    ContactRow(
      line: line, key: key, name: "Name \(line)", zone: nil, attributes: #"{"city":"Tver"}"#,
      priority: priority,
      dueIsGiven: false,
      phones: numbers.map { .init(number: $0, kind: .mobile, zone: zone, dueAt: now + dueIn) },
      newID: ContactID(newID()), newJob: JobID(newID()))
  }

  @discardableResult
  func put(_ rows: ContactRow..., again: Bool = false, later: Duration = .zero) async throws -> ContactOutcome
  {
    var batch = ContactBatch(
      campaign: campaign, pbx: pbx, source: "list.csv", expireAfter: .seconds(86_400), again: again)
    for row in rows { batch.append(row) }
    return try await store.put(batch, now: now + later)
  }

  func listed(_ zones: String...) async throws -> [Job] {
    try await store.contactJobs(
      (zones.isEmpty ? [""] : zones).map { ContactZone(campaign: campaign, zone: $0) }, pbx: pbx,
      dueBefore: now, limit: 100)
  }

  func run(_ state: CampaignRun.State = .running, stopsAt: Timestamp? = nil) async throws {
    try await store.setRun(
      CampaignRun(campaign: campaign, state: state, stopsAt: stopsAt, changedAt: now), reason: "a test did it"
    )
  }
}

@Suite struct `A contact` {
  @Test func `is a job with all his phones, the first to be dialled`() async throws {
    let books = try await Books()
    let outcome = try await books.put(
      books.contact(2, key: "A1", books.number(1), books.number(2), zone: "Asia/Omsk"))
    #expect(outcome.added == 1 && outcome.refused.isEmpty)
    let job = try #require(try await books.listed("Asia/Omsk").first)
    #expect(job.source == .contact && job.number == books.number(1) && job.zone == "Asia/Omsk")
    #expect(job.contact?.phones.map(\.number) == [books.number(1), books.number(2)])
    #expect(try await books.store.contactZones([books.campaign]).map(\.zone) == ["Asia/Omsk"])
    #expect(try await books.listed("Europe/Moscow").isEmpty)
    // A callback's reader does not see it.
    let callbacks = try await books.store.waitingJobs(
      campaigns: [books.campaign], dueBefore: books.now, limit: 10)
    #expect(callbacks.isEmpty)
    #expect(try await books.value("SELECT phones::text || disposition FROM report.contacts") != nil)
    await books.store.close()
  }

  @Test func `is updated by his key or his number, not doubled`() async throws {
    let books = try await Books()
    try await books.put(
      books.contact(2, key: "A1", books.number(1)), books.contact(3, books.number(2)))
    var again = books.contact(2, key: "A1", books.number(5), priority: 7)
    again.name = "New name"
    let outcome = try await books.put(again, books.contact(3, key: "B2", books.number(2)))
    #expect(outcome.added == 0 && outcome.updated == 2)
    #expect(try await books.value("SELECT count(*) FROM perezvon.contacts") == "2")
    let jobs = try await books.listed()
    #expect(jobs.map(\.number) == [books.number(5), books.number(2)])
    #expect(jobs.first?.customerName == "New name" && jobs.first?.priority == 7)
    #expect(
      try await books.value("SELECT string_agg(key, ',' ORDER BY key) FROM perezvon.contacts") == "A1,B2")
    await books.store.close()
  }

  @Test func `does not take the number of another key, and a later row counts`() async throws {
    let books = try await Books()
    try await books.put(books.contact(2, key: "A1", books.number(1)))
    let outcome = try await books.put(
      books.contact(2, key: "C3", books.number(1)),
      books.contact(3, key: "D4", books.number(1), books.number(4)),
      books.contact(4, key: "E5", books.number(6)), books.contact(5, key: "E5", books.number(7)))
    #expect(outcome.refused.map(\.line) == [2])
    #expect(outcome.leftOut.map(\.line) == [3, 2] || outcome.leftOut.map(\.line) == [2, 3])
    #expect(outcome.replaced == [4])
    #expect(outcome.added == 2)
    #expect(
      try await books.listed().map(\.number).sorted { $0.e164 < $1.e164 } == [1, 4, 7].map(books.number))
    await books.store.close()
  }

  @Test func `on the do-not-call list is refused, and so is one with an open job of the campaign`()
    async throws
  {
    let books = try await Books()
    try await books.store.setDoNotCall(books.number(1), reason: "asked", now: books.now)
    _ = try await books.add(books.job(books.number(2)))
    let outcome = try await books.put(
      books.contact(2, books.number(1)), books.contact(3, books.number(2)), books.contact(4, books.number(3)))
    #expect(outcome.refused.map(\.line) == [2, 3] && outcome.added == 1)
    let reasons = outcome.leftOut.sorted { $0.line < $1.line }.map(\.reason)
    #expect(reasons.first?.contains("do-not-call") == true && reasons.last?.contains("open job") == true)
    await books.store.close()
  }

  @Test func `is written the same, whether his whole batch is new or not`() async throws {
    let (all, some) = (try await Books(), try await Books())
    var rows = [
      all.contact(
        2, key: "A1", all.number(2), all.number(1), zone: "Asia/Omsk", priority: 3, dueIn: .seconds(60)),
      all.contact(3, all.number(3)), all.contact(4, key: "C3", all.number(5), all.number(4)),
    ]
    rows[1].name = "An\u{0}na \"Аня\" \\."
    rows[1].zone = "Europe/Moscow"
    #expect(try await all.put(rows[0], rows[1], rows[2]).added == 3)
    let known = some.contact(1, key: "known", some.number(9))
    try await some.put(known)
    let outcome = try await some.put(rows[0], rows[1], rows[2], known)
    #expect(outcome.added == 3 && outcome.updated == 1)
    for table in ["contacts c", "contact_phones c", "jobs c"] {
      let text = """
        SELECT string_agg(c::text, E'\\n' ORDER BY c::text) FROM perezvon.\(table)
        WHERE c::text NOT LIKE '%\(known.newID)%'
        """
      let written = try #require(try await all.value(text))
      #expect(try await some.value(text) == written)
      #expect(written.split(separator: "\n").count == (table == "contact_phones c" ? 5 : 3), "\(written)")
    }
    await all.store.close()
    await some.store.close()
  }

  /// A list does not wait for others who write jobs: who is quicker has the number.
  @Test func `whose number is given a job meanwhile is refused, and his batch goes in`() async throws {
    let books = try await Books()
    let job = books.job(books.number(2))
    let (inserted, signal) = AsyncStream<Void>.makeStream()
    async let other: Void = books.store.pool.run { link throws(StoreError) in
      defer { signal.finish() }
      _ = try link.batch([Link.begin.with()] + JobRow.calls(.create(job), now: books.now))
      signal.finish()
      // Committed when the batch stands before its row, which it could not see.
      let waits = Statement(
        "somebody waits",
        """
        SELECT count(*) FROM (SELECT pg_sleep(0.02)) AS pause, pg_locks
        WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
        """)
      let end = ContinuousClock.now + .seconds(60)
      while try link.execute(waits.with()).first({ row throws(StoreError) in try row.int() }) == 0,
        ContinuousClock.now < end
      {}
      _ = try link.batch([Link.commit.with()], commits: true)
    }
    for await _ in inserted {}
    let outcome = try await books.put(
      books.contact(2, key: "A1", books.number(1)), books.contact(3, key: "B2", books.number(2)))
    try await other
    #expect(outcome.added == 1 && outcome.refused.map(\.line) == [3])
    #expect(outcome.leftOut.first?.reason.contains("open job") == true)
    #expect(try await books.value("SELECT string_agg(key, ',') FROM perezvon.contacts") == "A1")
    await books.store.close()
  }

  @Test func `called already is not called again for being on the list again`() async throws {
    let books = try await Books()
    try await books.put(books.contact(2, key: "A1", books.number(1)))
    let job = try #require(try await books.listed().first)
    _ = try await books.store.cancel(job.id, reason: "done", now: books.now)
    #expect(try await books.put(books.contact(2, key: "A1", books.number(1))).updated == 1)
    #expect(try await books.listed().isEmpty)
    await books.store.close()
  }

  @Test func `called to an end is called again where the list is brought in for that`() async throws {
    let books = try await Books()
    try await books.put(
      books.contact(2, key: "A1", books.number(1)), books.contact(3, key: "B2", books.number(2)))
    let job = try #require(try await books.listed().first { $0.number == books.number(1) })
    _ = try await books.store.cancel(job.id, reason: "done", now: books.now)
    let contact = try #require(job.contact?.id)
    let sold = Remark(disposition: "sold", note: "in May", reason: "Vera set it")
    _ = try await books.store.remark(sold, of: contact, now: books.now)
    let outcome = try await books.put(
      books.contact(2, key: "A1", books.number(1)), books.contact(3, key: "B2", books.number(2)),
      books.contact(4, key: "C3", books.number(3)), again: true, later: .seconds(1))
    #expect(outcome.added == 1 && outcome.updated == 2 && outcome.reopened == 1)
    // One open job each; what was said of the round before is history, the note stays.
    #expect(try await books.listed().count == 3)
    #expect(
      try await books.value("SELECT disposition || note FROM report.contacts WHERE key = 'A1'")
        == "openin May")
    await books.store.close()
  }

  @Test func `is found by any of his phones when somebody talks with him`() async throws {
    let books = try await Books()
    try await books.put(books.contact(2, key: "A1", books.number(1), books.number(2)))
    let job = try #require(try await books.listed().first)
    for n in 1...2 {
      let history = try await books.store.history(of: books.number(n), now: books.now)
      #expect(history.openJobs.map(\.id) == [job.id])
    }
    #expect(try await books.store.history(of: books.number(3), now: books.now).openJobs.isEmpty)
    await books.store.close()
  }

  @Test func `stands in line by priority, then by when he is due`() async throws {
    let books = try await Books()
    try await books.put(
      books.contact(2, books.number(1), dueIn: .seconds(-10)),
      books.contact(3, books.number(2), dueIn: .seconds(-60)),
      books.contact(4, books.number(3), zone: "Asia/Omsk", priority: 5),
      books.contact(5, books.number(4), dueIn: .seconds(60)))
    #expect(try await books.listed("", "Asia/Omsk").map(\.number) == [3, 2, 1].map(books.number))
    await books.store.close()
  }

  @Test func `is dialled only while his campaign runs`() async throws {
    let books = try await Books()
    try await books.put(books.contact(2, books.number(1)))
    let job = try #require(try await books.listed().first)
    let lease = try #require(try await books.lease())
    func claim() async throws -> ClaimResult { try await books.claim(books.attempt(job), job, lease) }
    #expect(try await claim() == .campaignHeld)
    try await books.run(.paused)
    #expect(try await claim() == .campaignHeld)
    try await books.run(.running, stopsAt: books.now)
    #expect(try await claim() == .campaignHeld)
    try await books.run()
    #expect(claimed(try await claim()) != nil)
    await books.store.close()
  }

  @Test func `is not dialled more often in a day than the campaign allows`() async throws {
    let books = try await Books()
    try await books.put(books.contact(2, books.number(1), books.number(2)))
    try await books.run()
    let lease = try #require(try await books.lease())
    let limits = DialLimits(perNumberPerDay: 9, perHour: 99, perContactPerDay: 1)
    let job = try #require(try await books.listed().first)
    let result = try await books.store.claim(
      books.attempt(job), lease: lease, decision: books.decision("claimed", job), limits: limits)
    var attempt = try #require(claimed(result))
    attempt.phase = .customer
    attempt.customerDialedAt = books.now
    try await books.store.write(attempt, lease: lease)
    try await finish(attempt, .busy, to: books.number(2), lease, books)
    let next = try #require(try await books.listed("Asia/Omsk").first)
    #expect(next.number == books.number(2))
    let second = try await books.store.claim(
      books.attempt(next), lease: lease, decision: books.decision("claimed", next), limits: limits)
    guard case .contactCapReached(_, let until) = second else {
      Issue.record("\(second)")
      return
    }
    #expect(until == books.now + .seconds(86_400))
    #expect(next.contact?.phones.map(\.dials) == [1, 0])
    // Nor by being brought in anew: the day is his, not the job's.
    _ = try await books.store.cancel(next.id, reason: "done", now: books.now)
    try await books.put(books.contact(2, books.number(1), books.number(2)), again: true, later: .seconds(1))
    let third = try #require(try await books.listed().first)
    let result3 = try await books.store.claim(
      books.attempt(third), lease: lease, decision: books.decision("claimed", third), limits: limits)
    #expect(
      result3
        == .contactCapReached("the contact was dialled 1 times in 24 hours (attempts_per_day)", until: until))
    await books.store.close()
  }

  private func finish(
    _ attempt: AttemptRecord, _ result: CustomerResult, to number: PhoneNumber, _ lease: Lease, _ books: Books
  ) async throws {
    var ended = attempt
    ended.endedAt = books.now
    ended.customerResult = result
    ended.outcome = .customerMissed
    let next = NextPhone(
      number: number, zone: "Asia/Omsk", dueAt: books.now, otherwiseAt: books.now + .seconds(600),
      attempts: 1,
      reason: "busy")
    try await books.store.finish(ended, lease: lease, change: .dialNext(attempt.job, next), decisions: [])
  }

  @Test func `goes on with the next phone, and a number that does not exist is out of order`() async throws {
    let books = try await Books()
    try await books.put(books.contact(2, books.number(1), books.number(2)))
    try await books.run()
    let lease = try #require(try await books.lease())
    let job = try #require(try await books.listed().first)
    let attempt = try #require(claimed(try await books.claim(books.attempt(job), job, lease)))
    try await finish(attempt, .invalid, to: books.number(2), lease, books)
    let next = try #require(try await books.listed("Asia/Omsk").first)
    #expect(next.number == books.number(2) && next.attempts == 1)
    #expect(next.contact?.phones.map(\.state) == [.outOfOrder, .ok])
    await books.store.close()
  }

  @Test func `keeps his phone where another job of the campaign holds the next one`() async throws {
    let books = try await Books()
    try await books.put(books.contact(2, books.number(1), books.number(2)))
    try await books.run()
    _ = try await books.add(books.job(books.number(2)))
    let lease = try #require(try await books.lease())
    let job = try #require(try await books.listed().first)
    let attempt = try #require(claimed(try await books.claim(books.attempt(job), job, lease)))
    try await finish(attempt, .busy, to: books.number(2), lease, books)
    let stored = try #require(try await books.store.job(job.id))
    #expect(stored.number == books.number(1) && stored.dueAt == books.now + .seconds(600))
    await books.store.close()
  }

  @Test func `has a disposition from the end of his job until a person gives one`() async throws {
    let books = try await Books()
    try await books.put(books.contact(2, key: "A1", books.number(1)))
    let job = try #require(try await books.listed().first)
    func disposition() async throws -> String? {
      try await books.value("SELECT disposition FROM report.contacts")
    }
    #expect(try await disposition() == "open")
    try await books.store.apply(
      [.close(job.id, .succeeded, reason: "talked")], decisions: [], number: job.number, now: books.now)
    #expect(try await disposition() == "talked")
    let contact = try #require(
      try await books.store.contacts(named: "A1", number: nil, in: books.campaign).first)
    #expect(contact.attributes == ["city": "Tver"])
    let sold = Remark(disposition: "sold", note: "wants a call in May", reason: "Vera set it")
    #expect(try await books.store.remark(sold, of: contact.id, now: books.now) == RemarkEffect())
    #expect(try await disposition() == "sold")
    let story = try await books.store.story(of: job.number.e164)
    #expect(story.contacts.first?.note == "wants a call in May")
    #expect(story.decisions.last?.reason == "Vera set it")
    let back = Remark(disposition: "", note: nil, reason: "back")
    _ = try await books.store.remark(back, of: contact.id, now: books.now)
    #expect(try await disposition() == "talked")
    await books.store.close()
  }

  @Test func `goes with all his phones when one of them is erased, and with age`() async throws {
    let books = try await Books()
    try await books.put(
      books.contact(2, books.number(1), books.number(2)), books.contact(3, books.number(3)))
    guard case .erased(let erasure) = try await books.store.erase(books.number(2).e164) else {
      Issue.record("refused")
      return
    }
    #expect(erasure.contacts == 1 && erasure.jobs == 1 && erasure.openJobs == 1)
    #expect(try await books.value("SELECT count(*) FROM perezvon.contact_phones") == "1")
    let later = books.now + .seconds(1_000)
    // An open job keeps him.
    #expect(try await books.store.retain(callsBefore: later, numbersBefore: later).numbers == 0)
    let job = try #require(try await books.listed().first)
    _ = try await books.store.cancel(job.id, reason: "no", now: books.now)
    _ = try await books.store.retain(callsBefore: later, numbersBefore: later)
    #expect(try await books.value("SELECT count(*) FROM perezvon.contacts") == "0")
    await books.store.close()
  }

  @Test func `answers a question, and the last answer counts`() async throws {
    let books = try await Books()
    try await books.put(books.contact(2, key: "A1", books.number(1)))
    try await books.run()
    let lease = try #require(try await books.lease())
    let job = try #require(try await books.listed().first)
    let attempt = try #require(claimed(try await books.claim(books.attempt(job), job, lease)))
    for answer in ["1", "2"] {
      #expect(try await books.store.record(answer: answer, to: "score", attempt: attempt.id, at: books.now))
    }
    #expect(
      try await !books.store.record(
        answer: "1", to: "score", attempt: AttemptID(books.newID()), at: books.now))
    #expect(try await books.value("SELECT key || question || answer FROM report.answers") == "A1score2")
    await books.store.close()
  }

  /// Every row of a batch, however its keys and numbers meet, is added, updated, replaced or refused.
  @Test(arguments: 1...12)
  func `of any batch is accounted for`(_ seed: UInt64) async throws {
    let books = try await Books()
    var random = Seeded(seed)
    for _ in 0..<4 {
      var batch = ContactBatch(
        campaign: books.campaign, pbx: books.pbx, source: "list.csv", expireAfter: .seconds(86_400))
      let count = 60
      for line in 1...count {
        var row = books.contact(
          line, key: Bool.random(using: &random) ? "K\(Int.random(in: 0..<20, using: &random))" : nil)
        var numbers: [PhoneNumber] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          let number = books.number(Int.random(in: 0..<40, using: &random))
          if !numbers.contains(number) { numbers.append(number) }
        }
        row.phones = numbers.map { .init(number: $0, kind: .mobile, zone: "", dueAt: books.now) }
        batch.append(row)
      }
      let outcome = try await books.store.put(batch, now: books.now)
      let told = outcome.refused.map(\.line) + outcome.replaced
      #expect(Set(told).count == told.count, "seed \(seed)")
      #expect(outcome.added + outcome.updated + told.count == count, "seed \(seed)")
    }
    // Each contact has a phone and at most one open job, which dials one of his phones.
    #expect(
      try await books.value(
        """
        SELECT count(*) FROM perezvon.contacts c
        WHERE NOT EXISTS (SELECT 1 FROM perezvon.contact_phones p WHERE p.of_contact = c.id)
          OR (SELECT count(*) FROM perezvon.jobs j JOIN perezvon.contact_phones p
            ON p.of_contact = c.id AND p.number = j.number WHERE j.contact = c.id) <> 1
        """) == "0", "seed \(seed)")
    await books.store.close()
  }
}

/// SplitMix64: the same for the same seed.
private struct Seeded: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
