import CallPolicy
import CallTracking
import Telephony
import Testing

private func number(_ text: String) -> PhoneNumber { PhoneNumber(e164: text)! }

/// One rule: what is given, and the sentence it must leave.
struct MissedRule: Sendable, CustomTestStringConvertible {
  var name: String
  var call = lostCall()
  var caller = CallerNumber.number(mobile, kind: .mobile)
  var history = NumberHistory()
  var campaigns = [salesCampaign()]
  var numbers = NumberRules(allow: ["+7"], deny: ["+7809", "+7803"])
  var word = "no_job"
  var why: String
  var testDescription: String { name }
}

private let refusals: [MissedRule] = [
  MissedRule(name: "hidden", caller: .hidden, why: "the caller hid his number"),
  MissedRule(
    name: "own", caller: .number(ownNumber, kind: .fixed),
    why: "the number is one of our own (own_numbers, caller_id)"),
  MissedRule(
    name: "short abandon", call: lostCall(wait: .milliseconds(4_999)), word: "short_abandon",
    why: "hanging up before 5 s (min_wait) is a short abandon"),
  MissedRule(
    name: "short by the campaign's own measure", campaigns: [salesCampaign { $0.minWait = .seconds(20) }],
    word: "short_abandon", why: "hanging up before 20 s (min_wait) is a short abandon"),
  MissedRule(
    name: "another queue", call: lostCall(queue: "support"),
    why: "no campaign takes calls from support lost at queue"),
  MissedRule(
    name: "before a queue, without none in the list", call: lostCall(queue: nil, lostAt: .ivr),
    why: "no campaign takes calls from outside a queue lost at ivr"),
  MissedRule(
    name: "lost where the campaign does not look", call: lostCall(lostAt: .trunk),
    why: "no campaign takes calls from sales lost at trunk"),
  MissedRule(
    name: "no stage known", call: lostCall(lostAt: nil),
    why: "no campaign takes calls from sales lost at other"),
  MissedRule(
    name: "only an outbound campaign", campaigns: [salesCampaign { $0.kind = .outbound }],
    why: "no campaign takes calls from sales lost at queue"),
  MissedRule(name: "unreadable", caller: .unreadable("12"), why: "the number cannot be read"),
  MissedRule(
    name: "invalid", caller: .number(number("+70001"), kind: .invalid),
    why: "the number is not one of its country's numbering plan"),
  MissedRule(
    name: "premium, even where listed", caller: .number(number("+78091234567"), kind: .premium),
    campaigns: [salesCampaign { $0.numberKinds = [.mobile, .premium] }],
    why: "premium-rate numbers are never dialled"),
  MissedRule(
    name: "abroad", caller: .number(number("+442071234567"), kind: .mobile),
    why: "the number is outside the allowed prefixes +7 (numbers.allow)"),
  MissedRule(
    name: "denied inside the allowed", caller: .number(number("+78031234567"), kind: .mobile),
    why: "numbers that begin with +7803 are denied (numbers.deny)"),
  MissedRule(
    name: "nothing allowed", numbers: NumberRules(),
    why: "numbers.allow names no prefix, so nothing may be dialled"),
  MissedRule(
    name: "do not call", history: NumberHistory(doNotCall: true),
    why: "the number is on the do-not-call list"),
  MissedRule(
    name: "talked since",
    history: NumberHistory(lastTalkEndedAt: utc("2026-11-23 09:00:05"), lastTalkedWith: "PJSIP/102"),
    why: "he has talked to PJSIP/102 since, until 2026-11-23 12:00"),
  MissedRule(
    name: "landline to a person", caller: .number(number("+74957654321"), kind: .fixed), word: "task",
    why: "sales-callback does not dial landlines (number_kinds); a task for a person instead"),
  MissedRule(
    name: "landline to nobody", caller: .number(number("+74957654321"), kind: .fixed),
    campaigns: [salesCampaign { $0.otherwise = .ignore }],
    why: "sales-callback does not dial landlines (number_kinds)"),
  MissedRule(
    name: "dialled too often", history: NumberHistory(dialsLastDay: 6),
    why: "the number was dialled 6 times in 24 hours (numbers.per_number_per_day)"),
  MissedRule(
    name: "one of a range that calls and hangs up", history: NumberHistory(rangeCallersLastHour: 50),
    word: "breaker",
    why: "50 other numbers of its range called and were lost within an hour (numbers.range_per_hour):"
      + " it looks like a call-back trap"),
]

@Suite struct `A missed call` {
  @Test(arguments: refusals)
  func `is refused with its own sentence`(rule: MissedRule) {
    let verdict = policy(rule.campaigns, numbers: rule.numbers)
      .verdict(rule.call, caller: rule.caller, history: rule.history)
    #expect(verdict.noJobReason == rule.why)
    #expect(verdict.job == nil)
    #expect(verdict.changes.isEmpty)
    #expect(verdict.short == (rule.word == "short_abandon"))
    #expect(verdict.decisions.map(\.decision) == [rule.word])
    #expect(verdict.decisions.first?.reason.hasSuffix("; no callback: \(rule.why)") == true)
    #expect(verdict.decisions.first?.number == rule.caller.shown)
  }

  @Test func `of a mobile number becomes a job`() throws {
    let verdict = policy().verdict(lostCall())
    let job = try #require(verdict.created)
    let sentence = "waited 10 s in sales and hung up; will be called back from 2026-11-23 12:00"
    #expect(verdict.job == jobID(9))
    #expect(verdict.noJobReason == nil)
    #expect(
      verdict.decisions == [
        Decision(
          at: utc("2026-11-23 09:00:11"), number: "+79161234567", job: jobID(9), decision: "job_created",
          reason: sentence)
      ])
    #expect(
      job
        == Job(
          id: jobID(9), campaign: "sales-callback", number: mobile, customerName: "<script>",
          source: .missedCall, state: .waiting, reason: sentence, createdAt: utc("2026-11-23 09:00:11"),
          firstMissedAt: utc("2026-11-23 09:00"), missedCount: 1, priority: 0, owner: nil,
          dueAt: utc("2026-11-23 09:00:40"), expiresAt: utc("2026-11-24 09:00:11"), attempts: 0,
          queue: "sales", pbx: "pbx1", heldOut: false))
  }

  @Test func `in the evening is due in the morning`() throws {
    let verdict = policy().verdict(lostCall(endedAt: utc("2026-11-23 18:30")))
    #expect(verdict.created?.dueAt == utc("2026-11-24 06:00"))
    #expect(
      verdict.decisions[0].reason
        == "waited 10 s in sales and hung up; will be called back from 2026-11-24 09:00")
  }

  @Test func `on Friday evening waits for its end where Monday comes too late`() throws {
    let call = lostCall(endedAt: utc("2026-11-20 16:00"))
    let verdict = policy().verdict(call)
    let job = try #require(verdict.created)
    #expect(job.dueAt == job.expiresAt)
    #expect(
      job.reason
        == "waited 10 s in sales and hung up; office hours begin at 2026-11-23 09:00, after it expires at"
        + " 2026-11-21 19:00")
    let longer = policy([salesCampaign { $0.expireAfter = .seconds(3 * 86_400) }]).verdict(call)
    #expect(longer.created?.dueAt == utc("2026-11-23 06:00"))
  }

  @Test func `of just the least wait is owed a callback`() {
    #expect(policy().verdict(lostCall(wait: .seconds(5))).created != nil)
  }

  @Test func `that would be due in the moment of its end says that it is not called back`() {
    // Sunday 09:00 in Moscow: a day later, the end and Monday's opening are the same moment.
    let job = policy().verdict(lostCall(endedAt: utc("2026-11-22 05:59:59"))).created
    #expect(job?.dueAt == utc("2026-11-23 06:00") && job?.expiresAt == job?.dueAt)
    #expect(job?.reason.contains("after it expires") == false)
    #expect(job?.reason.contains("when it expires") == true)
  }

  @Test func `without a calendar is due at once, and times are UTC`() {
    let verdict = policy([salesCampaign { $0.calendar = nil }])
      .verdict(lostCall(endedAt: utc("2026-11-21 23:00")))
    #expect(verdict.created?.dueAt == utc("2026-11-21 23:00:30"))
    #expect(verdict.decisions[0].reason.hasSuffix("from 2026-11-21 23:00 UTC"))
  }

  @Test func `found late is due now, found too late is closed as expired`() throws {
    let call = lostCall()
    let late = policy().verdict(call, now: call.endedAt + .seconds(4 * 3600))
    #expect(late.created?.dueAt == call.endedAt + .seconds(4 * 3600))
    #expect(late.changes.count == 1)

    let tooLate = policy().verdict(call, now: call.endedAt + .seconds(5 * 3600))
    let job = try #require(tooLate.created)
    let why = "found 5 h after the call, too late to call back"
    #expect(tooLate.job == job.id)
    #expect(tooLate.changes == [.create(job), .close(job.id, .expired, reason: why)])
    #expect(tooLate.decisions.map(\.decision) == ["expired"])
    #expect(tooLate.decisions[0].reason == why)
  }

  @Test func `is left alone where the draw says so`() {
    let measured = policy([salesCampaign { $0.holdOut = 0.1 }])
    let held = measured.verdict(lostCall(), draw: 0.0999)
    #expect(held.created?.heldOut == true)
    #expect(held.decisions.map(\.decision) == ["held_out"])
    #expect(
      held.decisions[0].reason
        == "waited 10 s in sales and hung up; left alone to measure what callbacks are worth (hold_out)")
    #expect(held.created?.drawn == .leftAlone)
    let called = measured.verdict(lostCall(), draw: 0.1).created
    #expect(called?.heldOut == false && called?.drawn == .called)
    let undrawn = policy().verdict(lostCall(), draw: 0).created
    #expect(undrawn?.heldOut == false && undrawn?.drawn == nil, "without a hold_out nothing is drawn")
    // He was told that he would be called.
    let asked = measured.verdict(lostCall(ending: .callbackRequested), draw: 0).created
    #expect(asked?.heldOut == false && asked?.drawn == nil)
  }

  @Test func `of a customer with an open job is counted up`() {
    let history = NumberHistory(openJobs: [openJob()])
    let call = lostCall(endedAt: utc("2026-11-23 09:05"))
    let verdict = policy().verdict(call, history: history)
    #expect(verdict.job == jobID(1))
    #expect(verdict.noJobReason == nil)
    #expect(verdict.changes == [.countUp(jobID(1), at: call.startedAt)])
    #expect(
      verdict.decisions[0].reason
        == "waited 10 s in sales and hung up; already owed a callback, which keeps its place in line"
        + " (missed call 2)")
  }

  @Test func `is not swallowed by a job whose time is up`() {
    let over = openJob { $0.expiresAt = utc("2026-11-23 09:00") }
    let verdict = policy().verdict(lostCall(), history: NumberHistory(openJobs: [over]))
    let why = "not reached until 2026-11-23 12:00 (expire_after)"
    #expect(verdict.changes.first == .close(jobID(1), .expired, reason: why))
    #expect(verdict.created?.id == jobID(9))
    #expect(verdict.decisions.map(\.decision) == ["expired", "job_created"])
    // While it is being dialled it is not over.
    let working = openJob { ($0.expiresAt, $0.state) = (utc("2026-11-23 09:00"), .working) }
    let counted = policy().verdict(lostCall(), history: NumberHistory(openJobs: [working]))
    #expect(counted.decisions.map(\.decision) == ["counted_up"])
  }

  @Test func `gets a job of its own beside another campaign's`() {
    let other = openJob { $0.campaign = "support-callback" }
    #expect(policy().verdict(lostCall(), history: NumberHistory(openJobs: [other])).created != nil)
  }

  @Test func `goes to the first campaign that takes it`() {
    var any = CampaignPolicy(name: "rest")
    any.queues = .any
    var none = CampaignPolicy(name: "before-queue")
    none.queues = .listed([], none: true)
    let all = policy([none, salesCampaign(), any])
    #expect(all.verdict(lostCall()).created?.campaign == "sales-callback")
    #expect(all.verdict(lostCall(queue: "support")).created?.campaign == "rest")
    #expect(all.verdict(lostCall(queue: nil, lostAt: .greeting)).created?.campaign == "before-queue")
  }

  @Test func `that asked for a callback is taken however short and wherever`() {
    let call = lostCall(lostAt: .other, ending: .callbackRequested, wait: .seconds(1))
    let verdict = policy().verdict(call)
    #expect(verdict.created?.source == .requested)
    #expect(!verdict.short)
    #expect(
      verdict.decisions[0].reason
        == "asked for a callback after 1 s in sales; will be called back from 2026-11-23 12:00")
  }

  @Test(arguments: [
    Ending.timeout, .queueEmpty, .queueFull, .key, .withdrawn, .callbackRequested, .voicemail, .pbx,
  ])
  func `that was turned away is never a short abandon`(ending: Ending) {
    let verdict = policy().verdict(lostCall(ending: ending, wait: .zero))
    #expect(!verdict.short)
    #expect(verdict.created != nil)
  }

  @Test func `that left a message where that is no loss has no job and leaves an open one alone`() {
    let open = NumberHistory(openJobs: [policy().verdict(lostCall()).created!])
    let verdict = policy().verdict(lostCall(lostAt: nil, ending: .voicemail), history: open)
    #expect(verdict.changes.isEmpty && verdict.job == nil && verdict.noJobReason == nil)
    #expect(verdict.decisions.map(\.decision) == ["message"])
  }

  @Test func `of a hidden number is still a short abandon in the reports`() {
    let verdict = policy().verdict(lostCall(wait: .seconds(1)), caller: .hidden)
    #expect(verdict.short)
    #expect(verdict.decisions.map(\.decision) == ["no_job"])
    #expect(verdict.decisions[0].number == nil)
  }

  @Test func `carries the agent he knows`() {
    let history = NumberHistory(
      lastTalkEndedAt: utc("2026-11-20 09:00"), lastTalkedWith: "PJSIP/102")
    #expect(policy().verdict(lostCall(), history: history).created?.owner == "PJSIP/102")
  }

  @Test func `keeps what the caller sent out of every sentence`() {
    var call = lostCall()
    call.rawName = "EVIL-NAME"
    call.rawNumber = "EVIL-NUMBER"
    call.did = "EVIL-DID"
    for rule in refusals {
      var given = rule.call
      (given.rawName, given.rawNumber, given.did) = (call.rawName, call.rawNumber, call.did)
      let verdict = policy(rule.campaigns).verdict(given, caller: rule.caller, history: rule.history)
      #expect(!verdict.decisions.contains { $0.reason.contains("EVIL") })
      if let digits = rule.caller.shown, digits.count > 5 {
        #expect(!verdict.decisions.contains { $0.reason.contains(digits) })
      }
    }
    #expect(policy().verdict(call).decisions.allSatisfy { !$0.reason.contains("EVIL") })
  }

  @Test func `follows the rules in their order`() {
    // Everything is wrong at once; taking away the first reason brings out the next.
    var history = NumberHistory(
      openJobs: [openJob()], lastTalkEndedAt: utc("2026-11-23 09:00:05"), doNotCall: true, dialsLastDay: 9)
    var call = lostCall(queue: "support", wait: .seconds(1))
    var caller = CallerNumber.hidden
    let strict = policy([salesCampaign { ($0.holdOut, $0.numberKinds) = (1, [.fixed]) }])
    var seen: [String] = []
    func look() { seen.append(strict.verdict(call, caller: caller, history: history).decisions[0].reason) }
    look()
    caller = .unreadable("12")
    look()
    call.wait = .seconds(10)
    look()
    call.queue = "sales"
    look()
    caller = .number(number("+390000000000"), kind: .premium)
    look()
    caller = .number(number("+390000000000"), kind: .mobile)
    look()
    caller = .number(mobile, kind: .mobile)
    look()
    history.doNotCall = false
    look()
    history.openJobs = []
    look()
    history.lastTalkEndedAt = nil
    look()
    caller = .number(mobile, kind: .fixedOrMobile)
    look()
    history.dialsLastDay = 0
    look()
    let wanted = [
      "hid his number", "short abandon", "no campaign", "cannot be read", "premium", "outside the allowed",
      "do-not-call", "already owed", "talked to", "does not dial mobile", "dialled 9 times", "left alone",
    ]
    #expect(seen.count == wanted.count)
    for (sentence, part) in zip(seen, wanted) { #expect(sentence.contains(part)) }
  }

  @Test func `already in the books has no consequence`() {
    let verdict = policy().verdict(lostCall(), history: NumberHistory(alreadyRecorded: true))
    #expect(verdict == CallVerdict())
  }

  @Test func `is never one of our own legs`() {
    var call = lostCall()
    call.attempt = AttemptID(UniqueID(high: 1, low: 1))
    let verdict = policy().verdict(call, history: NumberHistory(openJobs: [openJob()]))
    #expect(verdict.job == nil && verdict.noJobReason == nil && verdict.changes.isEmpty && !verdict.short)
    #expect(verdict.decisions.map(\.decision) == ["ours"])
    #expect(policy().verdict(call, caller: .hidden).decisions.isEmpty)
  }
}

@Suite struct `A campaign` {
  @Test func `begins with the documented defaults`() {
    let campaign = CampaignPolicy(name: "x")
    #expect(campaign.minWait == .seconds(5) && campaign.startAfter == .seconds(30))
    #expect(campaign.expireAfter == .seconds(86_400) && campaign.ring == .seconds(25))
    #expect(campaign.maxAttempts == 4 && campaign.successAfter == .seconds(5))
    #expect(campaign.agents.ring == .seconds(20) && campaign.agents.wrapUp == .seconds(10))
    #expect(campaign.maxDropRate == 0.03 && campaign.holdOut == 0 && campaign.linesPerAgent == 1)
    #expect(campaign.lostAt == [.queue, .ring, .ivr, .greeting, .transfer, .afterHours])
    #expect(campaign.mode == .agentFirst && campaign.kind == .callback && campaign.otherwise == .task)
  }

  @Test func `dials what is listed, and a number that is either counts as both`() {
    var campaign = CampaignPolicy(name: "x")
    #expect(campaign.dials(.mobile) && campaign.dials(.fixedOrMobile) && !campaign.dials(.fixed))
    campaign.numberKinds = [.fixed]
    #expect(!campaign.dials(.mobile) && campaign.dials(.fixedOrMobile) && campaign.dials(.fixed))
    campaign.numberKinds = [.fixedOrMobile]
    #expect(campaign.dials(.mobile) && campaign.dials(.fixed))
    campaign.numberKinds = Set(PhoneNumberKind.allCases)
    #expect(!campaign.dials(.premium) && !campaign.dials(.invalid) && campaign.dials(.tollFree))
    campaign.numberKinds = []
    for kind in PhoneNumberKind.allCases { #expect(!campaign.dials(kind)) }
  }

  @Test func `has the words of the configuration`() {
    #expect(
      CampaignMode.allCases.map(\.rawValue) == [
        "agent_first", "client_first", "preview", "progressive", "predictive", "message", "observe",
      ])
    #expect(
      AgentSelection.allCases.map(\.rawValue) == ["longest_idle", "fewest_calls", "lowest_penalty"])
    #expect(CampaignKind.allCases.map(\.rawValue) == ["callback", "outbound"])
    #expect(OtherwiseAction.allCases.map(\.rawValue) == ["task", "ignore"])
  }
}
