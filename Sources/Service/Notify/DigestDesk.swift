import CallPolicy
import Foundation
import Mustache
import Store
import Telephony

/// When digests go out, and what they say. Pure.
struct DigestDesk: Sendable {
  /// Rows of a mail's table, at most; the rest is counted.
  static let rowsMax = 200

  let settings: NotifySettings
  let templates: NotificationTemplates
  let clock: LocalClock
  let newID: @Sendable () -> UniqueID

  /// By what the books know the digest of a rule: the same for the same rule, wherever it stands in the file.
  static func name(_ rule: NotifySettings.Rule) -> String {
    var parts = ["\(rule.every?.microseconds ?? 0)"]
    parts += [
      rule.at.map(String.init), rule.queues, rule.lostAt.map(\.rawValue), rule.categories, rule.email,
    ]
    .map { $0.joined(separator: ",") }
    parts += [
      rule.smsTo.map(\.e164).joined(separator: ","), rule.webhook.map { WebhookSink.name($0.url) } ?? "",
    ]
    parts += ["\(rule.minWait.microseconds)", rule.calendar ?? "", "\(rule.whileClosed)"]
    return "digest " + MessageSignature.fingerprint(parts.joined(separator: "|"))
  }

  /// One digest whose time has come.
  struct Due: Sendable {
    var rule: NotifySettings.Rule
    var name: String
    /// The end of what it tells of.
    var end: Timestamp
    /// What the first one of its kind goes back.
    var span: Duration
  }

  /// The last end that has passed, for every rule of digests; one that was told is told no more by the books.
  func due(at now: Timestamp) -> [Due] {
    settings.rules.filter { $0.on == .digest }.compactMap { rule in
      guard let (end, span) = lastEnd(of: rule, at: now) else { return nil }
      return Due(rule: rule, name: Self.name(rule), end: end, span: span)
    }
  }

  private func lastEnd(of rule: NotifySettings.Rule, at now: Timestamp) -> (Timestamp, Duration)? {
    if let every = rule.every, every > .zero {
      let slot = now.microseconds / every.microseconds * every.microseconds
      return (Timestamp(microseconds: slot), every)
    }
    let day = Duration.seconds(86_400)
    // The wall clock says each minute of a day; of the last two days the latest that is one of ours.
    let minuteNow = now.microseconds / 60_000_000
    for back in 0..<Int64(2 * 1_440) {
      let moment = Timestamp(microseconds: (minuteNow - back) * 60_000_000)
      if rule.at.contains(clock.minutes(moment).minute) { return (moment, day) }
    }
    return nil
  }

  /// What is sent for a digest; empty where no call was missed.
  func drafts(_ due: Due, _ figures: DigestFigures) -> [OutboxDraft] {
    guard !figures.rows.isEmpty else { return [] }
    let language = due.rule.language ?? settings.language
    let words = NotificationWords(language: language)
    let context = context(figures, words)
    let mail = templates.mail(.digest, language, context)
    var drafts: [OutboxDraft] = []
    // A digest is of no task: roles stand for nobody.
    let people = due.rule.email.filter { $0.contains("@") }
    if !people.isEmpty, settings.smtp != nil {
      let payload = OutboxPayload(
        mail: .init(to: people, subject: mail.subject, text: mail.text, html: mail.html))
      drafts.append(draft(due, NotificationRouter.mailSink, payload))
    }
    for number in due.rule.smsTo where settings.sms != nil {
      let text = (try? ContentEscape.text.template(due.rule.text ?? "").render(context)) ?? mail.subject
      drafts.append(
        draft(due, NotificationRouter.textSink, OutboxPayload(text: .init(to: number.e164, text: text))))
    }
    if let webhook = due.rule.webhook {
      let body = DigestDocument(due.name, figures, summary: mail.subject).json
      drafts.append(
        draft(due, WebhookSink.name(webhook.url), OutboxPayload(webhook: .init(body: body, event: "digest"))))
    }
    return drafts
  }

  private func draft(_ due: Due, _ sink: String, _ payload: OutboxPayload) -> OutboxDraft {
    OutboxDraft(
      key: newID(), event: "digest", sink: sink, stream: due.name, number: nil, payload: payload.json,
      dueAt: due.end)
  }

  private func context(_ figures: DigestFigures, _ words: NotificationWords) -> [String: Any] {
    let totals = DigestTotals(figures)
    var context: [String: Any] = [
      "from": words.moment(figures.from, in: clock), "to": words.moment(figures.to, in: clock),
      "total": totals.missed, "callers": totals.callers, "called_back": totals.calledBack,
      "talked": totals.talked,
      "open": totals.open, "without_job": totals.withoutJob,
      "rows": figures.rows.prefix(Self.rowsMax).map { row($0, words) },
    ]
    if figures.openTasks > 0 { context["tasks"] = figures.openTasks }
    context["tasks_overdue"] = figures.overdueTasks
    if figures.rows.count > Self.rowsMax { context["more"] = figures.rows.count - Self.rowsMax }
    return context
  }

  private func row(_ row: DigestFigures.Row, _ words: NotificationWords) -> [String: Any] {
    var cells: [String: Any] = [
      "when": words.moment(row.at, in: clock), "number": row.number ?? words.hiddenNumber,
      "where": row.lostAt.map(words.place) ?? "", "waited": words.span(row.wait),
      "state": words.state(row.state),
    ]
    if !row.name.isEmpty { cells["name"] = row.name }
    if let queue = row.queue { cells["queue"] = queue.rawValue }
    if let link = row.number.flatMap({ NotificationFacts.link(to: $0, base: settings.linkBase) }) {
      cells["link"] = link
    }
    return cells
  }
}

/// The totals below a digest.
struct DigestTotals: Sendable, Equatable, Encodable {
  var missed = 0
  /// Different numbers; hidden ones count one each.
  var callers = 0
  /// Calls whose customer was dialled.
  var calledBack = 0
  var talked = 0
  var open = 0
  var withoutJob = 0

  init(_ figures: DigestFigures) {
    missed = figures.rows.count
    callers = Set(figures.rows.compactMap(\.number)).count + figures.rows.count { $0.number == nil }
    for row in figures.rows {
      if row.dials > 0 { calledBack += 1 }
      switch row.state {
      case nil: withoutJob += 1
      case .waiting, .working: open += 1
      case .succeeded, .recovered: talked += 1
      case .exhausted, .expired, .excluded, .cancelled, .failed: break
      }
    }
  }
}

/// The body of a digest's webhook.
private struct DigestDocument: Encodable {
  struct Row: Encodable {
    var at: String
    var number: String?
    var name: String
    var queue: String?
    var lostAt: String?
    var waitSeconds: Int
    var state: String?
  }

  var event = "digest"
  var digest: String
  var from: String
  var to: String
  var summary: String
  var totals: DigestTotals
  var calls: [Row]

  init(_ name: String, _ figures: DigestFigures, summary: String) {
    digest = name
    from = figures.from.rfc3339
    to = figures.to.rfc3339
    self.summary = summary
    totals = DigestTotals(figures)
    calls = figures.rows.map {
      Row(
        at: $0.at.rfc3339, number: $0.number, name: $0.name, queue: $0.queue?.rawValue,
        lostAt: $0.lostAt?.rawValue,
        waitSeconds: Int($0.wait.inSeconds), state: $0.state?.rawValue)
    }
  }

  var json: String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}
