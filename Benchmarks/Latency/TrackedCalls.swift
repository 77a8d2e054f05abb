import SimulatedPBX

/// Memory of the service with many calls waiting in a queue, and what it does when all hang up.
struct TrackedCalls {
  let stand: Stand
  let calls: Int
  /// Calls written at once, every 10 ms.
  static let batch = 50

  func run(_ report: inout Report) async throws {
    report.heading("memory")
    try await stand.service.waitUntilIdle()
    let idle = try stand.service.memory()
    report.add("resident, idle", Double(idle.resident) / 1_024, "MB")

    let scripts = (0..<calls).map { CallScript(serial: 1_000_000 + $0) }
    try await write(scripts.map(\.arrival))
    try await stand.service.waitUntilIdle()
    let full = try stand.service.memory()
    report.add("resident, \(calls) tracked calls", Double(full.resident) / 1_024, "MB")
    report.add("peak, \(calls) tracked calls", Double(full.peak) / 1_024, "MB")
    let status = try await stand.service.status()
    let waiting = status.pbxs.flatMap(\.queues).reduce(0) { $0 + $1.waiting.count }
    report.check("the service sees \(waiting) callers waiting", waiting == calls)

    let start = ContinuousClock.now
    try await write(scripts.map(\.abandon))
    var missed = 0
    let end = start + .seconds(60)
    while ContinuousClock.now < end {
      missed = try stand.books.count("SELECT count(*) FROM perezvon.missed_calls")
      if missed >= calls { break }
      try await Task.sleep(for: .milliseconds(20))
    }
    let took = (ContinuousClock.now - start).milliseconds / 1_000
    let jobs = try stand.books.count("SELECT count(*) FROM perezvon.jobs WHERE state = 'waiting'")
    report.add("all \(calls) hang up at once: in the books after", took, "s")
    try await stand.service.waitUntilIdle()
    let after = try stand.service.memory()
    report.add("peak, over all of it", Double(after.peak) / 1_024, "MB")
    report.check("\(missed) missed calls, \(jobs) jobs", missed == calls && jobs == calls)
  }

  private func write(_ events: [[[String]]]) async throws {
    for start in stride(from: 0, to: events.count, by: Self.batch) {
      stand.pbx.write(events: Array(events[start..<min(events.count, start + Self.batch)].joined()))
      try await Task.sleep(for: .milliseconds(10))
    }
  }
}
