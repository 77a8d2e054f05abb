import AsteriskLink
import CallPolicy
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
    let refused = store.queriesRefused + library.queriesRefused + reports.queriesRefused
    if refused > 0 { text.add(.limits, [NamedLimit.queries.rawValue], Double(refused)) }
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
    for figure in await figures.figures(of: settings.current.policy.campaigns) {
      text.add(figure.metric, figure.labels, figure.value)
    }
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
}
