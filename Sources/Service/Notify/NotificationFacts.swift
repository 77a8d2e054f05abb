import CallPolicy
import Foundation
import Store
import Telephony

/// One event as it is told: the same facts for mails, text messages and webhooks.
struct NotificationFacts: Sendable {
  let event: NotifySettings.Event
  let booked: BookedEvent
  /// Of an alert.
  let alert: AlertDetails?
  let linkBase: String?

  /// Nil for events that are not told: those that only make tasks, and words of a newer program.
  init?(_ booked: BookedEvent, linkBase: String?) {
    guard let event = NotifySettings.Event(rawValue: booked.kind), event != .any, event != .digest else {
      return nil
    }
    self.event = event
    self.booked = booked
    self.linkBase = linkBase
    alert = try? JSONDecoder().decode(AlertDetails.self, from: Data(booked.details.utf8))
  }

  var isAlert: Bool {
    switch event {
    case .pbxDown, .trunkFailing, .noCalls, .dropRateHigh, .lossSpike: true
    case .missedCall, .jobCreated, .jobClosed, .callbackConnected, .callbackFailed, .jobExpired, .taskCreated,
      .taskReminder, .taskOverdue, .taskEscalated, .taskClosed, .promiseDue, .digest, .any:
      false
    }
  }

  var name: String? {
    let known = [
      booked.customer?.name, booked.task?.draft.customerName, booked.call?.name, booked.job?.customerName,
    ]
    return known.compactMap { $0 }.first { !$0.isEmpty }
  }

  var queue: QueueName? { booked.task?.draft.queue ?? booked.call?.queue ?? booked.job?.queue }

  var lostAt: LostAt? { booked.task?.draft.lostAt ?? booked.call?.lostAt }

  var wait: Duration? { booked.call?.wait ?? booked.task?.draft.wait }

  /// The page of this number.
  var link: String? { booked.number.flatMap { Self.link(to: $0, base: linkBase) } }

  static func link(to number: String, base: String?) -> String? {
    base.map { $0 + "/numbers/" + ContentEscape.form.escapeText(number) }
  }

  /// What keeps its order: a job, a call without one, a task without either, an alert.
  var stream: String {
    if let job = booked.job?.id ?? booked.call?.job ?? booked.task?.draft.job { return "job \(job)" }
    if let task = booked.task?.draft {
      if let linkedID = task.linkedID { return "call \(task.pbx)/\(linkedID)" }
      return "task \(task.id)"
    }
    if let call = booked.call { return "call \(call.pbx)/\(call.linkedID)" }
    return "alert \(booked.kind) \(alert?.subject ?? "")"
  }

  /// One sentence.
  func summary(_ words: NotificationWords) -> String {
    if isAlert, let alert { return words.alert(event, alert) }
    var text = words.title(event) + ": " + (booked.number ?? words.hiddenNumber)
    if let name { text += " (\(name))" }
    if let queue { text += ", \(queue)" } else if let lostAt { text += ", \(words.place(lostAt))" }
    if event == .missedCall, let wait { text += ", \(words.waitedWord) \(words.span(wait))" }
    if event == .callbackConnected, let agent = booked.talk?.agent { text += ", \(agent)" }
    return text
  }

  /// What templates are filled with. Every value is a text, but `history`, a list.
  func context(_ words: NotificationWords, _ clock: LocalClock) -> [String: Any] {
    var context: [String: Any] = [:]
    func set(_ key: String, _ value: String?) {
      if let value, !value.isEmpty { context[key] = value }
    }
    set("event", event.rawValue)
    set("title", words.title(event))
    set("summary", summary(words))
    set("at", booked.at.rfc3339)
    set("when", words.moment(booked.call?.at ?? booked.at, in: clock))
    set("pbx", booked.pbx?.rawValue)
    set("number", booked.number)
    set("digits", booked.number?.filter { $0.isASCII && $0.isNumber })
    set("name", name)
    set("category", booked.customer?.category)
    set("queue", queue?.rawValue)
    set("where", lostAt.map(words.place))
    set("lost_at", lostAt?.rawValue)
    set("waited", wait.map(words.span))
    set("wait_seconds", wait.map { String(Int($0.inSeconds)) })
    set("did", booked.call?.did ?? booked.task?.draft.did)
    set("rung", booked.call?.membersRung.joined(separator: ", "))
    set("linkedid", booked.call?.linkedID.rawValue)
    set("job", booked.job?.id.description ?? booked.call?.job?.description)
    set("campaign", booked.job?.campaign.rawValue)
    set("state", booked.job?.state.rawValue)
    set("attempts", booked.job.map { String($0.attempts) })
    set("agent", booked.talk?.agent?.rawValue)
    set("link", link)
    let missed = booked.task?.missedCount ?? booked.job?.missedCount ?? 1
    set("missed_count", missed > 1 ? String(missed) : nil)
    set("reason", booked.task?.draft.reason ?? booked.job?.reason ?? booked.call?.noJobReason)
    setTask(words, clock, &context)
    context["history"] = booked.history.map { past in
      ["when": words.moment(past.at, in: clock), "what": what(past, words)]
    }
    context["has_history"] = !booked.history.isEmpty
    return context
  }

  private func setTask(_ words: NotificationWords, _ clock: LocalClock, _ context: inout [String: Any]) {
    guard let task = booked.task else { return }
    context["task"] = task.draft.id.description
    context["due"] = words.moment(task.draft.dueAt, in: clock)
    context["due_at"] = task.draft.dueAt.rfc3339
    context["due_unix"] = String(Int(task.draft.dueAt.seconds))
    if let assignee = task.draft.assignee { context["assignee"] = assignee }
    if let how = task.closedHow {
      context["closed"] = words.ending(how.rawValue) + (task.closedBy.map { ", \($0)" } ?? "")
    }
    if !task.note.isEmpty { context["note"] = task.note }
  }

  private func what(_ past: BookedEvent.Past, _ words: NotificationWords) -> String {
    if past.answered { return "\(words.talked) \(past.who ?? "?"), \(words.span(past.talk))" }
    let place = past.queue?.rawValue ?? past.lostAt.map(words.place)
    return words.missed + (place.map { ", \($0)" } ?? "")
  }
}

extension Timestamp {
  /// RFC 3339 in UTC with milliseconds.
  var rfc3339: String {
    Date(timeIntervalSince1970: seconds).formatted(
      Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt))
  }
}
