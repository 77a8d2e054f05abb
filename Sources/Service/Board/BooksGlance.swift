import CallPolicy
import Dialer
import Store
import Telephony

/// What the books show at a glance, for whoever watches: what comes next is read with every status, the sums of the
/// day every few seconds, those of 30 days every few minutes. A status never waits long for PostgreSQL: it shows
/// what was read last, and of when that is.
actor BooksGlance {
  /// Sums of the day are read this often at most. Default 2 s.
  static let dayEvery = Duration.seconds(2)
  /// And never so often that reading takes more than this part of the time. Default a tenth.
  static let readingShare = 10
  /// Sums of 30 days are read this often at most. Default 5 min.
  static let monthEvery = Duration.seconds(300)
  /// So long a status waits for what comes next. Default 200 ms.
  static let patience = Duration.milliseconds(200)
  /// A callback that is due for longer is overdue. Default 10 min.
  static let overdueAfter = Duration.seconds(600)
  /// Jobs shown of those that come next, at most.
  static let nextMax = 20

  /// What was read last.
  struct Reading: Sendable {
    var next: [Job] = []
    var counts: CallbackCounts?
    var totals: DayTotals?
    var runs: [CampaignName: CampaignRun] = [:]
    var drops: [CampaignName: AnswerCountsSum] = [:]
    var dropsOfMonth: [CampaignName: AnswerCountsSum] = [:]
    var since = Timestamp(microseconds: 0)
    /// When the sums were read; nil before the first time.
    var at: Timestamp?
  }

  /// Answered dials of a campaign, and those dropped.
  struct AnswerCountsSum: Sendable {
    var live = 0
    var dropped = 0
  }

  private let store: Store
  private let world: World
  private var reading = Reading()
  private var isReading = false
  private var dayAt: ContinuousClock.Instant?
  private var monthAt: ContinuousClock.Instant?
  private var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
  private var lastWaiter = 0

  init(store: Store, world: World) {
    self.store = store
    self.world = world
  }

  /// What the books show. Reads anew unless a reading is under way; waits for it for `patience` at most.
  ///
  /// - Parameters:
  ///   - campaigns: whose jobs come next; also whose answers are counted.
  ///   - since: when the day began.
  ///   - isUp: nothing is asked of a database that is away.
  func look(campaigns: [CampaignName], since: Timestamp, isUp: Bool) async -> Reading {
    guard isUp else { return reading }
    if !isReading {
      isReading = true
      Task { await self.read(campaigns, since) }
    }
    await waitForReading()
    return reading
  }

  private func waitForReading() async {
    guard isReading else { return }
    lastWaiter += 1
    let id = lastWaiter
    let first = reading.at == nil
    Task { [clock = world.clock] in
      try? await clock.sleep(for: first ? Self.patience * 10 : Self.patience)
      self.letGo(id)
    }
    await withCheckedContinuation { waiters[id] = $0 }
  }

  private func letGo(_ id: Int) { waiters.removeValue(forKey: id)?.resume() }

  private func read(_ campaigns: [CampaignName], _ since: Timestamp) async {
    let now = world.now()
    if let next = try? await store.waitingJobs(
      campaigns: campaigns, dueBefore: now + .seconds(86_400), limit: Self.nextMax)
    {
      reading.next = next
    }
    if dayAt.map({ world.clock.now >= $0 }) ?? true || reading.since != since {
      await readSums(campaigns, since, now)
    }
    isReading = false
    for id in waiters.keys.sorted() { letGo(id) }
  }

  private func readSums(_ campaigns: [CampaignName], _ since: Timestamp, _ now: Timestamp) async {
    let began = world.clock.now
    if let totals = try? await store.dayTotals(since: since, now: now),
      let counts = try? await store.callbackCounts(now: now, overdueBefore: now - Self.overdueAfter),
      let runs = try? await store.campaignRuns(),
      let drops = try? await store.answerCounts(of: campaigns, since: now - .seconds(86_400))
    {
      reading.totals = totals
      reading.counts = counts
      reading.runs = Dictionary(runs.map { ($0.campaign, $0) }) { first, _ in first }
      reading.drops = Self.sums(drops)
      reading.since = since
      reading.at = now
    }
    dayAt = world.clock.now + max(Self.dayEvery, (world.clock.now - began) * Self.readingShare)
    guard monthAt.map({ world.clock.now >= $0 }) ?? true else { return }
    if let month = try? await store.answerCounts(of: campaigns, since: now - .seconds(30 * 86_400)) {
      reading.dropsOfMonth = Self.sums(month)
    }
    monthAt = world.clock.now + Self.monthEvery
  }

  /// The answers of each campaign; one without any is absent.
  static func sums(_ steps: [AnswerCountsStep]) -> [CampaignName: AnswerCountsSum] {
    var sums: [CampaignName: AnswerCountsSum] = [:]
    for step in steps {
      sums[step.campaign, default: AnswerCountsSum()].live += step.counts.live
      sums[step.campaign, default: AnswerCountsSum()].dropped += step.counts.dropped
    }
    return sums
  }
}
