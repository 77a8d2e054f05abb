import CallTracking
import Telephony
import Testing

@testable import CallPolicy

@Suite struct `The answer to who is calling` {
  private static let now = utc("2026-11-23 09:00")

  private static func policy(sticky: Duration? = .seconds(30 * 86_400)) -> CallPolicy {
    var settings = CallPolicyTests.policy().settings
    settings.routing = RoutingPolicy(
      sticky: sticky.map { .init(within: $0, wait: .seconds(15)) },
      categories: [
        .init(name: "blocked", reject: true), .init(name: "regular"),
        .init(name: "vip", priority: 10, bypassQueue: true),
      ])
    return CallPolicy(settings: settings)
  }

  private static func route(
    _ file: CallerFile, sticky: Duration? = .seconds(30 * 86_400), free: Set<MemberInterface>
  ) -> CallerRoute {
    policy(sticky: sticky).route(
      mobile, file, now: now, interface: { MemberInterface($0) }, isFree: { free.contains($0) })
  }

  @Test func `a stranger gets nothing, and no sentence is kept of it`() {
    let route = Self.route(CallerFile(), free: ["PJSIP/101"])
    #expect(route == CallerRoute())
  }

  @Test func `goes to the personal manager before the agent of the last talk`() {
    let file = CallerFile(
      manager: "PJSIP/101", lastTalkEndedAt: Self.now - .seconds(60), lastTalkedWith: "PJSIP/102")
    let route = Self.route(file, free: ["PJSIP/101", "PJSIP/102"])
    #expect(route.agent == "PJSIP/101")
    #expect(route.wait == .seconds(15))
    #expect(route.decision?.reason == "called; goes to PJSIP/101, his personal manager")
    #expect(Self.route(file, free: ["PJSIP/102"]).agent == "PJSIP/102", "the manager is busy")
    let nobody = Self.route(file, free: [])
    #expect(nobody.agent == nil)
    #expect(
      nobody.decision?.reason == "called; PJSIP/101, his personal manager, is not free; the queue takes him")
  }

  @Test(arguments: [(-1, true), (0, true), (1, false)])
  func `a talk is remembered for sticky_within`(beyond: Int, remembered: Bool) {
    let day = Duration.seconds(86_400)
    let file = CallerFile(
      lastTalkEndedAt: Self.now - day - .seconds(beyond), lastTalkedWith: "PJSIP/102")
    #expect((Self.route(file, sticky: day, free: ["PJSIP/102"]).agent != nil) == remembered)
    #expect(Self.route(file, sticky: nil, free: ["PJSIP/102"]).agent == nil, "not asked for")
  }

  @Test func `a category decides on priority, the queue and being turned away`() {
    let vip = Self.route(CallerFile(category: "vip"), free: [])
    #expect((vip.category, vip.priority) == ("vip", 10))
    #expect(vip.bypassesQueue && !vip.isRejected)
    let blocked = Self.route(CallerFile(category: "blocked", manager: "PJSIP/101"), free: ["PJSIP/101"])
    #expect(blocked.isRejected)
    #expect(blocked.agent == nil, "nobody is rung for him")
    #expect(
      Self.route(CallerFile(category: "gone"), free: []).category == "", "not in the configuration any more")
  }

  @Test func `says that a callback is owed, and leaves his place to the queue`() {
    let route = Self.route(CallerFile(openJob: openJob()), free: [])
    #expect(route.openJob == jobID(1))
    #expect(route.priority == 0)
  }

  @Test func `a category that is turned away is owed nothing, others get their priority and their manager`() {
    var history = NumberHistory()
    history.category = "blocked"
    #expect(Self.policy().verdict(lostCall(), history: history).created == nil)
    history.category = "vip"
    history.manager = "PJSIP/105"
    history.customerName = "Anna"
    history.lastTalkedWith = "PJSIP/102"
    history.lastTalkEndedAt = lostCall().startedAt - .seconds(60)
    let job = Self.policy().verdict(lostCall(), history: history).created
    #expect(job?.priority == 10)
    #expect(job?.owner == "PJSIP/105")
    #expect(job?.customerName == "Anna")
    history.manager = nil
    #expect(Self.policy().verdict(lostCall(), history: history).created?.owner == "PJSIP/102")
    #expect(Self.policy(sticky: .seconds(1)).verdict(lostCall(), history: history).created?.owner == nil)
  }
}

@Suite struct `The call in which a callback was asked for` {
  private static func ended(_ number: String?, _ job: Job?) -> CallVerdict {
    var call = lostCall(queue: nil, lostAt: .ivr, ending: .callbackRequested)
    call.requestedNumber = number
    var history = NumberHistory()
    history.openJobs = job.map { [$0] } ?? []
    return policy().verdict(call, history: history)
  }

  @Test func `belongs to what he is owed by then, whichever campaign takes such calls`() {
    let asked = openJob { $0.source = .requested }
    #expect(Self.ended(mobile.e164, asked).job == asked.id)
    #expect(Self.ended(nil, asked).job == asked.id)
    #expect(
      Self.ended(mobile.e164, nil).noJobReason == "no campaign takes calls from outside a queue lost at ivr")
    let other = Self.ended("+79160000000", nil)
    #expect(other.created == nil)
    #expect(other.noJobReason == "he asked to be called at another number, and is owed it there")
  }

  @Test func `does not keep a promise made in it; the next talk does`() {
    let promise = openJob {
      $0.source = .promised
      $0.createdAt = utc("2026-11-23 10:00:30")
      $0.firstMissedAt = $0.createdAt
    }
    var history = NumberHistory()
    history.openJobs = [promise]
    // It began at 09:59:55 and ended after the promise was made.
    #expect(policy().verdict(talkedCall(), history: history).changes.isEmpty)
    let later = talkedCall(endedAt: utc("2026-11-23 10:10"))
    #expect(policy().verdict(later, history: history).changes.count == 1)
  }
}

@Suite struct `The expected wait` {
  @Test func `is none where somebody is free for him, and unknown where nobody serves`() {
    let waits = WaitEstimator()
    #expect(waits.wait(in: "sales", ahead: 1, free: 2, staffed: 2) == .zero)
    #expect(waits.wait(in: "sales", ahead: 0, free: 0, staffed: 0) == nil)
  }

  @Test func `goes by who is before him, who serves, and how long talks lasted`() {
    var waits = WaitEstimator()
    #expect(waits.wait(in: "sales", ahead: 0, free: 0, staffed: 1) == .seconds(180), "nothing seen yet")
    for talk in [40, 80] { waits.record(talk: .seconds(talk), of: "sales") }
    #expect(waits.wait(in: "sales", ahead: 3, free: 0, staffed: 2) == .seconds(120))
    #expect(waits.wait(in: "sales", ahead: 3, free: 1, staffed: 2) == .seconds(90))
    for _ in 0..<WaitEstimator.talksMax { waits.record(talk: .seconds(10), of: "sales") }
    #expect(waits.talk(of: "sales") == .seconds(10), "old talks are forgotten")
  }
}

@Suite struct `The offer of a callback` {
  private static let caller = CallerNumber.number(mobile, kind: .mobile)
  /// Monday, noon in Moscow.
  private static let noon = utc("2026-11-23 09:00")

  private static func offer(
    _ change: (inout CampaignPolicy) -> Void = { _ in }, caller: CallerNumber = caller,
    doNotCall: Bool = false,
    wait: Duration? = .seconds(300), asked: Bool = false, at now: Timestamp = noon
  ) -> CallbackOffer {
    let policy = policy([salesCampaign(change)])
    return policy.offer(
      in: policy.requestCampaign(named: nil, queue: "sales"), to: caller, doNotCall: doNotCall,
      expectedWait: wait, asked: asked, now: now)
  }

  @Test func `is made where the wait is long and can be kept`() {
    let offer = Self.offer()
    #expect(offer.refusal == nil)
    #expect(offer.number == mobile)
    #expect(offer.at == Self.noon + .seconds(300))
  }

  @Test func `is not made for a short wait, unless he asks for it`() {
    #expect(Self.offer(wait: .seconds(59)).refusal == "the wait is short (requests.offer_from)")
    #expect(Self.offer(wait: .seconds(60)).refusal == nil)
    #expect(Self.offer(wait: .zero, asked: true).refusal == nil)
  }

  @Test func `is not made where it could not be kept today`() {
    let evening = utc("2026-11-23 14:56")
    #expect(Self.offer(at: evening).refusal == "it could not be kept today: the calendar is closed by then")
    #expect(Self.offer(wait: .seconds(180), at: evening).refusal == nil, "four minutes before the end")
    #expect(Self.offer(wait: nil, asked: true).refusal == "nobody serves the queue")
  }

  @Test func `is not made where none is taken`() {
    #expect(
      Self.offer({ $0.requests.accepts = false }).refusal == "sales-callback takes none (requests.accept)")
    #expect(Self.offer({ $0.requests.processes = false }).refusal == nil, "they are taken and wait")
    #expect(Self.offer({ $0.mode = .observe }).refusal == "sales-callback only observes (mode: observe)")
    #expect(Self.offer(doNotCall: true).refusal == "the number is on the do-not-call list")
    #expect(Self.offer({ $0.kind = .outbound }).refusal == "there is no campaign that makes callbacks")
  }

  @Test(arguments: [
    CallerNumber.hidden, .unreadable("12"), .number(ownNumber, kind: .fixed),
    .number(PhoneNumber(e164: "+4915112345678")!, kind: .mobile),
    .number(PhoneNumber(e164: "+74957654321")!, kind: .fixed),
  ])
  func `asks for another number where his own cannot be called`(_ caller: CallerNumber) {
    let offer = Self.offer(caller: caller)
    #expect(offer.refusal == nil)
    #expect(offer.number == nil)
  }

  @Test(arguments: [
    ("1530", "2026-11-23 12:30"), ("1200", "2026-11-24 09:00"), ("0859", nil), ("0900", "2026-11-24 06:00"),
    ("1759", "2026-11-23 14:59"),
    ("1800", nil), ("2400", nil), ("1260", nil), ("12", nil), ("12a0", nil), ("-100", nil), ("", nil),
  ])
  func `takes a time of the campaign's hours`(clock: String, expected: String?) {
    let policy = policy()
    let now = Self.noon + .seconds(1)
    #expect(policy.moment(clock: clock, in: salesCampaign(), now: now) == expected.map { utc($0) })
  }
}
