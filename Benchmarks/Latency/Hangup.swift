import SimulatedPBX

/// Caller's hangup → job committed, the settle time aside.
///
/// The clock starts as the abandoned caller's `Hangup` is written (with `QueueCallerAbandon` and
/// `QueueCallerLeave` just before it, as app_queue does) and stops when the notification of the new job, which
/// PostgreSQL sends after the commit, has been read. The configured settle time is subtracted, to the
/// microsecond: the lateness of the service's own timer counts.
struct Hangup {
  let stand: Stand
  let cases: Int

  func run(_ report: inout Report) async throws {
    let mailbox = stand.mailbox
    let post = mailbox.post
    var times: [Duration] = []
    var commits = try Limits.Commits(stand.books)
    for serial in 0..<cases {
      let call = CallScript(serial: serial)
      try commits.add()
      stand.pbx.write(events: call.arrival)
      try await Task.sleep(for: .milliseconds(3))
      stand.pbx.write(events: call.abandon) { post(.written(at: $0)) }
      let start = try await mailbox.first("the write") { if case .written(let at) = $0 { at } else { nil } }
      let end = try await mailbox.first("NOTIFY of the job") {
        if case .notified(_, let at) = $0 { at } else { nil }
      }
      times.append(end - start - Stand.settle)
    }
    report.heading("caller's hangup → job")
    report.add(Figures("caller's hangup → job committed, less settle", times))
    report.add(Figures("  limit: one durable commit, between the cases", commits.times))
    let missed = try stand.books.count("SELECT count(*) FROM report.missed_calls")
    let jobs = try stand.books.count("SELECT count(*) FROM report.jobs WHERE state = 'waiting'")
    let numbers = try stand.books.count("SELECT count(DISTINCT number) FROM report.jobs")
    report.check("\(missed) missed calls, \(jobs) jobs", missed == cases && jobs == cases && numbers == cases)
  }
}
