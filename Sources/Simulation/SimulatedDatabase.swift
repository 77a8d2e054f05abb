import CallPolicy
import Store
import Telephony

@testable import Service

/// The server that keeps the books: it can be away, slow, moody, and lose the answer to a COMMIT. Locks of
/// numbers are held over two round trips as `Store` holds them.
final class SimulatedDatabase: @unchecked Sendable {
  /// What may go wrong with one transaction, in thousandths.
  struct Moods {
    /// Refused with a code that asks for repetition.
    var refused = 0
    /// The connection breaks before the COMMIT.
    var brokenBefore = 0
    /// The connection breaks after the COMMIT: `commitUnknown`.
    var brokenAfter = 0
    /// Takes up to two seconds.
    var slow = 0
  }

  private let time: VirtualTime
  private let trace: Trace
  var books = SimulatedBooks()
  var moods = Moods()
  private(set) var isUp = true
  /// Counts the lives of the server: what was begun in one does not commit in the next.
  private(set) var life = 0
  /// Told after every commit.
  var committed: () -> Void = {}
  private var locks: [String: [() -> Void]] = [:]
  private var listeners: [Listener] = []

  final class Listener {
    let instance: SimulatedInstance
    let continuation: AsyncStream<StoreNotification>.Continuation
    var isListening = false

    init(_ instance: SimulatedInstance, _ continuation: AsyncStream<StoreNotification>.Continuation) {
      self.instance = instance
      self.continuation = continuation
    }
  }

  init(time: VirtualTime, trace: Trace) {
    self.time = time
    self.trace = trace
  }

  func clear() {
    for listener in listeners { listener.continuation.finish() }
    listeners = []
    locks = [:]
  }

  // MARK: Up and down

  func goDown() {
    guard isUp else { return }
    trace.note("database", "down")
    isUp = false
    life += 1
    locks = [:]
    for listener in listeners where listener.isListening {
      listener.isListening = false
      tell(listener, .interrupted(Self.away))
    }
  }

  func comeUp() {
    guard !isUp else { return }
    trace.note("database", "up")
    isUp = true
    for listener in listeners { listen(listener) }
  }

  static let away = StoreError(code: .unavailable, message: "the simulated PostgreSQL is away")

  // MARK: LISTEN

  func add(_ listener: Listener) {
    listeners.removeAll { $0.instance.isDead }
    listeners.append(listener)
    listen(listener)
  }

  private func listen(_ listener: Listener) {
    time.after(time.random.milliseconds(1...900)) { [self] in
      guard isUp, !listener.isListening, !listener.instance.isDead else { return }
      listener.isListening = true
      tell(listener, .resynced)
    }
  }

  private func tell(_ listener: Listener, _ notification: StoreNotification) {
    time.after(time.random.milliseconds(0...5)) {
      listener.instance.pass { listener.continuation.yield(notification) }
    }
  }

  private func tellNotified() {
    let notified = books.notified
    books.notified = []
    committed()
    guard !notified.isEmpty else { return }
    // PostgreSQL folds what one transaction notified twice; here one word of all is enough.
    for listener in listeners where listener.isListening {
      tell(listener, .notified(channel: StoreChannel.jobs, payload: notified[0].description))
    }
  }

  // MARK: Transactions

  typealias Body<T> = (inout SimulatedBooks, _ clock: Timestamp) throws(StoreError) -> T

  /// A transaction of one round trip.
  func run<T>(
    reads: Bool, lock: String? = nil, _ body: @escaping Body<T>,
    then answer: @escaping (Result<T, StoreError>) -> Void
  ) {
    guard isUp else { return answer(.failure(Self.away)) }
    let born = life
    time.after(latency()) { [self] in
      guard let lock else { return commit(reads: reads, born: born, body, then: answer) }
      withLock(lock, born: born) { [self] in
        guard life == born else { return answer(.failure(Self.away)) }
        unlock(lock)
        commit(reads: reads, born: born, body, then: answer)
      }
    }
  }

  /// A transaction of two: reads under a lock, then writes and releases it.
  func runLocked<R, T>(
    lock: String, read: @escaping (SimulatedBooks) -> R,
    write: @escaping (inout SimulatedBooks, R) throws(StoreError) -> T,
    then answer: @escaping (Result<T, StoreError>) -> Void
  ) {
    guard isUp else { return answer(.failure(Self.away)) }
    let born = life
    time.after(latency()) { [self] in
      withLock(lock, born: born) { [self] in
        // What is read is locked (the call's number, its open jobs): nothing comes between reading and writing.
        time.after(latency()) { [self] in
          guard life == born else { return answer(.failure(Self.away)) }
          unlock(lock)
          commit(
            reads: false, born: born,
            { (books, _) throws(StoreError) in try write(&books, read(books)) }, then: answer)
        }
      }
    }
  }

  private func latency() -> Duration {
    time.random.chance(moods.slow, in: 1_000)
      ? time.random.milliseconds(50...2_000) : .microseconds(300 + time.random.below(2_500))
  }

  private func commit<T>(
    reads: Bool, born: Int, _ body: Body<T>, then answer: (Result<T, StoreError>) -> Void
  ) {
    guard life == born, isUp else { return answer(.failure(Self.away)) }
    if time.random.chance(moods.brokenBefore, in: 1_000) {
      return answer(.failure(StoreError(code: .unavailable, message: "the connection broke")))
    }
    if !reads, time.random.chance(moods.refused, in: 1_000) {
      let code = time.random.pick([StoreError.Code.serialization, .deadlock, .readOnly, .diskFull])
      return answer(.failure(StoreError(code: code, message: "the database refuses for now")))
    }
    do throws(StoreError) {
      let result = try body(&books, time.now)
      tellNotified()
      if !reads, time.random.chance(moods.brokenAfter, in: 1_000) {
        trace.note("database", "commit answer lost")
        return answer(
          .failure(
            StoreError(code: .unavailable, message: "the connection broke", commitUnknown: true)))
      }
      answer(.success(result))
    } catch {
      answer(.failure(error))
    }
  }

  private func withLock(_ name: String, born: Int, _ body: @escaping () -> Void) {
    guard life == born else { return body() }
    if locks[name] == nil {
      locks[name] = []
      body()
    } else {
      locks[name]?.append(body)
    }
  }

  private func unlock(_ name: String) {
    guard var waiting = locks[name] else { return }
    if waiting.isEmpty {
      locks[name] = nil
    } else {
      let next = waiting.removeFirst()
      locks[name] = waiting
      time.after(.zero) { next() }
    }
  }
}
