import Telephony

/// The words of a language that templates cannot know: what happened, where a call was lost, spans of time.
struct NotificationWords: Sendable {
  let language: NotifySettings.Language

  /// One of three, by the language.
  func pick(_ en: String, _ ru: String, _ uk: String) -> String {
    switch language {
    case .en: en
    case .ru: ru
    case .uk: uk
    }
  }

  /// What a mail begins with.
  func title(_ event: NotifySettings.Event) -> String {
    switch event {
    case .missedCall: pick("Missed call", "Пропущенный звонок", "Пропущений дзвінок")
    case .jobCreated: pick("A callback is owed", "Нужно перезвонить", "Треба передзвонити")
    case .jobClosed: pick("Callback closed", "Перезвон закрыт", "Передзвін закрито")
    case .callbackConnected: pick("Called back", "Перезвонили", "Передзвонили")
    case .callbackFailed: pick("Callback failed", "Дозвониться не удалось", "Додзвонитися не вдалося")
    case .jobExpired: pick("Callback expired", "Срок перезвона истёк", "Термін передзвону минув")
    case .taskCreated: pick("New task", "Новая задача", "Нове завдання")
    case .taskReminder: pick("Task is due soon", "Скоро срок задачи", "Скоро термін завдання")
    case .taskOverdue: pick("Task is overdue", "Задача просрочена", "Завдання прострочено")
    case .taskEscalated:
      pick("Task still not done", "Задача всё ещё не выполнена", "Завдання досі не виконано")
    case .taskClosed: pick("Task closed", "Задача закрыта", "Завдання закрито")
    case .promiseDue: pick("A promised call is due", "Пора позвонить: обещано", "Час подзвонити: обіцяно")
    case .pbxDown: pick("PBX does not answer", "АТС не отвечает", "АТС не відповідає")
    case .trunkFailing:
      pick("Trunk refuses calls", "Транк не пропускает звонки", "Транк не пропускає дзвінки")
    case .noCalls: pick("No calls come in", "Нет входящих звонков", "Немає вхідних дзвінків")
    case .dropRateHigh: pick("Too many dropped calls", "Много сброшенных звонков", "Багато скинутих дзвінків")
    case .lossSpike: pick("Many missed calls", "Много пропущенных звонков", "Багато пропущених дзвінків")
    case .digest, .any: pick("Missed calls", "Пропущенные звонки", "Пропущені дзвінки")
    }
  }

  func place(_ lostAt: LostAt) -> String {
    switch lostAt {
    case .trunk: pick("trunk", "транк", "транк")
    case .greeting: pick("greeting", "приветствие", "вітання")
    case .ivr: pick("voice menu", "голосовое меню", "голосове меню")
    case .queue: pick("queue", "очередь", "черга")
    case .ring: pick("ringing phone", "звонок на телефон", "дзвінок на телефон")
    case .transfer: pick("transfer", "перевод", "переведення")
    case .afterHours: pick("after hours", "нерабочее время", "неробочий час")
    case .other: pick("elsewhere", "другое", "інше")
    }
  }

  /// `1 h 2 min`, `1 min 20 s`, `15 s`.
  func span(_ duration: Duration) -> String {
    let seconds = max(0, Int(duration.inSeconds))
    let (h, m, s) = (pick("h", "ч", "год"), pick("min", "мин", "хв"), pick("s", "с", "с"))
    if seconds >= 3_600 {
      let minutes = seconds / 60 % 60
      return "\(seconds / 3_600) \(h)" + (minutes > 0 ? " \(minutes) \(m)" : "")
    }
    if seconds < 60 { return "\(seconds) \(s)" }
    return "\(seconds / 60) \(m)" + (seconds % 60 > 0 ? " \(seconds % 60) \(s)" : "")
  }

  /// `2026-11-22 16:40` or `22.11.2026 16:40` in a zone.
  func moment(_ at: Timestamp, in clock: LocalClock) -> String {
    let (date, time) = clock.parts(at)
    return pick(
      "\(date.year)-\(date.month)-\(date.day) \(time)", "\(date.day).\(date.month).\(date.year) \(time)",
      "\(date.day).\(date.month).\(date.year) \(time)")
  }

  var hiddenNumber: String { pick("hidden number", "скрытый номер", "прихований номер") }
  var waitedWord: String { pick("waited", "ждал", "чекав") }
  var talked: String { pick("talked to", "говорил с", "розмовляв з") }
  var missed: String { pick("missed", "пропущен", "пропущений") }

  /// How a task was closed.
  func ending(_ how: String) -> String {
    switch how {
    case "talked": pick("they talked", "поговорили", "поговорили")
    case "crm": pick("by the CRM", "из CRM", "з CRM")
    default: pick("by hand", "вручную", "вручну")
    }
  }

  /// What has become of a missed call, for a digest.
  func state(_ state: JobState?) -> String {
    switch state {
    case nil: pick("no callback", "без перезвона", "без передзвону")
    case .waiting: pick("will be called back", "перезвоним", "передзвонимо")
    case .working: pick("is being called", "звоним", "дзвонимо")
    case .succeeded: pick("talked to", "поговорили", "поговорили")
    case .recovered: pick("reached us", "дозвонился сам", "додзвонився сам")
    case .exhausted: pick("not reached", "не дозвонились", "не додзвонилися")
    case .expired: pick("expired", "срок истёк", "термін минув")
    case .excluded: pick("not to be called", "не звонить", "не дзвонити")
    case .cancelled: pick("cancelled", "отменён", "скасовано")
    case .failed: pick("failed", "ошибка", "помилка")
    }
  }

  /// What an alert says.
  func alert(_ event: NotifySettings.Event, _ alert: AlertDetails) -> String {
    let what = alert.subject
    if alert.state == .cleared {
      return "\(what): " + pick("well again", "снова в порядке", "знову гаразд") + " (\(title(event)))"
    }
    let count = alert.count ?? 0
    switch event {
    case .pbxDown:
      return "\(title(event)): \(what)" + (alert.problem.map { ". \($0)" } ?? "")
    case .noCalls:
      let span = span(.seconds((alert.minutes ?? 0) * 60))
      return "\(title(event)): \(what), "
        + pick(
          "none for \(span), usually \(alert.usual ?? 0) at this time",
          "ни одного за \(span), обычно в это время \(alert.usual ?? 0)",
          "жодного за \(span), зазвичай у цей час \(alert.usual ?? 0)")
    case .lossSpike:
      return "\(title(event)): "
        + pick(
          "\(count) in the last hour, usually \(alert.usual ?? 0)",
          "\(count) за последний час, обычно \(alert.usual ?? 0)",
          "\(count) за останню годину, зазвичай \(alert.usual ?? 0)") + " (\(what))"
    case .trunkFailing where alert.percent == nil:
      return "\(title(event)): \(what)" + (alert.problem.map { ", \($0)" } ?? "")
    case .trunkFailing, .dropRateHigh:
      return "\(title(event)): \(what), \(alert.percent ?? 0)% "
        + pick("of \(count)", "из \(count)", "з \(count)") + (alert.problem.map { ". \($0)" } ?? "")
    case .missedCall, .jobCreated, .jobClosed, .callbackConnected, .callbackFailed, .jobExpired, .taskCreated,
      .taskReminder, .taskOverdue, .taskEscalated, .taskClosed, .promiseDue, .digest, .any:
      return title(event)
    }
  }
}
