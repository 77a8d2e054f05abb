// What a missed call costs before anything is written: following it to its verdict, reading the number, the rules.
// And what a live call holds in memory.
//
// usage: verdict-bench [CALLS]     default 200,000
import CallPolicy
import CallTracking
import Foundation
import Service
import Telephony

@main
struct VerdictBench {
  /// Calls that wait at the same time.
  static let waiting = 1_000
  /// Calls whose memory is measured: as many as the tracker keeps.
  static let held = 20_000

  static func main() throws {
    let calls = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 200_000
    let settings = try settings()
    print("memory per live call, \(held) of them ringing a member in a queue: \(bytesPerCall(held)) bytes")
    let (missed, perCall, events) = follow(calls)
    print("one call followed to its verdict, \(events) events: \(microseconds(perCall)) us")
    let rules = decide(missed, settings)
    print("its number read and typed: \(microseconds(rules.reading)) us")
    print(
      "all rules over it, to a new job: \(microseconds(rules.deciding)) us (\(rules.jobs) jobs of \(missed.count))"
    )
  }

  /// The first months' campaign of a company: hours, kinds, lists.
  private static func settings() throws -> Settings {
    try Settings.read(
      yaml: """
        database: {url: "postgresql://localhost/unused"}
        pbx:
          - name: pbx1
            ami: {username: perezvon, secret: unused}
            ari: {username: perezvon, password: unused}
            inbound_contexts: [from-trunk]
            own_numbers: ["+74951112233"]
            dial: PJSIP/{number}@trunk
        numbers: {region: RU, allow: ["+7"], deny: ["+7809"]}
        calendars: {office: {timezone: Europe/Moscow, open: {mon-fri: "09:00-18:00"}, closed: ["2027-01-01"]}}
        campaigns:
          - {name: vip, queues: [vip], calendar: office, caller_id: "+74951112233", agents: {queue: vip}}
          - {name: sales, queues: [sales], calendar: office, caller_id: "+74951112233", agents: {queue: sales}}
        """, fileName: "bench", environment: [:]
    ) { _ in .failure(.init(sentence: "no files here")) }
  }

  private static func tracker() -> CallTracker {
    CallTracker(settings: TrackerSettings(pbx: "pbx1", inboundContexts: ["from-trunk"]))
  }

  // MARK: Memory

  private static func bytesPerCall(_ count: Int) -> Int {
    var tracker = tracker()
    let before = residentBytes()
    for serial in 0..<count {
      MissedCallEvents(serial: serial).arrive.forEach { _ = tracker.handle($0, at: start) }
    }
    let after = residentBytes()
    precondition(tracker.nextDeadline == nil, "a call that waits has no verdict yet")
    return (after - before) / count
  }

  /// Of this process, by the kernel (proc(5), statm).
  private static func residentBytes() -> Int {
    let fields =
      (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE))
  }

  // MARK: Following

  private static let start = Timestamp(seconds: 1_795_363_200)

  private static func follow(_ count: Int) -> (records: [CallRecord], perCall: Duration, events: Int) {
    var tracker = tracker()
    var records: [CallRecord] = []
    records.reserveCapacity(count)
    let scripts = (0..<count).map { MissedCallEvents(serial: $0) }
    var now = start
    let began = ContinuousClock.now
    for first in stride(from: 0, to: count, by: waiting) {
      let some = scripts[first..<min(first + waiting, count)]
      for script in some { for event in script.arrive { _ = tracker.handle(event, at: now) } }
      now = now + .seconds(12)
      for script in some { for event in script.giveUp { _ = tracker.handle(event, at: now) } }
      now = now + .seconds(1)
      for case .fact(.callEnded(let call)) in tracker.tick(at: now) { records.append(call) }
    }
    let took = ContinuousClock.now - began
    precondition(records.count == count && records.allSatisfy { $0.missed && $0.ending == .callerHungUp })
    return (records, took / count, scripts[0].arrive.count + scripts[0].giveUp.count)
  }

  // MARK: Rules

  private static func decide(
    _ calls: [CallRecord], _ settings: Settings
  ) -> (reading: Duration, deciding: Duration, jobs: Int) {
    let began = ContinuousClock.now
    let callers = calls.map { settings.numberPlan.read($0.rawNumber) }
    let read = ContinuousClock.now
    let policy = CallPolicy(settings: settings.policy)
    var jobs = 0
    for (serial, call) in calls.enumerated() {
      let verdict = policy.decide(
        call: call, caller: callers[serial], history: NumberHistory(), now: call.endedAt + .milliseconds(300),
        newJobID: JobID(UniqueID(high: 0x7000, low: UInt64(serial))), holdOutDraw: 0.5)
      if verdict.job != nil { jobs += 1 }
    }
    let decided = ContinuousClock.now
    precondition(jobs == calls.count, "every one of them is owed a callback")
    return ((read - began) / calls.count, (decided - read) / calls.count, jobs)
  }

  private static func microseconds(_ duration: Duration) -> Double {
    (Double(duration.components.attoseconds) / 1e12 * 100).rounded() / 100
  }
}

/// What Asterisk tells of a caller whom a queue rang one member for, and who gave up.
private struct MissedCallEvents {
  let arrive: [PBXEvent]
  let giveUp: [PBXEvent]

  init(serial: Int) {
    let member = MemberInterface("PJSIP/\(101 + serial % 50)")
    var caller = ChannelSnapshot(
      id: ChannelID("pbx1-1795363200.\(2 * serial)"), linkedID: LinkedID("pbx1-1795363200.\(2 * serial)"),
      name: "PJSIP/trunk-\(serial)", state: .ring, callerNumber: "\(79_160_000_000 + serial)",
      context: "from-trunk",
      exten: "4951112233")
    let created = PBXEvent.channelCreated(caller)
    caller.state = .up
    var phone = ChannelSnapshot(
      id: ChannelID("pbx1-1795363200.\(2 * serial + 1)"), linkedID: caller.linkedID,
      name: "\(member)-\(serial)",
      state: .down, context: "from-internal")
    let phoneCreated = PBXEvent.channelCreated(phone)
    phone.state = .ringing
    arrive = [
      created, .channelState(caller), .queueJoined(caller, "sales", position: 1), phoneCreated,
      .agentCalled(caller: caller, agent: phone, "sales", member),
      .dialBegan(caller: caller, callee: phone, dialString: member.rawValue), .channelState(phone),
    ]
    giveUp = [
      .hangupRequested(caller), .dialEnded(caller: caller, callee: phone, .cancel),
      .queueAbandoned(caller, "sales", position: 1, originalPosition: 1, hold: .seconds(12)),
      .queueLeft(caller, "sales"), .channelHungUp(phone, .normalClearing),
      .channelHungUp(caller, .normalClearing),
    ]
  }
}
