import Testing

@testable import Store

@Suite struct `The report role` {
  private func asReport(_ books: Books) -> Store {
    Store(StoreSettings(url: books.url + "?options=-c%20role%3Dperezvon_report"))
  }

  private func run(_ store: Store, _ sql: String) async throws {
    try await store.pool.run { link throws(StoreError) in try link.script(sql, name: "report") }
  }

  @Test func `reads every view`() async throws {
    let books = try await Books()
    let report = asReport(books)
    for view in SQLFile.views { try await run(report, "SELECT * FROM report.\(view.name)") }
    await report.close()
    await books.store.close()
  }

  @Test func `can neither read nor write the tables`() async throws {
    let books = try await Books()
    let report = asReport(books)
    let forbidden = [
      "SELECT * FROM perezvon.jobs", "SELECT * FROM perezvon.tokens", "DELETE FROM perezvon.calls",
      "DELETE FROM report.decisions", "INSERT INTO report.decisions (decision) VALUES ('x')",
      "CREATE TABLE report.mine (a int)", "SELECT perezvon.require_lease('a', 'b', 1)",
    ]
    for sql in forbidden {
      do {
        try await run(report, sql)
        Issue.record("allowed: \(sql)")
      } catch {
        #expect((error as? StoreError)?.sqlState == "42501", "\(sql): \(error)")
      }
    }
    await report.close()
    await books.store.close()
  }
}

@Suite struct `The views` {
  /// contract.md, section 2: name, then columns with their types.
  private static let contract: [(String, String)] = [
    (
      "calls",
      """
      pbx text, linkedid text, started_at timestamptz, ended_at timestamptz, number text, number_kind text, \
      did text, queue text, answered bool, answered_by text, wait interval, talk interval, lost_at text, \
      ending text, short bool, callback_of uuid
      """
    ),
    (
      "missed_calls",
      """
      pbx text, linkedid text, at timestamptz, number text, number_kind text, customer_name text, did text, \
      queue text, wait interval, lost_at text, ending text, members_rung _text, short bool, evidence jsonb, \
      job uuid, no_job_reason text
      """
    ),
    (
      "jobs",
      """
      job uuid, campaign text, number text, created_at timestamptz, first_missed_at timestamptz, \
      missed_count int4, source text, state text, reason text, priority int4, owner text, \
      due_at timestamptz, attempts int4, closed_at timestamptz, time_to_first_dial interval, \
      time_to_conversation interval
      """
    ),
    (
      "attempts",
      """
      attempt uuid, job uuid, pbx text, n int4, started_at timestamptz, ended_at timestamptz, agent text, \
      agent_result text, number text, customer_result text, outcome text, ring interval, talk interval, \
      hangup_cause int4
      """
    ),
    ("decisions", "at timestamptz, number text, job uuid, decision text, reason text"),
    (
      "queue_hours",
      """
      pbx text, queue text, hour timestamptz, offered int8, answered int8, abandoned int8, \
      short_abandoned int8, other_unanswered int8, service_level numeric, average_speed_of_answer interval, \
      p90_wait interval
      """
    ),
    (
      "loss_points",
      "day date, lost_at text, queue text, did text, missed int8, unique_callers int8, recovered int8"
    ),
    (
      "recovery",
      """
      day date, campaign text, missed numeric, unique_callers int8, eligible int8, called_back int8, \
      reached int8, conversation int8, self_returned int8, lost int8, median_time_to_first_dial interval, \
      p90_time_to_first_dial interval
      """
    ),
    ("contacts", "contact uuid"),
    ("answers", "contact uuid, question text, answer text"),
    ("drops", "campaign text, day date"),
    (
      "agents",
      """
      day date, member text, callbacks_offered int8, accepted int8, missed int8, talk interval, \
      calls_per_hour numeric
      """
    ),
    (
      "losses",
      "day date, missed int8, lost int8, estimated_loss numeric, recovered_value numeric, currency text"
    ),
  ]

  @Test func `have the columns of the contract, in its order`() async throws {
    let books = try await Books()
    for (view, columns) in Self.contract {
      let found = try await books.value(
        """
        SELECT string_agg(a.attname || ' ' || t.typname, ', ' ORDER BY a.attnum) FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = 'report.\(view)'::regclass AND a.attnum > 0
        """)
      #expect(found?.hasPrefix(columns) == true, "report.\(view): \(found ?? "none")")
    }
    await books.store.close()
  }
}
