import CallPolicy
import Courier
import Foundation
import Logging
import Store
import Telephony

/// Tells people: looks at events by the rules, sends what is in the outbox, watches tasks, digests and the health of
/// the PBXs. Any number of instances may do it at once; the books see to it that each thing is done once.
///
/// It has its own connections to PostgreSQL and its own courier: whatever hangs here hangs nobody else.
actor Notifier {
  /// Between two looks at events and the outbox.
  static let every = Duration.seconds(1)
  /// Between two looks at tasks and digests.
  static let watchEvery = Duration.seconds(5)
  /// Between two looks at the health of the PBXs.
  static let healthEvery = Duration.seconds(20)
  /// Between two removals of what was sent long ago.
  static let pruneEvery = Duration.seconds(3_600)
  /// Rounds of events in one look, at most.
  static let roundsMax = 50

  private let store: Store
  private let courier: Courier
  private let world: World
  private let settings: SettingsInForce
  private let links: @Sendable () async -> [HealthWatch.Link]
  private let logger: Logger
  private var delivery: DeliveryMachine
  private var health: HealthWatch
  private var templates: (directory: String?, templates: NotificationTemplates)
  private let zones: RegionZones
  private var sends: [Int64: Task<Void, Never>] = [:]
  /// The books could not be asked; said once.
  private var isAway = false

  init(
    store: Store, courier: Courier, world: World, settings: SettingsInForce,
    links: @escaping @Sendable () async -> [HealthWatch.Link], logger: Logger
  ) {
    self.store = store
    self.courier = courier
    self.world = world
    self.settings = settings
    self.links = links
    self.logger = logger
    delivery = DeliveryMachine(
      giveUpAfter: settings.current.notify.giveUpAfter, random: world.generator())
    health = HealthWatch(instance: settings.current.instance)
    let directory = settings.current.notify.templates
    templates = (directory, NotificationTemplates(directory: directory))
    zones = RegionZones(now: world.now())
    for problem in templates.templates.problems { logger.warning("\(problem)") }
  }

  /// Until it is cancelled. What is being sent then is given up, and sent again after its lease.
  func run() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.repeatedly(Self.every) { try await self.round() } }
      group.addTask { await self.repeatedly(Self.watchEvery) { try await self.watch() } }
      group.addTask { await self.repeatedly(Self.healthEvery) { try await self.lookAtHealth() } }
      group.addTask {
        await self.repeatedly(Self.pruneEvery) { try await self.store.pruneOutbox(now: self.world.now()) }
      }
    }
    for send in sends.values { send.cancel() }
  }

  private func repeatedly(
    _ pause: Duration, _ body: @escaping @Sendable () async throws -> Void
  ) async {
    while (try? await world.clock.sleep(for: pause)) != nil {
      do {
        try await body()
        if isAway { logger.info("Notifications go on") }
        isAway = false
      } catch {
        if !isAway { logger.warning("Notifications wait: \(error)") }
        isAway = true
      }
    }
  }

  // MARK: Events and the outbox

  /// One look: events to the outbox, the outbox to its sinks.
  func round() async throws {
    let router = router()
    for _ in 0..<Self.roundsMax {
      let now = world.now()
      let count = try await store.routeEvents(now: now) { router.consequences(of: $0, now: now) }
      guard count == StoreSettings.eventsMax else { break }
    }
    delivery.giveUpAfter = settings.current.notify.giveUpAfter
    await perform(delivery.handle(.tick, at: world.now()))
  }

  /// Waits until nothing is being sent: for tests.
  func settled() async {
    while let send = sends.values.first { await send.value }
  }

  private func perform(_ actions: [DeliveryMachine.Action]) async {
    for action in actions {
      logger.trace("Notification", metadata: ["action": "\(Self.shown(action))"])
      do throws(StoreError) { try await perform(action) } catch {
        logger.warning("The outbox could not be written: \(error)")
        await perform(delivery.handle(.claimFailed, at: world.now()))
      }
    }
  }

  private func perform(_ action: DeliveryMachine.Action) async throws(StoreError) {
    let (holder, now) = (settings.current.instance, world.now())
    switch action {
    case .claim(let perSink, let except):
      let rows = try await store.claimOutbox(
        by: holder, now: now, lease: SinkCarrier.lease, limit: perSink, except: except)
      await perform(delivery.handle(.claimed(rows), at: world.now()))
    case .probe(let sink):
      let row = try await store.probeOutbox(sink: sink, by: holder, now: now, lease: SinkCarrier.lease)
      await perform(delivery.handle(.probed(sink: sink, row), at: world.now()))
    case .send(let row): send(row)
    case .settle(let id, let outcome):
      if case .failed(let why) = outcome {
        logger.error(
          "A notification is given up; `perezvon outbox` lists it",
          metadata: ["id": "\(id)", "reason": "\(why)"])
      }
      try await store.settleOutbox(id, by: holder, outcome, now: now)
    case .release(let sink): try await store.releaseOutbox(sink: sink, now: now)
    case .held(let sink, let why):
      logger.warning("Notifications wait for a sink", metadata: ["sink": "\(sink)", "reason": "\(why)"])
    case .wellAgain(let sink): logger.info("A sink takes notifications again", metadata: ["sink": "\(sink)"])
    }
  }

  private func send(_ row: OutboxRow) {
    let carrier = SinkCarrier(courier: courier, settings: settings.current.notify, now: world.now)
    sends[row.id] = Task {
      let result = await carrier.deliver(row)
      guard !Task.isCancelled else { return }
      await self.finished(row.id, result)
    }
  }

  private func finished(_ id: Int64, _ result: DeliveryResult) async {
    sends[id] = nil
    await perform(delivery.handle(.finished(id: id, result), at: world.now()))
  }

  /// Without what it says: numbers and names are in that.
  private static func shown(_ action: DeliveryMachine.Action) -> String {
    switch action {
    case .claim(let perSink, let except): "claim \(perSink) of each but \(except.count)"
    case .probe(let sink): "probe \(sink)"
    case .send(let row): "send \(row.id) \(row.event) to \(row.sink), try \(row.tries)"
    case .settle(let id, let outcome): "settle \(id) \(outcome)"
    case .release(let sink): "release \(sink)"
    case .held(let sink, _): "held \(sink)"
    case .wellAgain(let sink): "well again \(sink)"
    }
  }

  // MARK: Tasks, digests, health

  /// One look at tasks and digests.
  func watch() async throws {
    let now = world.now()
    try await store.watchTasks(now: now, promiseSlack: settings.current.tasks.promiseSlack)
    let desk = DigestDesk(
      settings: settings.current.notify, templates: currentTemplates(), clock: clock(), newID: newID)
    for due in desk.due(at: now) {
      try await store.digest(due.name, to: due.end, span: due.span, now: now) { desk.drafts(due, $0) }
    }
  }

  /// One look at the PBXs.
  func lookAtHealth() async throws {
    let current = settings.current
    let alerts = current.notify.alerts
    let now = world.now()
    let links = await links()
    var findings = health.links(links, alerts, at: now) + health.trunks(links)
    let figures = try await store.healthFigures(
      pbxs: current.pbxs.map(\.name), inboundSpan: max(alerts.noCallsAfter, .seconds(60)), now: now)
    findings += health.figures(figures, alerts, campaigns: current.policy.campaigns)
    let words = NotificationWords(language: .en)
    for finding in findings {
      let kind = finding.event.rawValue
      if let details = finding.details {
        try await store.raiseAlert(
          finding.what, kind: kind, pbx: finding.pbx, sentence: words.alert(finding.event, details),
          details: Self.json(details), now: now)
      } else {
        let details = AlertDetails(
          state: .cleared, subject: finding.subject ?? finding.pbx?.rawValue ?? finding.key)
        try await store.clearAlert(
          finding.what, kind: kind, pbx: finding.pbx, details: Self.json(details), now: now)
      }
    }
  }

  private static func json(_ details: AlertDetails) -> String {
    (try? JSONEncoder().encode(details)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  // MARK: What the rules need

  private var newID: @Sendable () -> UniqueID { { [world] in world.draw(at: world.now()).0.id } }

  private func currentTemplates() -> NotificationTemplates {
    let directory = settings.current.notify.templates
    if directory != templates.directory {
      templates = (directory, NotificationTemplates(directory: directory))
      for problem in templates.templates.problems { logger.warning("\(problem)") }
    }
    return templates.templates
  }

  private func clock() -> LocalClock { LocalClock(homeZone()) }

  /// That of the first calendar, else UTC.
  private func homeZone() -> any ZoneOffsets {
    let policy = settings.current.policy
    return policy.campaigns.lazy.compactMap { policy.calendar(of: $0) }.first?.zone
      ?? policy.calendars.sorted { $0.key < $1.key }.first?.value.zone ?? UTCZone()
  }

  private func router() -> NotificationRouter {
    let current = settings.current
    let home = homeZone()
    return NotificationRouter(
      settings: current.notify,
      tasks: TaskMaker(settings: current.tasks, calendars: current.policy.calendars),
      policy: current.policy, templates: currentTemplates(), clock: LocalClock(home),
      zone: { [zones, plan = current.numberPlan, policy = current.policy] number in
        zones.zone(of: plan.readOnce(number.e164).region).flatMap { policy.zone($0) } ?? home
      },
      kind: { [plan = current.numberPlan] number in
        if case .number(_, let kind) = plan.read(number.e164) { kind } else { nil }
      },
      newID: newID)
  }
}
