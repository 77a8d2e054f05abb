import AsteriskLink
import Logging
import NIOCore
import Synchronization
import Telephony

/// Tells the service manager that we live, as long as the event loops turn, the switchboards answer and each AMI
/// session has its Pongs; when something is stuck it says nothing, and the manager restarts the service.
final class Supervision: Sendable {
  /// Something that answers when it is asked; its name stands in the log.
  struct Probe: Sendable {
    let name: String
    let ask: @Sendable () async -> Void
  }

  private let manager: ServiceManager
  private let clock: any SteadyClock
  private let probes: [Probe]
  private let links: [(name: String, health: @Sendable () -> LinkHealth)]
  private let status: @Sendable () async -> String
  private let logger: Logger

  /// - Parameters:
  ///   - status: the line for `systemctl status`.
  init(
    manager: ServiceManager, clock: any SteadyClock, probes: [Probe],
    links: [(name: String, health: @Sendable () -> LinkHealth)],
    status: @escaping @Sendable () async -> String, logger: Logger
  ) {
    self.manager = manager
    self.clock = clock
    self.probes = probes
    self.links = links
    self.status = status
    self.logger = logger
  }

  /// One probe for each event loop of a group.
  static func probes(of group: any EventLoopGroup) -> [Probe] {
    group.makeIterator().enumerated().map { index, loop in
      Probe(name: "event loop \(index + 1)") { _ = try? await loop.submit {}.get() }
    }
  }

  /// Works until the task is cancelled. Without a watchdog only the status is told.
  func run() async {
    let interval = min((manager.watchdog ?? .seconds(30)) / 3, .seconds(10))
    let board = Board(parts: probes.map { LifeSigns.Part(name: $0.name, answeredAt: clock.now) })
    var signs = LifeSigns(since: clock.now)
    var told = ""
    var isStuck = false
    repeat {
      // Not awaited here: what is stuck must not make this stuck too.
      for (index, probe) in probes.enumerated() where board.begin(index) {
        Task { [clock] in
          await probe.ask()
          board.end(index, at: clock.now)
        }
      }
      signs.parts = board.parts
      signs.links = links.map { link in
        let health = link.health()
        return LifeSigns.Link(
          name: link.name, isUp: health.amiConnectedSince != nil, pongAt: health.amiPongAt,
          triedAt: health.amiTriedAt)
      }
      if let problem = signs.problem(at: clock.now) {
        if !isStuck { logger.critical("\(problem): the service manager is not told that the service lives") }
        isStuck = true
        manager.tell(.status(problem))
      } else {
        if isStuck { logger.notice("Everything answers again") }
        isStuck = false
        manager.tell(.alive)
        let now = await status()
        if now != told { manager.tell(.status(now)) }
        told = now
      }
    } while (try? await clock.sleep(for: interval)) != nil
  }

  /// Which probe answered when, and which is still asked.
  private final class Board: Sendable {
    private let state: Mutex<(parts: [LifeSigns.Part], pending: Set<Int>)>
    init(parts: [LifeSigns.Part]) { state = Mutex((parts, [])) }
    var parts: [LifeSigns.Part] { state.withLock { $0.parts } }
    func begin(_ index: Int) -> Bool { state.withLock { $0.pending.insert(index).inserted } }
    func end(_ index: Int, at now: ContinuousClock.Instant) {
      state.withLock {
        $0.pending.remove(index)
        $0.parts[index].answeredAt = now
      }
    }
  }
}
