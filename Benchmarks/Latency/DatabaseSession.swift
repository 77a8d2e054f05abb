import CLibpq
import Foundation
import Glibc
import Synchronization

struct BenchError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// One blocking connection to PostgreSQL, the same libpq as the service's.
final class DatabaseSession: Sendable {
  private let connection: Mutex<OpaquePointer>

  init(_ url: String) throws(BenchError) {
    guard let pg = PQconnectdb(url) else { throw BenchError("no memory for a connection") }
    guard PQstatus(pg) == CONNECTION_OK else {
      defer { PQfinish(pg) }
      throw BenchError("PostgreSQL: \(String(cString: PQerrorMessage(pg)))")
    }
    PQsetNoticeProcessor(pg, { _, _ in }, nil)
    connection = Mutex(pg)
  }

  deinit { connection.withLock { PQfinish($0) } }

  /// Runs one statement with parameters `$1` …; the rows as texts, null as empty.
  @discardableResult
  func rows(_ sql: String, _ parameters: [String] = []) throws(BenchError) -> [[String]] {
    let answer: Result<[[String]], BenchError> = connection.withLock { pg in
      let copies: [UnsafeMutablePointer<CChar>?] = parameters.map { strdup($0) }
      defer { for copy in copies { free(copy) } }
      let values = copies.map { UnsafePointer($0) }
      let result = PQexecParams(pg, sql, Int32(values.count), nil, values, nil, nil, 0)
      defer { PQclear(result) }
      let status = PQresultStatus(result)
      guard status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK else {
        return .failure(BenchError("\(sql): \(String(cString: PQresultErrorMessage(result)))"))
      }
      return .success(
        (0..<PQntuples(result)).map { row in
          (0..<PQnfields(result)).map { String(cString: PQgetvalue(result, row, $0)) }
        })
    }
    return try answer.get()
  }

  /// The first column of the first row as a number.
  func count(_ sql: String) throws(BenchError) -> Int { Int(try rows(sql).first?.first ?? "") ?? -1 }
}

/// LISTEN on a connection and a thread of its own; each notification with the moment it was read.
final class Notifications: Sendable {
  private let isStopped = Atomic<Bool>(false)
  private let isBroken = Atomic<Bool>(false)

  init(
    _ url: String, channel: String, _ deliver: @escaping @Sendable (String, ContinuousClock.Instant) -> Void
  )
    throws(BenchError)
  {
    let isUp = DispatchSemaphore(value: 0)
    Thread.detachNewThread { [self] in
      let pg = PQconnectdb(url)
      defer { PQfinish(pg) }
      PQsetNoticeProcessor(pg, { _, _ in }, nil)
      PQclear(PQexec(pg, "LISTEN \(channel)"))
      isBroken.store(PQstatus(pg) != CONNECTION_OK, ordering: .releasing)
      isUp.signal()
      while !isStopped.load(ordering: .acquiring) {
        var waiting = pollfd(fd: PQsocket(pg), events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 200) > 0 else { continue }
        guard PQconsumeInput(pg) == 1 else { return }
        let now = ContinuousClock.now
        while let notification = PQnotifies(pg) {
          deliver(String(cString: notification.pointee.extra), now)
          PQfreemem(notification)
        }
      }
    }
    isUp.wait()
    if isBroken.load(ordering: .acquiring) { throw BenchError("LISTEN \(channel) failed") }
  }

  func stop() { isStopped.store(true, ordering: .releasing) }
}
