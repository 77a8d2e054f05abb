import CallPolicy
import CallTracking
import Dialer
import Telephony
import Testing

@testable import Store

@Suite struct `A task` {
  func draft(_ books: Books, _ number: PhoneNumber = Books.number, dueIn: Duration = .seconds(3_600))
    -> TaskDraft
  {
    TaskDraft(
      id: TaskID(books.newID()), kind: .notDialled, number: number.e164, customerName: "Anna",
      did: "4951112233",
      queue: "sales", lostAt: .queue, wait: .seconds(10), pbx: books.pbx, linkedID: "1.1", job: nil,
      reason: "sales does not dial landlines", assignee: "PJSIP/101", createdAt: books.now,
      dueAt: books.now + dueIn,
      remindAt: books.now + dueIn - .seconds(600), escalateAt: books.now + dueIn + .seconds(600))
  }

  func events(_ books: Books, _ kind: String) async throws -> String? {
    try await books.value("SELECT count(*) FROM perezvon.events WHERE kind = '\(kind)'")
  }

  @Test func `is one for a number, and counts what comes again`() async throws {
    let books = try await Books()
    try await books.store.add(draft(books))
    try await books.store.add(draft(books))
    try await books.store.add(draft(books, books.number(1)))
    let tasks = try await books.store.tasks(TaskFilter())
    #expect(tasks.map(\.missedCount).sorted() == [1, 2])
    #expect(try await events(books, "task_created") == "2")
    await books.store.close()
  }

  @Test func `is closed by a talk, whoever called whom, and by no earlier one`() async throws {
    let books = try await Books()
    try await books.store.add(draft(books))
    var talk = books.missedCall("2.1")
    talk.answered = true
    talk.answeredBy = "PJSIP/102"
    talk.lostAt = nil
    talk.endedAt = books.now - .seconds(60)
    _ = try await books.store.settle(talk, caller: books.caller(), now: books.now) { _ in CallVerdict() }
    #expect(try await books.store.tasks(TaskFilter()).count == 1)
    talk.linkedID = "2.2"
    talk.endedAt = books.now + .seconds(60)
    _ = try await books.store.settle(talk, caller: books.caller(), now: books.now) { _ in CallVerdict() }
    let closed = try #require(try await books.store.tasks(TaskFilter(open: nil)).first)
    #expect(closed.closedHow == .talked && closed.closedBy == "PJSIP/102")
    #expect(closed.closedAt == books.now + .seconds(60))
    #expect(try await events(books, "task_closed") == "1")
    await books.store.close()
  }

  @Test func `is closed once by a person, with a note`() async throws {
    let books = try await Books()
    let task = draft(books)
    try await books.store.add(task)
    let first = try await books.store.closeTask(
      task.id, how: .person, by: "anna", note: "called from my mobile", now: books.now)
    let second = try await books.store.closeTask(task.id, how: .crm, by: "crm", note: "", now: books.now)
    #expect(first && !second)
    #expect(try await books.store.task(task.id)?.note == "called from my mobile")
    // The next missed call of the same number is a task of its own.
    try await books.store.add(draft(books))
    #expect(try await books.store.tasks(TaskFilter(open: nil)).count == 2)
    await books.store.close()
  }

  @Test func `is told of before its end, at its end and after it, once each, by many who look`() async throws
  {
    let books = try await Books()
    try await books.store.add(draft(books))
    func look(_ after: Int) async throws {
      try await withThrowingTaskGroup { group in
        for _ in 0..<4 {
          group.addTask {
            try await books.store.watchTasks(now: books.now + .seconds(after), promiseSlack: .seconds(900))
          }
        }
        try await group.waitForAll()
      }
    }
    try await look(2_000)
    #expect(try await events(books, "task_reminder") == "0")
    for after in [3_100, 3_700, 4_300, 9_999] { try await look(after) }
    #expect(try await events(books, "task_reminder") == "1")
    #expect(try await events(books, "task_overdue") == "1")
    #expect(try await events(books, "task_escalated") == "1")
    await books.store.close()
  }

  @Test func `shows in the report whether its person keeps his time`() async throws {
    let books = try await Books()
    for (n, late) in [(1, false), (2, false), (3, true), (4, false)] {
      let task = draft(books, books.number(n))
      try await books.store.add(task)
      _ = try await books.store.closeTask(
        task.id, how: .person, by: "anna", note: "", now: books.now + .seconds(late ? 7_200 : 60))
    }
    #expect(try await books.value("SELECT round(on_time_rate, 2) FROM report.tasks LIMIT 1") == "0.75")
    #expect(
      try await books.value(
        "SELECT assignee || ' ' || closed || ' ' || on_time FROM report.task_people") == "PJSIP/101 4 3")
    await books.store.close()
  }

  @Test func `a promise is told of when its time comes, and again when it was set anew`() async throws {
    let books = try await Books()
    var promised = books.job()
    promised.source = .promised
    _ = try await books.add(promised)
    for _ in 0..<2 {
      try await books.store.watchTasks(now: books.now + .seconds(1), promiseSlack: .seconds(900))
    }
    #expect(try await events(books, "promise_due") == "1")
    #expect(try await events(books, "promise_overdue") == "0")
    for _ in 0..<2 {
      try await books.store.watchTasks(now: books.now + .seconds(901), promiseSlack: .seconds(900))
    }
    #expect(try await events(books, "promise_due") == "1")
    #expect(try await events(books, "promise_overdue") == "1")
    await books.store.close()
  }
}
