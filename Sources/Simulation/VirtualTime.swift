import Telephony

@testable import Service

/// Time and order of one simulated run: one thread, a clock that moves only when nothing is ready, and chance
/// that says which of the ready jobs runs next.
///
/// Swift's global executor hands its jobs here (`JobHook`), so that tasks, actors and streams run as they are,
/// in an order that a pool of threads could have taken.
final class VirtualTime: @unchecked Sendable {
  /// The clock of the run, in microseconds since its begin.
  private(set) var elapsed: Int64 = 0
  /// Chance for everything that is not the service's own: faults, people, the order of jobs.
  var random: SplitMix64
  /// Jobs and events run so far; a run that never comes to rest is cut off by it.
  private(set) var steps = 0
  /// Told after every step.
  var afterStep: () -> Void = {}

  private var ready: [UnownedJob] = []
  private var heap: [Entry] = []
  private var bodies: [Int: () -> Void] = [:]
  private var serial = 0

  private struct Entry {
    var at: Int64
    var id: Int
  }

  /// The run whose jobs the hook receives.
  nonisolated(unsafe) private(set) static var current: VirtualTime?

  init(seed: UInt64) { random = SplitMix64(state: seed) }

  /// Makes this the run that receives the process's jobs.
  func takeOver() {
    JobHook.install()
    Self.current = self
  }

  // MARK: The clock

  /// 2026-11-22 09:00 UTC, a working day's noon in Moscow.
  static let epoch = Timestamp(microseconds: 1_795_338_000_000_000)
  /// What the steady clocks of all instances show at the begin.
  private static let steadyEpoch = ContinuousClock.Instant.now

  var now: Timestamp { Self.epoch + .microseconds(elapsed) }
  var steady: ContinuousClock.Instant { Self.steadyEpoch + .microseconds(elapsed) }

  // MARK: Events

  /// Does something later; the answer is for `cancel`.
  @discardableResult
  func after(_ delay: Duration, _ body: @escaping () -> Void) -> Int {
    serial += 1
    bodies[serial] = body
    push(Entry(at: elapsed + max(0, delay.microseconds), id: serial))
    return serial
  }

  func cancel(_ id: Int) { bodies[id] = nil }

  // MARK: Running

  func enqueue(_ job: UnownedJob) { ready.append(job) }

  /// Runs until the given moment, or until there is nothing to do any more, or `stop` says so.
  func run(until end: Int64, stop: () -> Bool) {
    while !stop() {
      if runReady() { continue }
      guard let next = heap.first, next.at <= end else { break }
      _ = pop()
      guard let body = bodies.removeValue(forKey: next.id) else { continue }
      elapsed = max(elapsed, next.at)
      steps += 1
      body()
      afterStep()
    }
    if !stop() { elapsed = max(elapsed, end) }
  }

  /// Forgets what was to come: it holds whoever asked for it.
  func clear() {
    heap = []
    bodies = [:]
  }

  /// Runs what is ready, without letting time pass.
  func runDown() { while runReady() {} }

  private func runReady() -> Bool {
    guard !ready.isEmpty else { return false }
    // Mostly in order: what runs far out of turn is rare on a real machine as well.
    let index = ready.count > 1 && random.chance(1, in: 3) ? random.below(ready.count) : 0
    let job = ready.remove(at: index)
    steps += 1
    JobHook.run(job)
    afterStep()
    return true
  }

  // A binary heap by moment, then by the order of asking.

  private static func isBefore(_ a: Entry, _ b: Entry) -> Bool { (a.at, a.id) < (b.at, b.id) }

  private func push(_ entry: Entry) {
    heap.append(entry)
    var child = heap.count - 1
    while child > 0, Self.isBefore(heap[child], heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private func pop() -> Entry {
    let first = heap[0]
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && Self.isBefore(heap[child], heap[least]) {
        least = child
      }
      guard least != parent else { return first }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}

extension SplitMix64 {
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

  /// True `share` times in `total`.
  mutating func chance(_ share: Int, in total: Int) -> Bool { below(total) < share }

  /// Between the two, in milliseconds, both included.
  mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration {
    .milliseconds(range.lowerBound + below(range.upperBound - range.lowerBound + 1))
  }

  mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
}
