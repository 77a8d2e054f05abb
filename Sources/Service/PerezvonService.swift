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
  /// Of those who work on calls.
  let store: Store
  /// Of the API: whoever asks it much never holds up a callback.
  let library: Store
  /// Of the reports, which may take long.
  let reports: Store
  private let courier: Courier
  let world: World
  let room: SwitchRoom
  let bearers: BearerBook
  /// What the books show to whoever watches.
  let glance: BooksGlance
  /// What they say in `/metrics`.
  let figures: BooksFigures
  /// Of the PBXs that have a `queue_log` or a `queue_log_table`.
  private let queueLogs: [PBXName: QueueLogFollower]
  /// Of the PBXs that have a channel event log.
  private let cels: [PBXName: CELFollower]
  private let notifier: Notifier
  /// The notifier's own connections: it waits for nobody, and nobody for it.
  private let notifierStore: Store
  /// By name, for the watchdog.
  private let links: [(name: String, health: @Sendable () -> LinkHealth)]
  /// Who started us and wants to be told; nil where nobody does.
  private let manager: ServiceManager?
  let logger: Logger

  /// Connections of the API, and of its reports.
  static let apiPool = 3
  static let reportPool = 2
  /// A report asked for by the API may take so long, and wait so long for the ones before it.
  static let reportTimeout = Duration.seconds(60)

  /// Builds everything; connects to nothing yet. A spool that cannot be opened is a sentence in the log, for a
  /// service that detects without a spool is better than none.
  public init(settings: Settings, logger: Logger) throws(AdministrationError) {
    self.settings = SettingsInForce(settings)
    self.logger = logger
    let world = World(now: ForwardClock.system())
    self.world = world
    bearers = BearerBook(meter: world.meter)
    store = Store(StoreSettings(url: settings.database.url.value, poolSize: settings.database.pool))
    let url = settings.database.url.value
    library = Store(StoreSettings(url: url, poolSize: Self.apiPool, applicationName: "perezvon-api"))
    reports = Store(
      StoreSettings(
        url: url, poolSize: Self.reportPool, acquireTimeout: Self.reportTimeout,
        statementTimeout: Self.reportTimeout,
        applicationName: "perezvon-reports"))
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
    glance = BooksGlance(store: library, world: world)
    figures = BooksFigures(store: library, world: world)
    var spool: Spool?
    do {
      spool = try Spool(directory: settings.database.spool)
    } catch {
      logger.error("\(error)")
    }
    var links: [(name: String, health: @Sendable () -> LinkHealth)] = []
    let room = SwitchRoom(
      settings: self.settings, books: store, spool: spool, world: world, logger: logger
    ) { [courier] pbx in
      let link = PBXLink(
        settings: PBXLinkSettings(pbx), courier: courier,
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
        logger: logger, now: world.now)
      links.append((pbx.name.rawValue, { link.health }))
      return link
    }
    self.room = room
    self.links = links
    manager = ServiceManager(environment: ProcessInfo.processInfo.environment)
    notifier = Notifier(
      store: notifierStore, courier: notifierCourier, world: world, settings: self.settings,
      links: { [boards = room.boards] in
        var links: [HealthWatch.Link] = []
        for board in boards {
          let status = await board.status()
          links.append(
            .init(
              pbx: board.name, up: status.ami.up, problem: status.ami.problem,
              trunks: await board.trunks()))
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
    ).application { [logger, manager, room, world] port in
      logger.info("The API listens", metadata: ["port": "\(port)"])
      // Ready when the schema is there, or PostgreSQL is known to be away: a command right behind the start finds its tables.
      Task {
        while room.database.changedAt == nil {
          guard (try? await world.clock.sleep(for: .milliseconds(50))) != nil else { return }
        }
        manager?.tell(.ready)
      }
    }
    await withTaskGroup(of: Void.self) { group in
      if let supervision { group.addTask { await supervision.run() } }
      // Below what dials: hundreds of readers of the stream never stand before a callback.
      group.addTask(priority: .utility) {
        do {
          try await server.run()
        } catch is CancellationError {
          return
        } catch {
          self.logger.error("The API is down: \(error). Check http.listen; everything else goes on.")
          self.manager?.tell(.ready)
        }
      }
      group.addTask { await self.showStatus() }
      group.addTask { await self.room.run(queueLogs: self.queueLogs, cels: self.cels) }
      group.addTask { [store, world, logger, settings = self.settings] in
        await Retention(store: store, world: world, settings: settings, logger: logger).run()
      }
      group.addTask { [reports, world, logger, settings = self.settings] in
        await LossMeasure(store: reports, world: world, settings: settings, logger: logger).run()
      }
      group.addTask { [notifier] in await notifier.run() }
      for follower in queueLogs.values { group.addTask { await follower.run() } }
      for follower in cels.values { group.addTask { await follower.run() } }
      try? await gracefulShutdown()
      manager?.tell(.stopping)
      logger.info("Stopping: nothing new is begun; talks go on in Asterisk")
      await room.drain()
      for follower in queueLogs.values { await follower.flush() }
      room.hub.close()
      group.cancelAll()
    }
    await notifierStore.close()
    await store.close()
    await library.close()
    await reports.close()
  }

  /// Takes new settings over while running. PBXs and the database need a restart.
  public func reload(_ settings: Settings) async {
    manager?.tell(.reloading)
    defer { manager?.tell(.ready) }
    self.settings.current = settings
    for board in room.boards {
      guard let pbx = settings.pbxs.first(where: { $0.name == board.name }) else { continue }
      await board.post(.settingsChanged(SwitchboardSettings(settings, pbx: pbx)))
    }
  }

  /// Nil where nobody watches.
  private var supervision: Supervision? {
    manager.map { manager in
      let boards = room.boards.map { board in
        Supervision.Probe(name: "the switchboard of \(board.name)") { _ = await board.status() }
      }
      return Supervision(
        manager: manager, clock: world.clock,
        probes: Supervision.probes(of: MultiThreadedEventLoopGroup.singleton) + boards, links: links,
        status: { await self.outline() }, logger: logger)
    }
  }

  /// How the peers stand, in a line for `systemctl status`.
  private func outline() async -> String {
    let reasons = await reasonsNotReady()
    return reasons.isEmpty ? "PostgreSQL, AMI and ARI are up" : reasons.joined(separator: "; ")
  }

  /// At most four times a second, and only for somebody who watches; every five seconds also where nothing
  /// changed, so that a watcher knows what he sees to be true.
  private func showStatus() async {
    var shownAt = world.clock.now - Self.beat
    while (try? await world.clock.sleep(for: .milliseconds(250))) != nil {
      let isDue = world.clock.now - shownAt >= Self.beat
      guard room.hub.takeChange() || isDue && room.hub.isWatched else { continue }
      room.hub.publish(.status(await status()))
      shownAt = world.clock.now
    }
  }

  /// A watcher hears of the service this often at least. Default 5 s.
  private static let beat = Duration.seconds(5)
}

extension PerezvonService: ServiceFace {
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

  public func news() async -> AsyncStream<News> { room.hub.subscribe() }
}
