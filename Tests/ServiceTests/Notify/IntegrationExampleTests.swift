import Courier
import Foundation
import Lab
import Logging
import Telephony
import Testing

@testable import Service
@testable import Store

/// The worked examples of docs/integrations, as a reader would copy them, against the request that the vendor's
/// documentation shows (Bitrix24 `tasks.task.add`, amoCRM `POST /api/v4/tasks`, HubSpot `POST /crm/v3/objects/tasks`).
@Suite struct `A worked example` {
  private static let docs = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/integrations")

  /// The configuration of a page with its webhook turned to a sink of ours.
  private func settings(_ page: String, port: Int) throws -> Settings {
    let text = try String(contentsOf: Self.docs.appending(path: page), encoding: .utf8)
    let block = try #require(text.split(separator: "```yaml\n").last?.split(separator: "```").first)
    let pattern = try Regex("https://[a-z0-9.]*(bitrix24|amocrm|hubapi)[a-z.]*")
    let local = String(block).replacing(pattern) { _ in "http://127.0.0.1:\(port)" }
      .replacing("notify:\n", with: "notify:\n  allow_private: [127.0.0.1]\n")
    let yaml = """
      database: {url: "postgresql://perezvon@127.0.0.1/perezvon"}
      pbx:
        - name: pbx1
          ami: {username: perezvon, secret: hush}
          ari: {username: perezvon, password: hush}
          inbound_contexts: [from-trunk]
          dial: PJSIP/{number}@trunk
      numbers: {region: RU, allow: ["+7"]}
      \(local)
      """
    let environment = ["BITRIX_KEY": "k1", "AMOCRM_TOKEN": "t1", "HUBSPOT_TOKEN": "t2"]
    return try Settings.read(yaml: yaml, fileName: "test.yaml", environment: environment) { _ in
      .failure(.init(sentence: "no files here"))
    }
  }

  /// What arrives when a task was made.
  private func request(_ page: String, name: String) async throws -> HTTPSink.Request {
    let sink = try HTTPSink { _, _ in HTTPSink.Answer(200, body: "{}") }
    let settings = try settings(page, port: sink.port)
    let router = NotificationRouter(
      settings: settings.notify, tasks: TaskMaker(settings: settings.tasks, calendars: [:]),
      policy: settings.policy,
      templates: NotificationTemplates(directory: nil), clock: LocalClock(NamedZone("Europe/Moscow")!),
      zone: { _ in NamedZone("Europe/Moscow")! }, kind: { _ in .mobile }, newID: { UniqueID(high: 7, low: 7) }
    )
    var wanted = missedCall(number: "+74957654321", name: name)
    wanted.kind = "task_wanted"
    let draft = try #require(router.consequences(of: wanted, now: wanted.at).tasks.first)
    var created = missedCall(number: "+74957654321", name: name)
    created.kind = "task_created"
    created.task = BookedTask(draft: draft, missedCount: 1, note: "")
    let row = try #require(router.consequences(of: created, now: wanted.at).outbox.first)
    let carrier = SinkCarrier(
      courier: try Courier(), settings: settings.notify, now: { [at = wanted.at] in at })
    let result = await carrier.deliver(
      OutboxRow(
        id: 1, key: row.key, event: row.event, sink: row.sink, stream: row.stream, number: row.number,
        payload: row.payload, createdAt: wanted.at, dueAt: wanted.at, expiresAt: nil, toCustomer: false,
        state: .waiting, tries: 1, lastError: "", doneAt: nil))
    #expect(result == .delivered)
    return try #require(sink.requests.first)
  }

  private func json(_ text: String) throws -> NSObject {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSObject)
  }

  /// Two hours after 2026-11-22 16:00 UTC.
  private let due = 1_795_370_400

  @Test(arguments: ["Анна", #"a", "RESPONSIBLE_ID": 9, "x": "<b>"#])
  func `makes the task that Bitrix24 documents`(_ name: String) async throws {
    let request = try await request("bitrix24.md", name: name)
    #expect(request.target == "/rest/1/k1/tasks.task.add.json")
    let body = try #require(try json(request.body) as? [String: [String: Any]])
    let fields = try #require(body["fields"])
    #expect(Set(fields.keys) == ["TITLE", "DESCRIPTION", "RESPONSIBLE_ID", "DEADLINE", "TAGS", "XML_ID"])
    #expect(fields["TITLE"] as? String == "Новая задача: +74957654321 (\(name)), sales")
    #expect(fields["RESPONSIBLE_ID"] as? Int == 1)
    #expect(fields["DEADLINE"] as? String == "2026-11-22T18:00:00.000Z")
    #expect(fields["TAGS"] as? [String] == ["Perezvon", "sales"])
    #expect(
      (fields["DESCRIPTION"] as? String)?.contains("\nhttps://perezvon.example.org/numbers/%2B74957654321")
        == true)
  }

  @Test func `makes the task that amoCRM documents`() async throws {
    let request = try await request("amocrm.md", name: "Анна")
    #expect(request.target == "/api/v4/tasks" && request.headers["authorization"] == "Bearer t1")
    let list = try #require(try json(request.body) as? [[String: Any]])
    let task = try #require(list.first)
    #expect(list.count == 1 && task["task_type_id"] as? Int == 1 && task["complete_till"] as? Int == due)
    #expect(task["responsible_user_id"] as? Int == 504_141)
    #expect((task["text"] as? String)?.hasPrefix("Новая задача: +74957654321 (Анна), sales. ") == true)
    #expect(task["request_id"] as? String == request.headers["idempotency-key"])
  }

  @Test func `makes the task that HubSpot documents`() async throws {
    let request = try await request("hubspot.md", name: "Anna")
    #expect(request.target == "/crm/v3/objects/tasks" && request.headers["authorization"] == "Bearer t2")
    let body = try #require(try json(request.body) as? [String: [String: String]])
    let properties = try #require(body["properties"])
    #expect(properties["hs_timestamp"] == "2026-11-22T18:00:00.000Z")
    #expect(properties["hs_task_subject"] == "New task: +74957654321 (Anna), sales")
    #expect(properties["hs_task_status"] == "NOT_STARTED" && properties["hs_task_type"] == "CALL")
    #expect(properties["hs_task_priority"] == "HIGH" && properties["hubspot_owner_id"] == "64492917")
    #expect(
      properties["hs_task_body"]?.hasSuffix("https://perezvon.example.org/numbers/%2B74957654321") == true)
  }
}
