import CallPolicy
import Dialer
import Store
import Telephony

/// What the books say in `/metrics`. It is read anew every few seconds at most, and once for all who ask meanwhile:
/// it counts rows.
actor BooksFigures {
  /// What was read is told for so long. Default 5 s; Prometheus asks every 15 s by default.
  static let readEvery = Duration.seconds(5)

  /// One line of `/metrics`.
  struct Figure: Sendable {
    var metric: Metric
    var labels: [String] = []
    var value: Double
  }

  private let store: Store
  private let world: World
  private var reading: Task<[Figure], Never>?
  private var readAt: ContinuousClock.Instant?

  init(store: Store, world: World) {
    self.store = store
    self.world = world
  }

  /// What PostgreSQL knows; nothing of it while it is away.
  func figures(of campaigns: [CampaignPolicy]) async -> [Figure] {
    if let reading, let readAt, world.clock.now - readAt < Self.readEvery { return await reading.value }
    let task = Task { [store, now = world.now()] in await Self.read(store, campaigns, now) }
    (reading, readAt) = (task, world.clock.now)
    return await task.value
  }

  private static func read(_ store: Store, _ campaigns: [CampaignPolicy], _ now: Timestamp) async -> [Figure]
  {
    guard let counts = try? await store.counts(now: now) else { return [] }
    var figures = JobState.allCases.map {
      Figure(metric: .jobs, labels: [$0.rawValue], value: Double(counts.jobs[$0] ?? 0))
    }
    let sums: [(Metric, Int)] = [
      (.jobsDue, counts.due), (.jobsOverdue, counts.overdue), (.attemptsLive, counts.liveAttempts),
      (.missedLastDay, counts.missedLastDay), (.callsLastDay, counts.inboundLastDay),
      (.conversationsLastDay, counts.conversationsLastDay),
    ]
    figures += sums.map { Figure(metric: $0.0, value: Double($0.1)) }
    figures.append(Figure(metric: .jobLag, value: counts.firstDue.map { (now - $0).inSeconds } ?? 0))
    for count in (try? await store.outboxCounts()) ?? [] {
      let labels = [count.sink, count.state.rawValue]
      figures.append(Figure(metric: .outbox, labels: labels, value: Double(count.rows)))
      let age = max(0, (now - count.oldest).inSeconds)
      figures.append(Figure(metric: .outboxAge, labels: labels, value: age))
    }
    let pacing = campaigns.filter { [.predictive, .progressive].contains($0.mode) }.map(\.name)
    return figures + (await dropRates(store, pacing, now))
  }

  private static func dropRates(
    _ store: Store, _ campaigns: [CampaignName], _ now: Timestamp
  ) async -> [Figure] {
    guard !campaigns.isEmpty else { return [] }
    var figures: [Figure] = []
    for (window, span) in [("day", Duration.seconds(86_400)), ("month", DropBudget.month)] {
      guard let steps = try? await store.answerCounts(of: campaigns, since: now - span) else { continue }
      let sums = BooksGlance.sums(steps)
      for campaign in campaigns {
        let sum = sums[campaign] ?? BooksGlance.AnswerCountsSum()
        let rate = sum.live > 0 ? Double(sum.dropped) / Double(sum.live) : 0
        figures.append(Figure(metric: .dropRate, labels: [campaign.rawValue, window], value: rate))
      }
    }
    return figures
  }
}
