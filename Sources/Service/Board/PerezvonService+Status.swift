import CallPolicy
import Store
import Telephony
public import WebAPI

extension PerezvonService {
  /// Everything at this moment: the floors of all PBXs, and what the books show at a glance.
  public func status() async -> StatusDocument {
    let now = world.now()
    let settings = settings.current
    var pbxs: [StatusDocument.PBX] = []
    for board in room.boards { pbxs.append(await board.status()) }
    let day = OfficeDay(settings.policy)
    let reading = await glance.look(
      campaigns: settings.policy.campaigns.map(\.name), since: day.began(now), isUp: room.database.up)
    var jobs = Dictionary(uniqueKeysWithValues: JobState.allCases.map { ($0.rawValue, 0) })
    for (state, count) in reading.counts?.jobs ?? [:] { jobs[state.rawValue] = count }
    let policy = CallPolicy(settings: settings.policy)
    return StatusDocument(
      at: now, instance: settings.instance.rawValue,
      database: .init(
        up: room.database.up, problem: room.database.problem, since: room.database.changedAt),
      pbxs: pbxs, jobs: jobs, jobsDue: reading.counts?.due ?? 0,
      nextJobs: reading.next.map { Self.line($0, at: now) },
      callbacks: reading.counts.map {
        .init(due: $0.due, overdue: $0.overdue, working: $0.working, later: $0.later)
      },
      campaigns: settings.policy.campaigns.map { Self.campaign($0, policy, reading, at: now) },
      today: Self.today(reading, zone: day.zone.name, at: now))
  }

  private static func line(_ job: Job, at now: Timestamp) -> StatusDocument.JobLine {
    .init(
      id: job.id.description, campaign: job.campaign.rawValue, number: job.number.masked,
      dueIn: Int((job.dueAt - now).inSeconds), missedCount: job.missedCount, attempts: job.attempts)
  }

  private static func campaign(
    _ campaign: CampaignPolicy, _ policy: CallPolicy, _ reading: BooksGlance.Reading, at now: Timestamp
  ) -> StatusDocument.Campaign {
    let day = reading.drops[campaign.name]
    let month = reading.dropsOfMonth[campaign.name]
    let isCapped = campaign.mode == .predictive || campaign.mode == .progressive
    return .init(
      name: campaign.name.rawValue, mode: campaign.mode.rawValue,
      held: policy.held(campaign, run: reading.runs[campaign.name], at: now) ?? "", live: day?.live ?? 0,
      dropped: day?.dropped ?? 0, liveMonth: month?.live ?? 0, droppedMonth: month?.dropped ?? 0,
      cap: isCapped ? campaign.maxDropRate : nil)
  }

  /// Losses shown of a day, at most.
  private static let lossesMax = 20

  static func today(_ reading: BooksGlance.Reading, zone: String, at now: Timestamp) -> StatusDocument.Today?
  {
    guard let totals = reading.totals, let readAt = reading.at else { return nil }
    var funnel = StatusDocument.Funnel()
    funnel.calls = totals.funnel.calls
    funnel.missed = totals.funnel.missed
    funnel.short = totals.funnel.short
    funnel.owed = totals.funnel.owed
    funnel.dialed = totals.funnel.dialed
    funnel.reached = totals.funnel.reached
    funnel.conversations = totals.funnel.conversations
    funnel.recovered = totals.funnel.recovered
    funnel.open = totals.funnel.open
    funnel.lost = totals.funnel.lost
    return StatusDocument.Today(
      since: reading.since, zone: zone, readAt: readAt, funnel: funnel,
      queues: queues(totals.queueHours, hours: min(25, Int((now - reading.since).inSeconds) / 3_600 + 1)),
      losses: totals.losses.prefix(lossesMax).map {
        .init(
          lostAt: $0.lostAt, queue: $0.queue?.rawValue ?? "", missed: $0.missed, recovered: $0.recovered)
      })
  }

  private static func queues(_ totals: [QueueHourTotals], hours: Int) -> [StatusDocument.QueueDay] {
    struct Place: Hashable {
      let pbx: PBXName
      let queue: QueueName
    }
    return Dictionary(grouping: totals) { Place(pbx: $0.pbx, queue: $0.queue) }.map { place, rows in
      let byHour = Dictionary(grouping: rows, by: \.hour)
      return StatusDocument.QueueDay(
        pbx: place.pbx.rawValue, name: place.queue.rawValue, answered: rows.reduce(0) { $0 + $1.answered },
        abandoned: rows.reduce(0) { $0 + $1.abandoned }, serviceLevel: serviceLevel(rows),
        hours: (0..<max(1, hours)).map { serviceLevel(byHour[$0] ?? []) })
    }.sorted { ($0.pbx, $0.name) < ($1.pbx, $1.name) }
  }

  /// As in `report.queue_hours`; nil where nobody was answered or gave up.
  private static func serviceLevel(_ rows: [QueueHourTotals]) -> Double? {
    let offered = rows.reduce(0) { $0 + $1.answered + $1.abandoned - $1.shortAbandoned }
    guard offered > 0 else { return nil }
    return Double(rows.reduce(0) { $0 + $1.answeredInTime }) / Double(offered)
  }
}
