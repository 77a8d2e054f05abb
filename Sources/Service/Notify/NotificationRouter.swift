import CallPolicy
import Mustache
import Store
import Telephony

/// What follows from an event: tasks, and what is to be sent to whom by the rules. Pure.
struct NotificationRouter: Sendable {
  let settings: NotifySettings
  let tasks: TaskMaker
  let policy: PolicySettings
  let templates: NotificationTemplates
  /// Whose clock people read times by: the first calendar's.
  let clock: LocalClock
  /// The zone of a customer's place.
  let zone: @Sendable (PhoneNumber) -> any ZoneOffsets
  /// The kind of a number.
  let kind: @Sendable (PhoneNumber) -> PhoneNumberKind?
  let newID: @Sendable () -> UniqueID

  func consequences(of event: BookedEvent, now: Timestamp) -> EventConsequences {
    var consequences = EventConsequences()
    let isOld = now - event.at > settings.maxAge && event.task == nil
    if !isOld, let task = tasks.task(of: event, id: TaskID(newID()), now: now) {
      consequences.tasks.append(task)
    }
    guard !isOld, event.call?.short != true, let facts = NotificationFacts(event, linkBase: settings.linkBase)
    else { return consequences }
    if facts.event == .missedCall {
      consequences.digests = settings.rules.filter { $0.on == .digest && passes($0, facts) }.map(
        DigestDesk.name)
    }
    var told: Set<String> = []
    for rule in settings.rules where takes(rule, facts) {
      if rule.task, consequences.tasks.isEmpty,
        let task = tasks.task(byRuleOn: event, id: TaskID(newID()), now: now)
      {
        consequences.tasks.append(task)
      }
      consequences.outbox += mail(rule, facts, now, &told)
      consequences.outbox += texts(rule, facts, now, &told)
      if let webhook = rule.webhook, told.insert("webhook \(webhook.url)").inserted {
        consequences.outbox.append(self.webhook(webhook, facts, now))
      }
    }
    return consequences
  }

  /// Whether a rule is about this event.
  func takes(_ rule: NotifySettings.Rule, _ facts: NotificationFacts) -> Bool {
    (rule.on == .any || rule.on == facts.event) && passes(rule, facts)
  }

  /// Whether the filters of a rule let it pass.
  private func passes(_ rule: NotifySettings.Rule, _ facts: NotificationFacts) -> Bool {
    if !rule.queues.isEmpty {
      let hasCall = facts.booked.call != nil || facts.booked.job != nil || facts.booked.task != nil
      guard hasCall, rule.queues.contains(facts.queue?.rawValue ?? "none") else { return false }
    }
    if !rule.lostAt.isEmpty {
      guard let lostAt = facts.lostAt, rule.lostAt.contains(lostAt) else { return false }
    }
    if !rule.categories.isEmpty {
      guard let category = facts.booked.customer?.category, rule.categories.contains(category) else {
        return false
      }
    }
    if rule.minWait > .zero, (facts.wait ?? .zero) < rule.minWait { return false }
    if let name = rule.calendar, let calendar = policy.calendars[name],
      calendar.isOpen(at: facts.booked.at) == rule.whileClosed
    {
      return false
    }
    return true
  }

  private func draft(
    _ facts: NotificationFacts, sink: String, _ payload: OutboxPayload, now: Timestamp, key: UniqueID? = nil
  ) -> OutboxDraft {
    OutboxDraft(
      key: key ?? newID(), event: facts.event.rawValue, sink: sink, stream: facts.stream,
      number: facts.booked.number,
      payload: payload.json, dueAt: now)
  }

  private func mail(
    _ rule: NotifySettings.Rule, _ facts: NotificationFacts, _ now: Timestamp, _ told: inout Set<String>
  ) -> [OutboxDraft] {
    let people = addresses(rule, facts).filter { told.insert("mail \($0.lowercased())").inserted }
    guard !people.isEmpty, settings.smtp != nil else { return [] }
    let language = rule.language ?? settings.language
    let mail = templates.mail(
      .notification, language, facts.context(NotificationWords(language: language), clock))
    return [
      draft(
        facts, sink: Self.mailSink,
        OutboxPayload(mail: .init(to: people, subject: mail.subject, text: mail.text, html: mail.html)),
        now: now)
    ]
  }

  static let mailSink = "mail"
  static let textSink = "sms"

  /// With people in the place of roles; who has no address is left out.
  private func addresses(_ rule: NotifySettings.Rule, _ facts: NotificationFacts) -> [String] {
    let people = tasks.settings.people
    return rule.email.compactMap { address in
      switch address {
      case "assignee": facts.booked.task?.draft.assignee.flatMap { people[$0] }
      case "supervisor": tasks.settings.supervisor.flatMap { people[$0] }
      default: address
      }
    }
  }

  private func texts(
    _ rule: NotifySettings.Rule, _ facts: NotificationFacts, _ now: Timestamp, _ told: inout Set<String>
  ) -> [OutboxDraft] {
    guard settings.sms != nil, let text = rule.text else { return [] }
    let words = NotificationWords(language: rule.language ?? settings.language)
    let filled = (try? ContentEscape.text.template(text).render(facts.context(words, clock))) ?? text
    var drafts: [OutboxDraft] = []
    for number in rule.smsTo where told.insert("sms \(number.e164)").inserted {
      drafts.append(
        draft(facts, sink: Self.textSink, OutboxPayload(text: .init(to: number.e164, text: filled)), now: now)
      )
    }
    if rule.smsToCustomer, let draft = toCustomer(facts, filled, now), told.insert("sms customer").inserted {
      drafts.append(draft)
    }
    return drafts
  }

  /// A text for the customer: a mobile number that may be dialled, in the hours of its place.
  private func toCustomer(_ facts: NotificationFacts, _ text: String, _ now: Timestamp) -> OutboxDraft? {
    guard let number = facts.booked.number.flatMap({ PhoneNumber(e164: $0) }), let sms = settings.sms,
      [.mobile, .fixedOrMobile].contains(kind(number)), !policy.ownNumbers.contains(number),
      policy.numbers.refusal(of: number) == nil,
      let hours = OpeningInterval(startMinute: sms.from, endMinute: sms.until)
    else { return nil }
    let open = Dictionary(uniqueKeysWithValues: Weekday.allCases.map { ($0, [hours]) })
    let calendar = WorkingCalendar(zone: zone(number), open: open)
    guard let dueAt = calendar.nextOpening(atOrAfter: now) else { return nil }
    var draft = draft(
      facts, sink: Self.textSink, OutboxPayload(text: .init(to: number.e164, text: text)), now: now)
    draft.dueAt = dueAt
    // Later it would only puzzle him.
    draft.expiresAt = dueAt + .seconds(6 * 3_600)
    draft.toCustomer = true
    // Not behind what colleagues are sent about him: that may wait for a gateway, his text for the morning.
    draft.stream = "customer \(number.e164)"
    return draft
  }

  private func webhook(
    _ webhook: NotifySettings.Webhook, _ facts: NotificationFacts, _ now: Timestamp
  ) -> OutboxDraft {
    let key = newID()
    let words = NotificationWords(language: settings.language)
    var body = WebhookDocument(facts, key: key, words: words).json
    if let template = webhook.body {
      var context = facts.context(words, clock)
      context["key"] = key.description
      let type = webhook.headers.first { $0.name.lowercased() == "content-type" }?.value.value
      let escape = ContentEscape.of(body: template, contentType: type)
      body = (try? escape.template(template).render(context)) ?? body
    }
    return draft(
      facts, sink: WebhookSink.name(webhook.url),
      OutboxPayload(webhook: .init(body: body, event: facts.event.rawValue)), now: now, key: key)
  }
}
