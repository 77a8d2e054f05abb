import Courier
import Foundation
import Testing

@Suite struct `An agent's own calls over the API` {
  private static let promise = "/api/v1/agents/PJSIP%2F101/promise"

  @Test func `are promised by himself or a supervisor, and by nobody else`() async throws {
    try await APIStage.with { stage in
      let body =
        #"{"number": "89161234567", "at": "2031-01-02T03:04:05+03:00", "note": "wants <i>the red one</i>"}"#
      #expect(try await stage.ask(.post, Self.promise, as: "viewer", body).status == 403)
      let other = try await stage.ask(.post, "/api/v1/agents/PJSIP%2F102/promise", as: "agent", body)
      #expect(other.status == 403, "\(other.text)")
      let made = try await stage.ask(.post, Self.promise, as: "agent", body)
      #expect(made.status == 201, "\(made.text)")
      #expect(made.object["number"] as? String == "+79161234567")
      #expect(
        made.object["owner"] as? String == "PJSIP/101" && made.object["source"] as? String == "promised")
      #expect(made.object["dueAt"] as? String == "2031-01-02T00:04:05Z")
      #expect(
        made.object["reason"] as? String
          == "PJSIP/101 promised it; will be called back from 2031-01-02 03:04; wants <i>the red one</i>")
      let promised = try await stage.sql(
        "SELECT concat_ws('|', owner, source, promised_at = '2031-01-02 00:04:05Z', state) FROM report.promises"
      )
      #expect(promised == "PJSIP/101|promised|t|waiting")

      // What was said last counts, and the sentence names who said it for him.
      let moved = try await stage.ask(
        .post, "/api/v1/agents/PJSIP%2F102/promise",
        #"{"number": "+79161234567", "at": "2031-01-03T00:00:00Z", "campaign": "sales-callback"}"#)
      #expect(moved.status == 200 && moved.object["owner"] as? String == "PJSIP/102", "\(moved.text)")
      #expect(
        try await stage.sql(
          "SELECT count(*) FROM report.decisions WHERE decision = 'promised' AND reason LIKE '%says token test-supervisor%'"
        ) == "1")
      #expect(try await stage.sql("SELECT count(*) FROM perezvon.jobs") == "1")
    }
  }

  @Test func `are refused with a reason where they could not be made`() async throws {
    try await APIStage.with { stage in
      func ask(_ path: String, _ body: String) async throws -> (status: Int, text: String) {
        let answer = try await stage.ask(.post, path, as: "admin", body)
        return (answer.status, answer.object["detail"] as? String ?? "")
      }
      let at = #""at": "2031-01-02T00:00:00Z""#
      let cases: [(String, String, Int, String)] = [
        (Self.promise, #"{"number": "+79161234567"}"#, 400, "`at`"),
        (Self.promise, #"{"number": null, \#(at)}"#, 400, "`number`"),
        (Self.promise, "{\(at)}", 409, "talked last is not known"),
        (Self.promise, #"{"number": "+4930123456", \#(at)}"#, 409, "outside the allowed prefixes"),
        (Self.promise, #"{"number": "+78095551122", \#(at)}"#, 409, "No promise was kept"),
        (Self.promise, #"{"number": "123", \#(at)}"#, 409, "phone number"),
        (Self.promise, #"{"number": "+79161234567", "campaign": "none", \#(at)}"#, 404, "sales-callback"),
        (Self.promise, #"{"number": "+79161234567", "pbx": "none", \#(at)}"#, 404, "pbx1"),
        ("/api/v1/agents/PJSIP%2F1%2C2/promise", #"{"number": "+79161234567", \#(at)}"#, 404, "no interface"),
        // The PBX is away: nobody's phone can be rung.
        ("/api/v1/agents/PJSIP%2F101/call", #"{"number": "+79161234567"}"#, 409, "not seen in any queue"),
      ]
      for (path, body, status, word) in cases {
        let answer = try await ask(path, body)
        #expect(answer.status == status && answer.text.contains(word), "\(body): \(answer)")
      }
      #expect(try await stage.sql("SELECT count(*) FROM perezvon.jobs") == "0")
    }
  }
}
