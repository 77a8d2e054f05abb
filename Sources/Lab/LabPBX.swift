import Foundation
import Glibc
import Synchronization
public import Telephony

/// The Asterisk the service stands beside.
public final class LabPBX: Sendable {
  let instance: AsteriskInstance
  /// As in asterisk.conf, and in front of every channel's unique id.
  public let name: PBXName
  /// Members that the queues may have.
  public let agents: [LabAgent]
  public let amiPort: Int
  public let ariPort: Int
  /// UDP, on 127.0.0.1.
  public let sipPort: Int
  public let amiUser = "perezvon"
  public let amiSecret: String
  /// `http://127.0.0.1:<port>/ari`
  public let ariURL: String
  public let ariUser = "perezvon"
  public let ariPassword: String
  /// Path of the file.
  public let queueLog: String
  /// Path of the file Asterisk writes its channel events to.
  public let cel: String
  /// The PBX's own directories: `etc`, `log`, `lib`, `spool`, `share`.
  public let directory: String

  init(directory: String, package: AsteriskPackage, configuration: PBXConfiguration) throws(LabError) {
    name = PBXName(configuration.systemName)
    instance = try AsteriskInstance(
      name: configuration.systemName, directory: directory, package: package,
      managerPort: configuration.ports.pbxAMI, managerSecret: configuration.labSecret, onEvent: { _ in })
    self.directory = directory
    agents = configuration.agents
    amiPort = configuration.ports.pbxAMI
    amiSecret = configuration.managerSecret
    ariPort = configuration.ports.pbxHTTP
    sipPort = configuration.ports.pbxSIP
    ariURL = "http://127.0.0.1:\(configuration.ports.pbxHTTP)/ari"
    ariPassword = configuration.ariPassword
    queueLog = "\(directory)/log/queue_log"
    cel = "\(directory)/log/cel-custom/perezvon.csv"
    try configuration.write(directory)
    let realtime = configuration.queueLogInDatabase ? ["res_config_pgsql"] : []
    try instance.load(realtime + AsteriskModules.shared + AsteriskModules.pbx)
  }

  /// `Asterisk 22.10.1+dfsg…`
  public var version: String { instance.version }

  /// The program that asks this Asterisk from a shell, to be followed by `-rx` and a line of the console.
  public var console: [String] { instance.console }

  /// The system's number of the Asterisk process; nil while it is down.
  public var processID: Int32? { instance.processID }

  /// A line of the console; what it printed.
  @discardableResult
  public func cli(_ line: String) async throws(LabError) -> String { try await instance.session().cli(line) }

  // MARK: life and death

  /// SIGKILL, as a crash. Calls are gone without a BYE.
  public func kill() async { await instance.stop(SIGKILL) }

  /// An orderly end: channels are hung up.
  public func stop() async { await instance.stop(SIGTERM) }

  /// Starts it again after `kill` or `stop`, and waits until it serves and knows the phones.
  public func start() async throws(LabError) {
    guard instance.processID == nil else { return }
    try await instance.start()
    let bringPhones = whenStarted.withLock { $0 }
    try await bringPhones?(self).get()
  }

  /// What the phones do when they notice that the PBX is new.
  let whenStarted = Mutex<(@Sendable (LabPBX) async -> Result<Void, LabError>)?>(nil)

  /// Stops the process where it stands (SIGSTOP): sockets stay open and mute. `thaw` lets it go on.
  public func freeze() { instance.signal(SIGSTOP) }

  public func thaw() { instance.signal(SIGCONT) }

  // MARK: queues

  /// Makes an agent a member of a queue, or takes the seat away; pauses it, or not.
  public func setMember(
    _ extension: Int, of queue: QueueName = "sales", present: Bool = true, paused: Bool = false,
    penalty: Int = 0
  ) async throws(LabError) {
    let interface = "PJSIP/\(`extension`)"
    let seated = try await members(of: queue).contains { $0.interface.rawValue == interface }
    guard present else {
      if seated {
        try await send([("Action", "QueueRemove"), ("Queue", queue.rawValue), ("Interface", interface)])
      }
      return
    }
    if seated {
      try await send([
        ("Action", "QueuePause"), ("Queue", queue.rawValue), ("Interface", interface),
        ("Paused", paused ? "true" : "false"),
      ])
    } else {
      let name = agents.first { $0.extension == `extension` }?.name ?? interface
      try await send([
        ("Action", "QueueAdd"), ("Queue", queue.rawValue), ("Interface", interface), ("MemberName", name),
        ("Penalty", "\(penalty)"), ("Paused", paused ? "true" : "false"), ("StateInterface", interface),
      ])
    }
  }

  /// All queues without members, all agents' phones idle as far as the queues know: a clean start for a test.
  public func clearMembers() async throws(LabError) {
    for queue in PBXConfiguration.queues {
      for member in try await members(of: QueueName(queue)) {
        try await send([
          ("Action", "QueueRemove"), ("Queue", queue), ("Interface", member.interface.rawValue),
        ])
      }
    }
  }

  /// The members of a queue as Asterisk has them.
  public func members(of queue: QueueName = "sales") async throws(LabError) -> [QueueMember] {
    try await queueStatus(queue).filter { $0["Event"] == "QueueMember" }.map { event in
      QueueMember(
        queue: queue, interface: MemberInterface(event["Location"] ?? ""), name: event["Name"] ?? "",
        stateInterface: event["StateInterface"] ?? "",
        status: event["Status"].flatMap { Int($0) }.flatMap(MemberStatus.init) ?? .unknown,
        paused: event["Paused"] == "1", pausedReason: event["PausedReason"] ?? "",
        penalty: event["Penalty"].flatMap { Int($0) } ?? 0,
        callsTaken: event["CallsTaken"].flatMap { Int($0) } ?? 0, inCall: event["InCall"] == "1")
    }
  }

  /// One member; nil where it has no seat.
  public func member(_ extension: Int, of queue: QueueName = "sales") async throws(LabError) -> QueueMember? {
    try await members(of: queue).first { $0.interface.rawValue == "PJSIP/\(`extension`)" }
  }

  /// Unique ids of those waiting, in their order.
  public func waiting(in queue: QueueName = "sales") async throws(LabError) -> [ChannelID] {
    try await queueStatus(queue).filter { $0["Event"] == "QueueEntry" }.map {
      ChannelID($0["Uniqueid"] ?? "")
    }
  }

  private func queueStatus(_ queue: QueueName) async throws(LabError) -> [ManagerMessage] {
    try await instance.session().list([("Action", "QueueStatus"), ("Queue", queue.rawValue)])
  }

  // MARK: channels and media

  /// Places a call from the PBX itself into its dialplan, without the service. Endpoints are
  /// `PJSIP/+7916…@trunk` and `PJSIP/101`.
  public func originate(
    _ endpoint: String, id: ChannelID? = nil, context: String, exten: String = "s", callerID: String = "",
    timeout: Duration = .seconds(30), variables: [String: String] = [:]
  ) async throws(LabError) {
    var headers = [
      ("Action", "Originate"), ("Channel", endpoint), ("Context", context), ("Exten", exten),
      ("Priority", "1"),
      ("CallerID", callerID), ("Timeout", "\(timeout.milliseconds)"), ("Async", "true"),
    ]
    if let id { headers.append(("ChannelId", id.rawValue)) }
    headers += variables.map { ("Variable", "\($0.key)=\($0.value)") }
    try await send(headers)
  }

  /// One line of `core show channels concise`.
  public struct Channel: Sendable, Hashable {
    /// `PJSIP/trunk-00000003`
    public var name: String
    public var context: String
    public var exten: String
    /// `Up`, `Ringing`, `Ring`, …
    public var state: String
    public var application: String
    public var callerNumber: String
    /// Empty where it is in no bridge.
    public var bridge: String
    public var id: ChannelID
    /// Whole seconds since it was made.
    public var age: Int
  }

  /// Every channel there is.
  public func channels() async throws(LabError) -> [Channel] {
    try await cli("core show channels concise").split(separator: "\n").compactMap { line in
      let fields = line.split(separator: "!", omittingEmptySubsequences: false).map(String.init)
      guard fields.count >= 14 else { return nil }
      return Channel(
        name: fields[0], context: fields[1], exten: fields[2], state: fields[4], application: fields[5],
        callerNumber: fields[7], bridge: fields[12], id: ChannelID(fields[13]), age: Int(fields[11]) ?? 0)
    }
  }

  /// RTP of one PJSIP channel, packets each way since it was made.
  public struct Media: Sendable, Hashable {
    /// The channel's name after `PJSIP/`, cut at 18 characters as the console shows it.
    public var channel: String
    public var received: Int
    public var sent: Int
  }

  /// Packet counts of all live PJSIP channels, from `pjsip show channelstats`.
  public func media() async throws(LabError) -> [Media] {
    try await cli("pjsip show channelstats").split(separator: "\n").compactMap { line in
      // ` bridge name-0000001 00:00:10 ulaw  <received> lost pct jitter  <sent> lost pct jitter rtt`
      let fields = line.split(whereSeparator: { $0 == " " })
      guard let clock = fields.firstIndex(where: { $0.count == 8 && $0.split(separator: ":").count == 3 }),
        clock >= 1, fields.count > clock + 6, let received = Self.count(fields[clock + 2]),
        let sent = Self.count(fields[clock + 6])
      else { return nil }
      return Media(channel: String(fields[clock - 1]), received: received, sent: sent)
    }
  }

  /// `1234` or `12K`.
  private static func count(_ text: Substring) -> Int? {
    text.hasSuffix("K") ? Int(text.dropLast()).map { $0 * 1_000 } : Int(text)
  }

  /// Lines of queue_log, each as its fields: time, call id, queue, agent, event, data.
  public func queueLogLines() -> [[String]] {
    let text = (try? String(contentsOfFile: queueLog, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map {
      $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    }
  }

  /// Asks again until the answer is not nil. For what only the PBX can tell; calls are waited for at the
  /// telco.
  @discardableResult
  public func eventually<Found: Sendable>(
    within bound: Duration = .seconds(10), _ what: String = "what the test waits for",
    _ find: (LabPBX) async throws -> Found?
  ) async throws -> Found {
    let end = ContinuousClock.now + bound
    while true {
      if let found = try await find(self) { return found }
      guard ContinuousClock.now < end else { break }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw LabError(.timeout, "\(what) did not come within \(bound)")
  }

  @discardableResult
  private func send(_ headers: [(String, String)]) async throws(LabError) -> ManagerMessage {
    try await instance.session().send(headers)
  }
}
