import AsteriskLink
import CallPolicy
import Dialer
import Store
import Telephony
import WebAPI

extension PerezvonService {
  public func metrics() async -> String {
    var text = PrometheusText()
    text.add(world.meter)
    text.add(.info, [settings.current.instance.rawValue], 1)
    text.add(.databaseUp, [], room.database.up ? 1 : 0)
    text.add(
      .databaseWaiting, [], Double(store.queriesWaiting + library.queriesWaiting + reports.queriesWaiting))
    text.add(.spooled, [], Double(room.facts.spooled))
    text.add(.streamReaders, [], Double(room.hub.readers))
    for board in room.boards {
      let status = await board.status()
      text.add(.amiUp, [status.name], status.ami.up ? 1 : 0)
      text.add(.ariUp, [status.name], status.ari.up ? 1 : 0)
      text.add(.dialing, [status.name], status.dialing ? 1 : 0)
      text.add(.calls, [status.name], Double(status.calls.count))
      if let health = (board.link as? AsteriskLink.PBXLink)?.health {
        text.add(.eventsDropped, [status.name], Double(health.eventsDropped))
        if let lag = health.lag { text.add(.eventLag, [status.name], lag.inSeconds) }
        if let ping = health.pingRoundTrip { text.add(.ping, [status.name], ping.inSeconds) }
      }
      for queue in status.queues { Self.add(queue, of: status.name, to: &text) }
    }
    await addBooks(to: &text)
    return text.text
  }

  public func answered(_ method: String, _ path: String, status: Int, in time: Duration) {
    world.meter.count(.requests, method, path, String(status))
    world.meter.count(.requestSeconds, method, path, by: time.inSeconds)
  }

  public func reached(limit: String) { world.meter.limit(limit) }

  private static func add(_ queue: StatusDocument.Queue, of pbx: String, to text: inout PrometheusText) {
    text.add(.callers, [pbx, queue.name], Double(queue.waiting.count))
    text.add(.longestWait, [pbx, queue.name], Double(queue.waiting.map(\.wait).max() ?? 0))
    for (state, members) in Dictionary(grouping: queue.members, by: \.state) {
      text.add(.members, [pbx, queue.name, state], Double(members.count))
    }
  }

  /// What PostgreSQL knows; nothing of it while it is away.
  private func addBooks(to text: inout PrometheusText) async {
    let now = world.now()
    guard let counts = try? await library.counts(now: now) else { return }
    for state in JobState.allCases { text.add(.jobs, [state.rawValue], Double(counts.jobs[state] ?? 0)) }
    text.add(.jobsDue, [], Double(counts.due))
    text.add(.jobsOverdue, [], Double(counts.overdue))
    text.add(.attemptsLive, [], Double(counts.liveAttempts))
    text.add(.missedLastDay, [], Double(counts.missedLastDay))
    text.add(.callsLastDay, [], Double(counts.inboundLastDay))
    text.add(.conversationsLastDay, [], Double(counts.conversationsLastDay))
    for count in (try? await library.outboxCounts()) ?? [] {
      let labels = [count.sink, count.state.rawValue]
      text.add(.outbox, labels, Double(count.rows))
      text.add(.outboxAge, labels, max(0, (now - count.oldest).inSeconds))
    }
    let campaigns = settings.current.policy.campaigns.map(\.name)
    let due = try? await library.waitingJobs(
      campaigns: campaigns, dueBefore: now, limit: StoreSettings.listMax)
    text.add(.jobLag, [], due?.map { (now - $0.dueAt).inSeconds }.max() ?? 0)
    let predictive = settings.current.policy.campaigns.filter {
      [.predictive, .progressive].contains($0.mode)
    }
    for campaign in predictive.map(\.name) {
      for (window, span) in [("day", Duration.seconds(86_400)), ("month", DropBudget.month)] {
        guard let steps = try? await library.answerCounts(of: [campaign], since: now - span) else { continue }
        let (live, dropped) = steps.reduce((0, 0)) { ($0.0 + $1.counts.live, $0.1 + $1.counts.dropped) }
        text.add(.dropRate, [campaign.rawValue, window], live > 0 ? Double(dropped) / Double(live) : 0)
      }
    }
  }
}
