import Telephony

extension LegalProfile.Hours {
  /// These hours at a place, as a calendar. Saturday and Sunday are days off; public holidays are those that
  /// the campaign's own calendar closes.
  public func calendar(in zone: any ZoneOffsets) -> WorkingCalendar {
    var open: [Weekday: [OpeningInterval]] = [:]
    for day in Weekday.allCases { open[day] = [day == .sat || day == .sun ? restDays : workdays] }
    return WorkingCalendar(zone: zone, open: open)
  }

  /// The first moment at or after one at which both a calendar and these hours are open; nil where there is none
  /// within as many openings as a calendar of a year has.
  func opening(with calendar: WorkingCalendar?, in zone: any ZoneOffsets, atOrAfter moment: Timestamp)
    -> Timestamp?
  {
    let hours = self.calendar(in: zone)
    var at = moment
    for _ in 0..<PolicyDefaults.calendarDays {
      guard let lawful = hours.nextOpening(atOrAfter: at) else { return nil }
      guard let calendar else { return lawful }
      guard let both = calendar.nextOpening(atOrAfter: lawful) else { return nil }
      if both == lawful || hours.isOpen(at: both) { return both }
      at = both
    }
    return nil
  }
}
