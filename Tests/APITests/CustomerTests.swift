import Courier
import Foundation
import Testing

@Suite struct `Customers over the API` {
  private static let categories = """
    routing:
      sticky: {within: 30d, wait: 20s}
      categories: {vip: {priority: 10, bypass_queue: true}, regular: {priority: 0}}
    """
  private static let anna = "/api/v1/customers/%2B79161234567"

  @Test func `are said as a whole, shown and forgotten`() async throws {
    try await APIStage.with(more: Self.categories) { stage in
      #expect(try await stage.ask(.get, Self.anna).status == 404)
      let record = #"{"name": "Anna, <b>", "category": "vip", "manager": "PJSIP/101"}"#
      #expect(try await stage.ask(.put, Self.anna, as: "agent", record).status == 403)
      #expect(try await stage.ask(.get, Self.anna, as: "viewer").status == 403)
      let set = try await stage.ask(.put, Self.anna, record)
      #expect(set.status == 200, "\(set.text)")
      let shown = try await stage.ask(.get, "/api/v1/customers/89161234567", as: "agent").object
      #expect(shown["number"] as? String == "+79161234567" && shown["name"] as? String == "Anna, <b>")
      #expect(shown["category"] as? String == "vip" && shown["manager"] as? String == "PJSIP/101")
      #expect((shown["updatedAt"] as? String)?.hasSuffix("Z") == true)

      let unknown = try await stage.ask(.put, Self.anna, #"{"category": "gold"}"#)
      #expect(unknown.status == 409 && unknown.text.contains("regular, vip"), "\(unknown.text)")
      let hostile = try await stage.ask(.put, Self.anna, #"{"manager": "PJSIP/101,60,U(x)"}"#)
      #expect(hostile.status == 400, "\(hostile.text)")
      // What is left out of a whole is known no more.
      #expect(try await stage.ask(.put, Self.anna, #"{"name": "Anna"}"#).status == 200)
      let left = try await stage.sql("SELECT concat_ws('|', name, category, manager) FROM perezvon.customers")
      #expect(left == "Anna")

      #expect(try await stage.ask(.delete, Self.anna, as: "agent").status == 403)
      #expect(try await stage.ask(.delete, Self.anna).status == 204)
      #expect(try await stage.ask(.delete, Self.anna).status == 404)
      #expect(try await stage.ask(.get, "/api/v1/customers/112").status == 404)
    }
  }

  @Test func `come as CSV and as JSON, in which what is left out stays`() async throws {
    try await APIStage.with(more: Self.categories) { stage in
      let csv = """
        phone;name;category;manager
        +79161234567;"Petrov, Ivan";vip;PJSIP/101
        8 916 123-45-68;Anna;;
        nonsense;;;
        +79161234569;;gold;

        """
      #expect(
        try await stage.ask(
          .post, "/api/v1/customers", as: "agent", csv, headers: ["Content-Type": "text/csv"]
        ).status == 403)
      let taken = try await stage.ask(
        .post, "/api/v1/customers", csv, headers: ["Content-Type": "text/csv"])
      #expect(taken.object["taken"] as? Int == 2 && taken.object["refused"] as? Int == 2, "\(taken.text)")
      let refusals = taken.object["refusals"] as? [[String: Any]] ?? []
      #expect(refusals.map { $0["line"] as? Int } == [4, 5])

      let json = try await stage.ask(
        .post, "/api/v1/customers",
        #"[{"phone": "+79161234567", "name": "Ivan"}, {"phone": 79161234570, "category": "regular"}, {"name": "nobody"}]"#
      )
      #expect(json.object["taken"] as? Int == 2 && json.object["refused"] as? Int == 1, "\(json.text)")
      // The second row has a category, the first has none: it stays.
      let ivan = try await stage.ask(.get, Self.anna).object
      #expect(ivan["name"] as? String == "Ivan" && ivan["category"] as? String == "vip")

      let huge = try await stage.ask(.post, "/api/v1/customers", #"[{"phone": 9007199254740992}]"#)
      #expect(huge.status == 400, "\(huge.text)")

      let first = try await stage.ask(.get, "/api/v1/customers?limit=2", as: "agent")
      #expect(first.items.map { $0["number"] as? String } == ["+79161234567", "+79161234568"])
      let cursor = (first.object["next"] as? String ?? "").replacing("+", with: "%2B")
      let second = try await stage.ask(.get, "/api/v1/customers?limit=2&cursor=\(cursor)", as: "agent")
      #expect(second.items.map { $0["number"] as? String } == ["+79161234570"])
      #expect(second.object["next"] is NSNull)
      #expect(try await stage.ask(.get, "/api/v1/customers?category=vip").items.count == 1)
      #expect(try await stage.ask(.get, "/api/v1/customers?manager=PJSIP/101").items.count == 1)
      #expect(try await stage.ask(.get, "/api/v1/customers?to=2020-01-01T00:00:00Z").items.isEmpty)
      #expect(
        try await stage.ask(
          .post, "/api/v1/customers", "name\nAnna\n", headers: ["Content-Type": "text/csv"]
        ).status == 409)
    }
  }
}
