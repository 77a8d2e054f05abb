import CLibpq
import Glibc
import Synchronization

/// LISTEN: a thread that waits on the socket of its own connection.
final class Listener: Sendable {
  private let settings: StoreSettings
  private let channels: [String]
  private let continuation: AsyncStream<StoreNotification>.Continuation
  /// The two ends of a pipe that wakes the thread to stop.
  private let wakeUp: (read: Int32, write: Int32)
  private let stopFlag = Atomic<Bool>(false)
  private let probeEvery: Int32

  /// How often a silent connection is asked whether it still stands, and how long its answer may take.
  static let probeMilliseconds: Int32 = 15_000
  static let answerMilliseconds: Int32 = 10_000
  /// Waits between attempts to connect: doubled from the first to the last.
  static let retryMilliseconds: (first: Int32, last: Int32) = (100, 5_000)

  init(
    _ settings: StoreSettings, channels: [String],
    continuation: AsyncStream<StoreNotification>.Continuation, probeEvery: Int32 = probeMilliseconds
  ) {
    self.settings = settings
    self.probeEvery = probeEvery
    self.channels = channels
    self.continuation = continuation
    var ends: [Int32] = [-1, -1]
    precondition(pipe(&ends) == 0, "no pipe for LISTEN: see ulimit -n")
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    wakeUp = (ends[0], ends[1])
  }

  deinit {
    close(wakeUp.read)
    close(wakeUp.write)
  }

  var stopped: Bool { stopFlag.load(ordering: .acquiring) }

  func start() {
    startThread { [self] in
      loop()
      continuation.finish()
    }
  }

  func stop() {
    stopFlag.store(true, ordering: .releasing)
    var byte: UInt8 = 1
    write(wakeUp.write, &byte, 1)
  }

  private func loop() {
    var pause = Self.retryMilliseconds.first
    while !stopped {
      let pg = Link.connect(settings)
      if let error = listen(pg) {
        tell(.interrupted(error))
      } else if let pg {
        pause = Self.retryMilliseconds.first
        tell(.resynced)
        if let error = deliver(pg) { tell(.interrupted(error)) }
      }
      PQfinish(pg)
      _ = waits(on: -1, for: pause)
      pause = min(pause * 2, Self.retryMilliseconds.last)
    }
  }

  /// Subscribes; what goes wrong otherwise.
  private func listen(_ pg: OpaquePointer?) -> StoreError? {
    guard let pg, PQstatus(pg) == CONNECTION_OK else {
      if let error = StoreError(unreadable: settings.url) { return error }
      return StoreError(connection: pg, doing: "connect to PostgreSQL for LISTEN")
    }
    PQsetNoticeProcessor(pg, { _, _ in }, nil)
    for channel in channels {
      guard let name = PQescapeIdentifier(pg, channel, channel.utf8.count) else {
        return StoreError(connection: pg, doing: "LISTEN")
      }
      defer { PQfreemem(name) }
      let result = PQexec(pg, "LISTEN " + String(cString: name))
      defer { PQclear(result) }
      guard PQresultStatus(result) == PGRES_COMMAND_OK else {
        return StoreError(connection: pg, doing: "LISTEN")
      }
    }
    return nil
  }

  /// Passes on what comes until the connection breaks (an error) or the reader is gone (nil).
  private func deliver(_ pg: OpaquePointer) -> StoreError? {
    while !stopped {
      while let notify = PQnotifies(pg) {
        tell(
          .notified(
            channel: String(cString: notify.pointee.relname), payload: String(cString: notify.pointee.extra)))
        PQfreemem(notify)
      }
      if waits(on: PQsocket(pg), for: probeEvery) {
        guard PQconsumeInput(pg) == 1 else { return StoreError(connection: pg, doing: "LISTEN") }
      } else if !stopped, let error = probe(pg) {
        return error
      }
    }
    return nil
  }

  /// Asks for an answer, and waits for it no longer than `answerMilliseconds`.
  private func probe(_ pg: OpaquePointer) -> StoreError? {
    guard PQsendQuery(pg, "SELECT 1") == 1 else { return StoreError(connection: pg, doing: "LISTEN") }
    while PQisBusy(pg) == 1 {
      guard waits(on: PQsocket(pg), for: Self.answerMilliseconds) else {
        return stopped ? nil : .silent(after: .milliseconds(Self.answerMilliseconds))
      }
      guard PQconsumeInput(pg) == 1 else { break }
    }
    var answered = false
    while let result = PQgetResult(pg) {
      if PQresultStatus(result) == PGRES_TUPLES_OK { answered = true }
      PQclear(result)
    }
    return answered ? nil : StoreError(connection: pg, doing: "LISTEN")
  }

  /// True where the socket has something to read within the time; false on the time's end or on `stop`.
  private func waits(on socket: Int32, for milliseconds: Int32) -> Bool {
    var descriptors = [
      pollfd(fd: wakeUp.read, events: Int16(POLLIN), revents: 0),
      pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
    ]
    return poll(&descriptors, 2, milliseconds) > 0 && descriptors[1].revents != 0
  }

  /// Where the buffer of a slow reader runs over, the newest thing in it is `.resynced`.
  func tell(_ notification: StoreNotification) {
    if case .dropped = continuation.yield(notification) { continuation.yield(.resynced) }
  }
}
