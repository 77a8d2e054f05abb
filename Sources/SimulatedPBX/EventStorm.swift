/// A PBX at its busiest: callers who give up, callers who are served, and the noise around them, at a set rate.
///
/// A value without a clock: the one who writes the events says how late it is. The same calls come at the same
/// times in every run.
public struct EventStorm: Sendable {
  /// How much of it.
  public struct Shape: Sendable {
    /// All events together; noise fills up what the calls do not make.
    public var eventsPerSecond: Int
    public var abandonsPerMinute: Int
    public var servedPerMinute: Int
    /// Members of queue `sales`; enough for all who are served at once.
    public var agents: Int

    public init(
      eventsPerSecond: Int = 2_000, abandonsPerMinute: Int = 500, servedPerMinute: Int = 600,
      agents: Int = 200
    ) {
      self.eventsPerSecond = eventsPerSecond
      self.abandonsPerMinute = abandonsPerMinute
      self.servedPerMinute = servedPerMinute
      self.agents = agents
    }
  }

  /// What the books must show of a call in the end.
  public struct Caller: Sendable, Hashable {
    /// The call's Linkedid.
    public let id: String
    /// A Russian mobile number, E.164.
    public let number: String
  }

  /// What is to be written in one piece.
  public struct Batch: Sendable {
    public var events: [[String]] = []
    /// Those whose `Hangup` is among the events, having given up.
    public var givenUp: [Caller] = []
  }

  /// Steps of a call lie on ticks. Milliseconds.
  static let tick = 2
  /// Who gave up calls again, or is served, this much later. Milliseconds.
  static let returnsAfter = 10_000

  enum Step: Sendable {
    case arrives, rings, ringsInVain, answers, talkEnds, givesUp
  }

  let shape: Shape
  private var ticks = 0
  private var steps: [Int: [(call: Int, step: Step)]] = [:]
  private var calls: [Int: StormCall] = [:]
  private var freeAgents: [String]
  private var serials = 0
  private var abandons = 0
  private var served = 0
  private var callsAgain: [(at: Int, number: String)] = []
  private var comesBack: [(at: Int, number: String)] = []
  private var live: [Int] = []
  private var noises = 0

  /// Everybody who gave up so far.
  public private(set) var abandoned: [Caller] = []
  /// Everybody whose talk is over.
  public private(set) var talked: [Caller] = []
  /// Numbers that gave up and were served later.
  public private(set) var returned: Set<String> = []
  /// Events handed out so far.
  public private(set) var events = 0

  public init(_ shape: Shape = Shape()) {
    self.shape = shape
    freeAgents = (0..<shape.agents).map { "PJSIP/\(1_000 + $0)" }
  }

  /// The members as a snapshot shows them at the beginning.
  public var members: [SimulatedMember] { freeAgents.map { SimulatedMember(queue: "sales", interface: $0) } }

  /// Nobody is on a line.
  public var isQuiet: Bool { calls.isEmpty }

  /// All that happens up to a moment, counted from the beginning. With `begins` false nobody calls any more.
  public mutating func next(until elapsed: Duration, stamp: String, begins: Bool) -> Batch {
    let (seconds, attoseconds) = elapsed.components
    let end = (Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000)) / Self.tick
    var batch = Batch()
    let writer = StormWriter(stamp: stamp)
    while ticks < end {
      ticks += 1
      if begins { arrive() }
      for (call, step) in steps.removeValue(forKey: ticks) ?? [] { play(step, of: call, writer, &batch) }
    }
    let wanted = ticks * Self.tick * shape.eventsPerSecond / 1_000
    while events + batch.events.count < wanted { batch.events.append(noise(writer)) }
    events += batch.events.count
    return batch
  }

  // MARK: The calls

  private mutating func arrive() {
    while abandons < ticks * Self.tick * shape.abandonsPerMinute / 60_000 {
      // One in ten has given up before and calls again.
      var number = Self.number("+7926", abandons)
      if abandons % 10 == 9, let again = callsAgain.first, again.at <= ticks {
        number = again.number
        callsAgain.removeFirst()
      }
      begin(number, .abandon(index: abandons))
      abandons += 1
    }
    while served < ticks * Self.tick * shape.servedPerMinute / 60_000 {
      var number = Self.number("+7916", served)
      if served % 12 == 0, let back = comesBack.first, back.at <= ticks {
        number = back.number
        comesBack.removeFirst()
        returned.insert(number)
      }
      begin(number, .talk)
      served += 1
    }
  }

  /// Over the whole range of a network, as callers come; 7,919 is a prime, so no two are the same.
  private static func number(_ prefix: String, _ index: Int) -> String {
    prefix + String(String(10_000_000 + index * 7_919 % 10_000_000).suffix(7))
  }

  private mutating func begin(_ number: String, _ fate: StormCall.Fate) {
    let serial = serials
    // The second one is the channel of the agent who rings.
    serials += 2
    calls[serial] = StormCall(serial: serial, number: number, fate: fate)
    live.append(serial)
    schedule(serial, .arrives, in: 0)
    switch fate {
    case .abandon:
      // Every other one hears a member ring in vain first.
      if serial % 4 == 0 { schedule(serial, .rings, in: 500) }
      schedule(serial, .givesUp, in: 3_000 + serial * 37 % 5_000)
    case .talk: schedule(serial, .rings, in: 500 + serial * 13 % 1_000)
    }
  }

  private mutating func schedule(_ call: Int, _ step: Step, in milliseconds: Int) {
    steps[ticks + max(0, milliseconds / Self.tick), default: []].append((call, step))
  }

  private mutating func play(_ step: Step, of serial: Int, _ writer: StormWriter, _ batch: inout Batch) {
    guard var call = calls[serial] else { return }
    switch step {
    case .arrives: batch.events += writer.arrival(&call)
    case .rings:
      guard !freeAgents.isEmpty else { return schedule(serial, .rings, in: 100) }
      call.agent = freeAgents.removeFirst()
      batch.events += writer.ring(&call)
      if case .talk = call.fate {
        schedule(serial, .answers, in: 1_000)
      } else {
        schedule(serial, .ringsInVain, in: 1_500)
      }
    case .ringsInVain:
      batch.events += writer.noAnswer(&call)
      free(&call)
    case .answers:
      batch.events += writer.answer(&call)
      schedule(serial, .talkEnds, in: 6_000 + serial * 29 % 3_000)
    case .talkEnds:
      batch.events += writer.talkEnd(&call)
      free(&call)
      talked.append(call.caller)
      calls[serial] = nil
      return
    case .givesUp:
      batch.events += writer.abandon(&call)
      batch.givenUp.append(call.caller)
      abandoned.append(call.caller)
      if case .abandon(let index) = call.fate {
        let at = ticks + Self.returnsAfter / Self.tick
        if index % 10 == 5 { callsAgain.append((at, call.number)) }
        if index % 10 == 2 { comesBack.append((at, call.number)) }
      }
      calls[serial] = nil
      return
    }
    calls[serial] = call
  }

  private mutating func free(_ call: inout StormCall) {
    if let agent = call.agent { freeAgents.append(agent) }
    call.agent = nil
  }

  // MARK: The noise

  /// What Asterisk tells beside the calls: some of it the service reads, most of it nobody wants.
  private mutating func noise(_ writer: StormWriter) -> [String] {
    noises += 1
    while let first = live.first, calls[first] == nil { live.removeFirst() }
    let call = live.isEmpty ? nil : calls[live[noises % live.count]]
    let agent = freeAgents.isEmpty ? "PJSIP/900" : freeAgents[noises % freeAgents.count]
    switch noises % 8 {
    // A member of several queues: every change of his phone comes once for each.
    case 0, 3, 6: return writer.member(agent, status: 1)
    case 1: return writer.deviceState(agent)
    case 2: return call.map(writer.connectedLine) ?? writer.deviceState(agent)
    case 4: return call.map(writer.reception) ?? writer.deviceState(agent)
    default: return call.map { writer.variable($0, noises) } ?? writer.deviceState(agent)
    }
  }
}
