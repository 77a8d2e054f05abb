import CallPolicy
import Foundation
import Telephony
import Testing

@testable import Service
@testable import Store

/// A router of a configuration's `notify` and `tasks`.
func router(_ notify: String, tasks: String = "", zone: String = "Europe/Moscow") throws -> NotificationRouter
{
  let yaml = """
    database: {url: "postgresql://perezvon@127.0.0.1/perezvon"}
    pbx:
      - name: pbx1
        ami: {username: perezvon, secret: hush}
        ari: {username: perezvon, password: hush}
        inbound_contexts: [from-trunk]
        own_numbers: ["+74951112233"]
        dial: PJSIP/{number}@trunk
    numbers: {region: RU, allow: ["+7"], deny: ["+7809"]}
    calendars: {office: {timezone: Europe/Moscow, open: {mon-fri: "09:00-18:00"}}}
    campaigns: [{name: sales, queues: [sales], calendar: office}]
    notify:
      smtp: {url: "smtp://127.0.0.1:25", from: pbx@example.org}
      sms: {url: "https://sms.example.org/send"}
      rules:
    \(notify.split(separator: "\n").map { "    - " + $0 }.joined(separator: "\n"))
    tasks: {\(tasks)}
    """
  let settings = try Settings.read(yaml: yaml, fileName: "test.yaml", environment: [:]) { _ in
    .failure(.init(sentence: "no files here"))
  }
  let place = try #require(NamedZone(zone))
  return NotificationRouter(
    settings: settings.notify,
    tasks: TaskMaker(settings: settings.tasks, calendars: settings.policy.calendars),
    policy: settings.policy, templates: NotificationTemplates(directory: nil), clock: LocalClock(place),
    zone: { _ in place },
    kind: { [plan = settings.numberPlan] number in
      if case .number(_, let kind) = plan.read(number.e164) { kind } else { nil }
    },
    newID: {
      var random = SystemRandomNumberGenerator()
      return UniqueID(at: Timestamp(seconds: 0), using: &random)
    })
}

@Suite struct `A rule` {
  /// Sunday, 2026-11-22 19:00 in Moscow.
  let now = missedCall().at + .seconds(1)

  func sinks(_ notify: String, _ event: BookedEvent, at: Timestamp? = nil) throws -> [String] {
    try router(notify).consequences(of: event, now: at ?? now).outbox.map(\.sink)
  }

  @Test func `takes its events, and the star takes all but digests`() throws {
    let rules = """
      {on: missed_call, email: [a@example.org]}
      {on: [job_expired, callback_failed], email: [b@example.org]}
      {on: "*", webhook: {url: "https://crm.example.org/hook/SECRET"}}
      {on: digest, every: 15m, email: [c@example.org]}
      """
    let missed = try router(rules).consequences(of: missedCall(), now: now)
    #expect(missed.outbox.map { $0.sink.split(separator: " ")[0] } == ["mail", "webhook"])
    #expect(!missed.outbox.contains { $0.sink.contains("SECRET") })
    #expect(missed.digests.count == 1)
    var expired = missedCall()
    expired.kind = "job_expired"
    let other = try router(rules).consequences(of: expired, now: now)
    #expect(other.outbox.first.flatMap { OutboxPayload(json: $0.payload)?.mail?.to } == ["b@example.org"])
    #expect(other.digests.isEmpty)
  }

  @Test func `passes over other queues, places, categories, shorter waits and other hours`() throws {
    var event = missedCall()
    event.customer = PhoneNumber(e164: "+79161234567").map {
      Customer(number: $0, name: "", category: "vip", updatedAt: event.at)
    }
    for (filter, passes) in [
      ("queues: [sales]", true), ("queues: [support]", false), ("queues: [none]", false),
      ("lost_at: [queue]", true),
      ("lost_at: [ivr, greeting]", false), ("categories: [vip]", true), ("categories: [regular]", false),
      ("min_wait: 80s", true), ("min_wait: 81s", false), ("calendar: office", false),
      ("calendar: office, while: closed", true),
    ] {
      let sinks = try sinks("{on: missed_call, email: [a@example.org], \(filter)}", event)
      #expect(sinks.isEmpty != passes, "\(filter)")
    }
    event.call?.queue = nil
    #expect(try sinks("{on: missed_call, email: [a@example.org], queues: [none]}", event) == ["mail"])
    // An alert has no queue.
    var alert = BookedEvent(
      id: 1, at: now, kind: "pbx_down", pbx: "pbx1", details: #"{"state":"raised","subject":"pbx1"}"#)
    #expect(try sinks("{on: \"*\", email: [a@example.org], queues: [none]}", alert).isEmpty)
    #expect(try sinks("{on: pbx_down, email: [a@example.org]}", alert) == ["mail"])
    alert.kind = "a_word_of_a_newer_program"
    #expect(try sinks("{on: \"*\", email: [a@example.org]}", alert).isEmpty)
  }

  @Test func `tells nobody of a short abandon, nor of what is long past`() throws {
    var short = missedCall()
    short.call?.short = true
    let rule = "{on: \"*\", email: [a@example.org]}"
    #expect(try sinks(rule, short).isEmpty)
    #expect(try sinks(rule, missedCall(), at: now + .seconds(86_300)) == ["mail"])
    #expect(try sinks(rule, missedCall(), at: now + .seconds(86_500)).isEmpty)
  }

  @Test func `tells each address once, whatever number of rules name it`() throws {
    let rules = """
      {on: missed_call, email: [a@example.org, b@example.org]}
      {on: "*", email: [B@example.org, c@example.org]}
      """
    let mails = try router(rules).consequences(of: missedCall(), now: now).outbox
      .compactMap { OutboxPayload(json: $0.payload)?.mail?.to }
    #expect(mails == [["a@example.org", "b@example.org"], ["c@example.org"]])
  }

  @Test func `texts the customer by day at his place, and nobody at a landline or abroad`() throws {
    let rule = "{on: missed_call, sms_to: customer, text: \"You called {{did}}\"}"
    let day = try #require(try router(rule).consequences(of: missedCall(), now: now).outbox.first)
    #expect(day.dueAt == now && day.toCustomer)
    #expect(
      OutboxPayload(json: day.payload)?.text == .init(to: "+79161234567", text: "You called +74951112233"))
    // 19:00 in Moscow is 02:00 in Vladivostok: at nine in the morning there.
    let night = try router(rule, zone: "Asia/Vladivostok").consequences(of: missedCall(), now: now)
    #expect(night.outbox.first.map { $0.dueAt - now } == .seconds(7 * 3_600 - 1))
    for number in ["+74957654321", "+380501234567", "+78091234567", "+74951112233", "100", "+78005553535"] {
      #expect(try sinks(rule, missedCall(number: number)).isEmpty, "\(number)")
    }
  }

  @Test func `fills the body of a webhook from its template, and keeps the order of a job`() throws {
    let template = #"'{"fields":{"TITLE":"{{summary}}","PHONE":"{{number}}"},"key":"{{key}}"}'"#
    let job = JobID(UniqueID(high: 1, low: 2))
    let rule = "{on: missed_call, webhook: {url: \"https://crm.example.org/rest\", body: \(template)}}"
    let draft = try #require(
      try router(rule).consequences(of: missedCall(name: "a\"b", job: job), now: now).outbox.first)
    let body = try #require(OutboxPayload(json: draft.payload)?.webhook?.body)
    let read = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
    #expect(read["key"] as? String == draft.key.description)
    #expect((read["fields"] as? [String: String])?["TITLE"]?.contains("a\"b") == true)
    #expect(draft.stream == "job \(job)")
  }
}

@Suite struct `What is left for a person` {
  /// Friday, 2026-11-20 17:30 in Moscow.
  let friday = Timestamp(microseconds: 1_795_185_000_000_000)

  func event(_ kind: String) -> BookedEvent {
    var event = missedCall(number: "+74957654321")
    event.kind = kind
    event.at = friday
    return event
  }

  @Test func `is due in working time, with a reminder before and the supervisor after`() throws {
    let router = try router(
      "{on: task_created, email: [assignee]}",
      tasks: "due_in: 2h, calendar: office, remind: 30m, escalate_after: 1h")
    let task = try #require(router.consequences(of: event("task_wanted"), now: friday).tasks.first)
    // Half an hour is left on Friday; Monday opens at 09:00.
    let monday = friday + .seconds(1_800 + 63 * 3_600)
    #expect(task.dueAt == monday + .seconds(5_400))
    #expect(task.remindAt == monday + .seconds(3_600))
    #expect(task.escalateAt == monday + .seconds(9_000))
    #expect(task.kind == .notDialled && task.number == "+74957654321" && task.queue == "sales")
  }

  @Test func `goes to the manager, else to whom he talked to last, else to the queue's lead`() throws {
    let router = try router(
      "{on: missed_call, email: [a@example.org]}", tasks: "leads: {sales: PJSIP/9}, assignee: PJSIP/1")
    func assignee(_ event: BookedEvent) -> String? {
      router.consequences(of: event, now: friday).tasks.first?.assignee
    }
    var event = event("task_wanted")
    #expect(assignee(event) == "PJSIP/9")
    event.lastAgent = "PJSIP/102"
    #expect(assignee(event) == "PJSIP/102")
    event.customer = PhoneNumber(e164: "+74957654321").map {
      Customer(number: $0, name: "", manager: "PJSIP/103", updatedAt: friday)
    }
    #expect(assignee(event) == "PJSIP/103")
    var other = self.event("task_wanted")
    other.call?.queue = "support"
    #expect(assignee(other) == "PJSIP/1")
  }

  @Test
  func `comes of what is not dialled, of expired callbacks, of promises and by a rule, as it is configured`()
    throws
  {
    let kinds = ["task_wanted", "job_expired", "promise_overdue", "missed_call"]
    func made(_ rules: String, _ tasks: String) throws -> [String] {
      let router = try router(rules, tasks: tasks)
      return kinds.filter { !router.consequences(of: event($0), now: friday).tasks.isEmpty }
    }
    let mail = "{on: missed_call, email: [a@example.org]}"
    #expect(try made(mail, "") == ["task_wanted", "job_expired", "promise_overdue"])
    #expect(try made(mail, "for: [promise]") == ["promise_overdue"])
    #expect(try made("{on: missed_call, lost_at: [queue], task: true}", "for: []") == ["missed_call"])
  }

  @Test func `is told to its person, by the address of people`() throws {
    let router = try router(
      "{on: task_created, email: [assignee, supervisor]}",
      tasks:
        "supervisor: boss, people: {PJSIP/9: lead@example.org, boss: boss@example.org}, leads: {sales: PJSIP/9}"
    )
    let draft = try #require(router.consequences(of: event("task_wanted"), now: friday).tasks.first)
    var created = BookedEvent(id: 2, at: friday, kind: "task_created", pbx: "pbx1", details: "{}")
    created.task = BookedTask(draft: draft, missedCount: 1, note: "")
    let mail = router.consequences(of: created, now: friday).outbox.first.flatMap {
      OutboxPayload(json: $0.payload)?.mail
    }
    #expect(mail?.to == ["lead@example.org", "boss@example.org"])
    #expect(mail?.text.contains("Assignee: PJSIP/9") == true)
  }
}

@Suite struct `The health of a PBX` {
  let now = Timestamp(microseconds: 1_795_363_200_000_000)
  let alerts = NotifySettings.Alerts()

  @Test func `is bad when its AMI is away for a minute, and good when it is back`() {
    var watch = HealthWatch(instance: "node-a")
    func look(_ up: Bool, _ after: Int) -> HealthWatch.Finding? {
      watch.links([.init(pbx: "pbx1", up: up, problem: "refused")], alerts, at: now + .seconds(after)).first
    }
    #expect(look(true, 0)?.details == nil)
    #expect(look(false, 10) == nil)
    #expect(look(false, 69) == nil)
    #expect(look(false, 70)?.details?.problem == "refused")
    #expect(look(true, 80)?.event == .pbxDown)
    #expect(look(false, 90) == nil)
  }

  @Test func `is bad when its trunk is lost, and good when it is back; phones are no trunks`() {
    var board = TrunkBoard()
    func state(_ name: String, _ word: String, registration: Bool = false) {
      board.take(TrunkState(isRegistration: registration, name: name, word: word))
    }
    state("trunk", "Unreachable")
    state("101", "Unreachable")
    state("sip:us@example.org", "Rejected", registration: true)
    #expect(board.trunks(dial: "PJSIP/{number}@trunk").map(\.name) == ["sip:us@example.org", "trunk"])
    #expect(board.trunks(dial: "SIP/trunk/{number}").count == 2)
    #expect(board.trunks(dial: "SIP/other/{number}").count == 1)
    let watch = HealthWatch(instance: "node-a")
    func look(up: Bool = true) -> [String] {
      watch.trunks([
        .init(pbx: "pbx1", up: up, problem: "", trunks: board.trunks(dial: "PJSIP/{number}@trunk"))
      ])
      .map { "\($0.subject ?? "") \($0.details?.problem ?? "well")" }
    }
    #expect(look() == ["pbx1 sip:us@example.org Rejected", "pbx1 trunk Unreachable"])
    state("trunk", "Reachable")
    #expect(look(up: false) == [])
    #expect(look() == ["pbx1 sip:us@example.org Rejected", "pbx1 trunk well"])
    // What says nothing changes nothing.
    state("trunk", "Unknown")
    state("sip:us@example.org", "Registered", registration: true)
    #expect(look() == ["pbx1 sip:us@example.org well", "pbx1 trunk well"])
  }

  @Test func `is bad when nothing comes in where something usually does`() {
    let watch = HealthWatch(instance: "node-a")
    func look(_ calls: Int, _ usual: Double) -> HealthWatch.Finding? {
      var figures = HealthFigures()
      figures.inbound = [.init(pbx: "pbx1", calls: calls, usual: usual)]
      return watch.figures(figures, alerts, campaigns: []).first { $0.event == .noCalls }
    }
    #expect(look(0, 8)?.details?.usual == 8)
    #expect(look(0, 2) == nil)
    #expect(look(1, 8)?.details == nil && look(1, 8) != nil)
  }

  @Test
  func
    `is bad when the network refuses dials, when callers are lost in numbers, or answered dials are dropped`()
  {
    let watch = HealthWatch(instance: "node-a")
    var campaign = CampaignPolicy(name: "sales")
    campaign.maxDropRate = 0.03
    func raised(_ change: (inout HealthFigures) -> Void) -> [NotifySettings.Event] {
      var figures = HealthFigures()
      change(&figures)
      return watch.figures(figures, alerts, campaigns: [campaign]).filter { $0.details != nil }.map(\.event)
    }
    #expect(raised { $0.dials = [.init(pbx: "pbx1", dials: 10, refused: 5)] } == [.trunkFailing])
    #expect(raised { $0.dials = [.init(pbx: "pbx1", dials: 10, refused: 4)] } == [])
    #expect(raised { $0.dials = [.init(pbx: "pbx1", dials: 4, refused: 4)] } == [])
    #expect(raised { $0.missed = .init(calls: 12, usual: 3) } == [.lossSpike])
    #expect(raised { $0.missed = .init(calls: 4, usual: 0) } == [])
    #expect(raised { $0.missed = .init(calls: 20, usual: 10) } == [])
    #expect(raised { $0.drops = [.init(campaign: "sales", live: 100, dropped: 4)] } == [.dropRateHigh])
    #expect(raised { $0.drops = [.init(campaign: "sales", live: 100, dropped: 3)] } == [])
  }
}
