public import Telephony

/// The hard cap on drops: over the last 24 hours and over the last 30 days, the upper confidence limit of the
/// drop rate stays at or under `max_drop_rate`, or nothing is dialled ahead of free agents.
///
/// Both windows slide. Too few answers for any statement allow no drop (at 3 % and 95 %: below 99 answers),
/// which is the safe start.
public struct DropBudget: Sendable {
  /// 24 hours, the window of Ofcom's Persistent Misuse statement (2016).
  public static let day: Duration = .seconds(86_400)
  /// 30 days, the window of 16 CFR 310.4(b)(4)(i) and 47 CFR 64.1200(a)(7).
  public static let month: Duration = .seconds(30 * 86_400)

  public private(set) var limit: DropLimit
  private var dayWindow = AnswerWindow(span: day, step: .seconds(60))
  private var monthWindow = AnswerWindow(span: month, step: .seconds(3_600))
  private var allowedInDay = -1
  private var allowedInMonth = -1

  public init(limit: DropLimit) { self.limit = limit }

  /// The last 24 hours (and up to a minute more).
  public var lastDay: AnswerCounts { dayWindow.counts }
  /// The last 30 days (and up to an hour more).
  public var lastMonth: AnswerCounts { monthWindow.counts }

  /// The upper confidence limits that are held under the cap, 0 to 1; 1 without answers.
  public var upperLimits: (day: Double, month: Double) {
    func upper(_ counts: AnswerCounts) -> Double {
      DropLimit.upper(drops: counts.dropped, answers: counts.live, confidence: limit.confidence)
    }
    return (upper(lastDay), upper(lastMonth))
  }

  /// Counts results; also those of before a restart, oldest first.
  public mutating func record(_ counts: AnswerCounts, at moment: Timestamp) {
    dayWindow.record(counts, at: moment.microseconds)
    monthWindow.record(counts, at: moment.microseconds)
    refresh(at: moment)
  }

  /// Another cap for the same counts.
  mutating func change(_ limit: DropLimit, at now: Timestamp) {
    self.limit = limit
    refresh(at: now)
  }

  /// Lets what is too old leave the windows.
  public mutating func refresh(at now: Timestamp) {
    dayWindow.forget(at: now.microseconds)
    monthWindow.forget(at: now.microseconds)
    allowedInDay = limit.allowed(answers: lastDay.live, near: allowedInDay)
    allowedInMonth = limit.allowed(answers: lastMonth.live, near: allowedInMonth)
  }

  /// Whether the window of a day is the tighter one.
  private var dayIsTighter: Bool { allowedInDay - lastDay.dropped <= allowedInMonth - lastMonth.dropped }

  /// How many drops the tighter window allows in all; -1 where its answers are too few for a statement.
  public var allowed: Int { dayIsTighter ? allowedInDay : allowedInMonth }

  /// How many more drops both windows allow now; below 0 where there were too many.
  public var left: Int { min(allowedInDay - lastDay.dropped, allowedInMonth - lastMonth.dropped) }

  /// The rate to aim at: what the tighter window allows of its answers. 0 at first.
  public var aim: Double {
    let live = (dayIsTighter ? lastDay : lastMonth).live
    return live > 0 ? Double(max(0, allowed)) / Double(live) : 0
  }
}
