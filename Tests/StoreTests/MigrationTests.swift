import Testing

@testable import Store

@Suite struct `The migrations` {
  @Test func `run once and find nothing to do the second time`() async throws {
    let url = try PrivatePostgres.shared.get().database()
    let store = Store(StoreSettings(url: url))
    #expect(try await store.schemaIsCurrent() == false)
    let dry = try await store.migrate(dryRun: true)
    #expect(dry.applied == SQLFile.migrations.map(\.name))
    #expect(dry.viewsRenewed)
    #expect(try await store.schemaIsCurrent() == false)
    let first = try await store.migrate()
    #expect(first.applied == dry.applied)
    #expect(first.notes == [])
    #expect(try await store.schemaIsCurrent())
    let second = try await store.migrate()
    #expect(second.current)
    #expect(second.present == dry.applied)
    await store.close()
  }

  @Test func `run by eight at once are run by one`() async throws {
    let url = try PrivatePostgres.shared.get().database()
    let store = Store(StoreSettings(url: url, poolSize: 8))
    let reports = try await withThrowingTaskGroup { group in
      for _ in 0..<8 { group.addTask { try await store.migrate() } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(reports.count { !$0.current } == 1)
    await store.close()
  }

  @Test func `refuse a database whose stored checksum differs`() async throws {
    let books = try await Books()
    try await books.sql("UPDATE perezvon.schema_migrations SET checksum = 'x' WHERE name = '0001_books'")
    #expect(await code { _ = try await books.store.migrate() } == .schema)
    #expect(await code { _ = try await books.store.schemaIsCurrent() } == .schema)
    await books.store.close()
  }

  @Test func `refuse a database that a newer program has changed`() async throws {
    let books = try await Books()
    try await books.sql("INSERT INTO perezvon.schema_migrations VALUES ('9999_later', 'x')")
    #expect(await code { _ = try await books.store.migrate() } == .schema)
    await books.store.close()
  }

  @Test func `make all views anew when one has changed, and keep the report role's rights`() async throws {
    let books = try await Books()
    var migrator = Migrator()
    migrator.views[0].text = migrator.views[0].text.replacing("c.attempt\n", with: "c.attempt, 1 AS added\n")
    let report = try await books.store.pool.run { [migrator] link throws(StoreError) in
      try migrator.run(link, dryRun: false)
    }
    #expect(report.viewsRenewed && report.applied.isEmpty)
    #expect(try await books.value("SELECT count(added) FROM report.calls") == "0")
    let granted = "SELECT has_table_privilege('perezvon_report', 'report.calls', 'SELECT')"
    #expect(try await books.value(granted) == "true")
    await books.store.close()
  }

  @Test func `put the jobs of before into the group they had been drawn into`() async throws {
    let url = try PrivatePostgres.shared.get().database()
    let store = Store(StoreSettings(url: url))
    var older = Migrator()
    older.migrations.removeAll { $0.name >= "0017" }
    older.views = [SQLFile(name: "calls", text: "CREATE VIEW report.calls AS SELECT 1 AS one;")]
    _ = try await store.pool.run { [older] link throws(StoreError) in try older.run(link, dryRun: false) }
    let insert = """
      INSERT INTO perezvon.jobs (id, campaign, number, customer_name, source, state, reason, created_at, first_missed_at,
        missed_count, priority, due_at, expires_at, attempts, pbx, held_out)
      SELECT ('00000000-0000-7000-8000-00000000000' || n)::uuid, 'c', '+7916123456' || n, '', source, 'waiting', '', now(),
        now(), 0, 0, now(), now(), 0, 'pbx1', held
      FROM (VALUES (1, 'missed_call', false), (2, 'missed_call', true), (3, 'requested', false), (4, 'promised', false),
        (5, 'api', false)) AS old (n, source, held);
      INSERT INTO perezvon.decisions (at, job, decision, reason)
      SELECT now(), ('00000000-0000-7000-8000-00000000000' || n)::uuid, word, ''
      FROM (VALUES (3, 'requested'), (4, 'held_out'), (4, 'promised'), (5, 'job_created')) AS said (n, word);
      """
    try await store.pool.run { link throws(StoreError) in try link.script(insert, name: "jobs of before") }
    _ = try await store.migrate()
    let groups = try await store.pool.run { link throws(StoreError) in
      let text = "SELECT string_agg(coalesce(drawn, '-'), ' ' ORDER BY id) FROM perezvon.jobs"
      return try link.execute(Statement("groups", text).with()).first { row throws(StoreError) in
        try row.text()
      }
    }
    #expect(groups == "called left_alone - left_alone -")
    await store.close()
  }

  @Test func `that fail leave nothing of themselves`() async throws {
    let books = try await Books()
    var migrator = Migrator()
    migrator.migrations.append(
      SQLFile(name: "0003_broken", text: "CREATE TABLE perezvon.half (a int); SELECT 1 / 0;"))
    let broken = migrator
    let failed = await code {
      _ = try await books.store.pool.run { link throws(StoreError) in try broken.run(link, dryRun: false) }
    }
    #expect(failed == .other)
    #expect(try await books.value("SELECT to_regclass('perezvon.half') IS NULL") == "true")
    // The views went first, and come back with the next run.
    #expect(try await books.store.migrate().viewsRenewed)
    #expect(try await books.value("SELECT count(*) FROM report.jobs") == "0")
    await books.store.close()
  }

  @Test func `tell the administrator what to run where they may not create the role`() async throws {
    let server = try PrivatePostgres()
    let books = try await Books(server: server)
    try await books.sql(
      """
      DROP SCHEMA report CASCADE; DROP SCHEMA perezvon CASCADE; DROP ROLE perezvon_report;
      CREATE ROLE modest LOGIN; GRANT CREATE ON DATABASE books_1 TO modest;
      """)
    let modest = Store(StoreSettings(url: books.url.replacing("postgres@", with: "modest@")))
    let report = try await modest.migrate()
    #expect(report.applied.count == SQLFile.migrations.count)
    #expect(report.notes.count == 1)
    #expect(report.notes.first?.contains("CREATE ROLE perezvon_report NOLOGIN") == true)
    #expect(try await modest.schemaIsCurrent())
    await modest.close()
    await books.store.close()
  }
}
