import CallPolicy
import CallTracking
import Telephony
import Testing

@testable import Store

@Suite struct `A settled call` {
  @Test func `makes one call, one missed call, one job and a decision`() async throws {
    let books = try await Books()
    let (verdict, already) = try await books.store.settle(
      books.missedCall(), caller: books.caller(), now: books.now, decide: books.policy())
    #expect(!already)
    let story = try await books.store.story(of: Books.number.e164)
    #expect(story.calls.count == 1)
    #expect(story.jobs.map(\.id) == [verdict.job])
    #expect(story.decisions.map(\.decision) == ["job_created"])
    let missed = try #require(story.missed.first)
    let record = books.missedCall()
    #expect(missed.evidence == record.evidence)
    #expect(missed.membersRung == record.membersRung)
    #expect(missed.wait == .seconds(10))
    #expect(missed.at == record.endedAt)
    #expect(missed.job == verdict.job)
    #expect(missed.noJobReason == nil)
    #expect(missed.lostAt == .queue && missed.ending == .callerHungUp)
    await books.store.close()
  }

  @Test func `seen twice is one row and one job`() async throws {
    let books = try await Books()
    let policy = books.policy()
    _ = try await books.store.settle(
      books.missedCall(), caller: books.caller(), now: books.now, decide: policy)
    let again = try await books.store.settle(
      books.missedCall(), caller: books.caller(), now: books.now, decide: policy)
    #expect(again.alreadyRecorded)
    let story = try await books.store.story(of: Books.number.e164)
    #expect(story.calls.count == 1 && story.missed.count == 1 && story.jobs.count == 1)
    #expect(story.jobs.first?.missedCount == 1)
    #expect(story.decisions.count == 1)
    await books.store.close()
  }

  @Test func `seen twice with two readings of its number is one row`() async throws {
    let books = try await Books()
    // Both read the books before either writes: they hold different locks.
    async let first = books.store.settle(
      books.missedCall(), caller: books.caller(), now: books.now, decide: books.policy())
    async let second = books.store.settle(
      books.missedCall(), caller: .hidden, now: books.now,
      decide: { _ in CallVerdict(noJobReason: "The number is hidden.") })
    let results = try await [first, second]
    #expect(results.count(where: \.alreadyRecorded) == 1)
    #expect(try await books.value("SELECT count(*) FROM report.missed_calls") == "1")
    await books.store.close()
  }

  @Test func `of one number by eight tasks at once makes one job that counts eight`() async throws {
    let books = try await Books(poolSize: 8)
    try await withThrowingTaskGroup { group in
      for n in 1...8 {
        group.addTask {
          _ = try await books.store.settle(
            books.missedCall(LinkedID("1.\(n)")), caller: books.caller(), now: books.now,
            decide: books.policy())
        }
      }
      try await group.waitForAll()
    }
    let story = try await books.store.story(of: Books.number.e164)
    #expect(story.missed.count == 8)
    #expect(story.jobs.count == 1)
    #expect(story.jobs.first?.missedCount == 8)
    #expect(Set(story.missed.map(\.job)) == [story.jobs.first?.id])
    await books.store.close()
  }

  @Test func `of a hidden number is in the books without a number`() async throws {
    let books = try await Books()
    _ = try await books.store.settle(books.missedCall(), caller: .hidden, now: books.now) { history in
      CallVerdict(short: true, noJobReason: history.openJobs.isEmpty ? "The number is hidden." : "wrong")
    }
    let shown = "SELECT concat_ws('|', number, no_job_reason, short) FROM report.missed_calls"
    #expect(try await books.value(shown) == "The number is hidden.|t")
    await books.store.close()
  }

  @Test func `that was answered is the last talk of its number, and closes the job`() async throws {
    let books = try await Books()
    let first = try await books.store.settle(
      books.missedCall("1.1"), caller: books.caller(), now: books.now, decide: books.policy())
    let job = try #require(first.verdict.job)
    var served = books.missedCall("1.2")
    served.answered = true
    served.answeredBy = "PJSIP/101"
    served.lostAt = nil
    served.ending = nil
    _ = try await books.store.settle(served, caller: books.caller(), now: books.now) { history in
      CallVerdict(changes: history.openJobs.map { .close($0.id, .recovered, reason: "He called again.") })
    }
    #expect(try await books.store.job(job)?.state == .recovered)
    let history = try await books.store.history(of: Books.number, now: books.now)
    #expect(history.lastTalkEndedAt == served.endedAt)
    #expect(history.lastTalkedWith == "PJSIP/101")
    #expect(history.openJobs.isEmpty)
    #expect(try await books.value("SELECT count(*) FROM report.missed_calls") == "1")
    await books.store.close()
  }

  @Test func `with hostile texts is stored as sent, NUL as U+FFFD`() async throws {
    let books = try await Books()
    let name = "Robert'); DROP TABLE jobs;--\"\\\u{0}\u{1}\u{202E}имя$1"
    var call = books.missedCall("1.'\u{0}", name: name)
    call.did = "\u{0}"
    call.membersRung = ["PJSIP/\"x\",{}", "", "NULL"]
    call.evidence = [EvidenceStep(at: books.now, what: "be\u{0}gan\n", detail: "\"\\\u{1F}\u{7F}é")]
    _ = try await books.store.settle(
      call, caller: .unreadable("12'3"), now: books.now, decide: { _ in CallVerdict(noJobReason: "'") })
    let missed = try #require(try await books.store.story(of: "12'3").missed.first)
    #expect(missed.customerName == name.replacing("\u{0}", with: "\u{FFFD}"))
    #expect(missed.did == "\u{FFFD}")
    #expect(missed.membersRung == call.membersRung)
    #expect(missed.evidence.first?.what == "be\u{FFFD}gan\n")
    #expect(missed.evidence.first?.detail == "\"\\\u{1F}\u{7F}é")
    #expect(missed.noJobReason == "'")
    await books.store.close()
  }

  @Test func `with a name longer than the limit is cut at a character`() async throws {
    let books = try await Books()
    let call = books.missedCall("1.1", name: String(repeating: "я", count: 5_000))
    _ = try await books.store.settle(
      call, caller: books.caller(), now: books.now, decide: { _ in CallVerdict(noJobReason: "none") })
    let story = try await books.store.story(of: Books.number.e164)
    #expect(story.missed.first?.customerName == String(repeating: "я", count: Parameter.textMax / 2))
    await books.store.close()
  }

  @Test func `whose policy asks for the impossible leaves nothing behind`() async throws {
    let books = try await Books()
    let job = books.job()
    let failed = await code {
      _ = try await books.store.settle(books.missedCall(), caller: books.caller(), now: books.now) { _ in
        CallVerdict(job: job.id, changes: [.create(job), .close(job.id, .working, reason: "no")])
      }
    }
    #expect(failed == .other)
    #expect(try await books.store.story(of: Books.number.e164).entries.isEmpty)
    // The connection is not left inside a transaction.
    _ = try await books.store.settle(
      books.missedCall(), caller: books.caller(), now: books.now, decide: books.policy())
    await books.store.close()
  }
}

@Suite struct `Queue entries` {
  @Test func `are written in batches larger than one pipeline, and once`() async throws {
    let books = try await Books()
    let entries = (1...1_203).map { n in
      QueueEntryRecord(
        pbx: books.pbx, linkedID: LinkedID("1.\(n)"), channel: ChannelID("1.\(n)"), join: 1, queue: "sales",
        joinedAt: books.now - .seconds(30), leftAt: books.now,
        result: n.isMultiple(of: 2) ? .answered : .abandoned,
        member: nil, position: 1)
    }
    try await books.store.record(entries)
    try await books.store.record(Array(entries.prefix(10)))
    #expect(try await books.value("SELECT count(*) FROM perezvon.queue_entries") == "1203")
    let hour = "SELECT concat_ws(' ', offered, answered, abandoned, service_level) FROM report.queue_hours"
    #expect(try await books.value(hour) == "1203 601 602 0.0000")
    await books.store.close()
  }
}
