import CallPolicy
public import Telephony

extension Store {
  /// Records of a CSV file as PostgreSQL's COPY reads them. Every record must have this many columns, and end with
  /// a line feed. Fails as a whole where one cannot be read.
  public func readCSV(
    _ text: [UInt8], columns: Int, delimiter: Character
  ) async throws(StoreError) -> [[String]] {
    try await pool.run { link throws(StoreError) in
      try link.readCSV(text, columns: columns, delimiter: delimiter)
    }
  }

  private static let staging = [
    Statement(
      "contacts staging",
      """
      CREATE TEMPORARY TABLE IF NOT EXISTS staged_contacts (line int PRIMARY KEY, id uuid, job uuid, key text,
        name text, time_zone text, attributes jsonb, priority int, due_given boolean, known boolean DEFAULT false)
        ON COMMIT DELETE ROWS
      """),
    Statement(
      "contacts staging of phones",
      """
      CREATE TEMPORARY TABLE IF NOT EXISTS staged_phones (line int, n int, number text, kind text, time_zone text,
        due_at timestamptz, PRIMARY KEY (line, n)) ON COMMIT DELETE ROWS
      """),
  ]

  // Each row looks into the books by itself: a join would be planned for tables of unknown size, and read all of
  // them for every batch.
  private static let plans = Statement(
    "contacts plans",
    """
    SELECT set_config(name, 'off', true)
    FROM unnest(ARRAY['enable_hashjoin', 'enable_mergejoin', 'enable_bitmapscan']) AS name
    """)
  // Whether anybody or any number of a batch is known. Stops at the first, so that it costs little where a list
  // comes again. LIMIT keeps each look a look of its own, by the index on what is looked for.
  private static let look = Statement(
    "contacts look",
    """
    SELECT EXISTS (SELECT 1 FROM unnest($2::text[]) k WHERE (
        SELECT true FROM perezvon.contacts c WHERE c.campaign = $1 AND c.key = k LIMIT 1))
      OR EXISTS (SELECT 1 FROM unnest($3::text[]) phone WHERE (
        SELECT true FROM perezvon.contact_phones x WHERE x.number = phone AND x.campaign = $1 LIMIT 1))
      OR EXISTS (SELECT 1 FROM unnest($3::text[]) phone WHERE (
        SELECT true FROM perezvon.jobs j WHERE j.number = phone AND j.campaign = $1
          AND j.state IN ('waiting', 'working') LIMIT 1))
      OR EXISTS (SELECT 1 FROM perezvon.do_not_call) AND EXISTS (SELECT 1 FROM unnest($3::text[]) phone WHERE (
        SELECT true FROM perezvon.do_not_call d WHERE d.hash = perezvon.number_hash(phone) LIMIT 1))
    """)
  private static let knowByKey = Statement(
    "contacts know by key",
    """
    UPDATE pg_temp.staged_contacts s SET known = true, id = c.id FROM (
      SELECT line, (SELECT c.id FROM perezvon.contacts c WHERE c.campaign = $1 AND c.key = t.key) AS id
      FROM pg_temp.staged_contacts t WHERE key IS NOT NULL) c
    WHERE c.line = s.line AND c.id IS NOT NULL
    """)
  private static let knowByNumber = Statement(
    "contacts know by number",
    """
    UPDATE pg_temp.staged_contacts s SET known = true, id = found.id, key = coalesce(s.key, found.key) FROM (
      SELECT DISTINCT ON (p.line) p.line, c.id, c.key FROM pg_temp.staged_phones p
      CROSS JOIN LATERAL (SELECT of_contact FROM perezvon.contact_phones
        WHERE number = p.number AND campaign = $1 LIMIT 1) x
      CROSS JOIN LATERAL (SELECT id, key FROM perezvon.contacts WHERE id = x.of_contact LIMIT 1) c
      ORDER BY p.line, p.n) found
    WHERE found.line = s.line AND NOT s.known AND (s.key IS NULL OR found.key IS NULL)
    """)
  // Two rows of the batch turned out to be one contact: the later one counts.
  private static let dropReplaced = Statement(
    "contacts drop replaced",
    """
    DELETE FROM pg_temp.staged_contacts s USING (
      SELECT line, max(line) OVER (PARTITION BY id) AS last FROM pg_temp.staged_contacts) w
    WHERE w.line = s.line AND w.last > w.line RETURNING s.line
    """)
  private static let dropTheirPhones = Statement(
    "contacts drop phones of replaced",
    """
    DELETE FROM pg_temp.staged_phones p
    WHERE NOT EXISTS (SELECT 1 FROM pg_temp.staged_contacts s WHERE s.line = p.line)
    """)
  private static let refusePhones = Statement(
    "contacts refuse phones",
    """
    DELETE FROM pg_temp.staged_phones p USING (
      SELECT t.line, t.n, CASE WHEN d.hash IS NOT NULL THEN 'the number is on the do-not-call list'
          WHEN x.of_contact IS NOT NULL THEN 'the number is that of another contact of the campaign'
            || coalesce(', key ' || (SELECT key FROM perezvon.contacts WHERE id = x.of_contact), '')
          WHEN j.id IS NOT NULL THEN 'the campaign has an open job for this number already, ' || j.id END AS why
      FROM pg_temp.staged_phones t JOIN pg_temp.staged_contacts s ON s.line = t.line
      LEFT JOIN LATERAL (SELECT hash FROM perezvon.do_not_call
        WHERE (SELECT EXISTS (SELECT 1 FROM perezvon.do_not_call))
          AND hash = perezvon.number_hash(t.number) LIMIT 1) d ON true
      LEFT JOIN LATERAL (SELECT of_contact FROM perezvon.contact_phones
        WHERE number = t.number AND campaign = $1 AND of_contact <> s.id LIMIT 1) x ON true
      LEFT JOIN LATERAL (SELECT id FROM perezvon.jobs WHERE number = t.number AND campaign = $1
        AND state IN ('waiting', 'working') AND contact IS DISTINCT FROM s.id LIMIT 1) j ON true) bad
    WHERE bad.line = p.line AND bad.n = p.n AND bad.why IS NOT NULL
    RETURNING p.line, p.number, bad.why
    """)
  private static let refuseRows = Statement(
    "contacts refuse rows",
    """
    DELETE FROM pg_temp.staged_contacts s
    WHERE NOT EXISTS (SELECT 1 FROM pg_temp.staged_phones p WHERE p.line = s.line) RETURNING s.line
    """)
  private static let update = Statement(
    "contacts update",
    """
    UPDATE perezvon.contacts c SET key = s.key, name = s.name, time_zone = s.time_zone,
      attributes = s.attributes, priority = s.priority, source = $1, line = s.line, updated_at = $2
    FROM pg_temp.staged_contacts s WHERE s.known AND c.id = s.id
    """)
  private static let insert = Statement(
    "contacts insert",
    """
    INSERT INTO perezvon.contacts (id, campaign, key, name, time_zone, attributes, priority, source, line,
      imported_at, updated_at)
    SELECT id, $1, key, name, time_zone, attributes, priority, $2, line, $3, $3
    FROM pg_temp.staged_contacts WHERE NOT known
    """)
  private static let dropPhones = Statement(
    "contacts drop phones",
    """
    DELETE FROM perezvon.contact_phones x USING pg_temp.staged_contacts s
    WHERE s.known AND x.of_contact = s.id AND NOT EXISTS (
      SELECT 1 FROM pg_temp.staged_phones p WHERE p.line = s.line AND p.number = x.number)
    """)
  // A phone that is out of order stays so.
  private static let putPhones = Statement(
    "contacts put phones",
    """
    INSERT INTO perezvon.contact_phones (number, campaign, of_contact, n, kind, time_zone, state)
    SELECT p.number, $1, s.id, p.n, p.kind, p.time_zone, 'ok'
    FROM pg_temp.staged_phones p JOIN pg_temp.staged_contacts s ON s.line = p.line WHERE s.known
    ON CONFLICT (number, campaign) DO UPDATE SET n = excluded.n, kind = excluded.kind,
      time_zone = excluded.time_zone
    """)
  private static let addPhones = Statement(
    "contacts add phones",
    """
    INSERT INTO perezvon.contact_phones (number, campaign, of_contact, n, kind, time_zone, state)
    SELECT p.number, $1, s.id, p.n, p.kind, p.time_zone, 'ok'
    FROM pg_temp.staged_phones p JOIN pg_temp.staged_contacts s ON s.line = p.line WHERE NOT s.known
    ORDER BY p.number
    """)
  private static let putJobs = Statement(
    "contacts put jobs",
    """
    INSERT INTO perezvon.jobs (id, campaign, number, customer_name, source, state, reason, created_at,
      first_missed_at, missed_count, priority, owner, due_at, expires_at, attempts, queue, pbx, held_out,
      closed_at, contact, time_zone)
    SELECT s.job, $1, p.number, s.name, 'contact', 'waiting', 'imported from ' || $2 || ', line ' || s.line, $3,
      $3, 0, s.priority, NULL, p.due_at, p.due_at + $4, 0, NULL, $5, false, NULL, s.id, p.time_zone
    FROM pg_temp.staged_contacts s
    CROSS JOIN LATERAL (SELECT * FROM pg_temp.staged_phones p WHERE p.line = s.line ORDER BY p.n LIMIT 1) p
    WHERE NOT s.known ORDER BY p.number
    """)
  // `closed_at IS NULL` says that a job is open, and keeps the planner from an index of all open jobs.
  // Whoever was called already is not called again for being on the list again, unless the batch says so.
  private static let moveJobs = Statement(
    "contacts move jobs",
    """
    UPDATE perezvon.jobs j SET customer_name = s.name, priority = s.priority, number = x.number,
      time_zone = x.time_zone, due_at = CASE WHEN s.due_given THEN p.due_at ELSE j.due_at END,
      expires_at = CASE WHEN s.due_given THEN greatest(j.expires_at, p.due_at + $1) ELSE j.expires_at END
    FROM pg_temp.staged_contacts s
    CROSS JOIN LATERAL (SELECT * FROM pg_temp.staged_phones p WHERE p.line = s.line ORDER BY p.n LIMIT 1) p
    CROSS JOIN LATERAL (SELECT id, number FROM perezvon.jobs o
      WHERE o.contact = s.id AND o.closed_at IS NULL LIMIT 1) own
    CROSS JOIN LATERAL (SELECT * FROM perezvon.contact_phones x WHERE x.of_contact = s.id AND x.state = 'ok'
      ORDER BY x.number <> own.number, x.n LIMIT 1) x
    WHERE s.known AND j.id = own.id AND j.state = 'waiting'
    """)
  // Another round: whoever has no open job any more gets a new one, and what was said of the last round goes.
  private static let reopen = Statement(
    "contacts reopen",
    """
    WITH opened AS (
      INSERT INTO perezvon.jobs (id, campaign, number, customer_name, source, state, reason, created_at,
        first_missed_at, missed_count, priority, owner, due_at, expires_at, attempts, queue, pbx, held_out,
        closed_at, contact, time_zone)
      SELECT s.job, $1, p.number, s.name, 'contact', 'waiting', 'imported again from ' || $2 || ', line ' || s.line,
        $3, $3, 0, s.priority, NULL, p.due_at, p.due_at + $4, 0, NULL, $5, false, NULL, s.id, p.time_zone
      FROM pg_temp.staged_contacts s
      CROSS JOIN LATERAL (SELECT p.* FROM pg_temp.staged_phones p
        JOIN perezvon.contact_phones x ON x.number = p.number AND x.campaign = $1
        WHERE p.line = s.line AND x.state = 'ok' ORDER BY p.n LIMIT 1) p
      WHERE s.known AND NOT EXISTS (SELECT 1 FROM perezvon.jobs o
        WHERE o.contact = s.id AND o.closed_at IS NULL)
      RETURNING contact)
    UPDATE perezvon.contacts c SET disposition = NULL FROM opened WHERE c.id = opened.contact
    """)
  private static let count = Statement(
    "contacts count",
    "SELECT count(*) FILTER (WHERE NOT known), count(*) FILTER (WHERE known) FROM pg_temp.staged_contacts")

  /// Puts the rows of a list into the books, each as a contact with its phones and, where it is new, a job. One
  /// transaction, one import of a campaign at a time. A repetition updates what the first time added.
  public func put(_ batch: ContactBatch, now: Timestamp) async throws(StoreError) -> ContactOutcome {
    try await put(PreparedContacts(batch, now: now))
  }

  /// The same, of a batch that was prepared before its turn came.
  public func put(_ prepared: PreparedContacts) async throws(StoreError) -> ContactOutcome {
    try await pool.run { link throws(StoreError) in
      var tries = 0
      while true {
        do throws(StoreError) {
          return try Self.put(prepared, link)
        } catch {
          if !link.broken { _ = try? link.batch([Link.rollback.with()]) }
          // Somebody added a job for one of the numbers meanwhile: the next look finds it.
          tries += 1
          guard error.code == .uniqueViolation, tries < 3 else { throw error }
        }
      }
    }
  }

  /// As `put`, beside other batches that are written so: for one that has no key and no number of theirs. Nil, and
  /// nothing is written, where anybody of it is known: then the order counts, and `put` is for it.
  public func add(_ prepared: PreparedContacts) async throws(StoreError) -> ContactOutcome? {
    try await pool.run { link throws(StoreError) in
      do throws(StoreError) {
        if try Self.knows(prepared, Link.lockBeside, link) {
          try link.batch([Link.rollback.with()])
          return nil
        }
        return try Self.add(prepared, link)
      } catch {
        if !link.broken { _ = try? link.batch([Link.rollback.with()]) }
        // Another import, or somebody who adds jobs, was quicker.
        guard error.code == .uniqueViolation || error.code == .deadlock else { throw error }
        return nil
      }
    }
  }

  /// Has PostgreSQL look at what an import has changed: autovacuum comes a minute later, and until then statements
  /// would be planned for the tables of before.
  public func analyzeContacts() async throws(StoreError) {
    try await pool.run { link throws(StoreError) in
      try link.script(
        """
        SET statement_timeout = 0;
        ANALYZE perezvon.contacts, perezvon.contact_phones, perezvon.jobs;
        RESET statement_timeout;
        """, name: "contacts analyze")
    }
  }

  private static func put(_ prepared: PreparedContacts, _ link: Link) throws(StoreError) -> ContactOutcome {
    try knows(prepared, Link.lock, link)
      ? merge(prepared.batch, prepared.now, link) : add(prepared, link)
  }

  /// Begins the transaction of a batch under this lock of its campaign, and looks whether anybody of it is known.
  private static func knows(
    _ prepared: PreparedContacts, _ lock: Statement, _ link: Link
  ) throws(StoreError) -> Bool {
    let campaign = prepared.batch.campaign
    let read = try link.batch([
      Link.begin.with(), plans.with(), lock.with(.text("contacts of \(campaign)")),
      look.with(.text(campaign), .texts(prepared.keys), .texts(prepared.numbers)),
    ])
    return try read[3].first { row throws(StoreError) in try row.bool() } ?? true
  }

  /// Nobody of the batch is in the books: its rows go there as they are.
  private static func add(_ prepared: PreparedContacts, _ link: Link) throws(StoreError) -> ContactOutcome {
    for table in prepared.tables { _ = try link.copy(table.statement, table.rows, name: table.name) }
    try link.batch([JobRow.notify.with(.text("")), Link.commit.with()], commits: true)
    var outcome = prepared.batch.outcome
    outcome.added += prepared.batch.rows.count
    return outcome
  }

  /// Some of the batch are in the books, or stand for one another: all are staged, and told apart by statements.
  private static func merge(
    _ batch: ContactBatch, _ now: Timestamp, _ link: Link
  ) throws(StoreError) -> ContactOutcome {
    let campaign = Parameter.text(batch.campaign)
    try link.batch([staging[0].with(), staging[1].with()])
    _ = try link.copy(
      """
      COPY pg_temp.staged_contacts (line, id, job, key, name, time_zone, attributes, priority, due_given)
        FROM STDIN (FORMAT binary)
      """, contactRows(batch), name: "copy contacts")
    _ = try link.copy(
      "COPY pg_temp.staged_phones (line, n, number, kind, time_zone, due_at) FROM STDIN (FORMAT binary)",
      phoneRows(batch), name: "copy phones")
    let source = Parameter.text(batch.source)
    let again =
      batch.again
      ? [reopen.with(campaign, source, .time(now), .span(batch.expireAfter), .text(batch.pbx))] : []
    let rows = try link.batch(
      [
        knowByKey.with(campaign), knowByNumber.with(campaign), dropReplaced.with(), dropTheirPhones.with(),
        refusePhones.with(campaign), refuseRows.with(), update.with(source, .time(now)),
        insert.with(campaign, source, .time(now)), dropPhones.with(), putPhones.with(campaign),
        addPhones.with(campaign),
        putJobs.with(campaign, source, .time(now), .span(batch.expireAfter), .text(batch.pbx)),
        moveJobs.with(.span(batch.expireAfter)), count.with(), JobRow.notify.with(.text("")),
      ] + again + [Link.commit.with()], commits: true)
    var outcome = batch.outcome
    outcome.replaced += try rows[2].map { row throws(StoreError) in try row.int() }
    outcome.leftOut += try rows[4].map { row throws(StoreError) in
      ContactOutcome.Phone(line: try row.int(), number: try row.text(), reason: try row.text())
    }
    outcome.refused += try rows[5].map { row throws(StoreError) in
      ContactOutcome.Refusal(line: try row.int(), reason: ContactBatch.noPhone)
    }
    if let sums = try rows[13].first({ row throws(StoreError) in (try row.int(), try row.int()) }) {
      (outcome.added, outcome.updated) = sums
    }
    if batch.again { outcome.reopened += rows[15].affected }
    return outcome
  }

  private static func contactRows(_ batch: ContactBatch) -> CopyRows {
    var rows = CopyRows(reserving: batch.rows.count * 200)
    for contact in batch.rows {
      rows.row(fields: 9)
      rows.int4(contact.line)
      rows.uuid(contact.newID.id)
      rows.uuid(contact.newJob.id)
      rows.told(of: contact)
      rows.bool(contact.dueIsGiven)
    }
    return rows
  }

  private static func phoneRows(_ batch: ContactBatch) -> CopyRows {
    var rows = CopyRows(reserving: batch.rows.count * 100)
    for contact in batch.rows {
      for (index, phone) in contact.phones.enumerated() {
        rows.row(fields: 6)
        rows.int4(contact.line)
        rows.int4(index + 1)
        rows.text(phone.number.e164)
        rows.word(phone.kind)
        rows.text(phone.zone)
        rows.time(phone.dueAt)
      }
    }
    return rows
  }
}
