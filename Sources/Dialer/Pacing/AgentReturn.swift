/// When busy agents become free: the chance that one who talks since `age` seconds, or is in wrap-up since
/// `age`, is free within each of the horizons. Talk and wrap-up are life tables; the wrap-up after a talk enters
/// by its eighths.
struct AgentReturn: Sendable {
  /// Talks, or wrap-ups, remembered.
  static let memory = 2_000.0
  /// Means before anything is known, seconds.
  static let talkGuess = 120.0
  static let wrapUpGuess = 15.0
  private static let wrapUpParts = 8

  private(set) var talk = LifeTable(edges: LifeTable.talkAges, causes: 1, memory: memory)
  private(set) var wrapUp = LifeTable(edges: LifeTable.wrapUpAges, causes: 1, memory: memory)
  /// Seconds from now. Another set of as many takes effect with the next `refresh`.
  var horizons: [Double]
  /// By horizon, then by the ages of the talk table.
  private(set) var freeAfterTalk: [[Double]] = []
  private var wrapUpLeft: Survival

  init(horizons: [Double]) {
    self.horizons = horizons
    wrapUpLeft = Survival(wrapUp, ongoing: [], guess: Self.wrapUpGuess)
    refresh(talking: [], wrappingUp: [])
  }

  mutating func record(talkEndedAt age: Double) { talk.record(endedAt: age, cause: 0) }
  mutating func record(talkCutShortAt age: Double) { talk.record(cutShortAt: age) }
  mutating func record(wrapUpEndedAt age: Double) { wrapUp.record(endedAt: age, cause: 0) }
  mutating func record(wrapUpCutShortAt age: Double) { wrapUp.record(cutShortAt: age) }

  /// Computes the tables anew; `talking` and `wrappingUp` are the ages of what goes on.
  mutating func refresh(talking: [Double], wrappingUp: [Double]) {
    let talks = Survival(talk, ongoing: talking, guess: Self.talkGuess)
    wrapUpLeft = Survival(wrapUp, ongoing: wrappingUp, guess: Self.wrapUpGuess)
    let parts = Self.wrapUpParts
    let wrapUps = (0..<parts).map { wrapUpLeft.age(whereShareIs: 1 - (Double($0) + 0.5) / Double(parts)) }
    freeAfterTalk = horizons.map { horizon in
      talk.edges.indices.map { k in
        guard talks.reached[k] > 1e-9 else { return 1 }
        var chance = 0.0
        for wrapUp in wrapUps where wrapUp < horizon {
          let age = talk.edges[k] + horizon - wrapUp
          chance += 1 - talks.at(age, interval: talk.interval(of: age)) / talks.reached[k]
        }
        return max(0, min(1, chance / Double(parts)))
      }
    }
  }

  /// Where an age lies in the talk table; taken once for all horizons.
  func talkPosition(_ age: Double) -> (interval: Int, part: Double) {
    let interval = talk.interval(of: age)
    guard interval + 1 < talk.edges.count else { return (interval, 0) }
    return (interval, (age - talk.edges[interval]) / (talk.edges[interval + 1] - talk.edges[interval]))
  }

  /// The chance that one who talks is free within the horizon of this index.
  func free(afterTalkAt position: (interval: Int, part: Double), horizon: Int) -> Double {
    let values = freeAfterTalk[horizon]
    let low = values[position.interval]
    guard position.part > 0 else { return low }
    return low + position.part * (values[position.interval + 1] - low)
  }

  /// The same for one in wrap-up since `age` seconds.
  func free(wrapUpAge age: Double, horizon: Int) -> Double {
    let now = wrapUpLeft.at(age, interval: wrapUp.interval(of: age))
    guard now > 1e-9 else { return 1 }
    let later = age + horizons[horizon]
    return 1 - wrapUpLeft.at(later, interval: wrapUp.interval(of: later)) / now
  }
}
