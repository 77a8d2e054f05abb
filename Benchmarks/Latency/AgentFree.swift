import SimulatedPBX

/// Agent free → Originate written, with the durable claim between.
///
/// A due job waits and the one agent is busy. The clock starts as `QueueMemberStatus` with status 1 is written
/// and stops when the whole `POST /channels` of the agent's leg has been read: the service's answer to the
/// event, both ways over loopback, the commit of the claim, and the reservation (`QueuePause` and its event).
/// The originate is refused, so that the agent is let go and the next case can begin.
struct AgentFree {
  let stand: Stand
  let cases: Int
  /// What goes on beside it, for the heading.
  var beside = ""
  /// From one case to the next, where they do not follow at once.
  var pace: Duration?
  /// Due jobs beside the one that is taken.
  static let waiting = 10

  struct Outcome {
    var total: [Duration] = []
    var toReservation: [Duration] = []
    var fromReservation: [Duration] = []
    var uncommitted = 0
  }

  func run(_ report: inout Report) async throws {
    var outcome = Outcome()
    var commits = try Limits.Commits(stand.books)
    var claims = try Limits.Claims(stand.books)
    let before = try counts()
    try answerOriginates()
    for _ in 0..<Self.waiting { try addJob() }
    var next = ContinuousClock.now
    for _ in 0..<cases {
      if let pace {
        try await Task.sleep(until: next)
        next = max(next + pace, .now)
      }
      try commits.add()
      try claims.add()
      let job = try addJob()
      _ = try await stand.mailbox.first("NOTIFY of a new job") { signal -> Void? in
        if case .notified(job, _) = signal { () } else { nil }
      }
      // The service reads it now; then all is quiet.
      try await Task.sleep(for: .milliseconds(10))
      try await oneCase(&outcome)
    }
    report.heading("agent free → Originate" + (beside.isEmpty ? "" : ", beside \(beside)"))
    report.add(Figures("agent free → Originate written", outcome.total))
    report.add(Figures("  of it: agent free → reservation asked (claim)", outcome.toReservation))
    report.add(Figures("  of it: reservation asked → Originate", outcome.fromReservation))
    report.add(Figures("  limit: one durable commit, between the cases", commits.times))
    report.add(Figures("  limit: the claim alone, between the cases", claims.times))
    try check(outcome, since: before, &report)
  }

  private func oneCase(_ outcome: inout Outcome) async throws {
    let mailbox = stand.mailbox
    let post = mailbox.post
    setAgent(status: 1)
    stand.pbx.write(events: [CallScript.memberStatus(1)]) { post(.written(at: $0)) }
    let start = try await mailbox.first("the write") { if case .written(let at) = $0 { at } else { nil } }
    let pause = try await mailbox.first("the reservation") {
      if case .pauseArrived(let at) = $0 { at } else { nil }
    }
    let (end, job) = try await mailbox.first("the originate") {
      signal -> (ContinuousClock.Instant, String?)? in
      if case .originateArrived(let at, let job) = signal { (at, job) } else { nil }
    }
    outcome.total.append(end - start)
    outcome.toReservation.append(pause - start)
    outcome.fromReservation.append(end - pause)
    guard let job else {
      outcome.uncommitted += 1
      return
    }
    _ = try await mailbox.first("the release of the agent") { signal -> Void? in
      if case .unpauseArrived = signal { () } else { nil }
    }
    _ = try await mailbox.first("the end of the attempt") { signal -> Void? in
      if case .notified(job, _) = signal { () } else { nil }
    }
  }

  private struct Counts {
    var originates: Int
    var attempts: Int
    var ended: Int
  }

  private func counts() throws -> Counts {
    Counts(
      originates: stand.pbx.requests.count { $0.method == "POST" && $0.path == "/ari/channels" },
      attempts: try stand.books.count("SELECT count(*) FROM perezvon.attempts"),
      ended: try stand.books.count("SELECT count(*) FROM perezvon.attempts WHERE ended_at IS NOT NULL"))
  }

  private func check(_ outcome: Outcome, since before: Counts, _ report: inout Report) throws {
    let now = try counts()
    let originates = now.originates - before.originates
    let (attempts, ended) = (now.attempts - before.attempts, now.ended - before.ended)
    let durable = try stand.books.rows(
      "SELECT current_setting('fsync') || ' ' || current_setting('synchronous_commit')")
    report.check(
      "\(originates) originates, \(attempts) attempts in the books",
      originates == attempts && attempts == cases)
    report.check(
      "every attempt was visible to another session when its originate arrived", outcome.uncommitted == 0)
    report.check("every attempt has ended (\(ended))", ended == attempts)
    report.check("fsync and synchronous_commit are on", durable == [["on on"]])
  }

  private func setAgent(status: Int) {
    stand.pbx.setMembers([SimulatedMember(queue: "sales", interface: CallScript.agent, status: status)])
  }

  /// Tells when the reservation and the originate came, and refuses the latter.
  private func answerOriginates() throws {
    let post = stand.mailbox.post
    let pbx = stand.pbx
    let books = stand.books
    pbx.onAction { action in
      if action.name == "QueuePause" {
        post(action.header("Paused") == "true" ? .pauseArrived(at: action.arrivedAt) : .unpauseArrived)
      }
      return nil
    }
    pbx.onRequest { [weak pbx] request in
      guard request.method == "POST", request.path == "/ari/channels", let pbx else { return nil }
      // `pz-<attempt>-a`
      let attempt = String(request.query["channelId", default: ""].dropFirst(3).dropLast(2))
      let rows = try? books.rows("SELECT job FROM perezvon.attempts WHERE id = $1", [attempt])
      // Busy again before the attempt's end is known: the next case begins when we say so.
      pbx.setMembers([SimulatedMember(queue: "sales", interface: CallScript.agent, status: 2)])
      pbx.write(events: [CallScript.memberStatus(2)])
      post(.originateArrived(at: request.arrivedAt, job: rows?.first?.first))
      return .answer(status: 500, body: #"{"error":"Allocation failed"}"#)
    }
  }

  /// A due callback, as a missed call would have left it.
  @discardableResult
  private func addJob() throws -> String {
    let serial = try stand.books.count("SELECT count(*) FROM perezvon.jobs")
    let rows = try stand.books.rows(
      """
      WITH added AS (
        INSERT INTO perezvon.jobs (id, campaign, number, customer_name, source, state, reason, created_at,
          first_missed_at, missed_count, priority, due_at, expires_at, attempts, queue, pbx, held_out)
        VALUES (gen_random_uuid(), 'bench', $1, '', 'missed_call', 'waiting', '', now(), now(), 1, 0,
          now() - interval '1 second', now() + interval '1 day', 0, 'sales', 'pbx1', false)
        RETURNING id)
      SELECT id, pg_notify('perezvon_jobs', id::text) FROM added
      """, [CallScript(serial: serial).number])
    return rows[0][0]
  }
}
