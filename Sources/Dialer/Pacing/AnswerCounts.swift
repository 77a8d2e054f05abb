import Telephony

/// What became of answered dials, over some time.
public struct AnswerCounts: Sendable, Hashable, Codable {
  /// Answered by a human, the dropped among them: the denominator of 16 CFR 310.4(b)(4)(i) and
  /// 47 CFR 64.1200(a)(7).
  public var live = 0
  /// Answered by a human whom no agent took within the time allowed.
  public var dropped = 0
  /// Answered by a machine, as far as it was recognised.
  public var machines = 0

  public init(live: Int = 0, dropped: Int = 0, machines: Int = 0) {
    (self.live, self.dropped, self.machines) = (live, dropped, machines)
  }

  /// Dropped of those answered by a human; 0 without any.
  public var dropRate: Double { live > 0 ? Double(dropped) / Double(live) : 0 }
  /// Dropped of all that was answered, machines too; 0 without any.
  public var dropRateOfAll: Double { live + machines > 0 ? Double(dropped) / Double(live + machines) : 0 }

  static func += (a: inout AnswerCounts, b: AnswerCounts) {
    a.live += b.live
    a.dropped += b.dropped
    a.machines += b.machines
  }

  static func -= (a: inout AnswerCounts, b: AnswerCounts) {
    a.live -= b.live
    a.dropped -= b.dropped
    a.machines -= b.machines
  }
}

/// Counts over the last `span`, kept in steps: what is older than `span` leaves a step at a time, so that up to
/// one step more is counted, never less.
struct AnswerWindow: Sendable {
  let span: Duration
  let step: Duration
  private(set) var counts = AnswerCounts()
  private var steps: [(index: Int64, counts: AnswerCounts)] = []
  private var first = 0

  init(span: Duration, step: Duration) {
    self.span = span
    self.step = step
  }

  mutating func record(_ counts: AnswerCounts, at moment: Int64) {
    let index = moment / step.microseconds
    self.counts += counts
    // Earlier than the last: from an older record; it leaves with the last one, which is late, not early.
    if steps.count > first, let last = steps.last, last.index >= index {
      steps[steps.count - 1].counts += counts
    } else {
      steps.append((index, counts))
    }
  }

  mutating func forget(at moment: Int64) {
    let oldest = (moment - span.microseconds) / step.microseconds
    while first < steps.count, steps[first].index < oldest {
      counts -= steps[first].counts
      first += 1
    }
    if first > 64, first * 2 > steps.count {
      steps.removeFirst(first)
      first = 0
    }
  }
}
