internal import CallPolicy
public import Telephony

extension Store {
  // One instance at a time looks at events, so that they are told in their order.
  private static let tryEvents = Statement(
    "events lock", "SELECT pg_try_advisory_xact_lock(hashtextextended('perezvon.events', 7076))")
  private static let readEvents = Statement(
    "events read",
    """
    SELECT id, at, kind, pbx, linkedid, job, attempt, task, details::text FROM perezvon.events ORDER BY id LIMIT $1
    """)
  private static let readCalls = Statement(
    "events calls",
    """
    SELECT m.pbx, m.linkedid, m.at, m.number, m.number_kind, m.customer_name, m.did, m.queue, m.wait, m.lost_at,
      m.ending, m.members_rung, m.short, m.job, m.no_job_reason
    FROM perezvon.missed_calls m JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) AS k (pbx, linkedid)
      USING (pbx, linkedid)
    """)
  // The latest missed call of each job.
  private static let readJobCalls = Statement(
    "events job calls",
    """
    SELECT m.pbx, m.linkedid, m.at, m.number, m.number_kind, m.customer_name, m.did, m.queue, m.wait, m.lost_at,
      m.ending, m.members_rung, m.short, m.job, m.no_job_reason
    FROM (SELECT DISTINCT j::uuid AS j FROM unnest($1::text[]) AS j) k
    CROSS JOIN LATERAL (SELECT * FROM perezvon.missed_calls WHERE job = k.j ORDER BY at DESC LIMIT 1) m
    """)
  private static let readJobs = Statement(
    "events jobs",
    "SELECT \(JobRow.columns) FROM perezvon.jobs WHERE id = ANY ($1::text[]::uuid[]) AND number IS NOT NULL")
  private static let readTasks = Statement(
    "events tasks",
    "SELECT \(TaskRow.columns("t")) FROM perezvon.tasks t WHERE t.id = ANY ($1::text[]::uuid[])")
  private static let readTalks = Statement(
    "events talks",
    "SELECT id, agent, connected_at FROM perezvon.attempts WHERE id = ANY ($1::text[]::uuid[])")
  private static let readCustomers = Statement(
    "events customers",
    "SELECT number, name, category, manager, updated_at FROM perezvon.customers WHERE number = ANY ($1)")
  private static let readLastAgents = Statement(
    "events last agents",
    """
    SELECT wanted, who FROM unnest($1::text[]) AS wanted CROSS JOIN LATERAL (
      (SELECT answered_by AS who, ended_at AS at FROM perezvon.calls c
        WHERE c.number = wanted AND c.answered AND c.attempt IS NULL AND answered_by IS NOT NULL
        ORDER BY ended_at DESC LIMIT 1)
      UNION ALL
      (SELECT agent, talk_ended_at FROM perezvon.attempts a
        WHERE a.number = wanted AND a.outcome = 'conversation' AND agent IS NOT NULL
        ORDER BY customer_dialed_at DESC LIMIT 1)
      ORDER BY at DESC NULLS LAST LIMIT 1) last
    """)
  private static let readHistory = Statement(
    "events history",
    """
    SELECT n, past.ended_at, past.answered, past.answered_by, past.lost_at, past.queue, past.talk, past.pbx,
      past.linkedid
    FROM unnest($1::text[]) AS n CROSS JOIN LATERAL (
      SELECT * FROM perezvon.calls c WHERE c.number = n AND c.attempt IS NULL ORDER BY c.ended_at DESC LIMIT $2) past
    """)
  private static let removeEvents = Statement(
    "events remove", "DELETE FROM perezvon.events USING unnest($1::text[]) AS x WHERE id = x::bigint")

  /// Takes the oldest events, asks `decide` what follows from each and writes that; the events are gone in the same
  /// transaction. `decide` is pure and may be called twice. Returns how many events there were; 0 where there was none,
  /// or another instance is at it.
  public func routeEvents(
    now: Timestamp, decide: @escaping @Sendable (BookedEvent) -> EventConsequences
  ) async throws(StoreError) -> Int {
    try await pool.run { link throws(StoreError) in
      do throws(StoreError) {
        return try Self.routeEvents(now: now, decide, link)
      } catch {
        if !link.broken { _ = try? link.batch([Link.rollback.with()]) }
        throw error
      }
    }
  }

  private static func routeEvents(
    now: Timestamp, _ decide: (BookedEvent) -> EventConsequences, _ link: Link
  ) throws(StoreError) -> Int {
    let first = try link.batch([
      Link.begin.with(), tryEvents.with(), readEvents.with(.int(StoreSettings.eventsMax)),
    ])
    let mine = try first[1].first { row throws(StoreError) in try row.bool() } ?? false
    let bare = mine ? try first[2].map(BareEvent.read) : []
    guard !bare.isEmpty else {
      try link.batch([Link.rollback.with()])
      return 0
    }
    let events = try complete(bare, link)
    var calls: [Statement.Call] = []
    for event in events {
      let consequences = decide(event)
      calls += consequences.tasks.map(TaskRow.insert)
      calls += consequences.outbox.map { insert($0, now: now) }
      if let call = event.call {
        calls += consequences.digests.map { keepForDigest($0, call) }
      }
    }
    calls.append(removeEvents.with(.texts(bare.map { String($0.id) })))
    try link.batch(calls + [Link.commit.with()], commits: true)
    return events.count
  }

  /// A row of `perezvon.events`.
  private struct BareEvent {
    var id: Int64
    var at: Timestamp
    var kind: String
    var pbx: PBXName?
    var linkedID: LinkedID?
    var job: JobID?
    var attempt: AttemptID?
    var task: TaskID?
    var details: String

    static func read(_ row: inout Row) throws(StoreError) -> BareEvent {
      BareEvent(
        id: Int64(try row.int()), at: try row.time(), kind: try row.text(), pbx: try row.nameOrNil(),
        linkedID: try row.nameOrNil(), job: try row.uuidOrNil().map(JobID.init),
        attempt: try row.uuidOrNil().map(AttemptID.init), task: try row.uuidOrNil().map(TaskID.init),
        details: try row.text())
    }
  }

  private static func complete(_ bare: [BareEvent], _ link: Link) throws(StoreError) -> [BookedEvent] {
    let named = bare.filter { $0.pbx != nil && $0.linkedID != nil }
    let jobs = Parameter.texts(bare.compactMap { $0.job?.description })
    let rows = try link.batch([
      readCalls.with(
        .texts(named.map { $0.pbx?.rawValue ?? "" }), .texts(named.map { $0.linkedID?.rawValue ?? "" })),
      readJobs.with(jobs), readTasks.with(.texts(bare.compactMap { $0.task?.description })),
      readTalks.with(.texts(bare.compactMap { $0.attempt?.description })), readJobCalls.with(jobs),
    ])
    let calls = try rows[0].map(readCall)
    let jobCalls = try rows[4].map(readCall)
    let found = try rows[1].map(JobRow.read)
    let tasks = try rows[2].map(TaskRow.read)
    let talks = try rows[3].map { row throws(StoreError) in
      BookedEvent.Talk(
        attempt: AttemptID(try row.uuid()), agent: try row.nameOrNil(), connectedAt: try row.timeOrNil())
    }
    var events = bare.map { event in
      var booked = BookedEvent(
        id: event.id, at: event.at, kind: event.kind, pbx: event.pbx, details: event.details)
      booked.job = found.first { $0.id == event.job }
      booked.task = tasks.first { $0.draft.id == event.task }
      booked.talk = talks.first { $0.attempt == event.attempt }
      booked.call =
        event.linkedID == nil
        ? jobCalls.first { $0.job != nil && $0.job == event.job }
        : calls.first { $0.pbx == event.pbx && $0.linkedID == event.linkedID }
      booked.pbx = booked.pbx ?? booked.call?.pbx ?? booked.job?.pbx ?? booked.task?.draft.pbx
      return booked
    }
    try addPeople(&events, link)
    return events
  }

  private static func addPeople(_ events: inout [BookedEvent], _ link: Link) throws(StoreError) {
    let numbers = Set(events.compactMap(\.number)).sorted()
    guard !numbers.isEmpty else { return }
    let wanted = Parameter.texts(numbers)
    let rows = try link.batch([
      readCustomers.with(wanted), readLastAgents.with(wanted),
      readHistory.with(wanted, .int(StoreSettings.historyMax + 1)),
    ])
    let customers = try rows[0].map { row throws(StoreError) in
      (
        number: try row.text(), name: try row.text(), category: try row.textOrNil(),
        manager: try row.textOrNil(), at: try row.time()
      )
    }
    let agents = try rows[1].map { row throws(StoreError) in
      (number: try row.text(), who: try row.textOrNil())
    }
    let past = try rows[2].map { row throws(StoreError) in
      (
        number: try row.text(),
        call: BookedEvent.Past(
          at: try row.time(), answered: try row.bool(), who: try row.textOrNil(), lostAt: try row.wordOrNil(),
          queue: try row.nameOrNil(), talk: try row.span()),
        key: "\(try row.text())/\(try row.text())"
      )
    }
    for index in events.indices {
      guard let number = events[index].number else { continue }
      if let known = customers.first(where: { $0.number == number }), let e164 = PhoneNumber(e164: number) {
        events[index].customer = Customer(
          number: e164, name: known.name, category: known.category,
          manager: known.manager.map { MemberInterface($0) },
          updatedAt: known.at)
      }
      events[index].lastAgent = agents.first { $0.number == number }?.who.map { MemberInterface($0) }
      let own = events[index].call.map { "\($0.pbx)/\($0.linkedID)" }
      events[index].history = Array(
        past.filter { $0.number == number && $0.key != own }.map(\.call).prefix(StoreSettings.historyMax))
    }
  }

  private static func readCall(_ row: inout Row) throws(StoreError) -> BookedEvent.Call {
    BookedEvent.Call(
      pbx: try row.name(), linkedID: try row.name(), at: try row.time(), number: try row.textOrNil(),
      kind: try row.wordOrNil(), name: try row.text(), did: try row.text(), queue: try row.nameOrNil(),
      wait: try row.span(), lostAt: try row.wordOrNil(), ending: try row.wordOrNil(),
      membersRung: try row.texts(), short: try row.bool(), job: try row.uuidOrNil().map(JobID.init),
      noJobReason: try row.textOrNil())
  }
}
