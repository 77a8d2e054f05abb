import Logging
import Store
import Synchronization
import Telephony

@testable import Service

/// One running service: the switch room of production, its clocks and its ways to the outside. Whatever enters
/// or leaves it passes here, so that it can be killed, or frozen and woken, at any moment.
final class SimulatedInstance: @unchecked Sendable {
  let name: InstanceName
  /// Counts all instances of a run: a restarted one is another.
  let index: Int
  let time: VirtualTime
  let trace: Trace
  let spoolDirectory: String
  /// What its wall clock shows beyond the right time.
  let clockError: Duration
  private(set) var isDead = false
  private(set) var frozenSince: Timestamp?
  var isFrozen: Bool { frozenSince != nil }
  /// It was told to stop and is ending.
  private(set) var isStopping = false
  /// What could not pass while it was frozen, in order.
  private var backlog: [() -> Void] = []
  /// Who waits inside for an answer from outside.
  private var waiting: [Int: () -> Void] = [:]
  private var serial = 0
  private(set) var room: SwitchRoom?
  private(set) var links: [SimulatedLink] = []
  private var task: Task<Void, Never>?
  private var spool: Spool?

  init(
    name: InstanceName, index: Int, time: VirtualTime, trace: Trace, spoolDirectory: String,
    clockError: Duration
  ) {
    self.name = name
    self.index = index
    self.time = time
    self.trace = trace
    self.spoolDirectory = spoolDirectory
    self.clockError = clockError
  }

  var who: String { name.rawValue }
  /// What its wall clock shows.
  var now: Timestamp { time.now + clockError }
  /// Facts that wait in its spool.
  var spooled: Int { spool?.count ?? 0 }

  // MARK: Life

  func start(settings: Settings, database: SimulatedDatabase, exchange: SimulatedExchange, judge: Judge) {
    trace.note(who, "starts")
    let world = World(
      now: { self.now }, clock: InstanceClock(instance: self),
      seed: time.random.next())
    let logger = Logger(label: "simulation") { _ in TraceLog(trace: self.trace, who: self.who) }
    var mine = settings
    mine.instance = name
    spool = try? Spool(directory: spoolDirectory)
    let room = SwitchRoom(
      settings: SettingsInForce(mine), books: BooksWire(instance: self, database: database),
      spool: spool, world: world, logger: logger
    ) { _ in
      let link = SimulatedLink(instance: self, exchange: exchange, judge: judge)
      self.links.append(link)
      return link
    }
    self.room = room
    task = Task { await room.run() }
  }

  /// SIGKILL. Its tasks still run to their end, but nothing of them comes out.
  func kill() {
    guard !isDead else { return }
    trace.note(who, "is killed")
    isDead = true
    frozenSince = nil
    backlog = []
    for link in links { link.cutForGood() }
    task?.cancel()
    let left = waiting.sorted { $0.key < $1.key }
    waiting = [:]
    for (_, giveUp) in left { giveUp() }
    room = nil
  }

  /// After the run: it and its links know each other.
  func clear() {
    links = []
    task = nil
  }

  func freeze() {
    guard !isDead else { return }
    trace.note(who, "is frozen")
    frozenSince = time.now
  }

  func thaw() {
    guard isFrozen else { return }
    trace.note(who, "wakes")
    frozenSince = nil
    let held = backlog
    backlog = []
    for body in held { pass(body) }
  }

  /// SIGTERM: nothing new is begun, then it ends.
  func stop(then ended: @escaping @Sendable () -> Void) {
    guard !isDead, let room else { return ended() }
    trace.note(who, "is told to stop")
    isStopping = true
    Task { [self] in
      await room.drain()
      task?.cancel()
      await task?.value
      kill()
      ended()
    }
  }

  // MARK: In and out

  /// Lets something enter or leave: at once, when it wakes, or never.
  func pass(_ body: @escaping () -> Void) {
    if isDead { return }
    if isFrozen { backlog.append(body) } else { body() }
  }

  /// Waits inside for what `start` brings from outside; `dead` where the instance ends first. `isolation` of the
  /// caller is kept.
  func wait<T: Sendable>(orDead dead: T, _ start: @escaping (@escaping (T) -> Void) -> Void) async -> T {
    if isDead { return dead }
    return await withUnsafeContinuation { continuation in
      serial += 1
      let id = serial
      waiting[id] = { continuation.resume(returning: dead) }
      start { [self] value in
        guard waiting.removeValue(forKey: id) != nil else { return }
        continuation.resume(returning: value)
      }
    }
  }

  /// A wait that the task's cancellation ends too.
  func sleep(for duration: Duration) async throws {
    if isDead || Task.isCancelled { throw CancellationError() }
    let alarm = Alarm()
    let rang = await withTaskCancellationHandler {
      await wait(orDead: false) { [self] answer in
        alarm.answer = answer
        alarm.timer = time.after(duration) { self.pass { answer(true) } }
      }
    } onCancel: {
      if let timer = alarm.timer { time.cancel(timer) }
      alarm.answer?(false)
    }
    if !rang || Task.isCancelled { throw CancellationError() }
  }

  private final class Alarm: @unchecked Sendable {
    var timer: Int?
    var answer: ((Bool) -> Void)?
  }
}

/// The steady clock of an instance: virtual time, and its sleepers die and freeze with it.
struct InstanceClock: SteadyClock {
  let instance: SimulatedInstance
  var now: ContinuousClock.Instant { instance.time.steady }
  func sleep(for duration: Duration) async throws { try await instance.sleep(for: duration) }
}
