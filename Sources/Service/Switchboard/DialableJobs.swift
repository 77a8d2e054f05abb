import CallPolicy
import Store
import Telephony

/// What a switchboard may dial soon: the callbacks of campaigns that run, and of their lists those contacts at
/// whose place it is time. What is held or asleep is not even read: there may be a million of it.
enum DialableJobs {
  static func read(
    from books: any Books, policy: CallPolicy, pbx: PBXName, now: Timestamp
  ) async throws(StoreError) -> (runs: [CampaignRun], jobs: [Job]) {
    let horizon = now + SwitchboardSettings.jobsHorizon
    let runs = try await books.campaignRuns()
    let byName = Dictionary(runs.map { ($0.campaign, $0) }) { first, _ in first }
    let running = policy.settings.campaigns.filter {
      policy.held($0, run: byName[$0.name], at: now) == nil
    }
    var jobs = try await books.waitingJobs(
      campaigns: running.map(\.name), pbx: pbx, dueBefore: horizon, limit: SwitchboardSettings.jobsMax)
    let lists = running.filter { $0.kind == .outbound }
    guard !lists.isEmpty else { return (runs, try await withDrops(jobs, from: books, running, now: now)) }
    let awake = try await books.contactZones(lists.map(\.name)).filter { part in
      guard let campaign = lists.first(where: { $0.name == part.campaign }) else { return false }
      let opening = policy.opening(
        of: campaign, atOrAfter: now, zone: part.zone.isEmpty ? nil : part.zone)
      return opening.map { $0 <= horizon } ?? false
    }
    jobs += try await books.contactJobs(
      awake, pbx: pbx, dueBefore: horizon, limit: SwitchboardSettings.jobsMax)
    return (runs, try await withDrops(jobs, from: books, running, now: now))
  }

  /// Who was dropped lately is marked, where a campaign dials without an agent reserved.
  private static func withDrops(
    _ jobs: [Job], from books: any Books, _ running: [CampaignPolicy], now: Timestamp
  ) async throws(StoreError) -> [Job] {
    let apart = running.filter(\.dialsWithoutAgent)
    guard !apart.isEmpty, let gap = apart.map(\.outbound.redialAfterDrop.gap).max() else { return jobs }
    let names = Set(apart.map(\.name))
    let drops = try await books.lastDrops(
      of: jobs.filter { names.contains($0.campaign) }.map(\.number), since: now - gap)
    guard !drops.isEmpty else { return jobs }
    return jobs.map { job in
      var job = job
      job.droppedAt = drops[job.number]
      return job
    }
  }
}
