import Courier
import Foundation
import Testing

@Suite struct `Tasks over the API` {
  private static let two = """
    INSERT INTO perezvon.tasks (id, kind, number, customer_name, did, queue, wait, pbx, reason, missed_count, assignee,
      created_at, due_at)
    VALUES ('00000000-0000-7000-8000-000000000001', 'rule', '+79161234567', 'Anna', '', 'sales', '0', 'pbx1', 'call her',
        1, 'PJSIP/101', now() - interval '1 h', now() + interval '1 h'),
      ('00000000-0000-7000-8000-000000000002', 'not_dialled', '+79161234568', '', '', NULL, '0', 'pbx1', 'a landline',
        1, NULL, now(), now() + interval '2 h')
    """

  @Test func `are listed by when they are due, filtered, and closed on a token's word, once`() async throws {
    try await APIStage.with { stage in
      _ = try await stage.sql(Self.two)
      let first = try await stage.ask(.get, "/api/v1/tasks?limit=1", as: "viewer")
      #expect(first.items.first?["reason"] as? String == "call her", "\(first.text)")
      #expect(first.items.first?["number"] as? String == "+79*******67")
      let cursor = first.object["next"] as? String ?? ""
      let second = try await stage.ask(.get, "/api/v1/tasks?limit=1&cursor=\(cursor)", as: "agent")
      #expect(second.items.first?["number"] as? String == "+79161234568")
      #expect(try await stage.ask(.get, "/api/v1/tasks?queue=sales").items.count == 1)
      #expect(try await stage.ask(.get, "/api/v1/tasks?number=89161234568").items.count == 1)
      #expect(try await stage.ask(.get, "/api/v1/tasks?assignee=PJSIP/101").items.count == 1)
      #expect(try await stage.ask(.get, "/api/v1/tasks?to=2020-01-01T00:00:00Z").items.isEmpty)

      let id = "00000000-0000-7000-8000-000000000001"
      #expect(try await stage.ask(.post, "/api/v1/tasks/\(id)/close", as: "viewer").status == 403)
      let closed = try await stage.ask(.post, "/api/v1/tasks/\(id)/close", as: "agent", #"{"note": "sold"}"#)
      #expect(closed.object["state"] as? String == "closed" && closed.object["note"] as? String == "sold")
      #expect(closed.object["closedBy"] as? String == "token test-agent")
      #expect(try await stage.ask(.post, "/api/v1/tasks/\(id)/close", as: "agent").status == 409)
      let none = "/api/v1/tasks/00000000-0000-7000-8000-000000000009/close"
      #expect(try await stage.ask(.post, none, as: "agent").status == 404)
      #expect(try await stage.ask(.get, "/api/v1/tasks?state=open").items.count == 1)
    }
  }
}
