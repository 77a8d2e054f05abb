import CallPolicy
import Dialer
import Foundation
import Store
import Telephony
import WebAPI

/// Writes an agent's card: who the customer is, why he is called, what was with him before, what time it is there.
struct CardWriter: Sendable {
  /// Lines of history on a card, at most. Default 30.
  static let historyMax = 30
  /// Of countries that have one.
  private static let countries = RegionZones(now: Timestamp(seconds: Date().timeIntervalSince1970))

  let settings: Settings

  func document(_ sight: CardSight, _ story: NumberStory, at now: Timestamp) -> CardDocument {
    let (record, job) = (sight.record, sight.job)
    let (zone, isHis) = zone(of: job)
    let contact = story.contacts.first { $0.campaign == job.campaign && $0.id == job.contact?.id }
    let told = Explanation(story, zone: officeZone(of: job), now: now)
    return CardDocument(
      attempt: record.id.description, job: job.id.description, campaign: job.campaign.rawValue,
      pbx: record.pbx.rawValue, agent: record.agent?.rawValue ?? "", state: sight.state,
      offeredAt: record.cardOfferedAt ?? now, until: record.cardUntil ?? now,
      secondsLeft: max(0, Int(((record.cardUntil ?? now) - now).inSeconds)), number: job.number.e164,
      name: contact.flatMap { $0.name.isEmpty ? nil : $0.name } ?? job.customerName,
      why: why(job), source: job.source.rawValue, missedCount: job.missedCount,
      firstMissedAt: job.firstMissedAt, queue: job.queue?.rawValue ?? "", dials: job.attempts,
      localTime: Self.clock(zone, at: now), timeZone: zone.name, timeZoneIsHis: isHis,
      contactKey: contact?.key ?? "", attributes: contact?.attributes ?? [:],
      disposition: contact?.disposition ?? "", note: contact?.note ?? "",
      history: told.lines.suffix(Self.historyMax).map {
        .init(at: $0.at, kind: $0.kind, sentence: $0.sentence)
      })
  }

  private func why(_ job: Job) -> String {
    let place = job.queue.map { " in the queue \($0)" } ?? ""
    let said =
      switch job.source {
      case .missedCall:
        job.missedCount > 1
          ? "He called \(job.missedCount) times and reached nobody\(place)."
          : "He called and reached nobody\(place)."
      case .requested: "He asked to be called back\(place)."
      case .promised: "He was promised a call."
      case .api: job.owner.map { "\($0) is to call him." } ?? "Another program asked for this call."
      case .contact: "He is on the list of the campaign \(job.campaign)."
      }
    return job.attempts == 0 ? said : "\(said) He was dialled \(job.attempts) times; \(job.reason)."
  }

  /// Where the customer is, and whether that is known of himself: his zone of the list, that of his number's country,
  /// else the campaign's calendar's.
  func zone(of job: Job) -> (any ZoneOffsets, isHis: Bool) {
    if let zone = job.zone.flatMap({ NamedZones.shared[$0] }) { return (zone, true) }
    let region = settings.numberPlan.readOnce(job.number.e164).region
    if let zone = Self.countries.zone(of: region).flatMap({ NamedZones.shared[$0] }) { return (zone, true) }
    let campaign = settings.policy.campaign(named: job.campaign)
    return (campaign.flatMap { settings.policy.calendar(of: $0)?.zone } ?? UTCZone(), false)
  }

  private func officeZone(of job: Job) -> TimeZone {
    let campaign = settings.policy.campaign(named: job.campaign)
    return campaign.flatMap { settings.policy.calendar(of: $0) }.flatMap {
      TimeZone(identifier: $0.zone.name)
    }
      ?? .current
  }

  /// `16:45`; with the weekday where the host has another.
  static func clock(
    _ zone: any ZoneOffsets, at now: Timestamp, here: any ZoneOffsets = NamedZone.ofThisHost
  ) -> String {
    func wall(_ zone: any ZoneOffsets) -> Int {
      Int((now.microseconds / 1_000_000)) + zone.secondsFromUTC(at: now)
    }
    let (there, day) = (wall(zone), wall(zone) / 86_400)
    let minute = there % 86_400 / 60
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let time = "\(two(minute / 60)):\(two(minute % 60))"
    // 1 January 1970 was a Thursday.
    return day == wall(here) / 86_400 ? time : "\(days[(day + 4) % 7]) \(time)"
  }

  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
}
