import Foundation
import Lab
import Synchronization
import Telephony
import Testing
import WebAPI

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// An agent's page, as far as it speaks to the API.
private struct Page {
  let service: LabService
  let token: String

  /// `agent`: the extension a token of role agent acts for.
  init(_ service: LabService, role: String, of agent: Int? = nil) async throws {
    self.service = service
    let made =
      if let agent {
        try await service.command(
          "token", "create", "--role", role, "--label", "\(agent)", "--member", "PJSIP/\(agent)")
      } else {
        try await service.command("token", "create", "--role", role, "--label", role)
      }
    token = made.output.split(separator: "\n").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
    try #require(made.status == 0 && token.hasPrefix("pz_"), "\(made.output)")
  }

  func send(_ method: String, _ path: String, body: String? = nil) async throws -> (status: Int, body: Data) {
    var request = URLRequest(url: URL(string: "http://127.0.0.1:\(service.httpPort)/api/v1/\(path)")!)
    request.httpMethod = method
    request.httpBody = body.map { Data($0.utf8) }
    request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    request.setValue(UUID().uuidString, forHTTPHeaderField: "Idempotency-Key")
    let (data, response) = try await URLSession.shared.data(for: request)
    return ((response as? HTTPURLResponse)?.statusCode ?? 0, data)
  }

  func answer(_ method: String, _ path: String, body: String? = nil) async throws -> CardAnswer {
    let (status, data) = try await send(method, path, body: body)
    try #require(status == 200, "\(path) \(status): \(String(decoding: data, as: UTF8.self))")
    return try JSONDecoder().decode(CardAnswer.self, from: data)
  }

  /// Asks until a card comes.
  func next(_ agent: Int) async throws -> CardDocument {
    var reason = ""
    for _ in 0..<10 {
      let answer = try await answer("POST", "agents/PJSIP%2F\(agent)/next")
      if let card = answer.card { return card }
      reason = answer.reason
    }
    throw LabError(.timeout, "no card for \(agent): \(reason); \(service.logged.suffix(2_000))")
  }
}

/// What `/api/v1/stream` has sent so far.
private final class StreamReader: NSObject, URLSessionDataDelegate, Sendable {
  private let text = Mutex("")

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    text.withLock { $0 += String(decoding: data, as: UTF8.self) }
  }

  /// Reads until the session is invalidated.
  func begin(_ page: Page) -> URLSession {
    let session = URLSession(configuration: .ephemeral, delegate: self, delegateQueue: nil)
    var request = URLRequest(url: URL(string: "http://127.0.0.1:\(page.service.httpPort)/api/v1/stream")!)
    request.setValue("Bearer \(page.token)", forHTTPHeaderField: "Authorization")
    session.dataTask(with: request).resume()
    return session
  }

  /// The `card` events.
  var cards: [CardNews] {
    text.withLock { $0 }.components(separatedBy: "\n\n").compactMap { event in
      guard event.hasPrefix("event: card\ndata: ") else { return nil }
      return try? JSONDecoder().decode(CardNews.self, from: Data(event.dropFirst(18).utf8))
    }
  }

  func wait(for state: CardNews.State, of attempt: String) async throws {
    for _ in 0..<400 {
      if cards.contains(where: { $0.state == state && $0.attempt == attempt }) { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw LabError(.timeout, "no card event \(state) of \(attempt): \(text.withLock { $0.suffix(2_000) })")
  }
}

@Suite struct `A card in preview mode` {
  private static let options = LabServiceOptions(
    campaign: ["mode": "preview", "start_after": "5m"],
    agents: ["card": "8s", "wrap_up": "1s", "confirm": "true"])

  private func attempts(_ stage: Stage) async throws -> String {
    try await stage.service.sql(
      """
      SELECT string_agg(concat_ws(' ', right(agent, 3), agent_result, customer_result, outcome), ', ' ORDER BY started_at)
      FROM report.attempts WHERE ended_at IS NOT NULL
      """)
  }

  private func letGo(_ stage: Stage, _ agent: Int) async throws {
    try await stage.lab.pbx.eventually(within: .seconds(20), "\(agent) is not paused") { pbx in
      let member = try await pbx.members().first { $0.interface.rawValue == "PJSIP/\(agent)" }
      return member?.paused == false ? true : nil
    }
  }

  /// Every end of a card in one story: the browser is gone, it is declined, the service is killed, it is accepted.
  @Test(arguments: bothAsterisks)
  func
    `rings nobody before it is accepted, comes back from a lost page and a killed service, and is then a callback`(
      _ asterisk: LabAsterisk
    ) async throws
  {
    try await Stage.with(asterisk, Self.options) { stage in
      let customer = "+79168300001"
      try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1), talk: .seconds(6)))
      for agent in [101, 102] {
        // No key: he has said yes on the page.
        try await stage.lab.telco.setAgent(agent, .answers(after: .seconds(1)))
        try await stage.lab.pbx.setMember(agent)
      }
      let page = try await Page(stage.service, role: "agent", of: 101)
      let other = try await Page(stage.service, role: "agent", of: 102)
      let supervisor = try await Page(stage.service, role: "supervisor")
      let viewer = try await Page(stage.service, role: "viewer")
      let added = try await stage.service.command("jobs", "add", customer, "--campaign", "sales-callback")
      #expect(added.status == 0, "\(added.output)")
      #expect(try await viewer.send("POST", "agents/PJSIP%2F101/next").status == 403)
      #expect(try await supervisor.send("POST", "agents/PJSIP%2F999/next").status == 404)
      #expect(try await page.send("POST", "agents/PJSIP%2F102/next").status == 403)

      // He looks at it, and his browser is gone.
      let stream = StreamReader()
      let reading = stream.begin(page)
      let first = try await page.next(101)
      #expect(first.number == customer && first.state == .offered && first.secondsLeft <= 8)
      #expect(first.timeZoneIsHis == false && first.localTime.count >= 5)
      let held = try await stage.lab.pbx.members().first { $0.interface.rawValue == "PJSIP/101" }
      #expect(held?.paused == true && held?.pausedReason == "pz:\(first.attempt)")
      try await letGo(stage, 101)
      #expect(try await page.send("POST", "attempts/\(first.attempt)/accept").status == 409)
      try await stream.wait(for: .released, of: first.attempt)
      reading.invalidateAndCancel()

      // The other one does not want it, and is not shown it again.
      let second = try await other.next(102)
      #expect(second.attempt != first.attempt && second.number == customer)
      #expect(second.history.contains { $0.sentence.contains("did nothing with the card") })
      #expect(try await other.answer("POST", "attempts/\(second.attempt)/decline").card == nil)
      try await letGo(stage, 102)
      let none = try await other.answer("POST", "agents/PJSIP%2F102/next")
      #expect(none.card == nil && none.reason.contains("declined"), "\(none.reason)")

      // The service dies while the first one looks at it again.
      let third = try await page.next(101)
      await stage.service.kill()
      try await stage.service.start()
      try await letGo(stage, 101)
      let job = try await stage.service.eventually("SELECT state, attempts FROM report.jobs") {
        $0 == "waiting|0"
      }
      #expect(job == "waiting|0")
      #expect(stage.lab.telco.legs(of: "101").isEmpty && stage.lab.telco.legs(of: "102").isEmpty)
      #expect(stage.invites(customer).isEmpty)
      #expect(try await page.send("POST", "attempts/\(third.attempt)/accept").status == 409)

      // Accepted, twice: once.
      let fourth = try await page.next(101)
      for _ in 1...2 {
        let taken = try await page.answer("POST", "attempts/\(fourth.attempt)/accept")
        #expect(taken.card?.state != .offered)
      }
      try await stage.invited(customer)
      let said = try await page.send(
        "POST", "attempts/\(fourth.attempt)/disposition",
        body: #"{"disposition": "sold", "note": "two of them"}"#)
      #expect(said.status == 204)
      try await stage.job(customer, is: .succeeded, within: .seconds(60))
      #expect(
        try await attempts(stage)
          == "101 no_answer none agent_missed, 102 declined none agent_missed, 101 none none agent_missed, "
          + "101 answered answered conversation")
      #expect(
        try await stage.service.sql(
          "SELECT disposition, note, j.attempts FROM report.attempts JOIN report.jobs j USING (job) "
            + "WHERE attempt = '\(fourth.attempt)'") == "sold|two of them|1")
      #expect(stage.invites(customer).count == 1 && stage.lab.telco.legs(of: "101").count == 1)
      try await stage.nothingIsLeft()
    }
  }
}
