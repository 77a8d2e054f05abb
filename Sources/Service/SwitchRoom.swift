import CallTracking
import Logging
import Store
import Telephony

/// All that works on calls: a switchboard for each PBX, the writer of facts, and who watches whether the books
/// are in reach. `PerezvonService` puts the API, the queue_log and retention beside it; the simulation runs it
/// as it is.
final class SwitchRoom: Sendable {
  let hub: NewsHub
  let database = DatabaseState()
  let facts: FactWriter
  let boards: [Switchboard]
  private let exchange = Exchange()
  private let books: any Books
  private let spool: Spool?
  private let world: World
  private let logger: Logger

  /// Connects to nothing yet. `link` makes the way to one PBX.
  init(
    settings: SettingsInForce, books: any Books, spool: Spool?, world: World, logger: Logger,
    link: (PBXSettings) -> any PBXConnection
  ) {
    self.books = books
    self.spool = spool
    self.world = world
    self.logger = logger
    let hub = NewsHub(meter: world.meter)
    self.hub = hub
    for pbx in settings.current.pbxs {
      exchange.add(
        Switchboard(
          settings: SwitchboardSettings(settings.current, pbx: pbx), link: link(pbx), store: books,
          world: world, hub: hub, exchange: exchange, logger: logger))
    }
    boards = exchange.all
    facts = FactWriter(
      store: books, spool: spool, world: world, settings: settings, logger: logger,
      onSettled: { [boards] settled in
        guard let board = boards.first(where: { $0.name == settled.call.pbx }) else { return }
        await board.post(.settled(settled.call, settled.caller, settled.verdict))
      },
      onAvailability: { [boards, database] up in
        database.set(up: up, problem: up ? "" : "facts wait in the spool", at: world.now())
        for board in boards { await board.post(.storeAvailable(up)) }
      })
  }

  /// Works until the task is cancelled.
  func run(queueLogs: [PBXName: QueueLogFollower] = [:], cels: [PBXName: CELFollower] = [:]) async {
    for board in boards {
      await board.connect(to: facts, queueLog: queueLogs[board.name], cel: cels[board.name])
    }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.keepBooks() }
      group.addTask { await self.facts.run() }
      for board in boards { group.addTask { await board.run() } }
    }
    for board in boards { await board.disconnect() }
    exchange.clear()
  }

  /// Nothing new is begun; waits for phones that ring, for a while.
  func drain() async {
    await withTaskGroup(of: Void.self) { drains in
      for board in boards { drains.addTask { await board.drain() } }
    }
  }

  /// Brings the schema up to date once PostgreSQL answers, then listens; says when it goes and comes.
  private func keepBooks() async {
    var told = false
    while !Task.isCancelled {
      do throws(StoreError) {
        let report = try await books.migrate(dryRun: false)
        for name in report.applied { logger.info("Migrated", metadata: ["migration": "\(name)"]) }
        for note in report.notes { logger.notice("\(note)") }
        break
      } catch {
        if !told {
          logger.error(
            error.code == .schema
              ? "The schema does not fit this program, dialling waits: \(error)"
              : "PostgreSQL is away, dialling waits: \(error)")
        }
        told = true
        database.set(up: false, problem: error.description, at: world.now())
        for board in boards { await board.post(.storeAvailable(false)) }
        guard (try? await world.clock.sleep(for: .seconds(2))) != nil else { return }
      }
    }
    for await notification in books.notifications(channels: [StoreChannel.jobs]) {
      switch notification {
      case .notified:
        for board in boards { await board.post(.jobsChanged) }
      case .resynced:
        database.set(up: true, problem: "", at: world.now())
        logger.info("PostgreSQL is there")
        // In its turn behind the facts that are being written: one that goes to the spool now says so first.
        facts.afterAll { [boards, spool] in
          for board in boards { await board.post(.storeAvailable((spool?.count ?? 0) == 0)) }
        }
      case .interrupted(let error):
        database.set(up: false, problem: error.description, at: world.now())
        logger.error("PostgreSQL is away, dialling waits: \(error)")
        for board in boards { await board.post(.storeAvailable(false)) }
      }
    }
  }
}
