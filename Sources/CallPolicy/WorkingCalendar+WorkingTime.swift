public import Telephony

extension WorkingCalendar {
  /// The moment at which so much working time has passed since another one; nil where the calendar does not open often
  /// enough. Without a span: the next opening.
  public func moment(after span: Duration, from start: Timestamp) -> Timestamp? {
    var left = span
    var at = start
    // A calendar of a year has no more openings than this.
    for _ in 0..<(PolicyDefaults.calendarDays * 10) {
      guard let opening = nextOpening(atOrAfter: at) else { return nil }
      guard let end = closes(at: opening), end - opening < left else { return opening + left }
      left -= end - opening
      at = end
    }
    return nil
  }
}
