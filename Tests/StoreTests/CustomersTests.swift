import CallPolicy
import CallTracking
import Telephony
import Testing

@testable import Store

@Suite struct `The customers in the books` {
  @Test func `are changed by what is said of them, and keep the rest`() async throws {
    let books = try await Books()
    let (store, now, number) = (books.store, books.now, Books.number)
    #expect(try await store.customer(number) == nil)
    try await store.save(
      [
        CustomerChange(number: number, name: "Anna", category: "vip"),
        CustomerChange(number: number, manager: "PJSIP/101"),
      ], now: now)
    let known = Customer(number: number, name: "Anna", category: "vip", manager: "PJSIP/101", updatedAt: now)
    #expect(try await store.customer(number) == known)
    try await store.save([CustomerChange(number: number, category: "", manager: "")], now: now)
    #expect(
      try await store.customer(number) == Customer(number: number, name: "Anna", updatedAt: now))
    #expect(try await store.customers(CustomerFilter(limit: 10)).map(\.number) == [number])
    #expect(try await store.customers(CustomerFilter(after: number, limit: 10)).isEmpty)
    #expect(try await store.removeCustomer(number))
    #expect(try await store.removeCustomer(number) == false)
    await store.close()
  }

  @Test func `are told with their last talk and what is owed to them`() async throws {
    let books = try await Books()
    let (store, now, number) = (books.store, books.now, Books.number)
    #expect(try await store.callerFile(number) == CallerFile())

    var talked = books.missedCall("1.1", name: "Anna by her phone")
    talked.answered = true
    talked.answeredBy = "PJSIP/102"
    talked.lostAt = nil
    talked.ending = nil
    _ = try await store.settle(talked, caller: books.caller(), now: now) { _ in CallVerdict() }
    let job = books.job()
    _ = try await store.addJob(job, decision: books.decision("job_created", job))
    var file = try await store.callerFile(number)
    #expect(file.name == "Anna by her phone", "learnt from the talk")
    #expect((file.lastTalkedWith, file.lastTalkEndedAt) == ("PJSIP/102", now))
    #expect(file.openJob?.id == job.id)
    #expect(!file.doNotCall)

    try await store.save(
      [CustomerChange(number: number, name: "Anna A.", category: "vip", manager: "PJSIP/101")], now: now)
    try await store.setDoNotCall(number, reason: "asked", now: now)
    file = try await store.callerFile(number)
    #expect((file.name, file.category, file.manager) == ("Anna A.", "vip", "PJSIP/101"))
    #expect(file.openJob == nil, "closed by the do-not-call list")
    #expect(file.doNotCall)

    let history = try await store.history(of: number, now: now)
    #expect((history.category, history.manager, history.customerName) == ("vip", "PJSIP/101", "Anna A."))
    await store.close()
  }
}
