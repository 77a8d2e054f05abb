import ArgumentParser
import Foundation
import Lab
import Telephony

/// `make screenshots`: each page as a browser shows it beside a lab with a month behind it and callers in the line.
struct Screenshots: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a picture of each page, dark and light, from a lab with callers.")

  @Argument(help: "The directory the pictures go into.") var directory = "docs/screenshots"

  func run() async throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let lab = try await Lab.start { print($0) }
    var options = LabServiceOptions(
      campaign: [
        "start_after": "2s", "retry": "{busy: [4m], no_answer: [30m], congestion: [2m], dropped: [1h]}",
      ],
      agents: ["ring": "8s", "wrap_up": "40s"])
    options.moreCampaigns = """
        - name: winter-offer
          kind: outbound
          mode: progressive
          calendar: always
          caller_id: "+74951112234"
          max_drop_rate: 3%
          agents: {queue: support}
        - name: spring
          kind: callback
          queues: [desk]
          mode: preview
          calendar: always
          number_kinds: [mobile]
          agents: {queue: desk, card: 5m}
      """
    let service = try LabService(options, beside: lab)
    do {
      try await service.start()
      _ = try await service.sql(Self.month)
      try await people(lab)
      try await lab.pbx.setMember(103, of: "desk")
      _ = try await service.command("jobs", "add", "+79161230081", "--campaign", "spring")
      try await pictures(service)
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      await service.stop()
      await lab.stop()
      throw ExitCode.failure
    }
    await service.stop()
    await lab.stop()
  }

  /// Agents, some who gave up, some who wait.
  private func people(_ lab: Lab) async throws {
    for agent in [101, 102, 103] {
      try await lab.telco.setAgent(agent, .answers(after: .seconds(1), keys: "1", keysAfter: .seconds(1)))
    }
    for caller in Self.gaveUp {
      try await lab.telco.setCustomer(caller, caller.hasSuffix("4") ? .busy : .answers(after: .seconds(2)))
      _ = try await lab.telco.placeCall(from: caller, name: "Mariya", hangsUpAfter: .seconds(4))
    }
    try await Task.sleep(for: .seconds(7))
    try await lab.pbx.setMember(101)
    try await lab.pbx.setMember(102)
    try await lab.pbx.setMember(102, of: "support")
    try await lab.pbx.setMember(104, paused: true)
    try await lab.pbx.setMember(105, of: "support")
    try await lab.telco.setAgent(105, registered: false)
    // Both agents of sales are with customers they called back; then others come into the line.
    try await Task.sleep(for: .seconds(12))
    for caller in ["+79161230071", "+79161230072", "+79161230073"] {
      _ = try await lab.telco.placeCall(from: caller)
      try await Task.sleep(for: .seconds(6))
    }
    try await Task.sleep(for: .seconds(8))
  }

  /// The lab has more queues than anybody's wall.
  private static let board = "/?theme=dark&queues=sales,support"
  private static let gaveUp = (1...7).map { "+7916123006\($0)" }

  private func pictures(_ service: LabService) async throws {
    let made = try await service.command("token", "create", "--role", "supervisor", "--label", "pictures")
    let token = made.output.split(separator: "\n").last.map(String.init) ?? ""
    let browser = try await Browser.start()
    do {
      let base = "http://127.0.0.1:\(service.httpPort)"
      try await browser.resize(width: 1280, height: 720)
      try await browser.open(base + Self.board)
      try await browser.eventually("the form", "return document.activeElement?.id === 'token'")
      try await browser.press(token + Browser.Key.enter)
      try await browser.shows("sales")
      try await Task.sleep(for: .seconds(3))
      try await take("board-dark", browser)
      let number = Self.gaveUp[0].replacing("+", with: "%2B")
      for (name, path) in [
        ("board-light-uk", "/?theme=light&lang=uk&queues=sales,support"),
        ("number-light", "/numbers/\(number)?theme=light"),
        ("reports-dark", "/reports?theme=dark&report=loss-days"),
        ("own-call-light", "/agent?theme=light&member=PJSIP%2F103&number=%2B79161234567"),
        ("agent-light-ru", "/agent?theme=light&lang=ru&member=PJSIP%2F103"),
      ] {
        try await browser.open(base + path)
        try await Task.sleep(for: .seconds(3))
        if name.hasPrefix("agent") {
          try await browser.press("n")
          try await browser.eventually("a card", "return document.querySelector('.card') !== null")
        }
        try await take(name, browser)
      }
      try await browser.resize(width: 390, height: 844)
      try await browser.open(base + Self.board)
      try await Task.sleep(for: .seconds(3))
      try await take("board-phone", browser)
    } catch {
      await browser.stop()
      throw error
    }
    await browser.stop()
  }

  private func take(_ name: String, _ browser: Browser) async throws {
    let path = "\(directory)/\(name).png"
    try await browser.screenshot().write(to: URL(filePath: path))
    print(path)
  }

  /// Thirty days of calls, the same each time: 40 a day and today's so far, a sixth of them missed.
  private static let month = """
    INSERT INTO perezvon.calls (pbx, linkedid, channel, direction, started_at, ended_at, number, number_kind,
        customer_name, did, queue, answered, answered_by, wait, talk, lost_at, ending, hangup_cause, short)
      SELECT 'pbx1', 'old.' || n, 'old.' || n, 'inbound', at, at + interval '40 s', '+7916' || (5000000 + n), 'mobile', '',
        '+74951112233', queue, NOT missed, CASE WHEN missed THEN NULL ELSE 'PJSIP/101' END, make_interval(secs => wait),
        make_interval(secs => CASE WHEN missed THEN 0 ELSE 30 END), CASE WHEN missed THEN place END,
        CASE WHEN missed THEN 'caller_hung_up' END, 16, false
      FROM (SELECT n, now() - n * interval '31 minutes' AS at, n % 6 = 0 AS missed, 3 + (n * 7919) % 37 AS wait,
          CASE WHEN n % 3 = 0 THEN 'support' ELSE 'sales' END AS queue,
          (ARRAY['queue', 'queue', 'queue', 'ivr', 'after_hours'])[1 + n / 6 % 5] AS place
        FROM generate_series(1, 1400) AS n) AS c;
    INSERT INTO perezvon.queue_entries (pbx, channel, join_n, linkedid, queue, joined_at, left_at, result, position)
      SELECT pbx, channel, 1, linkedid, queue, started_at, started_at + wait,
        CASE WHEN answered THEN 'answered' ELSE 'abandoned' END, 1 FROM perezvon.calls WHERE linkedid LIKE 'old.%';
    INSERT INTO perezvon.missed_calls (pbx, linkedid, at, number, number_kind, customer_name, did, queue, wait, lost_at,
        ending, members_rung, short, evidence, no_job_reason)
      SELECT pbx, linkedid, ended_at, number, number_kind, '', did, CASE WHEN lost_at = 'queue' THEN queue END, wait, lost_at,
        ending, '{}', false, '[]', 'it is older than recover_max_age' FROM perezvon.calls
      WHERE linkedid LIKE 'old.%' AND NOT answered;
    """
}
