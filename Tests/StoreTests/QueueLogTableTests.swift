import Telephony
import Testing

@testable import Store

@Suite struct `A realtime queue_log table` {
  private func table(_ sql: String, name: String = "queue_log") async throws -> (Books, QueueLogTable) {
    let books = try await Books()
    try await books.sql(sql)
    return (books, QueueLogTable(url: books.url, table: name))
  }

  private let usual = """
    CREATE TABLE queue_log (id bigserial PRIMARY KEY, time timestamp, callid varchar(80), queuename varchar(256),
    agent varchar(80), event varchar(32), data1 text, data2 text, data3 text, data4 text, data5 text)
    """

  @Test func `is read in the order of its ids, whatever is missing in a row`() async throws {
    let (books, table) = try await table(usual)
    try await books.sql(
      """
      SET DateStyle = 'German';
      INSERT INTO queue_log VALUES (7, '2026-11-22 16:00:00.5', '1.1', 'sales', 'NONE', 'ENTERQUEUE', '', '8916', '1'),
        (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
      """)
    let layout = try await table.layout()
    #expect(!layout.timeIsUTC)
    let first = QueueLogTable.Row(
      id: 3, time: "", callID: "", queue: "", agent: "", event: "", data: ["", "", "", "", ""])
    let second = QueueLogTable.Row(
      id: 7, time: "2026-11-22 16:00:00.500000", callID: "1.1", queue: "sales", agent: "NONE",
      event: "ENTERQUEUE", data: ["", "8916", "1", "", ""])
    #expect(try await table.rows(from: 0, limit: 10, layout) == [first, second])
    #expect(try await table.rows(from: 0, limit: 1, layout) == [first])
    #expect(try await table.rows(from: 4, limit: 10, layout) == [second])
    let ends = try await table.ends()
    #expect(ends?.first == 3 && ends?.last == 7)
    await table.close()
    await books.store.close()
  }

  @Test func `may have a time with zone, one column for all data, and a name that needs quotes`() async throws
  {
    let (books, table) = try await table(
      """
      CREATE SCHEMA "pbx-1";
      CREATE TABLE "pbx-1"."queue-log" (id integer, time timestamptz, callid text, queuename text, agent text,
      event text, data text);
      INSERT INTO "pbx-1"."queue-log" VALUES (1, '2026-11-22 19:00:00+03', '1.1', 's', 'a', 'ABANDON', '1|1|9');
      """, name: "pbx-1.queue-log")
    let layout = try await table.layout()
    #expect(layout.timeIsUTC)
    let row = try await table.rows(from: 1, limit: 1, layout).first
    #expect(row?.time == "2026-11-22 16:00:00.000000")
    #expect(row?.data == ["1|1|9"])
    await table.close()
    await books.store.close()
  }

  @Test(arguments: [
    ("CREATE TABLE another (id int)", "no table queue_log"),
    ("CREATE TABLE queue_log (time timestamp, callid text)", "no column id"),
    (
      "CREATE TABLE queue_log (id int, time timestamp, callid text, agent text, event text, data text)",
      "queuename"
    ),
    (
      "CREATE TABLE queue_log (id int, time text, callid text, queuename text, agent text, event text)",
      "data1"
    ),
  ])
  func `that is not one is refused with what is missing`(_ sql: String, _ said: String) async throws {
    let (books, table) = try await table(sql)
    await #expect {
      _ = try await table.layout()
    } throws: { error in
      (error as? StoreError)?.message.contains(said) == true
    }
    await table.close()
    await books.store.close()
  }

  @Test func `has its place kept for each PBX`() async throws {
    let books = try await Books()
    #expect(try await books.store.queueLogTablePosition(of: "pbx1") == nil)
    for id in [5, Int64.max] {
      let position = QueueLogTablePosition(source: "asterisk 16385", id: id)
      try await books.store.save(position, of: "pbx1", now: books.now)
      #expect(try await books.store.queueLogTablePosition(of: "pbx1") == position)
    }
    #expect(try await books.store.queueLogTablePosition(of: "pbx2") == nil)
    await books.store.close()
  }
}
