public import Dialer

/// What one simulated day brought.
public struct DayResult: Sendable, Hashable, Codable {
  public let mode: DialingMode
  public let seed: UInt64
  /// Agents' seconds: there, talking, in wrap-up. In message mode lines stand for agents, and one in use for talking.
  public private(set) var present = 0.0
  public private(set) var talking = 0.0
  public private(set) var wrappingUp = 0.0
  public internal(set) var dials = 0
  public internal(set) var cancelled = 0
  public private(set) var counts = AnswerCounts()
  /// The highest drop rate of any 24 hours that held a hundred live answers.
  public internal(set) var worstRate = 0.0
  /// When it first dialled ahead of agents, seconds; nil where it never did.
  public private(set) var aheadAfter: Double?
  public internal(set) var stops = 0
  public internal(set) var anomalies: [String] = []
  /// By quarter of an hour.
  public private(set) var quarters: [Quarter]

  /// A quarter of an hour.
  public struct Quarter: Sendable, Hashable, Codable {
    /// Agents' seconds.
    public internal(set) var present = 0.0
    public internal(set) var busy = 0.0
    public internal(set) var counts = AnswerCounts()
  }

  init(mode: DialingMode, seed: UInt64, hours: Double) {
    self.mode = mode
    self.seed = seed
    quarters = Array(repeating: Quarter(), count: max(1, Int((hours * 4).rounded(.up))))
  }

  /// The share of their time in which agents talk or wrap up, lines are in use; 0 to 1.
  public var occupancy: Double { present > 0 ? (talking + wrappingUp) / present : 0 }
  /// Conversations begun an hour of an agent; messages heard an hour of a line.
  public var callsPerAgentHour: Double {
    present > 0 ? Double(counts.live - counts.dropped) / present * 3_600 : 0
  }

  mutating func spend(_ doing: SimulatedDay.Doing, from start: Int64, to end: Int64) {
    guard doing != .away, end > start else { return }
    let seconds = Double(end - start) / 1_000_000
    present += seconds
    switch doing {
    case .talking: talking += seconds
    case .wrapUp: wrappingUp += seconds
    case .away, .free: break
    }
    let length: Int64 = 900_000_000
    var at = start
    while at < end {
      let quarter = at / length
      let until = min(end, (quarter + 1) * length)
      let index = min(Int(quarter), quarters.count - 1)
      quarters[index].present += Double(until - at) / 1_000_000
      if doing != .free { quarters[index].busy += Double(until - at) / 1_000_000 }
      at = until
    }
  }

  mutating func record(dropped: Bool, at moment: Int64) {
    let answer = AnswerCounts(live: 1, dropped: dropped ? 1 : 0)
    counts.add(answer)
    quarters[min(Int(moment / 900_000_000), quarters.count - 1)].counts.add(answer)
  }

  mutating func countMachine() { counts.machines += 1 }

  mutating func paceChanged(to pace: Pace, at moment: Int64) {
    if pace == .ahead, moment >= 0, aheadAfter == nil { aheadAfter = Double(moment) / 1_000_000 }
  }
}

extension AnswerCounts {
  mutating func add(_ more: AnswerCounts) {
    live += more.live
    dropped += more.dropped
    machines += more.machines
  }
}
