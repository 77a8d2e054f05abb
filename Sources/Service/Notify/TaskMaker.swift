import CallPolicy
import Store
import Telephony

/// Whether something that happened leaves a task for a person, whose, and until when. Pure.
struct TaskMaker: Sendable {
  let settings: TaskSettings
  let calendars: [String: WorkingCalendar]

  /// The task of an event without a rule; nil where none follows.
  func task(of event: BookedEvent, id: TaskID, now: Timestamp) -> TaskDraft? {
    switch event.kind {
    case "task_wanted" where settings.reasons.contains(.notDialled):
      return draft(
        event, .notDialled, event.call?.noJobReason ?? "This number is not dialled by machine.", id, now)
    case "job_expired" where settings.reasons.contains(.jobExpired):
      return draft(event, .jobExpired, event.job?.reason ?? "The callback expired.", id, now)
    case "promise_overdue" where settings.reasons.contains(.promise):
      return draft(event, .promise, "A promised call was not made in time.", id, now)
    default: return nil
    }
  }

  /// The task of a rule with `task: true`; nil where nobody could be called.
  func task(byRuleOn event: BookedEvent, id: TaskID, now: Timestamp) -> TaskDraft? {
    guard event.task == nil else { return nil }
    return draft(event, .rule, event.job?.reason ?? event.call?.noJobReason ?? "A rule asks for it.", id, now)
  }

  private func draft(
    _ event: BookedEvent, _ kind: TaskKind, _ reason: String, _ id: TaskID, _ now: Timestamp
  ) -> TaskDraft? {
    guard let number = event.number, let pbx = event.pbx else { return nil }
    let (call, job) = (event.call, event.job)
    let queue = call?.queue ?? job?.queue
    let names = [event.customer?.name, call?.name, job?.customerName].compactMap { $0 }
    let due = moment(after: settings.dueIn, from: now)
    let hasReminder = settings.remind > .zero && settings.remind < settings.dueIn
    return TaskDraft(
      id: id, kind: kind, number: number, customerName: names.first { !$0.isEmpty } ?? "",
      did: call?.did ?? "",
      queue: queue, lostAt: call?.lostAt, wait: call?.wait ?? .zero, pbx: pbx, linkedID: call?.linkedID,
      job: job?.id,
      reason: reason, assignee: assignee(event, queue: queue), createdAt: now, dueAt: due,
      remindAt: hasReminder ? moment(after: settings.dueIn - settings.remind, from: now) : nil,
      escalateAt: settings.escalateAfter > .zero ? moment(after: settings.escalateAfter, from: due) : nil)
  }

  /// The personal manager, whom he talked to last, the queue's lead, whoever takes the rest.
  private func assignee(_ event: BookedEvent, queue: QueueName?) -> String? {
    event.customer?.manager?.rawValue ?? event.lastAgent?.rawValue ?? queue.flatMap {
      settings.leads[$0.rawValue]
    }
      ?? settings.assignee
  }

  /// In working time; in plain time where there is no calendar, or it does not open any more.
  private func moment(after span: Duration, from start: Timestamp) -> Timestamp {
    settings.calendar.flatMap { calendars[$0] }?.moment(after: span, from: start) ?? start + span
  }
}
