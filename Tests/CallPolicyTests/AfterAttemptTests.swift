import CallPolicy
import Telephony
import Testing

private let now = utc("2026-11-23 10:00")

private func missed(_ result: CustomerResult, _ attempts: Int, cause: RetryCause? = nil) -> AttemptReport {
  AttemptReport(
    outcome: .customerMissed, customerResult: result, retryCause: cause, attempts: attempts, charged: true,
    agent: "PJSIP/101")
}

@Suite struct `After an attempt` {
  /// Minutes to the next dial; nil where there is none.
  private func minutes(_ end: AttemptReport, job: Job = openJob(), campaign: CampaignPolicy? = nil) -> Int64?
  {
    let next = policy([campaign ?? salesCampaign()]).afterAttempt(job: job, end: end, now: now)
    guard case .retry(_, let dueAt, let attempts, _, _) = next.change else { return nil }
    #expect(attempts == end.attempts)
    return (dueAt - now).components.seconds / 60
  }

  @Test func `a conversation is a success`() {
    let end = AttemptReport(
      outcome: .conversation, customerResult: .answered, attempts: 4, charged: true, agent: "PJSIP/101",
      talk: .seconds(80))
    let next = policy().afterAttempt(job: openJob(), end: end, now: now)
    #expect(next.change == .close(jobID(1), .succeeded, reason: "talked 1 min 20 s with PJSIP/101"))
    #expect(
      next.decision
        == Decision(
          at: now, number: "+79161234567", job: jobID(1), decision: "succeeded",
          reason: "talked 1 min 20 s with PJSIP/101"))
  }

  @Test(arguments: [
    (CustomerResult.busy, [5, 10, 30]), (.noAnswer, [30, 120, 240]), (.congestion, [2, 5, 5]),
    (.machine, [120, 120, 120]),
  ])
  func `each cause climbs its own ladder, and the last rung repeats`(result: CustomerResult, rungs: [Int64]) {
    let patient = salesCampaign { ($0.calendar, $0.expireAfter) = (nil, .seconds(7 * 86_400)) }
    for attempt in 1...3 {
      #expect(minutes(missed(result, attempt), campaign: patient) == rungs[attempt - 1])
    }
  }

  @Test func `the cause that is given outweighs the result`() {
    #expect(minutes(missed(.noAnswer, 1, cause: .busy)) == 5)
  }

  @Test func `the sentence says what happened and when it goes on`() {
    let next = policy().afterAttempt(job: openJob(), end: missed(.busy, 1), now: now)
    let why = "the customer's line was busy; next try from 2026-11-23 13:05"
    #expect(
      next.change
        == .retry(jobID(1), dueAt: utc("2026-11-23 10:05"), attempts: 1, owner: nil, reason: why))
    #expect(next.decision.reason == why)
    #expect(next.decision.decision == "retry")
  }

  @Test func `the last dial exhausts the job`() {
    let next = policy().afterAttempt(job: openJob(), end: missed(.noAnswer, 4), now: now)
    let why = "the customer did not answer; that was dial 4 of 4 (max_attempts)"
    #expect(next.change == .close(jobID(1), .exhausted, reason: why))
    #expect(next.decision.decision == "exhausted")
  }

  @Test func `an empty ladder exhausts the job`() {
    let next = policy([salesCampaign { $0.retry.machine = [] }])
      .afterAttempt(job: openJob(), end: missed(.machine, 1), now: now)
    #expect(
      next.change
        == .close(
          jobID(1), .exhausted,
          reason: "an answering machine picked up; the campaign names no further try after that (retry)"))
  }

  @Test func `a number that does not exist fails the job`() {
    let next = policy().afterAttempt(job: openJob(), end: missed(.invalid, 1), now: now)
    #expect(
      next.change == .close(jobID(1), .failed, reason: "the network says the number does not exist"))
  }

  @Test func `an agent's failure costs nothing, goes on at once and forgets that agent`() {
    let job = openJob { $0.owner = "PJSIP/101" }
    let end = AttemptReport(
      outcome: .agentMissed, customerResult: .none, attempts: 0, charged: false, agentFailed: true,
      agent: "PJSIP/101")
    let next = policy().afterAttempt(job: job, end: end, now: now)
    #expect(
      next.change
        == .retry(
          jobID(1), dueAt: now, attempts: 0, owner: nil,
          reason: "PJSIP/101 did not take the callback, which uses up no attempt; next try from"
            + " 2026-11-23 13:00"))
    var other = end
    other.agent = "PJSIP/102"
    let kept = policy().afterAttempt(job: job, end: other, now: now)
    guard case .retry(_, _, _, let owner, _) = kept.change else {
      Issue.record("\(kept.change)")
      return
    }
    #expect(owner == "PJSIP/101")
  }

  @Test func `a customer whose phone rang for nothing is not dialled in the same second`() {
    let end = AttemptReport(
      outcome: .agentMissed, customerResult: .cancelled, attempts: 1, charged: true, agentFailed: true)
    let next = policy().afterAttempt(job: openJob(), end: end, now: now)
    guard case .retry(_, let dueAt, 1, _, let reason) = next.change else {
      Issue.record("\(next.change)")
      return
    }
    #expect(dueAt == now + .seconds(30))
    #expect(!reason.contains("no attempt"))
  }

  @Test func `a dial that was called off costs nothing and stays waiting`() {
    let end = AttemptReport(outcome: .customerMissed, customerResult: .cancelled, attempts: 0, charged: false)
    let next = policy().afterAttempt(job: openJob(), end: end, now: now)
    #expect(
      next.change
        == .retry(
          jobID(1), dueAt: now + .seconds(30), attempts: 0, owner: nil,
          reason: "the dial was called off before the customer answered; next try from 2026-11-23 13:00"))
  }

  @Test func `a pick-up without a conversation is retried like no answer`() {
    let end = AttemptReport(
      outcome: .noConversation, customerResult: .answered, attempts: 1, charged: true, talk: .seconds(2))
    #expect(minutes(end) == 30)
  }

  @Test func `a silent line is told, costs nothing and is tried again like congestion`() {
    let end = AttemptReport(
      outcome: .noConversation, customerResult: .answered, retryCause: .congestion, attempts: 0,
      charged: false,
      talk: .seconds(8), silent: .customer)
    #expect(minutes(end) == 2)
    let reason = policy([salesCampaign()]).afterAttempt(job: openJob(), end: end, now: now).decision.reason
    #expect(
      reason.hasPrefix(
        "they were connected and no sound came from the customer's line, which uses up no attempt; next try"))
  }

  @Test func `an unknown end counts and keeps the redial gap`() {
    #expect(
      minutes(AttemptReport(outcome: .unknown, customerResult: .none, attempts: 1, charged: true)) == 15)
  }

  @Test func `a drop waits three days, which is after most jobs' end`() {
    let end = AttemptReport(outcome: .dropped, customerResult: .answered, attempts: 1, charged: true)
    #expect(minutes(end) == nil)
    let job = openJob { $0.expiresAt = utc("2026-12-01 00:00") }
    #expect(minutes(end, job: job) == 4_320)
  }

  @Test func `a try that would fall into the night moves to the morning`() {
    let evening = utc("2026-11-23 14:50")
    let next = policy().afterAttempt(job: openJob(), end: missed(.noAnswer, 1), now: evening)
    guard case .retry(_, let dueAt, _, _, _) = next.change else {
      Issue.record("\(next.change)")
      return
    }
    #expect(dueAt == utc("2026-11-24 06:00"))
  }

  @Test func `a try after the job's end is not planned`() {
    let job = openJob { $0.expiresAt = utc("2026-11-23 10:05") }
    let next = policy().afterAttempt(job: job, end: missed(.busy, 1), now: now)
    #expect(
      next.change
        == .close(
          jobID(1), .expired,
          reason:
            "the customer's line was busy; the next try at 2026-11-23 13:05 would be after it expires at"
            + " 2026-11-23 13:05"))
  }

  @Test func `a campaign that has left the configuration keeps the defaults for its jobs`() {
    let job = openJob { $0.campaign = "gone" }
    #expect(minutes(missed(.busy, 1), job: job) == 5)
  }
}
