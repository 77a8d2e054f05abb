import Foundation
import Glibc
import Synchronization

/// How a `perezvon serve` beside the lab is configured. Times are short, so that a test takes seconds.
public struct LabServiceOptions: Sendable {
  public var instance = "lab"
  /// The program. Default `$PEREZVON_BINARY`, or `perezvon` beside the running one.
  public var binary: String
  /// The database's URI; the lab's own where nil.
  public var databaseURL: String?
  /// Lines under `campaigns:`, indented by two; the lab's usual campaign where nil.
  public var campaigns: String?
  /// Lines under `campaigns:` beside those.
  public var moreCampaigns = ""
  /// Lines under `calendars:` beside `always`, indented by two.
  public var calendars = ""
  /// Keys of the usual campaign that a test wants otherwise, such as `start_after: 1s`.
  public var campaign: [String: String]
  /// Keys of `agents` of the usual campaign.
  public var agents: [String: String]
  /// Keys of `numbers`.
  public var numbers: [String: String]
  public var logLevel = "debug"
  /// Keys at the top of the file, such as `min_redial_gap: 1m`.
  public var top: [String: String]
  /// Where AMI is, such as a proxy's port; the PBX's own where nil.
  public var amiPort: Int?
  /// The service reads the PBX's channel event log too.
  public var readsCEL = false
  /// Where ARI is; the PBX's own where nil.
  public var ariPort: Int?
  /// Further PBXs the same service drives; their labs need `pbxName`s of their own.
  public var otherPBXs: [LabPBX] = []
  /// Keys of `pbx`, such as `media_check: 1s`.
  public var pbx: [String: String] = [:]
  /// It goes by a clock of its own, which `LabService.shiftClock` sets (`CShiftedClock`). The monotonic clock
  /// stays as it is, as where somebody sets the time of a machine.
  public var hasOwnClock = false
  /// Dialplan contexts beside the usual ones, and where a call is lost in them.
  public var stages: [String: String] = [:]

  public init(
    campaign: [String: String] = [:], agents: [String: String] = [:], numbers: [String: String] = [:],
    top: [String: String] = [:]
  ) {
    self.campaign = campaign
    self.agents = agents
    self.numbers = numbers
    self.top = top
    binary =
      ProcessInfo.processInfo.environment["PEREZVON_BINARY"] ?? BuiltProgram.path("perezvon")
  }
}

/// A running `perezvon serve`, a process of its own beside a lab's PBX: it can be killed, frozen and started again.
public final class LabService: Sendable {
  public let lab: Lab
  public let options: LabServiceOptions
  /// The configuration file.
  public let configuration: String
  /// Everything it logged, over all its lives.
  public let log: String
  public let httpPort: Int
  public let databaseURL: String
  private let directory: String
  private let child = Mutex<ChildProcess?>(nil)
  private let mark = Mutex(0)

  /// Writes the configuration; starts nothing.
  public init(_ options: LabServiceOptions = LabServiceOptions(), beside lab: Lab) throws(LabError) {
    self.lab = lab
    self.options = options
    directory = "\(lab.path)/service-\(options.instance)-\(UUID().uuidString.prefix(8))"
    configuration = directory + "/perezvon.yaml"
    log = directory + "/log"
    guard let url = options.databaseURL ?? lab.database?.url else {
      throw LabError(.resources, "this lab has no database for a service")
    }
    databaseURL = url
    httpPort = LabServicePorts.shared.next(in: lab.sparePorts)
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      try text.write(toFile: configuration, atomically: true, encoding: .utf8)
    } catch {
      throw LabError(.resources, "cannot write \(configuration): \(error)")
    }
  }

  /// Starts it and waits until it can dial, or with `ready` false only until the process is there.
  public func start(ready: Bool = true) async throws(LabError) {
    mark.withLock { $0 = logged.utf8.count }
    let clock = options.hasOwnClock ? try ownClock() : []
    let process = try await ChildProcess.start(
      "perezvon",
      .init(
        arguments: clock + [
          options.binary, "serve", "--config", configuration, "--log-level", options.logLevel,
        ],
        output: log, workDirectory: directory))
    child.withLock { $0 = process }
    if ready {
      // First of all the schema: who drives may have met the tables before the views were there.
      try await waitForLog("PostgreSQL is there")
      try await waitForLog("this instance drives")
      try await waitForLog("AMI is up")
      try await waitForLog("ARI is up")
    }
  }

  private var clockFile: String { directory + "/clock" }

  /// What goes in front of the program so that it has a clock of its own.
  private func ownClock() throws(LabError) -> [String] {
    let library = URL(filePath: options.binary).deletingLastPathComponent().appending(
      path: "libShiftedClock.so")
    guard FileManager.default.fileExists(atPath: library.path()) else {
      throw LabError(.missingPackages, "\(library.path()) is not there: swift build --product ShiftedClock")
    }
    if !FileManager.default.fileExists(atPath: clockFile) { try shiftClock(by: .zero) }
    return ["/usr/bin/env", "LD_PRELOAD=\(library.path())", "PEREZVON_LAB_CLOCK=\(clockFile)"]
  }

  /// Sets the clock of a service that has one of its own, from now on, against the machine's.
  public func shiftClock(by shift: Duration) throws(LabError) {
    let seconds = shift.components.seconds
    do {
      try "\(seconds)".write(toFile: clockFile, atomically: true, encoding: .utf8)
    } catch {
      throw LabError(.resources, "cannot write \(clockFile): \(error)")
    }
  }

  public var isRunning: Bool { child.withLock { $0?.isRunning ?? false } }

  /// SIGKILL: as a crash.
  public func kill() async { await child.withLock { $0 }?.stop(SIGKILL, grace: .seconds(5)) }

  /// SIGKILL, from any thread; returns at once.
  public func killNow() { child.withLock { $0 }?.signal(SIGKILL) }

  /// Waits until its process is gone.
  public func ended() async { await child.withLock { $0 }?.waitForExit() }

  /// SIGTERM, and waits until it is gone.
  public func stop() async { await child.withLock { $0 }?.stop(SIGTERM, grace: .seconds(40)) }

  public func freeze() { child.withLock { $0 }?.signal(SIGSTOP) }
  public func thaw() { child.withLock { $0 }?.signal(SIGCONT) }
  public func hangUp() { child.withLock { $0 }?.signal(SIGHUP) }

  /// What this life of it logged so far.
  public var logged: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

  /// Waits for a line of this life's log.
  public func waitForLog(_ part: String, within bound: Duration = .seconds(15)) async throws(LabError) {
    let end = ContinuousClock.now + bound
    let start = mark.withLock { $0 }
    while true {
      let text = logged
      if text.utf8.dropFirst(start).count >= part.utf8.count,
        String(text.utf8.dropFirst(start))?.contains(part) == true
      {
        return
      }
      guard isRunning else { throw LabError(.boot, "the service ended: \(text.suffix(800))") }
      guard ContinuousClock.now < end else { break }
      try? await Task.sleep(for: .milliseconds(25))
    }
    throw LabError(.timeout, "the service did not log \"\(part)\" within \(bound): \(logged.suffix(1_500))")
  }

  /// Runs another command of the program with this configuration.
  public func command(_ arguments: String...) async throws(LabError) -> (status: Int32, output: String) {
    try await ChildProcess.run(.init(arguments: [options.binary] + arguments + ["--config", configuration]))
  }

  /// SQL in the service's database; unaligned rows, columns parted by `|`.
  public func sql(_ text: String) async throws(LabError) -> String {
    guard let database = lab.database else { throw LabError(.resources, "this lab has no database") }
    return try await database.psql(text, at: databaseURL)
  }

  /// Asks the database again until the answer is the one waited for; the last answer where it does not come.
  @discardableResult
  public func eventually(
    _ query: String, within bound: Duration = .seconds(15), _ isExpected: @Sendable (String) -> Bool
  ) async throws(LabError) -> String {
    let end = ContinuousClock.now + bound
    var answer = ""
    while true {
      answer = try await sql(query)
      if isExpected(answer) { return answer }
      guard ContinuousClock.now < end else { break }
      try? await Task.sleep(for: .milliseconds(50))
    }
    throw LabError(
      .timeout, "\(query) still answers \"\(answer)\" after \(bound); the log ends: \(logged.suffix(3_000))")
  }

  private var text: String {
    let numbers = ["region: RU", #"allow: ["+7"]"#, "per_number_per_day: 100"].map { line in
      let key = String(line.prefix { $0 != ":" })
      return options.numbers[key].map { "\(key): \($0)" } ?? line
    }
    return """
      \(options.top.map { "\($0.key): \($0.value)" }.sorted().joined(separator: "\n"))
      database:
        url: \(databaseURL)
        spool: \(directory)/spool
      http:
        listen: 127.0.0.1:\(httpPort)
      instance: \(options.instance)
      pbx:
      \(pbxs)
      numbers: {\(numbers.joined(separator: ", "))}
      calendars:
        always: {timezone: Europe/Moscow, open: {mon-sun: "00:00-24:00"}}
      \(options.calendars)
      campaigns:
      \(options.campaigns ?? usualCampaign)
      \(options.moreCampaigns)

      """
  }

  private var pbxs: String {
    ([lab.pbx] + options.otherPBXs).map { pbx in
      """
        - name: \(pbx.name)
          ami:
            host: 127.0.0.1
            port: \(pbx === lab.pbx ? options.amiPort ?? pbx.amiPort : pbx.amiPort)
            username: \(pbx.amiUser)
            secret: "\(pbx.amiSecret)"
          ari: {url: "\(ariURL(of: pbx))", username: \(pbx.ariUser), password: "\(pbx.ariPassword)", app: perezvon}
          inbound_contexts: [from-trunk]
          own_numbers: [\(PBXDialplan.ownNumbers.map { "\"\($0)\"" }.joined(separator: ", "))]
          stages: {\(stages)}
          dial: "PJSIP/{number}@trunk"
          number_format: e164
          \(queueLog(of: pbx))
          \(options.readsCEL ? "cel: \(pbx.cel)" : "")
      \(options.pbx.map { "    \($0.key): \($0.value)" }.sorted().joined(separator: "\n"))
      """
    }.joined(separator: "\n")
  }

  private func ariURL(of pbx: LabPBX) -> String {
    guard pbx === lab.pbx, let port = options.ariPort else { return pbx.ariURL }
    return "http://127.0.0.1:\(port)/ari"
  }

  private func queueLog(of pbx: LabPBX) -> String {
    guard pbx === lab.pbx, let url = lab.queueLogURL else { return "queue_log: \(pbx.queueLog)" }
    return "queue_log_table: {url: \"\(url)\", timezone: UTC}"
  }

  private var stages: String {
    let usual = ["greeting": "greeting", "ivr-main": "ivr", "after-hours": "after_hours"]
    return usual.merging(options.stages) { _, new in new }.map { "\($0.key): \($0.value)" }.sorted()
      .joined(separator: ", ")
  }

  private var usualCampaign: String {
    var keys = [
      "kind": "callback", "queues": "[sales, support, none]", "min_wait": "2s",
      "number_kinds": "[mobile, fixed]",
      "mode": "agent_first", "calendar": "always", "start_after": "1s", "expire_after": "1h", "ring": "15s",
      "caller_id": "\"\(PBXDialplan.mainNumber)\"",
      "retry": "{busy: [2s], no_answer: [3s], congestion: [2s], agent_missed: [0s], dropped: [5s]}",
      "success_after": "5s",
    ]
    keys.merge(options.campaign) { _, new in new }
    var agents = [
      "queue": "sales", "choose": "longest_idle", "announce": "perezvon-callback", "confirm": "true",
      "ring": "6s",
      "wrap_up": "2s", "cool_down": "10s", "confirm_wait": "6s",
    ]
    agents.merge(options.agents) { _, new in new }
    let seats = agents.map { "\($0.key): \($0.value)" }.sorted().joined(separator: ", ")
    return
      (["  - name: sales-callback"] + keys.map { "    \($0.key): \($0.value)" }.sorted() + [
        "    agents: {\(seats)}"
      ])
      .joined(separator: "\n")
  }
}

/// Hands out the spare ports of labs, one after the other.
private final class LabServicePorts: Sendable {
  static let shared = LabServicePorts()
  private let used = Mutex<[Int: Int]>([:])

  func next(in range: ClosedRange<Int>) -> Int {
    used.withLock { used in
      let offset = used[range.lowerBound, default: 0]
      used[range.lowerBound] = offset + 1
      return range.lowerBound + offset % range.count
    }
  }
}
