import Courier
import Foundation
import Lab
import Logging
import Service
import Telephony
import Testing

/// The service in this process beside a real PostgreSQL, with its PBX away, and who asks it.
struct APIStage: Sendable {
  let lab: DatabaseLab
  /// Of its own, as superuser.
  let databaseURL: String
  let settings: Settings
  let administration: Administration
  let courier: Courier
  let base: String
  /// By role.
  let tokens: [String: String]

  /// An answer as the tests look at it.
  struct Answer: Sendable {
    var status: Int
    var headers: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var object: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) ?? [:]
    }
    var items: [[String: Any]] { object["items"] as? [[String: Any]] ?? [] }
  }

  /// Runs a test beside a service and a database of its own.
  static func with(_ http: String = "", more: String = "", _ body: (APIStage) async throws -> Void)
    async throws
  {
    let lab = try await APILab.shared.enter()
    let port = await APILab.shared.takePort(lab)
    let running: Task<Void, Never>
    let stage: APIStage
    do {
      (stage, running) = try await make(lab, port: port, http: http, more: more)
    } catch {
      await APILab.shared.leave(port)
      throw error
    }
    var failure: (any Error)?
    do {
      try await stage.listens()
      try await body(stage)
    } catch {
      failure = error
    }
    running.cancel()
    await running.value
    await stage.administration.close()
    await APILab.shared.leave(port)
    if let failure { throw failure }
  }

  private static func make(
    _ lab: DatabaseLab, port: Int, http: String, more: String
  ) async throws -> (APIStage, Task<Void, Never>) {
    let name = "api_\(UUID().uuidString.prefix(8).lowercased())"
    let url = try await lab.database.createDatabase(name)
    let file = "\(lab.path)/\(name).yaml"
    let yaml = configuration(url, spool: "\(lab.path)/\(name)", port: port, http: http)
    try (yaml + more).write(toFile: file, atomically: true, encoding: .utf8)
    let settings = try Settings.load(file: file, environment: [:])
    let administration = Administration(settings)
    _ = try await administration.migrate(dryRun: false)
    var tokens: [String: String] = [:]
    for role in ["viewer", "agent", "supervisor", "admin"] {
      tokens[role] = try await administration.createToken(
        role: role, label: "test-\(role)", member: role == "agent" ? "PJSIP/101" : nil, lifetime: nil)
    }
    var logger = Logger(label: "api")
    logger.logLevel = .critical
    let service = try PerezvonService(settings: settings, logger: logger)
    let stage = APIStage(
      lab: lab, databaseURL: url.replacing("//perezvon@", with: "//postgres@"), settings: settings,
      administration: administration, courier: try Courier(), base: "http://127.0.0.1:\(port)", tokens: tokens
    )
    return (stage, Task { try? await service.run() })
  }

  private static func configuration(_ url: String, spool: String, port: Int, http: String) -> String {
    // Nobody listens at port 1: the PBX is away, which the API must bear.
    """
    database:
      url: \(url)
      spool: \(spool)
    http:
      listen: 127.0.0.1:\(port)
    \(http)
    instance: api
    pbx:
      - name: pbx1
        ami: {host: 127.0.0.1, port: 1, username: perezvon, secret: "x"}
        ari: {url: "http://127.0.0.1:1/ari", username: perezvon, password: "x", app: perezvon}
        inbound_contexts: [from-trunk]
        own_numbers: ["+74951112233"]
        dial: "PJSIP/{number}@trunk"
    numbers: {region: RU, allow: ["+7"], deny: ["+7809"]}
    calendars:
      always: {timezone: Europe/Moscow, open: {mon-sun: "00:00-24:00"}}
    campaigns:
      - name: sales-callback
        kind: callback
        mode: agent_first
        calendar: always
        agents: {queue: sales}
        caller_id: "+74951112233"
      - name: spring
        kind: outbound
        mode: agent_first
        calendar: always
        agents: {queue: sales}
        caller_id: "+74951112233"
    losses: {average_sale: 12000, currency: RUB, conversion: 30%, self_return: measured}

    """
  }

  private func listens() async throws {
    let end = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < end {
      if let answer = try? await courier.send(.init(.get, base + "/healthz")), answer.status == 200 { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("The API does not listen.")
  }

  /// Asks with the token of a role; nil: without one.
  func ask(
    _ method: HTTPRequest.Method, _ path: String, as role: String? = "supervisor", _ json: String? = nil,
    headers: [String: String] = [:]
  ) async throws -> Answer {
    var fields = headers.map { HTTPHeader($0.key, $0.value) }
    if json != nil, headers["Content-Type"] == nil {
      fields.append(HTTPHeader("Content-Type", "application/json"))
    }
    let credentials = role.flatMap { tokens[$0] }.map { HTTPCredentials.bearer($0) } ?? .none
    let answer = try await courier.send(
      HTTPRequest(
        method, base + path, headers: fields, body: Array((json ?? "").utf8), credentials: credentials,
        timeout: .seconds(20)))
    let names = answer.headers.map { ($0.name.lowercased(), $0.value) }
    return Answer(
      status: answer.status, headers: Dictionary(names) { first, _ in first }, body: answer.body)
  }

  /// One value, as `psql` prints it.
  func sql(_ text: String) async throws -> String {
    try await lab.database.psql(text, at: databaseURL).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// A job by the API; its id.
  func owe(_ number: String, as role: String = "supervisor") async throws -> String {
    let answer = try await ask(
      .post, "/api/v1/jobs", as: role, #"{"number": "\#(number)", "campaign": "sales-callback"}"#)
    #expect(answer.status == 201, "\(answer.text)")
    return answer.object["job"] as? String ?? ""
  }
}

/// One PostgreSQL for all tests of the API, and how many of them run at once.
actor APILab {
  static let shared = APILab()
  /// Two cores serve more only more slowly.
  static let max = 4
  private var starting: Task<Result<DatabaseLab, LabError>, Never>?
  private var running = 0
  private var usedPorts: Set<Int> = []
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// Waits for a place; the server goes with this process.
  func enter() async throws -> DatabaseLab {
    if running < Self.max {
      running += 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
    let start =
      starting
      ?? Task {
        do throws(LabError) { return .success(try await DatabaseLab.start(LabOptions(fsync: false))) } catch {
          return .failure(error)
        }
      }
    starting = start
    return try await start.value.get()
  }

  func takePort(_ lab: DatabaseLab) -> Int {
    let port = lab.sparePorts.first { !usedPorts.contains($0) } ?? lab.sparePorts.lowerBound
    usedPorts.insert(port)
    return port
  }

  func leave(_ port: Int) {
    usedPorts.remove(port)
    if waiting.isEmpty { running -= 1 } else { waiting.removeFirst().resume() }
  }
}
