import CallPolicy
import Telephony
import Testing

private let noon = utc("2026-11-23 09:01")
private let clear = DialConditions(onLine: false)

@Suite struct `Before a dial` {
  private func ask(
    _ job: Job = openJob(), at now: Timestamp = noon, _ conditions: DialConditions = clear,
    _ campaign: CampaignPolicy = salesCampaign()
  ) -> DialPermission {
    policy([campaign]).mayDial(job: job, now: now, conditions: conditions)
  }

  @Test func `all is well in office hours`() {
    #expect(ask() == .yes)
    #expect(DialPermission.yes.outcome(for: openJob(), now: noon) == nil)
  }

  @Test func `a job that is not due, or at night, waits`() {
    let later = openJob { $0.dueAt = utc("2026-11-23 09:30") }
    #expect(ask(later) == .no(reason: "due at 2026-11-23 12:30", until: utc("2026-11-23 09:30")))
    #expect(
      ask(at: utc("2026-11-23 15:00"))
        == .no(reason: "outside office hours; from 2026-11-24 09:00", until: utc("2026-11-24 06:00")))
    let friday = openJob { $0.expiresAt = utc("2026-11-25 00:00") }
    #expect(
      ask(friday, at: utc("2026-11-24 15:00"))
        == .no(reason: "outside office hours; from 2026-11-25 09:00", until: utc("2026-11-25 00:00")))
  }

  @Test func `a customer on the line is not dialled`() {
    #expect(
      ask(openJob(), DialConditions(onLine: true))
        == .no(reason: "the customer is on a line with us", until: noon + .seconds(30)))
  }

  @Test func `an observing campaign says it would have called`() {
    let job = openJob()
    #expect(
      ask(job, clear, salesCampaign { $0.mode = .observe })
        == .no(
          reason: "would have been called now; sales-callback only observes (mode: observe)",
          until: job.expiresAt))
  }

  @Test func `a job left alone and a paused campaign are not dialled`() {
    let held = openJob { $0.heldOut = true }
    guard case .no(_, until: held.expiresAt) = ask(held) else {
      Issue.record("\(ask(held))")
      return
    }
    #expect(
      ask(openJob(), DialConditions(onLine: false, paused: true))
        == .no(reason: "the campaign sales-callback is paused", until: nil))
  }

  @Test func `the caps of the number and of the PBX hold`() {
    #expect(
      ask(openJob(), DialConditions(onLine: false, dialsLastDay: 6))
        == .no(
          reason: "the number was dialled 6 times in 24 hours (numbers.per_number_per_day)",
          until: noon + .seconds(3600)))
    #expect(
      ask(openJob(), DialConditions(onLine: false, dialsLastHour: 500))
        == .no(reason: "500 dials in the last hour (numbers.per_hour)", until: noon + .seconds(60)))
    #expect(ask(openJob(), DialConditions(onLine: false, dialsLastDay: 5, dialsLastHour: 499)) == .yes)
  }

  @Test func `what waiting cannot change ends the job`() {
    let over = openJob { $0.expiresAt = noon }
    #expect(ask(over) == .never(.expired, reason: "not reached until 2026-11-23 12:01 (expire_after)"))
    #expect(
      ask(openJob { $0.attempts = 4 })
        == .never(.exhausted, reason: "4 of 4 dials are used up (max_attempts)"))
    #expect(
      ask(openJob(), DialConditions(onLine: true, doNotCall: true))
        == .never(.excluded, reason: "the number is on the do-not-call list"))
    #expect(
      ask(openJob { $0.number = ownNumber })
        == .never(.excluded, reason: "the number is one of our own (own_numbers, caller_id)"))
    #expect(
      ask(openJob { $0.number = PhoneNumber(e164: "+15551234567")! })
        == .never(.excluded, reason: "the number is outside the allowed prefixes +7 (numbers.allow)"))
  }

  @Test func `a campaign that is gone holds its jobs until they end`() {
    let gone = openJob { $0.campaign = "gone" }
    #expect(
      ask(gone) == .no(reason: "the campaign gone is not in the configuration any more", until: nil))
    let over = openJob { ($0.campaign, $0.expiresAt) = ("gone", noon) }
    #expect(
      ask(over) == .never(.expired, reason: "not reached until 2026-11-23 09:01 UTC (expire_after)"))
  }

  @Test func `the answer becomes rows`() {
    let job = openJob()
    let until = noon + .seconds(30)
    let held = DialPermission.no(reason: "why", until: until).outcome(for: job, now: noon)
    #expect(held?.change == .postpone(job.id, dueAt: until, reason: "why"))
    #expect(held?.decision.decision == "held")
    let never = DialPermission.never(.excluded, reason: "why").outcome(for: job, now: noon)
    #expect(never?.change == .close(job.id, .excluded, reason: "why"))
    #expect(never?.decision.decision == "excluded")
    #expect(DialPermission.no(reason: "why", until: nil).outcome(for: job, now: noon) == nil)
  }
}
