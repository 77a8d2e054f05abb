import AsteriskProtocol
public import Courier
public import Logging
public import NIOCore
import Synchronization
public import Telephony

/// The connections to one PBX: two AMI sessions, the ARI websocket, ARI requests.
///
/// `run` keeps them up; `inputs` tells what happens there; `perform` commands. Neither ever throws: what is
/// wrong comes as a sentence. AMI and ARI live and die apart from each other; the two AMI sessions together.
public final class PBXLink: Sendable {
  public let settings: PBXLinkSettings
  /// For one consumer. Ends when `run` has ended.
  public let inputs: AsyncStream<LinkInput>

  let courier: Courier
  let group: any EventLoopGroup
  let logger: Logger
  let now: @Sendable () -> Timestamp
  let chance: @Sendable () -> Double
  let queue: InputQueue
  let state: Mutex<State>

  struct State {
    var health = LinkHealth()
    /// The command session, while both AMI sessions stand.
    var commands: AMISession?
    var amiDownReason = "AMI is not connected yet"
    var ariDownReason: String? = "ARI is not connected yet"
    /// Ask for a new snapshot, a new list of channels; nil while down.
    var resync: AsyncStream<Void>.Continuation?
    var relist: AsyncStream<Void>.Continuation?
    /// Who waits for the next snapshot to be out.
    var resyncWaiters: [CheckedContinuation<Void, Never>] = []
    var ariWanted = true
    var ariWantedWaiters: [CheckedContinuation<Void, Never>] = []
  }

  /// - Parameters:
  ///   - courier: carries the ARI requests; may be shared between links.
  ///   - now: the wall clock.
  ///   - chance: a number in 0..<1 for the jitter of reconnects.
  public init(
    settings: PBXLinkSettings, courier: Courier, eventLoopGroup: any EventLoopGroup, logger: Logger,
    now: @escaping @Sendable () -> Timestamp,
    chance: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
  ) {
    self.settings = settings
    self.courier = courier
    group = eventLoopGroup
    var logger = logger
    logger[metadataKey: "pbx"] = "\(settings.name)"
    self.logger = logger
    self.now = now
    self.chance = chance
    state = Mutex(State())
    let signal = OverflowSignal()
    let queue = InputQueue(eventsMax: settings.limits.eventsQueuedMax) { signal.fire() }
    self.queue = queue
    inputs = AsyncStream {
      await queue.next()
    } onCancel: {
      queue.finish()
    }
    signal.link.withLock { $0.link = self }
  }

  /// Leads from the queue back to its link, which owns it.
  private final class OverflowSignal: Sendable {
    struct Reference { weak var link: PBXLink? }
    let link = Mutex(Reference())
    func fire() { link.withLock { $0.link }?.lostEvents() }
  }

  private func lostEvents() {
    let (resync, relist, dropped) = state.withLock { ($0.resync, $0.relist, queue.dropped) }
    logger.warning("events were dropped: the consumer was too slow", metadata: ["in all": "\(dropped)"])
    resync?.yield()
    relist?.yield()
  }

  /// Connects, reconnects, and returns when the task is cancelled. Once only.
  public func run() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.runAMI() }
      group.addTask { await self.runARI() }
    }
    queue.finish()
  }

  /// How the link stands now.
  public var health: LinkHealth {
    state.withLock { state in
      var health = state.health
      health.eventsDropped = queue.dropped
      return health
    }
  }

  /// Takes a new snapshot; it has been emitted as `amiUp` when this returns, unless AMI is down: then the next
  /// connection brings it.
  public func resynchronize() async {
    await withCheckedContinuation { waiter in
      let resync = state.withLock { state in
        if state.resync != nil { state.resyncWaiters.append(waiter) }
        return state.resync
      }
      if let resync { resync.yield() } else { waiter.resume() }
    }
  }

  /// Whether to hold our Stasis application. Of several services at one PBX only the one that dials may:
  /// each connection takes the application from the one before. Default true; false closes the websocket.
  public func setARIWanted(_ wanted: Bool) {
    let (waiters, relist) = state.withLock { state in
      state.ariWanted = wanted
      defer { if wanted { state.ariWantedWaiters = [] } }
      return (wanted ? state.ariWantedWaiters : [], state.relist)
    }
    for waiter in waiters { waiter.resume() }
    if !wanted { relist?.yield() }
  }

  /// Says once what is wrong, and keeps it for `health`.
  func report(_ error: LinkError, source: LinkSource) {
    state.withLock { $0.health.lastError = error.message }
    logger.warning(
      "\(error.message)", metadata: ["interface": "\(source)", "code": "\(error.code.rawValue)"])
  }
}
