import CallPolicy
import Telephony
import Testing

@Suite struct `The phones of a contact` {
  /// Monday 2026-11-23, 12:00 UTC.
  private let now = Timestamp(microseconds: 1_795_435_200_000_000)
  private let numbers = (1...3).map { PhoneNumber(e164: "+7916000000\($0)")! }

  /// A zone so many hours east of Greenwich.
  private struct Fixed: ZoneOffsets {
    let hours: Int
    var name: String { "+\(hours)" }
    func secondsFromUTC(at moment: Timestamp) -> Int { hours * 3_600 }
  }

  private func policy(maxAttempts: Int = 10, perPhone: Int? = nil) -> CallPolicy {
    var campaign = CampaignPolicy(name: "list")
    campaign.kind = .outbound
    campaign.calendar = "office"
    campaign.maxAttempts = maxAttempts
    campaign.maxAttemptsPerPhone = perPhone
    let hours = OpeningInterval("09:00-18:00").map { [$0] } ?? []
    let calendar = WorkingCalendar(
      zone: Fixed(hours: 3), open: Dictionary(uniqueKeysWithValues: Weekday.allCases.map { ($0, hours) }))
    var settings = PolicySettings(
      campaigns: [campaign], numbers: NumberRules(allow: ["+7"]), calendars: ["office": calendar])
    settings.zone = { Int($0.dropFirst()).map { Fixed(hours: $0) } }
    return CallPolicy(settings: settings)
  }

  private func id(_ n: UInt64) -> UniqueID { UniqueID(high: n, low: n) }

  private func job(at number: Int, states: [ContactPhoneState] = [.ok, .ok, .ok], zone: String? = nil) -> Job
  {
    var job = Job(
      id: JobID(id(1)), campaign: "list", number: numbers[number], customerName: "", source: .contact,
      state: .working, reason: "", createdAt: now, firstMissedAt: now, missedCount: 0, priority: 0,
      owner: nil,
      dueAt: now, expiresAt: now + .seconds(30 * 86_400), attempts: 0, queue: nil, pbx: "pbx1", heldOut: false
    )
    job.contact = JobContact(
      id: ContactID(id(2)),
      phones: zip(numbers, states).map { JobContact.Phone(number: $0, zone: zone, state: $1) })
    return job
  }

  private func after(_ job: Job, _ result: CustomerResult, attempts: Int = 1) -> JobChange {
    policy().afterAttempt(
      job: job,
      end: AttemptReport(outcome: .customerMissed, customerResult: result, attempts: attempts, charged: true),
      now: now
    ).change
  }

  private func next(_ change: JobChange) -> NextPhone? {
    if case .dialNext(_, let next) = change { next } else { nil }
  }

  @Test(arguments: [CustomerResult.busy, .noAnswer, .congestion])
  func `are dialled one after the other at once`(_ result: CustomerResult) {
    let phone = next(after(job(at: 0), result))
    #expect(phone?.number == numbers[1])
    #expect(phone?.dueAt == now + PolicyDefaults.nextPhoneGap)
    #expect(phone?.present == .ok)
  }

  @Test func `begin again behind the last one, after the ladder`() {
    let phone = next(after(job(at: 2), .busy, attempts: 3))
    #expect(phone?.number == numbers[0])
    #expect(phone?.dueAt == now + .seconds(5 * 60))
    // The second time through takes the second rung.
    #expect(next(after(job(at: 2), .busy, attempts: 6))?.dueAt == now + .seconds(10 * 60))
  }

  @Test func `that do not exist are never dialled again`() {
    let phone = next(after(job(at: 1), .invalid))
    #expect(phone?.number == numbers[2] && phone?.present == .outOfOrder)
    // Those out of order are passed over, and the last one left is dialled by its ladder alone.
    let left = job(at: 2, states: [.outOfOrder, .outOfOrder, .ok])
    guard case .retry = after(left, .busy) else {
      Issue.record("\(after(left, .busy))")
      return
    }
    guard case .close(_, .failed, _) = after(left, .invalid) else {
      Issue.record("\(after(left, .invalid))")
      return
    }
  }

  @Test func `count together towards max_attempts`() {
    let change = policy(maxAttempts: 2).afterAttempt(
      job: job(at: 0),
      end: AttemptReport(outcome: .customerMissed, customerResult: .busy, attempts: 2, charged: true),
      now: now
    ).change
    guard case .close(_, .exhausted, _) = change else {
      Issue.record("\(change)")
      return
    }
  }

  @Test func `are each dialled no oftener than max_attempts_per_phone`() {
    func after(_ job: Job, _ result: CustomerResult, _ outcome: AttemptOutcome = .customerMissed) -> JobChange
    {
      policy(perPhone: 2).afterAttempt(
        job: job, end: AttemptReport(outcome: outcome, customerResult: result, attempts: 4, charged: true),
        now: now
      ).change
    }
    // Its second dial: the one behind it had two already, so the first again, after the ladder.
    var job = job(at: 1)
    job.contact?.phones[1].dials = 1
    job.contact?.phones[2].dials = 2
    let phone = next(after(job, .busy))
    #expect(phone?.number == numbers[0] && phone?.dueAt == now + .seconds(600))
    // Also where he himself was reached and hung up, and then not in the same second.
    let other = next(after(job, .answered, .noConversation))
    #expect(other?.number == numbers[0] && other?.dueAt ?? now > now + .seconds(60))
    job.contact?.phones[0].dials = 2
    guard case .close(_, .exhausted, let reason) = after(job, .busy) else {
      Issue.record("\(after(job, .busy))")
      return
    }
    #expect(reason.contains("max_attempts_per_phone"))
  }

  @Test func `give nobody who is on a list a place in front of others`() {
    let caller = policy().returningCaller(
      openJobs: [job(at: 0)], joined: "sales", longestWaiting: nil, now: now)
    #expect(caller == nil)
  }

  @Test func `stay where the agent failed or an answer was no conversation`() {
    for outcome in [AttemptOutcome.agentMissed, .noConversation, .unknown] {
      let change = policy().afterAttempt(
        job: job(at: 0),
        end: AttemptReport(outcome: outcome, customerResult: .answered, attempts: 1, charged: true), now: now
      ).change
      #expect(next(change) == nil, "\(outcome)")
    }
  }

  @Test func `are dialled in the hours of their own place`() {
    // 12:00 UTC is 15:00 in the calendar's zone, and 22:00 ten hours east.
    #expect(policy().mayDial(job: job(at: 0), now: now, conditions: DialConditions(onLine: false)) == .yes)
    let far = policy().mayDial(
      job: job(at: 0, zone: "+10"), now: now, conditions: DialConditions(onLine: false))
    guard case .no(let reason, let until) = far else {
      Issue.record("\(far)")
      return
    }
    #expect(reason.contains("at the customer's place (+10)"))
    // 09:00 there is 23:00 UTC.
    #expect(until == now + .seconds(11 * 3_600))
    // And the next phone is due then, too.
    #expect(next(after(job(at: 0, zone: "+10"), .busy))?.dueAt == now + .seconds(11 * 3_600))
  }

  @Test func `are passed over while on the do-not-call list`() {
    guard case .dialNext(_, let phone)? = policy().passOver(job(at: 0), now: now)?.change else {
      Issue.record("no other phone")
      return
    }
    #expect(phone.number == numbers[1] && phone.present == .doNotCall)
    #expect(policy().passOver(job(at: 0, states: [.ok, .doNotCall, .outOfOrder]), now: now) == nil)
  }
}

@Suite struct `A campaign that people start and stop` {
  private let now = Timestamp(microseconds: 1_795_435_200_000_000)

  @Test func `of lists waits for its start, one of callbacks does not`() {
    let policy = CallPolicy(settings: PolicySettings())
    var campaign = CampaignPolicy(name: "list")
    #expect(policy.held(campaign, run: nil, at: now) == nil)
    campaign.kind = .outbound
    #expect(policy.held(campaign, run: nil, at: now)?.contains("not started") == true)
    var run = CampaignRun(campaign: "list", state: .running, changedAt: now)
    #expect(policy.held(campaign, run: run, at: now) == nil)
    run.startsAt = now + .seconds(1)
    #expect(policy.held(campaign, run: run, at: now)?.contains("starts at") == true)
    #expect(policy.held(campaign, run: run, at: now + .seconds(1)) == nil)
    run.stopsAt = now + .seconds(9)
    #expect(policy.held(campaign, run: run, at: now + .seconds(9))?.contains("to stop") == true)
    run.state = .paused
    #expect(policy.held(campaign, run: run, at: now + .seconds(5))?.contains("paused") == true)
  }
}
