import CAssets

/// A SQL text that the binary carries.
struct SQLFile: Sendable {
  var name: String
  var text: String

  var checksum: String { SHA256.hex(text.utf8) }

  /// Sources/Store/Migrations, in order.
  static let migrations = list(perezvon_migrations)
  /// Sources/Store/Views, in the order of creation.
  static let views = list(perezvon_views)
  /// Sources/Store/Reports.
  static let reports = list(perezvon_reports)

  private static func list(
    _ assets: (UnsafeMutablePointer<Int>) -> UnsafePointer<perezvon_asset>
  ) -> [SQLFile] {
    var count = 0
    let files = assets(&count)
    return UnsafeBufferPointer(start: files, count: count).map { file in
      SQLFile(
        name: String(cString: file.name),
        text: String(decoding: UnsafeBufferPointer(start: file.bytes, count: file.length), as: UTF8.self))
    }
  }
}

/// Brings the tables and views to what this program needs. Forward only; one transaction for each migration;
/// one migrator at a time (advisory lock).
struct Migrator: Sendable {
  var migrations = SQLFile.migrations
  var views = SQLFile.views

  /// "perezvon" in ASCII: the key of the advisory lock.
  private static let lockKey: Int64 = 0x7065_7265_7A76_6F6E

  private static let lock = Statement("migrate lock", "SELECT pg_advisory_lock($1)")
  private static let unlock = Statement("migrate unlock", "SELECT pg_advisory_unlock($1)")
  private static let noTimeout = Statement("migrate timeout off", "SET statement_timeout = 0")
  private static let timeout = Statement("migrate timeout on", "RESET statement_timeout")
  private static let exists = Statement(
    "migrate table exists",
    """
    SELECT to_regclass('perezvon.schema_migrations') IS NOT NULL,
      EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'perezvon_report')
    """)
  private static let applied = Statement(
    "migrate applied", "SELECT name, checksum FROM perezvon.schema_migrations ORDER BY name")

  private static let bookkeeping = """
    CREATE SCHEMA IF NOT EXISTS perezvon;
    REVOKE ALL ON SCHEMA perezvon FROM PUBLIC;
    CREATE TABLE IF NOT EXISTS perezvon.schema_migrations (
      name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
    """

  /// The row under which the checksum of all views is kept.
  private static let viewsRow = "views"

  private var viewsChecksum: String {
    SHA256.hex(views.map { $0.name + "\n" + $0.text }.joined(separator: "\n").utf8)
  }

  /// Whether nothing is to be done.
  func isCurrent(_ link: Link) throws(StoreError) -> Bool {
    try plan(link).report.current
  }

  func run(_ link: Link, dryRun: Bool) throws(StoreError) -> MigrationReport {
    if dryRun { return try plan(link, dryRun: true).report }
    try link.batch([Self.noTimeout.with(), Self.lock.with(.int(Self.lockKey))])
    defer {
      if !link.broken { _ = try? link.batch([Self.unlock.with(.int(Self.lockKey)), Self.timeout.with()]) }
    }
    let found = try plan(link)
    var report = found.report
    if !report.applied.isEmpty || report.viewsRenewed {
      try link.script(Self.bookkeeping, name: "create schema perezvon")
      try dropViews(link, those: found.present)
    }
    for migration in migrations where report.applied.contains(migration.name) {
      try link.script(
        """
        BEGIN;
        \(migration.text)
        INSERT INTO perezvon.schema_migrations (name, checksum)
          VALUES ('\(migration.name)', '\(migration.checksum)');
        COMMIT;
        """, name: "migration \(migration.name)")
    }
    if report.viewsRenewed { try createViews(link) }
    report.notes = try plan(link).report.notes
    return report
  }

  private func plan(
    _ link: Link, dryRun: Bool = false
  ) throws(StoreError) -> (report: MigrationReport, present: [String: String]) {
    let there = try link.execute(Self.exists.with()).first { row throws(StoreError) in
      (table: try row.bool(), role: try row.bool())
    }
    var present: [String: String] = [:]
    if there?.table == true {
      let rows = try link.execute(Self.applied.with()).map { row throws(StoreError) in
        (name: try row.text(), checksum: try row.text())
      }
      for row in rows { present[row.name] = row.checksum }
    }
    try verify(present)
    let missing = migrations.filter { present[$0.name] == nil }.map(\.name)
    let renew = !missing.isEmpty || present[Self.viewsRow] != viewsChecksum
    var notes: [String] = []
    if there?.role != true && !(dryRun && renew) {
      notes.append(
        """
        role perezvon_report is missing and could not be created; run as a superuser: CREATE ROLE \
        perezvon_report NOLOGIN; GRANT USAGE ON SCHEMA report TO perezvon_report; GRANT SELECT ON ALL TABLES \
        IN SCHEMA report TO perezvon_report;
        """)
    }
    return (
      MigrationReport(
        dryRun: dryRun, applied: missing, present: present.keys.filter { $0 != Self.viewsRow }.sorted(),
        viewsRenewed: renew, notes: notes),
      present
    )
  }

  /// What is in the database must be what this program carries.
  private func verify(_ present: [String: String]) throws(StoreError) {
    for (name, checksum) in present.sorted(by: { $0.key < $1.key }) where name != Self.viewsRow {
      guard let known = migrations.first(where: { $0.name == name }) else {
        throw StoreError(
          code: .schema, message: "the database holds migration \(name), which this program does not know",
          hint: "a newer perezvon was here: run that one")
      }
      guard known.checksum == checksum else {
        throw StoreError(
          code: .schema, message: "migration \(name) was applied with another text (checksum differs)",
          hint: "run the perezvon that made this database, or restore a backup; never edit a migration")
      }
    }
  }

  /// Views stand in the way of changes to their tables; they come back last.
  private func dropViews(_ link: Link, those present: [String: String]) throws(StoreError) {
    guard present[Self.viewsRow] != nil else { return }
    try link.script(
      """
      BEGIN;
      DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          JOIN perezvon.schema_views v ON v.name = c.relname
          WHERE n.nspname = 'report' AND c.relkind = 'v' ORDER BY v.place DESC
        LOOP EXECUTE format('DROP VIEW report.%I', name); END LOOP;
      END $$;
      DELETE FROM perezvon.schema_migrations WHERE name = '\(Self.viewsRow)';
      COMMIT;
      """, name: "drop the views of schema report")
  }

  private func createViews(_ link: Link) throws(StoreError) {
    let names = views.enumerated().map { "('\($1.name)', \($0))" }.joined(separator: ", ")
    try link.script(
      """
      BEGIN;
      CREATE SCHEMA IF NOT EXISTS report;
      DO $$ BEGIN
        CREATE ROLE perezvon_report NOLOGIN;
      EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
      END $$;
      \(views.map(\.text).joined(separator: "\n"))
      CREATE TABLE IF NOT EXISTS perezvon.schema_views (name text PRIMARY KEY, place integer NOT NULL);
      DELETE FROM perezvon.schema_views;
      INSERT INTO perezvon.schema_views (name, place) VALUES \(names);
      DO $$ BEGIN
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'perezvon_report') THEN
          GRANT USAGE ON SCHEMA report TO perezvon_report;
          GRANT SELECT ON ALL TABLES IN SCHEMA report TO perezvon_report;
        END IF;
      END $$;
      INSERT INTO perezvon.schema_migrations (name, checksum) VALUES ('\(Self.viewsRow)', '\(viewsChecksum)');
      COMMIT;
      """, name: "create the views of schema report")
  }
}

extension Store {
  /// Brings tables and views up to date, or tells what would be done. Waits for another migrator; has no
  /// statement timeout. Throws `.schema` where a stored checksum differs or the database is newer.
  public func migrate(dryRun: Bool = false) async throws(StoreError) -> MigrationReport {
    try await pool.run { link throws(StoreError) in try Migrator().run(link, dryRun: dryRun) }
  }

  /// Whether tables and views are those of this program.
  public func schemaIsCurrent() async throws(StoreError) -> Bool {
    try await pool.run { link throws(StoreError) in try Migrator().isCurrent(link) }
  }
}
