import CallPolicy
import Dialer
import Foundation
import Telephony

@testable import Service

/// One run of the whole: two minutes in which anything may happen, then rest until everything is done, then
/// the verdict. Everything about it follows from its seed.
public final class SimulatedRun: @unchecked Sendable {
  /// How a run ended.
  public struct Result: Sendable {
    public var seed: UInt64
    /// Nil where all held: the invariant and what broke it.
    public var problem: String?
    /// When it broke, or when the run ended, in virtual seconds.
    public var seconds: Double
    public var steps: Int
    /// The same for two runs of one seed, whatever the process.
    public var fingerprint: UInt64
    /// What happened, where it was asked for.
    public var trace: [String]
    /// What came to pass, for a reader who wants to know whether the runs are worth their time.
    public var counts: [String: Int]
  }

  /// Faults and people in it for so long.
  static let storm = Duration.seconds(120)
  /// Then everything has so long to come to rest, expiry of the last job included.
  static let restMax = Duration.seconds(420)
  /// A run that takes more steps runs in a circle.
  static let stepsMax = 100_000

  private let seed: UInt64
  private let time: VirtualTime
  private let trace: Trace
  private let database: SimulatedDatabase
  private let judge: Judge
  private let exchange: SimulatedExchange
  private let faults: Faults
  private let settings: Settings
  private var instances: [SimulatedInstance] = []
  private let directory: String
  private var serial = 0
  private var restarting = 0

  public static func run(seed: UInt64, keepsTrace: Bool = false) -> Result {
    SimulatedRun(seed: seed, keepsTrace: keepsTrace).result()
  }

  private init(seed: UInt64, keepsTrace: Bool) {
    self.seed = seed
    time = VirtualTime(seed: seed &* 0x9E37_79B9_7F4A_7C15 ^ 0x5045_525A)
    time.takeOver()
    trace = Trace(time: time, keeps: keepsTrace)
    database = SimulatedDatabase(time: time, trace: trace)
    settings = SimulatedSettings.draw(&time.random)
    let campaign = settings.policy.campaigns[0]
    judge = Judge(
      rules: .init(
        successAfter: campaign.successAfter, perNumberPerDay: settings.policy.numbers.perNumberPerDay,
        maxAttempts: campaign.maxAttempts), database: database, trace: trace)
    exchange = SimulatedExchange(
      time: time, trace: trace, judge: judge, people: People(&time.random),
      clockError: time.random.pick([.zero, .zero, .milliseconds(700), .seconds(-40)]),
      keepsPauses: time.random.chance(1, in: 2))
    faults = Faults(&time.random)
    directory = "\(Self.memoryDirectory)/perezvon-simulation-\(getpid())-\(seed)"
  }

  /// Spools are real files; in memory where there is such a place.
  private static let memoryDirectory =
    FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()

  private func result() -> Result {
    let stop = { [self] in judge.violation != nil || time.steps > Self.stepsMax }
    trace.note("run", "begins", "seed \(seed), faults \(faults.words)")
    startInstance("node-a", after: .zero)
    if faults.instances > 1 { startInstance("node-b", after: time.random.milliseconds(0...5_000)) }
    time.after(.seconds(2)) { self.exchange.keepCalling() }
    if exchange.people.meddle { time.after(.seconds(5)) { self.exchange.keepMeddling() } }
    faults.begin(self)
    time.run(until: Self.storm.microseconds, stop: stop)
    calm()
    let end = (Self.storm + Self.restMax).microseconds
    while !stop(), time.elapsed < end, !isAtRest {
      time.run(until: min(end, time.elapsed + 5_000_000), stop: stop)
    }
    // Whoever hangs on to something has a last chance to let go.
    if !stop() { time.run(until: time.elapsed + 40_000_000, stop: stop) }
    if time.steps > Self.stepsMax {
      judge.broken(.nobodyStaysStuck, "the run takes more than \(Self.stepsMax) steps", at: time.now)
    }
    if judge.violation == nil { judge.judgeAtRest(exchange, at: time.now) }
    let result = Result(
      seed: seed, problem: judge.violation.map { "\($0.invariant.rawValue): \($0.sentence)" },
      seconds: Double(judge.violation?.at ?? time.elapsed) / 1_000_000, steps: time.steps,
      fingerprint: trace.fingerprint, trace: trace.lines, counts: counts)
    tearDown()
    return result
  }

  private func calm() {
    trace.note("run", "grows calm")
    exchange.isCalm = true
    faults.end(self)
    time.after(.seconds(35)) { [self] in
      for seat in exchange.seats {
        seat.isRegistered = true
        exchange.comesBack(seat)
        if seat.isPaused, !seat.reason.hasPrefix("pz:"), exchange.isUp { exchange.pause(seat, false, "") }
      }
    }
  }

  /// Nobody is on a line, nothing is owed, nothing waits in a spool.
  private var isAtRest: Bool {
    time.elapsed > (Self.storm + .seconds(60)).microseconds && exchange.lines.isEmpty && restarting == 0
      && database.books.jobs.values.allSatisfy { !$0.job.state.isOpen }
      && database.books.attempts.values.allSatisfy { $0.endedAt != nil }
      && instances.allSatisfy { $0.isDead || $0.spooled == 0 }
  }

  private var counts: [String: Int] {
    var counts = [
      "calls": judge.calls.count, "dials": judge.dials.count, "talks": judge.talks.count,
      "attempts": database.books.attempts.count, "jobs": database.books.jobs.count,
    ]
    for row in database.books.jobs.values { counts["job \(row.job.state.rawValue)", default: 0] += 1 }
    for attempt in database.books.attempts.values {
      counts["attempt \(attempt.outcome?.rawValue ?? "live")", default: 0] += 1
    }
    return counts
  }

  private func tearDown() {
    time.afterStep = {}
    for instance in instances { instance.kill() }
    time.runDown()
    time.clear()
    exchange.clear()
    database.clear()
    for instance in instances { instance.clear() }
    try? FileManager.default.removeItem(atPath: directory)
  }

  // MARK: Instances

  private func startInstance(_ name: InstanceName, after delay: Duration, spool: String? = nil) {
    restarting += 1
    time.after(delay) { [self] in
      restarting -= 1
      serial += 1
      let instance = SimulatedInstance(
        name: name, index: serial, time: time, trace: trace,
        spoolDirectory: spool ?? "\(directory)/\(name)-\(serial)",
        clockError: time.random.pick([.zero, .zero, .milliseconds(300), .seconds(-2)]))
      instances.append(instance)
      instance.start(settings: settings, database: database, exchange: exchange, judge: judge)
      for link in instance.links { link.weather = faults.weather }
    }
  }
}

/// What faults can reach.
extension SimulatedRun {
  var clock: VirtualTime { time }
  var server: SimulatedDatabase { database }
  var pbx: SimulatedExchange { exchange }
  var living: [SimulatedInstance] { instances.filter { !$0.isDead && !$0.isStopping } }

  func disturb() { judge.disturbances.append(time.now) }

  func kill(_ instance: SimulatedInstance, restartAfter delay: Duration) {
    guard !instance.isDead else { return }
    disturb()
    judge.diedAt[instance.index] = time.now
    if let since = instance.frozenSince { judge.frozen[instance.index, default: []].append(since...time.now) }
    // What is on the disk at this moment is what the next one finds.
    let spool = instance.spooled > 0 ? copySpool(of: instance) : nil
    instance.kill()
    startInstance(instance.name, after: delay, spool: spool)
  }

  func stop(_ instance: SimulatedInstance, restartAfter delay: Duration) {
    guard !instance.isDead else { return }
    disturb()
    restarting += 1
    instance.stop { [self] in
      restarting -= 1
      disturb()
      judge.diedAt[instance.index] = time.now
      startInstance(instance.name, after: delay, spool: instance.spoolDirectory)
    }
  }

  func freeze(_ instance: SimulatedInstance, for duration: Duration) {
    guard !instance.isDead, !instance.isFrozen else { return }
    disturb()
    instance.freeze()
    time.after(duration) { self.thaw(instance) }
  }

  func thaw(_ instance: SimulatedInstance) {
    guard let since = instance.frozenSince else { return }
    judge.frozen[instance.index, default: []].append(since...time.now)
    disturb()
    instance.thaw()
  }

  private func copySpool(of instance: SimulatedInstance) -> String? {
    let copy = instance.spoolDirectory + "-left"
    try? FileManager.default.removeItem(atPath: copy)
    do { try FileManager.default.copyItem(atPath: instance.spoolDirectory, toPath: copy) } catch {
      return nil
    }
    return copy
  }
}
