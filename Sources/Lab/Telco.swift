import Foundation
import Glibc
import Synchronization
import Telephony

/// The network around the PBX: customers who are called, customers who call, and the agents' phones.
///
/// Its record of INVITEs, answers and BYEs is the judge of every test: it is made by another Asterisk than
/// the one the service works with.
public final class Telco: Sendable {
  let instance: AsteriskInstance
  private let ports: LabPorts
  private let agents: [LabAgent]
  private let shared: Shared

  /// The record and those who wait for it to change.
  final class Shared: Sendable {
    let state = Mutex(State())

    struct State: Sendable {
      var recorder = TelcoRecorder()
      var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
      var serial = 0
    }

    func receive(_ message: ManagerMessage) {
      let watchers = state.withLock { state -> [AsyncStream<Void>.Continuation] in
        let before = state.recorder.events.count
        state.recorder.fold(message)
        return state.recorder.events.count == before ? [] : Array(state.watchers.values)
      }
      for watcher in watchers { watcher.yield() }
    }
  }

  init(directory: String, package: AsteriskPackage, configuration: TelcoConfiguration) throws(LabError) {
    let shared = Shared()
    self.shared = shared
    ports = configuration.ports
    agents = configuration.agents
    instance = try AsteriskInstance(
      name: "telco", directory: directory, package: package, managerPort: ports.telcoAMI,
      managerSecret: configuration.labSecret, onEvent: { shared.receive($0) })
    try configuration.write(directory)
    try instance.load(AsteriskModules.shared)
  }

  /// Stops the process where it stands (SIGSTOP): the network answers nobody. `thaw` lets it go on.
  public func freeze() { instance.signal(SIGSTOP) }

  public func thaw() { instance.signal(SIGCONT) }

  // MARK: what the phones do

  /// What an agent's phone does when it rings, from the next call on.
  public func setAgent(_ extension: Int, _ behaviour: PhoneBehaviour) async throws(LabError) {
    try await put("agent", "\(`extension`)", behaviour.encoded)
  }

  /// Registers an agent's phone at the PBX, or takes it away; away, the PBX has it as unavailable.
  public func setAgent(_ extension: Int, registered: Bool) async throws(LabError) {
    _ = try await cli("pjsip send \(registered ? "register" : "unregister") phone-\(`extension`)")
  }

  /// What a customer does at the first, second, … call from now; the last one given goes on for ever.
  public func setCustomer(_ number: String, _ script: PhoneBehaviour...) async throws(LabError) {
    try await clear("script/\(number)")
    try await clear("step/\(number)")
    for (index, behaviour) in script.enumerated() {
      try await put("script/\(number)", "\(index + 1)", behaviour.encoded)
    }
    if let last = script.last { try await put("script/\(number)", "last", last.encoded) }
  }

  private func put(_ family: String, _ key: String, _ value: String) async throws(LabError) {
    try await send([("Action", "DBPut"), ("Family", family), ("Key", key), ("Val", value)])
  }

  private func clear(_ family: String) async throws(LabError) {
    // An absent tree is an error in some versions and none in others.
    _ = try? await send([("Action", "DBDelTree"), ("Family", family)])
  }

  // MARK: calls the telco places

  /// A customer calls the PBX. Returns once the INVITE is on its way.
  ///
  /// - Parameters:
  ///   - number: the caller's number as the network shows it, raw; `anonymous` for a hidden one.
  ///   - name: the caller's name, any text without line breaks or quotes.
  ///   - did: the number dialled, of `PBXDialplan`.
  ///   - hangsUpAfter: from the INVITE; nil: until the PBX hangs up or `hangUp` is called.
  public func placeCall(
    from number: String, name: String = "", to did: String = PBXDialplan.mainNumber,
    hangsUpAfter: Duration? = nil
  ) async throws(LabError) -> LabCall {
    try await place(.caller, number, name, did, "PJSIP/\(did)@pbx", hangsUpAfter)
  }

  /// An agent takes the phone and dials.
  public func dial(_ number: String, byAgent extension: Int, hangsUpAfter: Duration? = nil)
    async throws(LabError) -> LabCall
  {
    try await place(
      .dialler, "\(`extension`)", "", number, "PJSIP/\(number)@phone-\(`extension`)", hangsUpAfter)
  }

  private func place(
    _ party: TelcoParty, _ number: String, _ name: String, _ dialled: String, _ channel: String,
    _ life: Duration?
  ) async throws(LabError) -> LabCall {
    let id = shared.state.withLock { state in
      state.serial += 1
      let id = "call-\(state.serial)"
      state.recorder.placed[id] = (party, number, dialled, name)
      return id
    }
    let shown = name.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline }
    let call = LabCall(telco: self, leg: id)
    try await send([
      ("Action", "Originate"), ("Channel", channel), ("ChannelId", id), ("Context", "caller"),
      ("Exten", "s"), ("Priority", "1"), ("CallerID", "\"\(shown)\" <\(number)>"), ("Async", "true"),
      ("Timeout", "7200000"),
    ])
    _ = try await wait(within: .seconds(10), "the INVITE of \(id)") { $0.first { $0.id == id } }
    if let life {
      Task {
        try await Task.sleep(for: life)
        try await call.hangUp()
      }
    }
    return call
  }

  /// Two phones that ring are picked up in the same instant: one command to the telco for both. Each owner talks for so
  /// many whole seconds, at least 1.
  public func pickUp(_ one: String, _ other: String, talk: Int) async throws(LabError) {
    let ringing = legs.filter { $0.isLive && $0.ringingAt != nil && $0.answeredAt == nil }
    guard let first = ringing.first(where: { $0.number == one }),
      let second = ringing.first(where: { $0.number == other })
    else { throw LabError(.refused, "\(one) and \(other) do not both ring") }
    let place = [("Context", "picked-up"), ("Exten", "\(max(1, talk))"), ("Priority", "1")]
    try await send(
      [("Action", "Redirect"), ("Channel", try await channelName(first.id))] + place
        + [("ExtraChannel", try await channelName(second.id))] + place.map { ("Extra\($0)", $1) })
  }

  /// Hangs up the live legs of a phone: a customer's number or an agent's extension.
  public func hangUp(_ number: String) async throws(LabError) {
    for leg in legs.filter({ $0.number == number && $0.isLive }) { try await hangUp(leg: leg.id) }
  }

  /// Presses keys on the live, answered legs of a phone.
  public func press(_ keys: String, on number: String) async throws(LabError) {
    for leg in legs.filter({ $0.number == number && $0.isTalking }) { try await press(keys, leg: leg.id) }
  }

  func hangUp(leg: String) async throws(LabError) {
    do {
      try await send([("Action", "Hangup"), ("Channel", try await channelName(leg)), ("Cause", "16")])
    } catch {
      // It was gone already.
      if error.code != .refused { throw error }
    }
  }

  func press(_ keys: String, leg: String) async throws(LabError) {
    let channel = try await channelName(leg)
    for key in keys {
      try await send([
        ("Action", "PlayDTMF"), ("Channel", channel), ("Digit", String(key)), ("Duration", "200"),
      ])
      try? await Task.sleep(for: .milliseconds(350))
    }
  }

  /// An agent's phone transfers its call without asking: it sends REFER, and the PBX carries it out.
  public func transfer(agent extension: Int, to target: String) async throws(LabError) {
    for leg in legs.filter({ $0.number == "\(`extension`)" && $0.isTalking }) {
      try await send([
        ("Action", "Redirect"), ("Channel", try await channelName(leg.id)), ("Context", "transfer"),
        ("Exten", target), ("Priority", "1"),
      ])
    }
  }

  /// The Hangup action takes the unique id as well as the name since Asterisk 13; PlayDTMF too.
  private func channelName(_ leg: String) async throws(LabError) -> String { leg }

  // MARK: the record

  /// Everything that happened, in the order the telco saw it.
  public var record: [TelcoEvent] { shared.state.withLock { $0.recorder.events } }

  /// The same, leg by leg.
  public var legs: [TelcoLeg] { shared.state.withLock { $0.recorder.legList } }

  /// The legs of one phone: a customer's number or an agent's extension.
  public func legs(of number: String) -> [TelcoLeg] { legs.filter { $0.number == number } }

  /// How many lines the record has: to look later at what came since.
  public var mark: Int { shared.state.withLock { $0.recorder.events.count } }

  /// Every change of the record from now on; the value is its new lines.
  public func events() -> AsyncStream<TelcoEvent> {
    let changes = watch()
    let start = mark
    return AsyncStream { continuation in
      let task = Task { [self] in
        var next = start
        for await _ in changes {
          let lines = record
          while next < lines.count {
            continuation.yield(lines[next])
            next += 1
          }
        }
        continuation.finish()
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  /// Waits until the record shows what is looked for, in the past or to come.
  @discardableResult
  public func wait<Found: Sendable>(
    within bound: Duration = .seconds(15), _ what: String = "what the test waits for",
    until find: @escaping @Sendable ([TelcoLeg]) -> Found?
  ) async throws(LabError) -> Found {
    let changes = watch()
    if let found = find(legs) { return found }
    let search = Task { () -> Found? in
      for await _ in changes {
        if let found = find(legs) { return found }
      }
      return nil
    }
    let deadline = Task {
      try await Task.sleep(for: bound)
      search.cancel()
    }
    let found = await search.value
    deadline.cancel()
    if let found { return found }
    let seen = record.suffix(8).map { "\($0.party.rawValue) \($0.number): \($0.kind)" }.joined(
      separator: "; ")
    throw LabError(.timeout, "\(what) did not come within \(bound); the telco's last lines: \(seen)")
  }

  private func watch() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id = shared.state.withLock { state in
      state.serial += 1
      state.watchers[state.serial] = continuation
      return state.serial
    }
    continuation.onTermination = { [shared] _ in
      _ = shared.state.withLock { $0.watchers.removeValue(forKey: id) }
    }
    return stream
  }

  // MARK: the Asterisk behind it

  /// A line of the telco's console; what it printed.
  public func cli(_ line: String) async throws(LabError) -> String { try await instance.session().cli(line) }

  @discardableResult
  private func send(_ headers: [(String, String)]) async throws(LabError) -> ManagerMessage {
    try await instance.session().send(headers)
  }
}

/// A call the telco placed.
public struct LabCall: Sendable {
  private let telco: Telco
  /// The telco's id of its leg.
  public let leg: String

  init(telco: Telco, leg: String) {
    self.telco = telco
    self.leg = leg
  }

  /// What the record says of it now.
  public var now: TelcoLeg? { telco.legs.first { $0.id == leg } }

  public func hangUp() async throws(LabError) { try await telco.hangUp(leg: leg) }

  /// Presses keys; the call must have been answered.
  public func press(_ keys: String) async throws(LabError) { try await telco.press(keys, leg: leg) }

  @discardableResult
  public func answered(within bound: Duration = .seconds(15)) async throws(LabError) -> TelcoLeg {
    try await telco.wait(within: bound, "the answer to \(leg)") { [leg] legs in
      legs.first { $0.id == leg && $0.answeredAt != nil }
    }
  }

  @discardableResult
  public func ended(within bound: Duration = .seconds(30)) async throws(LabError) -> TelcoLeg {
    try await telco.wait(within: bound, "the end of \(leg)") { [leg] legs in
      legs.first { $0.id == leg && !$0.isLive }
    }
  }
}
