import CallPolicy
import Foundation
import Lab
import Store
import Telephony
import Testing

@testable import Service

/// A database and a configuration with one list campaign.
private struct ListStage {
  let lab: DatabaseLab
  let administration: Administration
  let directory: URL

  static func with(_ body: (ListStage) async throws -> Void) async throws {
    let lab = try await DatabaseLab.start()
    let yaml = """
      database: {url: "\(lab.database.url)"}
      pbx:
        - name: pbx1
          ami: {username: perezvon, secret: hush}
          ari: {username: perezvon, password: hush}
          inbound_contexts: [from-trunk]
          own_numbers: ["+74951112233"]
          dial: PJSIP/{number}@trunk
      numbers: {region: RU, allow: ["+7", "+49"], deny: ["+79995"]}
      calendars: {office: {timezone: Europe/Moscow, open: {mon-sun: "09:00-18:00"}}}
      campaigns:
        - {name: list, kind: outbound, calendar: office, agents: {queue: sales}}
        - {name: sales, queues: [sales], calendar: office}
      """
    let settings = try Settings.read(yaml: yaml, fileName: "test.yaml", environment: [:]) { _ in
      .failure(.init(sentence: "no files here"))
    }
    let directory = FileManager.default.temporaryDirectory.appending(
      path: "lists-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let stage = ListStage(lab: lab, administration: Administration(settings), directory: directory)
    var failure: (any Error)?
    do { try await body(stage) } catch { failure = error }
    await stage.administration.close()
    await lab.stop()
    try? FileManager.default.removeItem(at: directory)
    if let failure { throw failure }
  }

  func sql(_ text: String) async throws -> String { try await lab.database.psql(text, at: lab.database.url) }

  func bring(
    _ text: Data, again: Bool = false, refused: String? = nil
  ) async throws -> ContactImportSummary {
    let file = directory.appending(path: "list.csv")
    try text.write(to: file)
    return try await administration.importContacts(
      file: file.path(), campaign: "list", again: again, refused: refused)
  }

  /// In chunks so small that several are written at once, if there are several writers.
  func bring(
    _ text: String, chunkRows: Int, writers: Int, at now: Timestamp
  ) async throws -> ContactImportSummary {
    let file = directory.appending(path: "list.csv")
    try Data(text.utf8).write(to: file)
    return try await administration.importContacts(
      file: file.path(), campaign: "list", again: false, refused: nil, source: nil, now: now,
      chunkRows: chunkRows, writers: writers, progress: { _ in })
  }

  func bring(
    _ text: String, again: Bool = false, refused: String? = nil
  ) async throws -> ContactImportSummary {
    try await bring(Data(text.utf8), again: again, refused: refused)
  }
}

@Suite struct `A list` {
  /// A row and a part of the reason for its refusal.
  private static let broken: [(row: String, reason: String)] = [
    ("k1,Anna,,Europe/Moscow,0,,", "no phone"),
    ("k2,Anna,abc,,0,,", "no number"),
    ("k3,Anna,123,,0,,", "read as a phone number"),
    ("k4,Anna,+12025550123,,0,,", "outside the allowed"),
    ("k5,Anna,+79995551234,,0,,", "denied"),
    ("k6,Anna,+74951112233,,0,,", "one of our own"),
    ("k7,Anna,+79161234500000,,0,,", "phone"),
    ("k8,Anna,+79160001008,Mars/Olympus,0,,", "no time zone"),
    ("k9,Anna,+79160001009,MSK+1,0,,", "no time zone"),
    ("k10,Anna,+79160001010,,high,,", "priority"),
    ("k11,Anna,+79160001011,,5000,,", "priority"),
    ("k12,Anna,+79160001012,,0,tomorrow,", "due"),
    ("k13,Anna,+79160001013,,0,2026-13-01,", "due"),
    ("k14,Anna,+79160001014", "3 columns, and the header 7"),
    ("k15,Anna,+79160001015,,0,,x,y,z", "9 columns, and the header 7"),
    (String(repeating: "k", count: 201) + ",Anna,+79160001016,,0,,", "key"),
    ("k17," + String(repeating: "n", count: 201) + ",+79160001017,,0,,", "name"),
    ("k18,Anna,\"" + (0..<11).map { "+791600020\($0 + 10)" }.joined(separator: ";") + "\",,0,,", "phones"),
    ("k19,Anna,+79160001019,,0,," + String(repeating: "c", count: 17_000), "other columns"),
    ("k20,Anna,+78005553535,,0,,", "number_kinds"),
    ("k21,Anna,88005553535,,0,,", "number_kinds"),
    ("k22,Anna,\"+79160001022,,0,,", "quote"),
    ("k23,An\rna,+79160001023,,0,,", "carriage return"),
    ("k24,Anna,=1+1,,0,,", "phone"),
  ]

  @Test func `loses no row: the wrong ones are told with line and reason, the others go in`() async throws {
    try await ListStage.with { stage in
      var text = "key,name,phones,time_zone,priority,due,city\n"
      var wanted: [Int: String] = [:]
      var line = 1
      for (index, broken) in Self.broken.enumerated() {
        line += 1
        text += "good\(index),Boris,+7916111\(1_000 + index),,0,,Tver\n"
        line += 1
        wanted[line] = broken.reason
        text += broken.row + "\n"
      }
      text += "last,Boris,+79161119999,,0,,Tver\n"
      let refused = stage.directory.appending(path: "refused.csv").path()
      let summary = try await stage.bring(text, refused: refused)
      #expect(summary.rows == 2 * Self.broken.count + 1)
      #expect(summary.added == Self.broken.count + 1)
      #expect(summary.refused == Self.broken.count)
      for refusal in summary.refusals {
        let known = wanted.removeValue(forKey: refusal.line)
        let reason = try #require(known, "line \(refusal.line): \(refusal.reason)")
        #expect(refusal.reason.contains(reason), "line \(refusal.line): \(refusal.reason)")
      }
      #expect(wanted.isEmpty)
      #expect(try await stage.sql("SELECT count(*) FROM report.contacts") == "\(Self.broken.count + 1)")
      let written = try String(contentsOfFile: refused, encoding: .utf8)
      #expect(written.hasPrefix("perezvon_line,perezvon_reason,key,name,phones"))
      #expect(written.contains("k8,Anna,'+79160001008,Mars/Olympus"))
      // Once more: everybody is there, nobody is doubled.
      let again = try await stage.bring(text)
      #expect(
        again.added == 0 && again.updated == Self.broken.count + 1 && again.refused == Self.broken.count)
      #expect(try await stage.sql("SELECT count(*) FROM report.jobs") == "\(Self.broken.count + 1)")
    }
  }

  /// More than one batch: the second cannot be written.
  @Test func `that breaks off keeps the batches before, says so, and can be brought in again`() async throws {
    try await ListStage.with { stage in
      #expect(try await stage.bring("key,name,phone\nfirst,Anna,+79169999999\n").added == 1)
      var text = "key,name,phone\n"
      for row in 0..<ContactBatch.rowsMax { text += "k\(row),Anna,+7916\(1_000_000 + row)\n" }
      text += "last,Boris,+79168888888\nk7,Vera,+79161000007\n"
      _ = try await stage.sql(
        """
        CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'no room left'; END $$;
        CREATE TRIGGER break_off BEFORE INSERT ON perezvon.contacts FOR EACH ROW WHEN (NEW.key = 'last')
          EXECUTE FUNCTION break_off()
        """)
      await #expect(throws: AdministrationError.self) { _ = try await stage.bring(text) }
      let counts = "SELECT (SELECT count(*) FROM perezvon.contacts), (SELECT count(*) FROM perezvon.jobs)"
      #expect(try await stage.sql(counts) == "\(ContactBatch.rowsMax + 1)|\(ContactBatch.rowsMax + 1)")
      _ = try await stage.sql("DROP TRIGGER break_off ON perezvon.contacts")
      let again = try await stage.bring(text)
      // The last row tells the eighth anew, from another batch.
      #expect(again.added == 1 && again.updated == ContactBatch.rowsMax + 1 && again.refused == 0)
      #expect(try await stage.sql(counts) == "\(ContactBatch.rowsMax + 2)|\(ContactBatch.rowsMax + 2)")
      #expect(try await stage.sql("SELECT name FROM perezvon.contacts WHERE key = 'k7'") == "Vera")
    }
  }

  /// Keys and numbers meet within chunks, between those written at once, and with what is in the books.
  @Test(arguments: 1...6)
  func `comes to the same, whether its chunks are written one after the other or at once`(
    _ seed: UInt64
  ) async throws {
    var random = Draws(state: seed)
    let lists = (0..<2).map { _ in
      var text = "key,name,phone,phone2\n"
      for row in 0..<160 {
        let key = random.below(3) > 0 ? "K\(random.below(200))" : ""
        let second = random.below(4) == 0 ? "+7916000\(1_000 + random.below(250))" : ""
        text += "\(key),Name \(row),+7916000\(1_000 + random.below(250)),\(second)\n"
      }
      return text
    }
    let now = Administration.now
    var told: [String] = []
    for writers in [1, 2, 4] {
      try await ListStage.with { stage in
        var text = ""
        for list in lists {
          var summary = try await stage.bring(list, chunkRows: 6, writers: writers, at: now)
          #expect(summary.added + summary.updated + summary.replaced + summary.refused == 160, "seed \(seed)")
          summary.seconds = 0
          // A job that is in the way is told by its id, which is drawn.
          for index in summary.refusals.indices {
            summary.refusals[index].reason.replace(#/[0-9a-f-]{36}/#, with: "id")
          }
          summary.refusals.sort {
            ($0.line, $0.phone ?? "", $0.reason) < ($1.line, $1.phone ?? "", $1.reason)
          }
          text += "\(summary)\n"
        }
        text += try await stage.sql(
          """
          SELECT c.key, c.name, c.line, p.n, p.number, j.number, j.reason, j.state FROM perezvon.contacts c
          JOIN perezvon.contact_phones p ON p.of_contact = c.id LEFT JOIN perezvon.jobs j ON j.contact = c.id
          ORDER BY p.number
          """)
        told.append(text)
      }
    }
    #expect(told[1] == told[0] && told[2] == told[0], "seed \(seed)")
  }

  @Test func `that is not UTF-8, or holds NUL, gives up its wrong rows only`() async throws {
    try await ListStage.with { stage in
      var bytes = Data("\u{FEFF}phone;name\r\n+79160000001;Anna\r\n".utf8)
      bytes += Data([0x2B]) + Data("79160000002;".utf8) + Data([0xC0, 0xEE]) + Data("\r\n".utf8)
      bytes += Data("+79160000003;B".utf8) + Data([0x00]) + Data("\r\n+79160000004;\"Ve\r\nra\"\r\n".utf8)
      let summary = try await stage.bring(bytes)
      #expect(summary.added == 2 && summary.refused == 2)
      #expect(summary.refusals.map(\.line) == [3, 4])
      #expect(
        try await stage.sql("SELECT string_agg(number, ',' ORDER BY number) FROM report.jobs")
          == "+79160000001,+79160000004")
    }
  }

  @Test(arguments: [
    "name,city\nAnna,Tver\n", "phone,name,phone\n1,2,3\n", "phone,,name\n1,2,3\n", "", "\"phone\n1\n",
  ])
  func `whose header cannot be used is refused as a whole, with a sentence`(_ text: String) async throws {
    try await ListStage.with { stage in
      do {
        _ = try await stage.bring(text)
        Issue.record("it was taken")
      } catch let error as AdministrationError {
        #expect(error.message.hasSuffix("."), "\(error.message)")
      }
    }
  }

  @Test func `puts each contact into the hours of his own place`() async throws {
    try await ListStage.with { stage in
      let text = """
        key,phone,time_zone
        own,+79160000001,Asia/Vladivostok
        calendar,+79160000002,
        country,+4915112345678,

        """
      #expect(try await stage.bring(text).added == 3)
      let zones = try await stage.sql(
        "SELECT string_agg(key || ' ' || j.time_zone, ',' ORDER BY key) FROM perezvon.jobs j"
          + " JOIN perezvon.contacts c ON c.id = j.contact")
      #expect(zones == "calendar ,country Europe/Berlin,own Asia/Vladivostok")
      let hours = try await stage.sql(
        "SELECT count(*) FROM report.jobs j JOIN report.contacts c USING (contact)"
          + " WHERE extract(hour FROM j.due_at AT TIME ZONE coalesce(c.time_zone, CASE c.key"
          + " WHEN 'country' THEN 'Europe/Berlin' ELSE 'Europe/Moscow' END)) BETWEEN 9 AND 17")
      #expect(hours == "3")
    }
  }

  @Test func `comes back as CSV with what came of it, and can be brought in again`() async throws {
    try await ListStage.with { stage in
      let text = "key,name,phone,phone2,city\nA1,=cmd(),+79160000001,+79160000002,\"Tver, Russia\"\n"
      #expect(try await stage.bring(text).added == 1)
      _ = try await stage.administration.remark(
        contact: "A1", campaign: "list", disposition: "call later", note: "-in May", by: "Vera")
      var csv = ""
      #expect(try await stage.administration.exportContacts(campaign: "list") { csv += $0 } == 1)
      #expect(
        csv.contains("A1,'=cmd(),\"'+79160000001;+79160000002\",,0,waiting,call later,0,,,,,0.0,'-in May,"))
      #expect(csv.contains("\"Tver, Russia\""))
      let again = try await stage.bring(csv)
      #expect(again.updated == 1 && again.refused == 0, "\(again.refusals)")
      #expect(
        try await stage.sql("SELECT name || ' ' || array_length(phones, 1) FROM report.contacts")
          == "=cmd() 2")
      let story = try await stage.administration.explain("+79160000002")
      #expect(story.lines.first?.kind == "contact")
      #expect(story.next.contains("was not started"))
    }
  }

  @Test func `comes out as JSON, and brings nobody back who was excluded`() async throws {
    try await ListStage.with { stage in
      let administration = stage.administration
      let text = "key,name,phone\nA1,\"An\"\"na\",+79160000001\nB2,Boris,+79160000002\n"
      _ = try await stage.bring(text)
      _ = try await administration.exclude(number: "+79160000001", reason: "asked", by: "Vera")
      var json = ""
      #expect(try await administration.exportContacts(campaign: "list", as: .json) { json += $0 } == 2)
      let read = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]]
      #expect(
        read?.map { "\($0["name"] ?? "") \($0["state"] ?? "")" }.sorted() == [
          "An\"na excluded", "Boris waiting",
        ])
      let again = try await stage.bring(text, again: true)
      #expect(again.refused == 1 && again.updated == 1 && again.reopened == 0)
      #expect(again.refusals.first?.reason.contains("do-not-call") == true)
      _ = try await administration.readmit(number: "+79160000001")
      await #expect(throws: AdministrationError.self) {
        _ = try await administration.readmit(number: "+79160000001")
      }
      #expect(try await stage.bring(text, again: true).reopened == 1)
      await #expect(throws: AdministrationError.self) {
        _ = try await administration.remark(call: "nothing", disposition: "sold", note: nil, by: "Vera")
      }
    }
  }

  @Test(arguments: ["", " ", "\t a b \t", "a", " é", "a "])
  func `gives its cells without blanks at their ends`(_ text: String) {
    #expect(text.trimmingASCIISpace() == text.trimmingCharacters(in: .whitespaces))
  }

  @Test func `is dialled from its start to its pause`() async throws {
    try await ListStage.with { stage in
      _ = try await stage.bring("phone\n+79160000001\n")
      let administration = stage.administration
      func runs() async throws -> [Bool] { try await administration.campaigns().map(\.runs) }
      #expect(try await runs() == [false, true])
      await #expect(throws: AdministrationError.self) {
        _ = try await administration.change(campaign: "list", .resume, by: "Vera")
      }
      _ = try await administration.change(campaign: "list", .start(at: nil, until: nil), by: "Vera")
      #expect(try await runs() == [true, true])
      let paused = try await administration.change(campaign: "list", .pause(at: nil), by: "Vera")
      #expect(paused.held?.contains("paused") == true && paused.contacts == 1)
      _ = try await administration.change(campaign: "list", .resume, by: "Vera")
      let later = Administration.now + .seconds(3_600)
      _ = try await administration.change(campaign: "list", .start(at: later, until: nil), by: "Vera")
      #expect(try await runs() == [false, true])
      let told = try await stage.sql("SELECT count(*) FROM report.decisions WHERE decision LIKE 'campaign_%'")
      #expect(told == "4")
    }
  }
}

/// SplitMix64: the same for the same seed.
private struct Draws {
  var state: UInt64

  mutating func below(_ bound: UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return (z ^ (z >> 31)) % bound
  }
}
