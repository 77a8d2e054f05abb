import AsteriskLink
import Courier
import Logging
import NIOCore
import NIOPosix
import SimulatedPBX
import Synchronization
import Telephony

/// A simulated PBX with a running link beside it, and what the link said.
final class Bench: Sendable {
  let pbx: SimulatedPBX
  let link: PBXLink
  let log = LogRecord()
  private let reader = Mutex<LinkReader?>(nil)
  private let tasks = Mutex<[Task<Void, Never>]>([])

  /// Short times, so that faults show quickly; each is far above what loopback needs.
  static func limits() -> LinkLimits {
    var limits = LinkLimits()
    limits.amiPingInterval = .milliseconds(20)
    limits.ariPingInterval = .milliseconds(20)
    limits.retryFirst = .milliseconds(20)
    limits.retryLongest = .milliseconds(200)
    limits.replacedPause = .milliseconds(200)
    return limits
  }

  init(
    pbx settings: SimulatedPBXSettings = SimulatedPBXSettings(), limits: LinkLimits = Bench.limits(),
    prepare: (SimulatedPBX) -> Void = { _ in },
    change: (inout PBXLinkSettings) -> Void = { _ in }
  ) async throws {
    let pbx = try await SimulatedPBX(settings: settings, group: MultiThreadedEventLoopGroup.singleton)
    prepare(pbx)
    self.pbx = pbx
    let scheme = settings.certificate == nil ? "http" : "https"
    var linkSettings = PBXLinkSettings(
      name: "pbx1",
      ami: AMISettings(
        host: "127.0.0.1", port: pbx.amiPort, username: settings.username, secret: settings.secret),
      ari: ARISettings(
        url: "\(scheme)://127.0.0.1:\(pbx.ariPort)/ari", username: settings.ariUsername,
        password: settings.ariPassword, application: "perezvon"),
      limits: limits)
    change(&linkSettings)
    let log = log
    link = PBXLink(
      settings: linkSettings, courier: try Courier(), eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "test") { _ in log.handler() },
      now: { Timestamp(microseconds: 1_795_334_400_000_000) },
      chance: { 0.5 })
  }

  /// Starts the link and, unless told otherwise, its consumer.
  func start(consuming: Bool = true) {
    let link = link
    let run = Task { await link.run() }
    tasks.withLock { $0.append(run) }
    if consuming { consume() }
  }

  func consume() { reader.withLock { $0 = LinkReader(link) } }

  var seen: [LinkInput] { reader.withLock { $0 }?.seen ?? [] }

  /// Waits until the inputs so far give a value; nil after the limit.
  func wait<Value: Sendable>(_ condition: @Sendable ([LinkInput]) -> Value?) async -> Value? {
    await reader.withLock { $0 }?.wait(condition)
  }

  /// Waits until AMI and ARI have both come up so many times.
  func isUp(times: Int = 1) async -> Bool {
    await wait { inputs in
      inputs.count(where: \.isAMIUp) >= times && inputs.count(where: \.isARIUp) >= times ? true : nil
    } ?? false
  }

  /// Stops the link and waits for its end.
  func stop() async {
    let tasks = tasks.withLock { $0 }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
    await reader.withLock { $0 }?.stop()
    await pbx.close()
  }
}

/// The one consumer of a link, and what it has been told.
final class LinkReader: Sendable {
  private struct Told {
    var inputs: [LinkInput] = []
    var watchers: [AsyncStream<Void>.Continuation] = []
  }
  private let told = Mutex(Told())
  private let task = Mutex<Task<Void, Never>?>(nil)

  init(_ link: PBXLink) {
    let reading = Task { [weak self] in
      for await input in link.inputs { self?.took(input) }
    }
    task.withLock { $0 = reading }
  }

  deinit { task.withLock { $0?.cancel() } }

  private func took(_ input: LinkInput) {
    let watchers = told.withLock { told in
      told.inputs.append(input)
      return told.watchers
    }
    for watcher in watchers { watcher.yield() }
  }

  var seen: [LinkInput] { told.withLock { $0.inputs } }

  /// Waits until the inputs so far give a value; nil after the limit.
  func wait<Value: Sendable>(
    for limit: Duration = .seconds(20), _ condition: @Sendable ([LinkInput]) -> Value?
  ) async -> Value? {
    let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    told.withLock { $0.watchers.append(continuation) }
    let timer = Task {
      try await Task.sleep(for: limit)
      continuation.finish()
    }
    defer { timer.cancel() }
    if let value = condition(seen) { return value }
    for await _ in changes {
      if let value = condition(seen) { return value }
    }
    return condition(seen)
  }

  /// Stops reading, and waits for that.
  func stop() async {
    let reading = task.withLock { $0 }
    reading?.cancel()
    await reading?.value
  }
}

extension LinkInput {
  var isAMIUp: Bool { if case .amiUp = self { true } else { false } }
  var isARIUp: Bool { if case .ariUp = self { true } else { false } }
  var amiDownReason: String? { if case .amiDown(let reason, _) = self { reason } else { nil } }
  var ariDownReason: String? { if case .ariDown(let reason, _) = self { reason } else { nil } }
  var snapshot: PBXSnapshot? { if case .amiUp(let snapshot, _) = self { snapshot } else { nil } }
  func events(_ source: LinkSource) -> [PBXEvent] {
    if case .events(let events, source, _) = self { events.map(\.event) } else { [] }
  }
}

/// All that was logged, in one text.
final class LogRecord: Sendable {
  private let lines = Mutex<[String]>([])
  var text: String { lines.withLock { $0.joined(separator: "\n") } }

  func handler() -> any LogHandler { Handler(record: self) }

  private struct Handler: LogHandler {
    let record: LogRecord
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
      let line = "\(event.level) \(event.message) \(metadata) \(event.metadata ?? [:])"
      record.lines.withLock { $0.append(line) }
    }
  }
}

/// Header lines of a Newchannel event.
func newChannel(_ id: String, number: String = "79161234567") -> [String] {
  [
    "Event: Newchannel", "Privilege: call,all", "Channel: PJSIP/trunk-\(id)", "ChannelState: 4",
    "ChannelStateDesc: Ring", "CallerIDNum: \(number)", "CallerIDName: <unknown>",
    "ConnectedLineNum: <unknown>",
    "ConnectedLineName: <unknown>", "Language: en", "AccountCode: ", "Context: from-trunk",
    "Exten: 4951112233",
    "Priority: 1", "Uniqueid: \(id)", "Linkedid: \(id)",
  ]
}

func bytes(_ lines: [String]) -> [UInt8] { Array((lines + ["", ""]).joined(separator: "\r\n").utf8) }
