import CallPolicy
import CallTracking
import Courier
import Foundation
import Lab
import Logging
import Synchronization
import Telephony
import Testing

@testable import Service
@testable import Store

/// A database, a notifier with a clock of its own, and what its configuration names.
private final class NotifierStage: Sendable {
  let url: String
  private let database: LabDatabase
  let store: Store
  let notifier: Notifier
  let settings: Settings
  private let box = Box(NotifierStage.start)

  /// Sunday, 2026-11-22 19:00 in Moscow.
  static let start = Timestamp(microseconds: 1_795_363_200_000_000)

  var now: Timestamp { box.now }

  private init(_ notify: String, tasks: String) async throws {
    let lab = try await SharedServer.shared.lab()
    database = lab.database
    url = try await database.createDatabase("notify_\(UUID().uuidString.prefix(8).lowercased())")
    let yaml = """
      database: {url: "\(url)"}
      instance: node-a
      pbx:
        - name: pbx1
          ami: {username: perezvon, secret: hush}
          ari: {username: perezvon, password: hush}
          inbound_contexts: [from-trunk]
          dial: PJSIP/{number}@trunk
      numbers: {region: RU, allow: ["+7"]}
      calendars: {office: {timezone: Europe/Moscow, open: {mon-sun: "00:00-24:00"}}}
      campaigns: [{name: sales, queues: [sales], calendar: office}]
      notify:
      \(notify.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
      tasks: {\(tasks)}
      """
    settings = try Settings.read(yaml: yaml, fileName: "test.yaml", environment: [:]) { _ in
      .failure(.init(sentence: "no files here"))
    }
    store = Store(StoreSettings(url: url, poolSize: 2))
    _ = try await store.migrate()
    let box = self.box
    notifier = Notifier(
      store: store, courier: try Courier(), world: World(now: { box.now }, seed: 1),
      settings: SettingsInForce(settings), links: { [] }, logger: Logger(label: "test"))
  }

  /// The moment the notifier reads.
  final class Box: Sendable {
    private let moment: Mutex<Timestamp>
    init(_ moment: Timestamp) { self.moment = Mutex(moment) }
    var now: Timestamp { moment.withLock { $0 } }
    func set(_ value: Timestamp) { moment.withLock { $0 = value } }
  }

  static func with(_ notify: String, tasks: String = "", _ body: (NotifierStage) async throws -> Void)
    async throws
  {
    let stage = try await NotifierStage(notify, tasks: tasks)
    var failure: (any Error)?
    do { try await body(stage) } catch { failure = error }
    await stage.store.close()
    if let failure { throw failure }
  }

  /// One look at events and the outbox, and all answers to it.
  func round(after span: Duration = .zero) async throws {
    box.set(now + span)
    try await notifier.round()
    await notifier.settled()
  }

  func watch(after span: Duration = .zero) async throws {
    box.set(now + span)
    try await notifier.watch()
  }

  /// A call that was lost in the queue and settled by the configuration's policy.
  func miss(_ linkedID: LinkedID, from number: String = "+79161234567", name: String = "Ганна Їжакевич")
    async throws
  {
    let call = CallRecord(
      pbx: "pbx1", linkedID: linkedID, channel: ChannelID(linkedID.rawValue), direction: .inbound,
      startedAt: now - .seconds(90), endedAt: now, rawNumber: number, rawName: name, did: "4951112233",
      queue: "sales", answered: false, answeredBy: nil, wait: .seconds(80), talk: .zero, lostAt: .queue,
      ending: .callerHungUp, cause: .normalClearing, membersRung: ["PJSIP/101"], evidence: [], attempt: nil)
    let caller = settings.numberPlan.read(number)
    var random = SystemRandomNumberGenerator()
    let (policy, now, id) = (
      CallPolicy(settings: settings.policy), now, JobID(UniqueID(at: now, using: &random))
    )
    _ = try await store.settle(call, caller: caller, now: now) {
      policy.decide(call: call, caller: caller, history: $0, now: now, newJobID: id, holdOutDraw: 1)
    }
  }

  func sql(_ text: String) async throws -> String { try await database.psql(text, at: url) }
}

/// One PostgreSQL for these tests; it goes with the process.
private actor SharedServer {
  static let shared = SharedServer()
  private var starting: Task<DatabaseLab, any Error>?

  func lab() async throws -> DatabaseLab {
    let task = starting ?? Task { try await DatabaseLab.start() }
    starting = task
    return try await task.value
  }
}

@Suite struct `The notifier` {
  @Test(arguments: NotifySettings.Language.allCases)
  func `mails over TLS with a password, in every language`(_ language: NotifySettings.Language) async throws {
    let server = try await MailServer.start()
    let notify = """
      smtp:
        url: smtp://\(MailServer.username):\(MailServer.password)@localhost:\(server.port)
        from: pbx@example.org
        tls: required
        ca_file: \(server.certificate)
      language: \(language.rawValue)
      link_base: https://pz.example.org
      rules: [{on: missed_call, email: [lead@example.org, boss@example.org]}]
      """
    try await NotifierStage.with(notify) { stage in
      try await stage.miss("1.1")
      try await stage.round()
      let mail = try #require(server.mails.first)
      #expect(mail.tls && mail.authenticated)
      #expect(mail.recipients == ["lead@example.org", "boss@example.org"])
      let words = NotificationWords(language: language)
      #expect(mail.subject.hasPrefix(words.title(.missedCall) + ": +79161234567 (Ганна Їжакевич), sales"))
      #expect(mail.parts["text/plain"]?.contains("https://pz.example.org/numbers/%2B79161234567") == true)
      #expect(mail.parts["text/html"]?.contains("Ганна Їжакевич") == true)
      let key = try await stage.sql("SELECT key FROM perezvon.outbox")
      #expect(mail.messageID == "<\(key)@example.org>")
      #expect(
        try await stage.sql("SELECT state || coalesce(payload::text, '') FROM perezvon.outbox") == "sent")
    }
    await server.stop()
  }

  @Test func `does not mail where TLS is required and the certificate is not known, and says why`()
    async throws
  {
    let server = try await MailServer.start()
    let notify = """
      smtp: {url: "smtp://perezvon:wrong@localhost:\(server.port)", from: pbx@example.org, tls: required}
      rules: [{on: missed_call, email: [lead@example.org]}]
      """
    try await NotifierStage.with(notify) { stage in
      try await stage.miss("1.1")
      try await stage.round()
      #expect(server.mails.isEmpty)
      #expect(try await stage.sql("SELECT state || tries FROM perezvon.outbox") == "waiting1")
      #expect(try await stage.sql("SELECT last_error FROM perezvon.outbox").contains("TLS"))
    }
    await server.stop()
  }

  @Test func `gives a mail up that the server will never take, and keeps it for a person`() async throws {
    let server = try await MailServer.start()
    let notify = """
      smtp:
        url: smtp://\(MailServer.username):\(MailServer.password)@localhost:\(server.port)
        from: pbx@example.org
        ca_file: \(server.certificate)
      rules: [{on: missed_call, email: [unknown@example.org]}]
      """
    try await NotifierStage.with(notify) { stage in
      try await stage.miss("1.1")
      try await stage.round()
      #expect(try await stage.sql("SELECT state FROM perezvon.outbox") == "failed")
      #expect(try await stage.sql("SELECT last_error FROM perezvon.outbox").contains("550"))
      let administration = Administration(stage.settings)
      let listed = try await administration.outbox(state: "failed", limit: 10)
      #expect(listed.count == 1)
      #expect(try await administration.retryOutbox(listed[0].id) == 1)
      await administration.close()
      #expect(try await stage.sql("SELECT state FROM perezvon.outbox") == "waiting")
    }
    await server.stop()
  }

  @Test func `signs webhooks, keeps their order, and repeats one with its key until it is taken`()
    async throws
  {
    // Down for the first three requests.
    let sink = try HTTPSink { _, n in HTTPSink.Answer(n <= 3 ? 503 : 204) }
    let notify = """
      allow_private: [127.0.0.1]
      rules:
        - on: [missed_call, job_created, job_closed]
          webhook: {url: "http://127.0.0.1:\(sink.port)/hook?k=1", secret: s3cret}
      """
    try await NotifierStage.with(notify) { stage in
      try await stage.miss("1.1")
      try await stage.miss("1.2")
      for _ in 0..<40 { try await stage.round(after: .seconds(30)) }
      let requests = sink.requests
      for request in requests {
        let seconds = try #require(request.headers["x-perezvon-timestamp"])
        let signature = MessageSignature.hmac(key: "s3cret", seconds + "." + request.body)
        #expect(request.headers["x-perezvon-signature"] == "sha256=" + signature)
        #expect(request.headers["content-type"] == "application/json" && request.target == "/hook?k=1")
      }
      let taken = requests.dropFirst(3)
      #expect(
        taken.map { $0.headers["x-perezvon-event"] ?? "" } == ["job_created", "missed_call", "missed_call"])
      let keys = requests.map { $0.headers["idempotency-key"] ?? "" }
      #expect(Set(keys).count == 3 && Set(keys.prefix(4)).count == 1)
      #expect(Set(requests.prefix(4).map(\.body)).count == 1)
      let last = try #require(
        try JSONSerialization.jsonObject(with: Data(requests.last?.body.utf8 ?? "".utf8)) as? [String: Any])
      #expect((last["call"] as? [String: Any])?["linkedid"] as? String == "1.2")
      #expect((last["job"] as? [String: Any])?["missed_count"] as? Int == 2)
      #expect(last["id"] as? String == keys.last)
    }
  }

  @Test func `sends no webhook into its own network, by no name, and follows nobody there`() async throws {
    let inside = try HTTPSink()
    let notify = """
      rules:
        - {on: missed_call, webhook: {url: "http://127.0.0.1:\(inside.port)/a"}}
        - {on: missed_call, webhook: {url: "http://localhost:\(inside.port)/b"}}
        - {on: missed_call, webhook: {url: "http://[::1]:\(inside.port)/c"}}
        - {on: missed_call, webhook: {url: "http://0.0.0.0:\(inside.port)/d"}}
      """
    try await NotifierStage.with(notify) { stage in
      try await stage.miss("1.1")
      try await stage.round()
      #expect(inside.requests.isEmpty)
      #expect(
        try await stage.sql(
          "SELECT count(*) FROM perezvon.outbox WHERE state = 'failed' AND last_error LIKE '%private%'")
          == "4")
    }
    let elsewhere = try HTTPSink()
    let redirects = try HTTPSink { _, _ in
      HTTPSink.Answer(302, headers: ["Location: http://127.0.0.1:\(elsewhere.port)/"])
    }
    let large = try HTTPSink { _, _ in HTTPSink.Answer(200, body: String(repeating: "x", count: 100_000)) }
    let allowed = """
      allow_private: ["*"]
      rules:
        - {on: missed_call, webhook: {url: "http://127.0.0.1:\(redirects.port)/"}}
        - {on: missed_call, webhook: {url: "http://127.0.0.1:\(large.port)/"}}
      """
    try await NotifierStage.with(allowed) { stage in
      try await stage.miss("1.1")
      try await stage.round()
      #expect(elsewhere.requests.isEmpty)
      let errors = try await stage.sql(
        "SELECT string_agg(last_error, ' ') FROM perezvon.outbox WHERE state = 'failed'")
      #expect(errors.contains("redirect") && errors.contains("larger than allowed"))
    }
  }

  @Test func `texts the customer once, through a gateway that is described in the configuration`()
    async throws
  {
    let gateway = try HTTPSink { _, n in
      HTTPSink.Answer(200, body: n == 1 ? #"{"status":"OK"}"# : #"{"status":"ERR"}"#)
    }
    let notify = """
      allow_private: [127.0.0.1]
      language: ru
      sms:
        method: POST
        url: http://user:p%40ss@127.0.0.1:\(gateway.port)/send?to={{digits}}
        headers: {Content-Type: application/json}
        body: '{"to":"{{number}}","text":"{{text}}"}'
        success_text: '"OK"'
      rules: [{on: missed_call, sms_to: customer, text: "Вы \\"звонили\\" {{name}}, перезвоним"}]
      """
    try await NotifierStage.with(notify) { stage in
      try await stage.miss("1.1", name: #"","admin":"1"#)
      try await stage.miss("1.2")
      try await stage.miss("1.3", from: "+74957654321")
      try await stage.round()
      let request = try #require(gateway.requests.first)
      #expect(gateway.requests.count == 1)
      #expect(request.target == "/send?to=79161234567")
      #expect(request.headers["authorization"] == "Basic " + Data("user:p@ss".utf8).base64EncodedString())
      let body = try #require(
        try JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: String])
      #expect(body == ["to": "+79161234567", "text": #"Вы "звонили" ","admin":"1, перезвоним"#])
      // Another customer, and a gateway that says 200 and means no.
      try await stage.miss("2.1", from: "+79160000001")
      try await stage.round()
      #expect(
        try await stage.sql("SELECT state FROM perezvon.outbox WHERE number = '+79160000001'") == "failed")
    }
  }

  @Test func `sends a digest of what was missed, once, and none of nothing`() async throws {
    let sink = try MailSink()
    let notify = """
      smtp: {url: "smtp://127.0.0.1:\(sink.port)", from: pbx@example.org}
      language: uk
      rules: [{on: digest, every: 15m, email: [boss@example.org], queues: [sales]}]
      """
    try await NotifierStage.with(notify) { stage in
      try await stage.miss("1.1")
      try await stage.miss("1.2", from: "+79160000002")
      try await stage.round()
      try await stage.watch()
      try await stage.round()
      #expect(sink.mails.isEmpty)
      try await stage.watch(after: .seconds(900))
      try await stage.watch()
      try await stage.round()
      #expect(sink.mails.count == 1)
      // A call that was written late, from the spool, is in the next one.
      try await stage.miss("1.3", from: "+79160000003")
      _ = try await stage.sql(
        "UPDATE perezvon.missed_calls SET at = at - interval '20 minutes' WHERE linkedid = '1.3'")
      try await stage.round()
      for _ in 0..<3 { try await stage.watch(after: .seconds(900)) }
      try await stage.round()
      #expect(sink.mails.count == 2)
      let second = sink.mails.last?.message ?? ""
      #expect(second.contains("=?UTF-8?B?"))
    }
  }

  @Test func `a task comes of a landline, is chased, and is closed by a talk`() async throws {
    let sink = try MailSink()
    let notify = """
      smtp: {url: "smtp://127.0.0.1:\(sink.port)", from: pbx@example.org}
      rules:
        - {on: [task_created, task_reminder, task_overdue, task_closed], email: [assignee]}
        - {on: task_escalated, email: [supervisor]}
      """
    let tasks =
      "due_in: 2h, leads: {sales: PJSIP/9}, supervisor: boss, "
      + "people: {PJSIP/9: lead@example.org, boss: boss@example.org}"
    try await NotifierStage.with(notify, tasks: tasks) { stage in
      try await stage.miss("1.1", from: "+74957654321")
      // The event makes the task, the task's event the mail.
      try await stage.round()
      try await stage.round()
      for _ in 0..<4 {
        try await stage.watch(after: .seconds(3_300))
        try await stage.round()
      }
      #expect(
        sink.mails.map(\.recipients) == [
          ["lead@example.org"], ["lead@example.org"], ["lead@example.org"], ["boss@example.org"],
        ])
      var talk = CallRecord(
        pbx: "pbx1", linkedID: "2.1", channel: "2.1", direction: .outbound, startedAt: stage.now,
        endedAt: stage.now,
        rawNumber: "+74957654321", rawName: "", did: "", queue: nil, answered: true, answeredBy: "PJSIP/9",
        wait: .zero, talk: .seconds(60), lostAt: nil, ending: nil, cause: .normalClearing, membersRung: [],
        evidence: [],
        attempt: nil)
      talk.endedAt = stage.now + .seconds(1)
      _ = try await stage.store.settle(
        talk, caller: stage.settings.numberPlan.read("+74957654321"), now: stage.now
      ) { _ in CallVerdict() }
      try await stage.round()
      #expect(sink.mails.count == 5)
      #expect(try await stage.sql("SELECT closed_how || on_time FROM report.tasks") == "talkedfalse")
    }
  }
}
