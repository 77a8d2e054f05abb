import Foundation
import Lab
import SimulatedPBX
import Synchronization

/// An event storm: 2,000 events/s over AMI, in them 500 callers a minute who give up and 600 who are served.
///
/// A lag begins just before the bytes of a caller's `Hangup` go to the socket and ends with the commit of his
/// missed call, by PostgreSQL's own commit timestamps and the same clock; the configured settle time is taken
/// off. What the storm did and what the books say afterwards is compared call by call.
struct Storm {
  let stand: Stand
  let duration: Duration

  /// Callbacks are due after 30 s and nobody is free for them: the jobs pile up before the dispatcher.
  static let wishes = Stand.Wishes(
    members: EventStorm().members + [SimulatedMember(queue: "callbacks", interface: "PJSIP/900", status: 2)],
    agentQueue: "callbacks", startAfter: "30s")
  static let sampledEvery = Duration.seconds(1)
  /// How long the books may take after the last call.
  static let booksWait = Duration.seconds(120)

  /// Lets the server keep the moment of each commit.
  static func prepare(_ database: LabDatabase) async throws {
    try await database.psql("ALTER SYSTEM SET track_commit_timestamp = on")
    await database.stop(.fast)
    try await database.start()
  }

  func run(_ report: inout Report) async throws {
    report.heading("event storm of \(duration)")
    try await stand.service.waitUntilIdle()
    let processor = stand.service.processorSeconds
    let start = ContinuousClock.now
    let (storm, written, samples) = try await blow()
    let took = (ContinuousClock.now - start).milliseconds / 1_000
    try await waitForBooks(storm)
    let used = stand.service.processorSeconds - processor

    report.add("events a second", Double(storm.events) / took, "/s")
    report.add(
      "callers who gave up, a minute", Double(storm.abandoned.count) / duration.milliseconds * 60_000, "/min")
    report.add("processor time of the service", used / took * 100, "% of a core")
    report.add("  of it an event, writes and all", used / Double(storm.events) * 1e6, "µs")
    let lags = try lags(written)
    report.add(Figures("Hangup written → missed call committed, less settle", lags.map(\.lag)))
    for minute in 0...Int(took / 60) {
      let within = Double(minute * 60)..<Double(minute * 60 + 60)
      let some = samples.filter { within.contains($0.at) }
      guard let first = some.first, let last = some.last, last.at - first.at > 30 else { continue }
      report.add(Figures("  minute \(minute + 1)", lags.filter { within.contains($0.at) }.map(\.lag)))
      let resident = some.reduce(0) { $0 + $1.resident } / Double(some.count)
      report.add("    resident, mean", resident, "MB")
      let share = (last.processor - first.processor) / (last.at - first.at)
      report.add("    processor time", share * 100, "% of a core")
    }
    report.add("peak", Double(try stand.service.memory().peak) / 1_024, "MB")
    report.show("  load at the end: \(Bench.load)")
    try judge(storm, &report)
  }

  // MARK: The storm

  private struct Sample {
    /// Seconds since the beginning.
    let at: Double
    /// MB.
    let resident: Double
    /// Seconds used by the service so far.
    let processor: Double
  }

  /// When each caller's `Hangup` went to the socket, by Linkedid: seconds since 1970.
  private final class Record: Sendable {
    private let moments = Mutex<[String: Double]>([:])
    var all: [String: Double] { moments.withLock { $0 } }
    func add(_ callers: [EventStorm.Caller], at moment: Double) {
      moments.withLock { for caller in callers { $0[caller.id] = moment } }
    }
  }

  /// PostgreSQL's clock, too.
  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Writes it, until the last caller is gone.
  private func blow() async throws -> (storm: EventStorm, written: [String: Double], samples: [Sample]) {
    var storm = EventStorm()
    let record = Record()
    var samples: [Sample] = []
    let start = ContinuousClock.now
    var next = start
    var sampled = start
    while true {
      next += .milliseconds(2)
      try await Task.sleep(until: next, clock: .continuous)
      let elapsed = ContinuousClock.now - start
      let batch = storm.next(
        until: elapsed, stamp: Report.decimal(Self.now, 6), begins: elapsed < duration)
      let givenUp = batch.givenUp
      stand.pbx.write(events: batch.events) { _ in record.add(givenUp, at: Self.now) }
      if ContinuousClock.now - sampled >= Self.sampledEvery {
        sampled = .now
        let resident = Double(try stand.service.memory().resident) / 1_024
        samples.append(
          Sample(
            at: elapsed.milliseconds / 1_000, resident: resident,
            processor: stand.service.processorSeconds))
      }
      if elapsed >= duration, storm.isQuiet { return (storm, record.all, samples) }
    }
  }

  /// Until the last call is in the books, or too long.
  private func waitForBooks(_ storm: EventStorm) async throws {
    let expected = storm.abandoned.count + storm.talked.count
    let end = ContinuousClock.now + Self.booksWait
    while ContinuousClock.now < end {
      let entries = try stand.books.count("SELECT count(*) FROM perezvon.queue_entries")
      if try stand.books.count("SELECT count(*) FROM perezvon.calls") >= expected, entries >= expected {
        break
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    try await stand.service.waitUntilIdle()
  }

  /// In the order of the hang-ups; `at` in seconds since the first one.
  private func lags(_ written: [String: Double]) throws -> [(at: Double, lag: Duration)] {
    let rows = try stand.books.rows(
      "SELECT linkedid, extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM perezvon.missed_calls")
    let first = written.values.min() ?? 0
    return rows.compactMap { row in
      guard let from = written[row[0]], let to = Double(row[1]) else { return nil }
      return (from - first, .seconds(to - from) - Stand.settle)
    }.sorted { $0.at < $1.at }
  }

  // MARK: The verdict

  /// Every call of the storm is in the books once, as what it was, and no other is.
  private func judge(_ storm: EventStorm, _ report: inout Report) throws {
    func pairs(_ callers: [EventStorm.Caller]) -> [String] {
      callers.map { "\($0.id) \($0.number)" }.sorted()
    }
    func books(_ sql: String) throws -> [String] {
      try stand.books.rows(sql).map { $0.joined(separator: " ") }.sorted()
    }

    let missed = try books("SELECT linkedid, number FROM report.missed_calls")
    report.check(
      "\(missed.count) missed calls are the \(storm.abandoned.count) who gave up, each once",
      missed == pairs(storm.abandoned))
    let answered = try books("SELECT linkedid, number FROM report.calls WHERE answered")
    report.check(
      "\(answered.count) answered calls are the \(storm.talked.count) who were served, each once",
      answered == pairs(storm.talked))
    let calls = try stand.books.count("SELECT count(*) FROM report.calls")
    report.check("\(calls) calls in all", calls == missed.count + answered.count)
    let stays = try books("SELECT linkedid, result FROM perezvon.queue_entries")
    let wanted =
      storm.abandoned.map { "\($0.id) abandoned" } + storm.talked.map { "\($0.id) answered" }
    report.check("\(stays.count) stays in the queue, each with its ending", stays == wanted.sorted())

    let owed = Set(storm.abandoned.map(\.number))
    let jobs = try books("SELECT number FROM report.jobs")
    report.check("\(jobs.count) callbacks owed, one for each number", jobs == owed.sorted())
    let counted = try stand.books.count("SELECT coalesce(sum(missed_count), 0) FROM report.jobs")
    report.check("they count \(counted) missed calls", counted == storm.abandoned.count)
    let recovered = try books("SELECT number FROM report.jobs WHERE state = 'recovered'")
    report.check(
      "\(recovered.count) of them closed, because he was served later", recovered == storm.returned.sorted())
    let waiting = try stand.books.count("SELECT count(*) FROM report.jobs WHERE state = 'waiting'")
    report.check("all others wait", waiting == owed.count - storm.returned.count)
    let dialled = try stand.books.count("SELECT count(*) FROM report.attempts")
    report.check(
      "nobody was dialled, as nobody was free",
      dialled == 0 && stand.pbx.requests.allSatisfy { $0.method == "GET" })
    let log = stand.service.logged
    report.check(
      "no event dropped, no fact in the spool, no connection lost",
      !["Events were dropped", "waits in the spool", "queue of facts is full", "AMI is down"].contains {
        log.contains($0)
      })
  }
}
