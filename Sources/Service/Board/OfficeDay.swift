import CallPolicy
import Telephony

/// The day as the office has it: it begins at midnight on the wall clock of a zone.
struct OfficeDay: Sendable {
  let zone: any ZoneOffsets

  /// The zone of the first campaign that keeps a calendar, else the host's.
  init(_ policy: PolicySettings) {
    zone = policy.campaigns.lazy.compactMap { policy.calendar(of: $0)?.zone }.first ?? NamedZone.ofThisHost
  }

  init(zone: any ZoneOffsets) { self.zone = zone }

  /// The last midnight before or at a moment.
  func began(_ now: Timestamp) -> Timestamp {
    let offset = zone.secondsFromUTC(at: now)
    let (_, second) = WorkingCalendar(zone: zone, open: [:]).wallClock(at: now)
    let whole = now.microseconds - (now.microseconds % 1_000_000 + 1_000_000) % 1_000_000
    let midnight = Timestamp(microseconds: whole) - .seconds(second)
    // The clock may have been switched since.
    return midnight + .seconds(offset - zone.secondsFromUTC(at: midnight))
  }
}
