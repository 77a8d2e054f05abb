import CallTracking
import Telephony
import Testing

@testable import CallPolicy

private let start = Timestamp(seconds: 1_795_363_200)  // Sunday 2026-11-22 16:00:00 UTC

private struct Offset: ZoneOffsets {
  var name: String
  var hours: Int
  func secondsFromUTC(at moment: Timestamp) -> Int { hours * 3_600 }
}

@Suite struct `The service level of a queue` {
  private func stay(
    _ result: QueueEntryRecord.Result, wait: Int, ago: Int, queue: QueueName = "sales"
  ) -> QueueEntryRecord {
    let left = start - .seconds(ago)
    return QueueEntryRecord(
      pbx: "pbx1", linkedID: "1.1", channel: "1.1", join: 1, queue: queue, joinedAt: left - .seconds(wait),
      leftAt: left, result: result, member: nil, position: 1)
  }

  @Test func `counts the answered within twenty seconds, of answered and abandoned ones`() {
    var levels = ServiceLevels()
    #expect(levels.level(of: "sales", at: start) == nil)
    levels.record(stay(.answered, wait: 60, ago: 1_801))
    levels.record(stay(.answered, wait: 20, ago: 1_800))
    levels.record(stay(.answered, wait: 21, ago: 900))
    levels.record(stay(.abandoned, wait: 4, ago: 800))
    levels.record(stay(.abandoned, wait: 5, ago: 700))
    levels.record(stay(.otherUnanswered, wait: 90, ago: 600))
    levels.record(stay(.answered, wait: 1, ago: 500, queue: "support"))
    levels.record(stay(.answered, wait: 1, ago: 400))
    // 2 of 4: the short abandon, the timeout, the other queue and what is older than half an hour are left out.
    #expect(levels.level(of: "sales", at: start) == 0.5)
    #expect(levels.level(of: "support", at: start) == 1)
  }

  @Test func `falls while somebody waits too long, before he is answered`() {
    var levels = ServiceLevels()
    levels.record(stay(.answered, wait: 1, ago: 60))
    #expect(levels.level(of: "sales", waiting: [start - .seconds(20)], at: start) == 1)
    #expect(
      levels.level(of: "sales", waiting: [start - .seconds(21), start - .seconds(5)], at: start) == 0.5)
    #expect(levels.level(of: "support", waiting: [start - .seconds(21)], at: start) == 0)
  }

  @Test func `keeps no more than it needs`() {
    var levels = ServiceLevels()
    for second in 0..<50_000 { levels.record(stay(.answered, wait: 1, ago: 50_000 - second)) }
    #expect(levels.level(of: "sales", at: start) == 1)
    #expect(
      Mirror(reflecting: levels).children.first.map { Mirror(reflecting: $0.value).children.count } ?? 0
        < 5_000)
  }
}

@Suite struct `Blending` {
  @Test func `holds while callers wait or were served badly, with its sentence`() {
    let first = OutboundPolicy.Blend(minServiceLevel: 0.8)
    #expect(first.held("sales", waiting: 0, level: nil) == nil)
    #expect(first.held("sales", waiting: 0, level: 0.8) == nil)
    #expect(first.held("sales", waiting: 1, level: 1) == "Callers wait in the queue sales, and go first")
    #expect(
      first.held("sales", waiting: 0, level: 0.79)
        == "The service level of the queue sales is under 80 % in the last 30 minutes (blend.min_service_level)"
    )
    let some = OutboundPolicy.Blend(maxCallersWaiting: 2)
    #expect(some.held("sales", waiting: 2, level: 0) == nil)
    #expect(
      some.held("sales", waiting: 3, level: nil)
        == "More than 2 callers wait in the queue sales (blend.max_callers_waiting)")
  }
}

@Suite struct `The hours of a law` {
  private func policy(_ law: LegalProfile?, kind: CampaignKind = .outbound, calendar: WorkingCalendar? = nil)
    -> (CallPolicy, CampaignPolicy)
  {
    var campaign = CampaignPolicy(name: "list")
    campaign.kind = kind
    campaign.outbound.legal = law
    campaign.calendar = calendar.map { _ in "office" }
    var settings = PolicySettings(campaigns: [campaign], calendars: calendar.map { ["office": $0] } ?? [:])
    settings.zone = { $0 == "Etc/GMT+10" ? Offset(name: $0, hours: -10) : nil }
    return (CallPolicy(settings: settings), campaign)
  }

  @Test func `hold at the customer's place, with no calendar at all`() {
    let (policy, campaign) = policy(.unitedStates)
    // 16:00 UTC is 06:00 there; 8 o'clock is two hours later.
    #expect(policy.opening(of: campaign, atOrAfter: start, zone: "Etc/GMT+10") == start + .seconds(2 * 3_600))
    #expect(policy.opening(of: campaign, atOrAfter: start) == start, "16:00 in UTC")
    #expect(
      policy.opening(of: campaign, atOrAfter: start + .seconds(5 * 3_600)) == start + .seconds(16 * 3_600))
  }

  @Test func `hold within the campaign's own hours`() {
    let nights = WorkingCalendar(
      zone: UTCZone(),
      open: Dictionary(uniqueKeysWithValues: Weekday.allCases.map { ($0, [OpeningInterval("20:00-10:00")!]) })
    )
    let (policy, campaign) = policy(.unitedStates, calendar: nights)
    #expect(
      policy.opening(of: campaign, atOrAfter: start) == start + .seconds(4 * 3_600), "20:00, law until 21:00")
    #expect(
      policy.opening(of: campaign, atOrAfter: start + .seconds(5 * 3_600)) == start + .seconds(16 * 3_600),
      "open at 21:00, lawful from 8:00")
  }

  @Test func `pass over an opening of the campaign that is not lawful`() {
    let hours = [OpeningInterval("21:30-22:00")!, OpeningInterval("09:00-10:00")!]
    let late = WorkingCalendar(
      zone: UTCZone(), open: Dictionary(uniqueKeysWithValues: Weekday.allCases.map { ($0, hours) }))
    let (policy, campaign) = policy(.unitedStates, calendar: late)
    #expect(
      policy.opening(of: campaign, atOrAfter: start + .seconds(4 * 3_600)) == start + .seconds(17 * 3_600),
      "lawful at 20:00 and closed, open at 21:30 and not lawful, both at 9:00")
  }

  @Test func `know days off`() {
    let (policy, campaign) = policy(.russiaDebt)
    // Sunday: until 20:00; Monday from 8:00.
    #expect(
      policy.opening(of: campaign, atOrAfter: start + .seconds(4 * 3_600)) == start + .seconds(16 * 3_600))
    #expect(
      policy.opening(of: campaign, atOrAfter: start + .seconds(29 * 3_600)) == start + .seconds(29 * 3_600))
  }

  @Test func `do not hold for who has called himself`() {
    let (policy, campaign) = policy(.unitedStates, kind: .callback)
    let night = start + .seconds(8 * 3_600)
    #expect(policy.opening(of: campaign, atOrAfter: night) == night)
  }
}
