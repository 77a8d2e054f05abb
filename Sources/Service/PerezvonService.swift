import AsteriskLink
import CallPolicy
import CallTracking
import Courier
import Foundation
public import Logging
import NIOPosix
public import ServiceLifecycle
import Store
import Telephony
public import WebAPI

/// The running service: one switchboard for each PBX, the writer of the books, the API.
///
/// No peer that is away ends it: it says so and tries again.
public final class PerezvonService: ServiceLifecycle.Service, Sendable {
  let settings: SettingsInForce
  let store: Store
  private let courier: Courier
  let world: World
  let room: SwitchRoom
  /// Of the PBXs that have a `queue_log` or a `queue_log_table`.
  private let queueLogs: [PBXName: QueueLogFollower]
  /// Of the PBXs that have a channel event log.
  private let cels: [PBXName: CELFollower]
  private let notifier: Notifier
  /// The notifier's own connections: it waits for nobody, and nobody for it.
  private let notifierStore: Store
  private let logger: Logger

  /// Builds everything; connects to nothing yet. A spool that cannot be opened is a sentence in the log, for a
  /// service that detects without a spool is better than none.
  public init(settings: Settings, logger: Logger) throws(AdministrationError) {
    self.settings = SettingsInForce(settings)
    self.logger = logger
    let world = World(now: ForwardClock.system())
    self.world = world
    store = Store(StoreSettings(url: settings.database.url.value, poolSize: settings.database.pool))
    let notifierStore = Store(
      StoreSettings(url: settings.database.url.value, poolSize: 2, applicationName: "perezvon-notify"))
    self.notifierStore = notifierStore
    let notifierCourier: Courier
    do {
      courier = try Courier()
      notifierCourier = try Courier(settings: CourierSettings(requestsMax: 100, connectionsPerHostMax: 8))
    } catch {
      throw AdministrationError(message: "libcurl cannot be started: \(error.message)")
    }
    var spool: Spool?
    do {
      spool = try Spool(directory: settings.database.spool)
    } catch {
      logger.error("\(error)")
    }
    let room = SwitchRoom(
      settings: self.settings, books: store, spool: spool, world: world, logger: logger
    ) { [courier] pbx in
      PBXLink(
        settings: PBXLinkSettings(pbx), courier: courier,
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
        logger: logger, now: world.now)
    }
    self.room = room
    notifier = Notifier(
      store: notifierStore, courier: notifierCourier, world: world, settings: self.settings,
      links: { [boards = room.boards] in
        var links: [HealthWatch.Link] = []
        for board in boards {
          let status = await board.status()
          links.append(
            .init(
              pbx: board.name, up: status.ami.up, problem: status.ami.problem,
              failing: await board.failingTrunks()))
        }
        return links
      }, logger: logger)
    queueLogs = Dictionary(
      settings.pbxs.compactMap { [facts = room.facts, store, settings = self.settings] pbx in
        guard pbx.hasQueueLog else { return nil }
        return (
          pbx.name,
          QueueLogFollower(
            of: pbx, store: store, facts: facts, world: world, settings: settings, logger: logger)
        )
      }
    ) { first, _ in first }
    cels = Dictionary(
      settings.pbxs.compactMap { [facts = room.facts, store, settings = self.settings] pbx in
        guard let path = pbx.cel else { return nil }
        let follower = CELFollower(
          of: pbx, path: path, store: store, facts: facts, world: world, settings: settings, logger: logger)
        return (pbx.name, follower)
      }
    ) { first, _ in first }
  }

  /// Works until it is told to shut down: then nothing new is begun, phones that ring are waited for.
  public func run() async throws {
    let settings = settings.current
    for warning in settings.warnings { logger.warning("\(warning)") }
    let server = WebServer(
      settings: WebSettings(host: settings.http.host, port: settings.http.port), face: self, logger: logger
    ).application { [logger] port in logger.info("The API listens", metadata: ["port": "\(port)"]) }
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          try await server.run()
        } catch is CancellationError {
          return
        } catch {
          self.logger.error("The API is down: \(error). Check http.listen; everything else goes on.")
        }
      }
      group.addTask { await self.showStatus() }
      group.addTask { await self.room.run(queueLogs: self.queueLogs, cels: self.cels) }
      group.addTask { [store, world, logger, settings = self.settings] in
        await Retention(store: store, world: world, settings: settings, logger: logger).run()
      }
      group.addTask { [notifier] in await notifier.run() }
      for follower in queueLogs.values { group.addTask { await follower.run() } }
      for follower in cels.values { group.addTask { await follower.run() } }
      try? await gracefulShutdown()
      logger.info("Stopping: nothing new is begun; talks go on in Asterisk")
      await room.drain()
      for follower in queueLogs.values { await follower.flush() }
      room.hub.close()
      group.cancelAll()
    }
    await notifierStore.close()
    await store.close()
  }

  /// Takes new settings over while running. PBXs and the database need a restart.
  public func reload(_ settings: Settings) async {
    self.settings.current = settings
    for board in room.boards {
      guard let pbx = settings.pbxs.first(where: { $0.name == board.name }) else { continue }
      await board.post(.settingsChanged(SwitchboardSettings(settings, pbx: pbx)))
    }
  }

  /// At most four times a second, and only for somebody who watches.
  private func showStatus() async {
    while (try? await world.clock.sleep(for: .milliseconds(250))) != nil {
      if room.hub.takeChange() { room.hub.publish(.status(await status())) }
    }
  }
}

extension PerezvonService: ServiceFace {
  public func status() async -> StatusDocument {
    let now = world.now()
    let settings = settings.current
    var pbxs: [StatusDocument.PBX] = []
    for board in room.boards { pbxs.append(await board.status()) }
    let counts = try? await store.counts(now: now)
    let campaigns = settings.policy.campaigns.map(\.name)
    let next =
      (try? await store.waitingJobs(campaigns: campaigns, dueBefore: now + .seconds(86_400), limit: 20)) ?? []
    var jobs = Dictionary(uniqueKeysWithValues: JobState.allCases.map { ($0.rawValue, 0) })
    for (state, count) in counts?.jobs ?? [:] { jobs[state.rawValue] = count }
    return StatusDocument(
      at: now, instance: settings.instance.rawValue,
      database: .init(up: room.database.up, problem: room.database.problem), pbxs: pbxs, jobs: jobs,
      jobsDue: counts?.due ?? 0,
      nextJobs: next.map { job in
        .init(
          id: job.id.description, campaign: job.campaign.rawValue, number: job.number.masked,
          dueIn: Int((job.dueAt - now).inSeconds), missedCount: job.missedCount, attempts: job.attempts)
      })
  }

  public func reasonsNotReady() async -> [String] {
    var reasons: [String] = []
    if !room.database.up { reasons.append("PostgreSQL: \(room.database.problem)") }
    for board in room.boards {
      let status = await board.status()
      if !status.ami.up { reasons.append("AMI of \(status.name): \(status.ami.problem)") }
      if !status.ari.up { reasons.append("ARI of \(status.name): \(status.ari.problem)") }
    }
    return reasons
  }

  public func role(token: String) async -> Role? {
    if let fixed = settings.current.http.tokens.first(where: { $0.token.isEqual(to: token) }) {
      return Role(rawValue: fixed.role.rawValue)
    }
    guard let role = try? await store.verify(token: token, now: world.now()) else { return nil }
    return Role(rawValue: role.rawValue)
  }

  public func news() async -> AsyncStream<News> { room.hub.subscribe() }
}
