import Foundation
import Lab
import Testing

/// What a supervisor does at the wallboard with a callback that is owed, beside having it made at once.
extension `The wallboard` {
  /// Gives a job to a member, puts it off, and cancels it; the rows say so each time.
  func aSupervisorActs(_ visit: PageVisit) async throws {
    let (browser, service) = (visit.browser, visit.stage.service)
    let number = "+79161000304"
    let added = try await service.command("jobs", "add", number, "--campaign", "spring")
    #expect(added.status == 0, "\(added.output)")

    try await open(visit)
    try await browser.press("3")
    try await browser.eventually(
      "whom to", "return document.querySelector('dialog[open] select option[value=\"PJSIP/101\"]') !== null")
    try await browser.script("document.querySelector('dialog select').value = 'PJSIP/101'")
    try await confirm(visit, "is called by PJSIP/101")
    #expect(try await job(visit, number, "owner") == "PJSIP/101")

    try await open(visit)
    try await browser.press("2")
    try await browser.eventually("until when", "return document.activeElement?.id === 'until'")
    try await confirm(visit, "is called not before")
    // An hour from now is what it offers, to the minute.
    let due = "due_at BETWEEN now() + interval '58 minutes' AND now() + interval '61 minutes'"
    #expect(try await job(visit, number, due) == "t")

    try await open(visit)
    try await browser.press("4")
    try await confirm(visit, "is cancelled")
    #expect(try await job(visit, number, "state") == "cancelled")
    try await browser.eventually(
      "the board without it", "return document.querySelector('[data-job]') === null")
  }

  /// What comes from the books is grey, what comes from the PBX is not.
  func losesTheDatabase(_ visit: PageVisit) async throws {
    let browser = visit.browser
    let database = try #require(visit.stage.lab.database)
    await database.stop(.immediate)
    try await browser.eventually(
      "the grey callbacks", within: .seconds(30),
      "return document.querySelector('.callbacks.stale') !== null && !document.querySelector('#alarm').hidden"
    )
    #expect(try await visit.text("#alarm").contains("PostgreSQL out of reach since"))
    #expect(try await browser.script("return document.querySelector('.queue.stale') === null") == "true")
    try await database.start()
    try await browser.eventually(
      "the colours", within: .seconds(30),
      "return document.querySelector('.stale') === null && document.querySelector('#alarm').hidden")
  }

  /// Opens the only job on the board.
  private func open(_ visit: PageVisit) async throws {
    try await visit.browser.eventually(
      "the job",
      "return document.querySelectorAll('[data-job]').length === 1 && !document.querySelector('dialog')")
    try await visit.browser.script("document.querySelector('[data-job]').click()")
    try await visit.browser.eventually(
      "the dialogue", "return document.querySelector('dialog[open] [data-act=cancel]') !== null")
  }

  /// Says yes, reads what came of it, and closes the dialogue.
  private func confirm(_ visit: PageVisit, _ words: String) async throws {
    try await visit.browser.eventually(
      "the question", "return document.querySelector('dialog[open] [data-act=confirm]') !== null")
    try await visit.browser.script("document.querySelector('dialog [data-act=confirm]').click()")
    try await visit.browser.eventually(
      "what came of it", "return document.querySelector('dialog .result')?.innerText ?? ''"
    ) { $0.contains(words) }
    try await visit.browser.press(Browser.Key.escape)
    try await visit.browser.eventually("no dialogue", "return document.querySelector('dialog') === null")
  }

  private func job(_ visit: PageVisit, _ number: String, _ what: String) async throws -> String {
    try await visit.stage.service.sql("SELECT \(what) FROM report.jobs WHERE number = '\(number)'")
  }
}
