import Courier
import Foundation
import Testing

@Suite struct `The API` {
  @Test func `opens with a token of the role and with nothing less`() async throws {
    try await APIStage.with { stage in
      #expect(try await stage.ask(.get, "/healthz", as: nil).text == "ok\n")
      let none = try await stage.ask(.get, "/api/v1/jobs", as: nil)
      #expect(none.status == 401)
      #expect(none.headers["content-type"] == "application/problem+json")
      #expect(none.headers["www-authenticate"] == "Bearer")
      let wrong = try await stage.ask(
        .get, "/api/v1/jobs", as: nil, headers: ["Authorization": "Bearer pz_0000"])
      #expect(wrong.status == 401)
      #expect(try await stage.ask(.get, "/api/v1/jobs", as: "viewer").status == 200)
      let viewer = try await stage.ask(
        .post, "/api/v1/jobs", as: "viewer", #"{"number": "+79161234567", "campaign": "sales-callback"}"#)
      #expect(viewer.status == 403)
      #expect(viewer.text.contains("supervisor"))
      #expect(try await stage.ask(.get, "/api/v1/numbers/+79161234567", as: "viewer").status == 403)
      #expect(try await stage.ask(.delete, "/api/v1/numbers/+79161234567").status == 403)
      let me = try await stage.ask(.get, "/api/v1/me", as: "agent").object
      #expect(me["label"] as? String == "test-agent" && me["member"] as? String == "PJSIP/101")
      #expect(try await stage.sql("SELECT count(*) FROM perezvon.jobs") == "0")
    }
  }

  @Test func `says who did what to a job`() async throws {
    try await APIStage.with { stage in
      let job = try await stage.owe("89161234567")
      let again = try await stage.ask(
        .post, "/api/v1/jobs", #"{"number": "+79161234567", "campaign": "sales-callback"}"#)
      #expect(again.status == 200 && again.object["job"] as? String == job)

      let later = try await stage.ask(
        .post, "/api/v1/jobs/\(job)/postpone", #"{"to": "2031-01-02T03:04:05+03:00"}"#)
      #expect(later.object["dueAt"] as? String == "2031-01-02T00:04:05Z")
      let given = try await stage.ask(.post, "/api/v1/jobs/\(job)/assign", #"{"member": "PJSIP/101"}"#)
      #expect(given.object["owner"] as? String == "PJSIP/101")
      let taken = try await stage.ask(.post, "/api/v1/jobs/\(job)/assign", #"{"member": null}"#)
      #expect(taken.object["owner"] is NSNull || taken.object["owner"] == nil)
      #expect(try await stage.ask(.post, "/api/v1/jobs/\(job)/now").status == 200)
      let cancelled = try await stage.ask(.post, "/api/v1/jobs/\(job)/cancel")
      #expect(cancelled.object["state"] as? String == "cancelled")
      let twice = try await stage.ask(.post, "/api/v1/jobs/\(job)/cancel")
      #expect(twice.status == 409)

      let story = try await stage.ask(.get, "/api/v1/jobs/\(job)").object
      let reasons = (story["decisions"] as? [[String: Any]] ?? []).compactMap { $0["reason"] as? String }
      #expect(
        reasons == [
          "a callback was added by token test-supervisor", "postponed by token test-supervisor",
          "assigned to PJSIP/101 by token test-supervisor", "taken from its owner by token test-supervisor",
          "made due at once by token test-supervisor", "cancelled by token test-supervisor",
        ])
      let told = try await stage.ask(.get, "/api/v1/numbers/%2B79161234567", as: "agent")
      #expect(told.text.contains("cancelled by token test-supervisor"))
    }
  }

  @Test func `lists jobs in pages, filtered by number, state, campaign and time`() async throws {
    try await APIStage.with { stage in
      var made: Set<String> = []
      for n in 0..<7 { made.insert(try await stage.owe("+7916123450\(n)")) }
      _ = try await stage.ask(.post, "/api/v1/jobs/\(made.first!)/cancel")
      var (seen, cursor, pages) = ([String](), "", 0)
      repeat {
        let page = try await stage.ask(
          .get, "/api/v1/jobs?limit=3" + (cursor.isEmpty ? "" : "&cursor=\(cursor)"))
        seen += page.items.compactMap { $0["job"] as? String }
        cursor = page.object["next"] as? String ?? ""
        pages += 1
      } while !cursor.isEmpty && pages < 10
      #expect(seen.count == 7 && Set(seen) == made)

      func count(_ query: String, as role: String = "agent") async throws -> Int {
        let answer = try await stage.ask(.get, "/api/v1/jobs?\(query)", as: role)
        #expect(answer.status == 200, "\(query): \(answer.text)")
        return answer.items.count
      }
      #expect(try await count("number=%2B79161234503") == 1)
      #expect(try await count("number=89161234503") == 1)
      #expect(try await count("state=cancelled") == 1)
      #expect(try await count("state=waiting&campaign=sales-callback") == 6)
      #expect(try await count("campaign=spring") == 0)
      #expect(try await count("queue=sales") == 0)
      #expect(try await count("from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00%2B03:00") == 0)
      #expect(try await count("from=2020-01-01T00:00:00Z") == 7)
      let shown = try await stage.ask(.get, "/api/v1/jobs?number=89161234503", as: "agent").items[0]
      #expect(shown["number"] as? String == "+79161234503")
      let masked = try await stage.ask(.get, "/api/v1/jobs?number=89161234503", as: "viewer").items[0]
      #expect(masked["number"] as? String == "+79*******03")
    }
  }

  @Test func `does a request that is repeated with its key once`() async throws {
    try await APIStage.with { stage in
      let body = #"{"number": "+79161234567", "campaign": "sales-callback"}"#
      let answers = try await withThrowingTaskGroup(of: APIStage.Answer.self) { group in
        for _ in 0..<8 {
          group.addTask {
            try await stage.ask(.post, "/api/v1/jobs", body, headers: ["Idempotency-Key": "k1"])
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.allSatisfy { $0.status == 201 || $0.status == 409 })
      let again = try await stage.ask(.post, "/api/v1/jobs", body, headers: ["Idempotency-Key": "k1"])
      #expect(again.status == 201 && again.headers["idempotency-replayed"] == "true")
      #expect(Set((answers + [again]).filter { $0.status == 201 }.map(\.text)).count == 1)
      #expect(
        try await stage.sql("SELECT count(*) FROM perezvon.decisions WHERE decision = 'job_created'") == "1")

      let other = try await stage.ask(
        .post, "/api/v1/jobs", #"{"number": "+79161234568", "campaign": "sales-callback"}"#,
        headers: ["Idempotency-Key": "k1"])
      #expect(other.status == 422)
      // The keys of another token are others; a request that failed may be tried again.
      let theirs = try await stage.ask(
        .post, "/api/v1/jobs", as: "admin", body, headers: ["Idempotency-Key": "k1"])
      #expect(theirs.status == 200)
      let refused = try await stage.ask(
        .post, "/api/v1/jobs", #"{"number": "+4930123456", "campaign": "sales-callback"}"#,
        headers: ["Idempotency-Key": "k2"])
      #expect(refused.status == 409)
      #expect(try await stage.sql("SELECT count(*) FROM perezvon.kept_answers WHERE key = 'k2'") == "0")
      // After a day a key is as new.
      _ = try await stage.sql("UPDATE perezvon.kept_answers SET at = at - interval '25 hours'")
      let nextDay = try await stage.ask(.post, "/api/v1/jobs", body, headers: ["Idempotency-Key": "k1"])
      #expect(nextDay.status == 200 && nextDay.headers["idempotency-replayed"] == nil)
    }
  }

  @Test func `refuses what it does not describe, with a sentence`() async throws {
    try await APIStage.with { stage in
      let cases: [(HTTPMethod, String, String?, [String: String], Int, String)] = [
        (.get, "/api/v1/jobs?limit=0", nil, [:], 400, "limit"),
        (.get, "/api/v1/jobs?state=lost", nil, [:], 400, "state"),
        (.get, "/api/v1/jobs?color=red", nil, [:], 400, "color"),
        (.get, "/api/v1/jobs?limit=1&limit=2", nil, [:], 400, "twice"),
        (.get, "/api/v1/jobs?from=yesterday", nil, [:], 400, "from"),
        (.get, "/api/v1/jobs?cursor=x", nil, [:], 400, "cursor"),
        (.get, "/api/v1/jobs?queue=%FF", nil, [:], 400, "UTF-8"),
        (.get, "/api/v1/nothing", nil, [:], 404, "openapi"),
        (.get, "/api/v1/jobs/01a2044e-0000-7000-8000-000000000000", nil, [:], 404, "no job"),
        (.get, "/api/v1/numbers/abc", nil, [:], 404, "phone number"),
        (.delete, "/api/v1/jobs", nil, [:], 405, "GET"),
        (.post, "/api/v1/jobs", "{", [:], 400, "JSON"),
        (.post, "/api/v1/jobs", "", [:], 400, "empty"),
        (.post, "/api/v1/jobs", #"{"number": 7}"#, [:], 400, "text"),
        (.post, "/api/v1/jobs", #"{"number": "+79161234567", "campaign": "nobody"}"#, [:], 404, "campaign"),
        (
          .post, "/api/v1/jobs", #"{"number": "+79161234567", "campaign": "spring", "x": 1}"#, [:], 400, "`x`"
        ),
        (
          .post, "/api/v1/jobs", #"{"number": "+78095551122", "campaign": "sales-callback"}"#, [:], 409,
          "No job"
        ),
        (.post, "/api/v1/jobs", "number=1", ["Content-Type": "text/plain"], 415, "Content-Type"),
        (.post, "/api/v1/jobs", "{}", ["Idempotency-Key": "a b"], 400, "Idempotency-Key"),
        (
          .post, "/api/v1/jobs", #"{"number": "\#(String(repeating: "1", count: 70_000))"}"#, [:], 413,
          "bytes"
        ),
      ]
      for (method, path, body, headers, status, word) in cases {
        let answer = try await stage.ask(
          method == .get ? .get : method == .post ? .post : .delete, path, body, headers: headers)
        #expect(answer.status == status, "\(method) \(path): \(answer.text)")
        #expect(answer.headers["content-type"] == "application/problem+json", "\(path)")
        #expect(answer.object["status"] as? Int == status)
        #expect((answer.object["detail"] as? String ?? "").contains(word), "\(path): \(answer.text)")
      }
      #expect(try await stage.ask(.delete, "/api/v1/jobs").headers["allow"] == "GET, POST")
    }
  }

  private enum HTTPMethod { case get, post, delete }

  @Test func `takes so many requests of a token in a second and no more`() async throws {
    try await APIStage.with("  requests_per_second: 1") { stage in
      var last = try await stage.ask(.get, "/api/v1/me")
      for _ in 0..<20 where last.status == 200 { last = try await stage.ask(.get, "/api/v1/me") }
      #expect(last.status == 429)
      #expect(last.headers["retry-after"] == "1")
      #expect(last.text.contains("http.requests_per_second"))
      #expect(try await stage.ask(.get, "/api/v1/me", as: "admin").status == 200)
    }
  }

  @Test func `keeps a browser's token in a cookie no other site can use`() async throws {
    try await APIStage.with { stage in
      #expect(try await stage.ask(.post, "/login", as: nil, #"{"token": "pz_1; Path=/x"}"#).status == 401)
      let token = stage.tokens["supervisor"]!
      let login = try await stage.ask(.post, "/login", as: nil, #"{"token": "\#(token)"}"#)
      #expect(login.status == 204)
      let cookie = login.headers["set-cookie"] ?? ""
      #expect(cookie.hasPrefix("perezvon_token=\(token);"))
      #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
      let held = ["Cookie": "a=b; perezvon_token=\(token)"]
      #expect(try await stage.ask(.get, "/api/v1/me", as: nil, headers: held).status == 200)
      // What a form of another site could send is refused even with the cookie.
      let form = try await stage.ask(
        .post, "/api/v1/campaigns/sales-callback/pause", as: nil, "{}",
        headers: held.merging(["Content-Type": "text/plain"]) { first, _ in first })
      #expect(form.status == 415)
      let own = try await stage.ask(
        .post, "/api/v1/campaigns/sales-callback/pause", as: nil, "{}", headers: held)
      #expect(own.status == 200)
      let out = try await stage.ask(.post, "/logout", as: nil, "{}")
      #expect(out.headers["set-cookie"]?.contains("Max-Age=0") == true)
    }
  }

  @Test func `runs campaigns and takes their contacts as JSON and as CSV`() async throws {
    try await APIStage.with { stage in
      let json = try await stage.ask(
        .post, "/api/v1/campaigns/spring/contacts",
        #"[{"key": "a1", "name": "=Anna \"A\"", "phones": ["+79161234567", "+79161234568"]}, {"name": "B", "phones": "12"}]"#
      )
      #expect(json.status == 200, "\(json.text)")
      #expect(json.object["added"] as? Int == 1 && json.object["refused"] as? Int == 1)
      let csv = try await stage.ask(
        .post, "/api/v1/campaigns/spring/contacts", "phone,name\n+79161234569,Carl\n",
        headers: ["Content-Type": "text/csv"])
      #expect(csv.object["added"] as? Int == 1, "\(csv.text)")
      #expect(try await stage.sql("SELECT name FROM perezvon.contacts WHERE key = 'a1'") == #"=Anna "A""#)

      let held = try await stage.ask(.get, "/api/v1/campaigns", as: "viewer").items
      let spring = held.first { $0["campaign"] as? String == "spring" }
      #expect(spring?["runs"] as? Bool == false && spring?["contacts"] as? Int == 2)
      #expect(try await stage.ask(.post, "/api/v1/campaigns/spring/resume").status == 409)
      let started = try await stage.ask(
        .post, "/api/v1/campaigns/spring/start", #"{"until": "2031-01-01T00:00:00Z"}"#)
      #expect(started.object["runs"] as? Bool == true)
      #expect(started.object["stopsAt"] as? String == "2031-01-01T00:00:00Z")
      let paused = try await stage.ask(.post, "/api/v1/campaigns/spring/pause")
      #expect(paused.object["runs"] as? Bool == false)
      #expect(
        try await stage.sql(
          "SELECT reason FROM report.decisions WHERE decision = 'campaign_paused'")
          == "token test-supervisor paused the campaign spring")
      #expect(try await stage.ask(.post, "/api/v1/campaigns/nobody/start").status == 404)
    }
  }

  @Test func `removes a number and shows the agents there are`() async throws {
    try await APIStage.with { stage in
      _ = try await stage.owe("+79161234567")
      let gone = try await stage.ask(.delete, "/api/v1/numbers/%2B79161234567", as: "admin")
      #expect(gone.object["jobs"] as? Int == 1)
      #expect(try await stage.sql("SELECT count(*) FROM perezvon.jobs") == "0")
      let agents = try await stage.ask(.get, "/api/v1/agents?state=free&queue=sales", as: "viewer")
      #expect(agents.status == 200 && agents.items.isEmpty)
      let ready = try await stage.ask(.get, "/readyz", as: "viewer")
      #expect(ready.status == 503 && ready.text.contains("AMI of pbx1"))
    }
  }
}
