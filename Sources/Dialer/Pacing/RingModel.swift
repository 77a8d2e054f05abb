/// The chance that a ringing phone is answered, by how long it rings already: two causes that compete (answered
/// by a human, anything else) in a life table of ring ages.
///
/// The shape over age is learnt slowly, the level of each cause quickly: the ratio of ends seen to ends the
/// shape expected for the same ringing. So a morning's answer rate that halves at noon shows within a few hundred
/// dials, while the shape keeps thousands. Cumulative incidence as in Aalen and Johansen, Scand. J. Statistics 5
/// (1978), 141-150.
struct RingModel: Sendable {
  static let answered = 0
  static let notAnswered = 1
  /// Dials the shape remembers.
  static let shapeMemory = 6_000.0
  /// Expected ends the level of a cause remembers.
  static let levelMemory = 150.0
  /// Ends' worth of trust that the level is 1, against noise.
  static let levelPrior = 10.0

  private(set) var table = LifeTable(edges: LifeTable.ringingAges, causes: 2, memory: shapeMemory)
  private var levels = [RingLevel(), RingLevel()]

  /// By cause: what the shape expects of one dial that reaches each age, as `refresh` last computed.
  private var hazardSums: [[Double]] = [[], []]
  /// The chance to be answered by each age, and to ring on at each age.
  private(set) var answeredBy: [Double] = []
  private var stillRinging: [Double] = []

  init() { refresh(ongoing: []) }

  /// The chance that a new dial is answered, over the whole of its ringing; never 0.
  var answerRate: Double { max(1e-3, answeredBy[answeredBy.count - 1]) }

  /// A dial that rang for `age` seconds was answered by a human, or ended otherwise.
  mutating func record(endedAt age: Double, answered: Bool) {
    let cause = answered ? Self.answered : Self.notAnswered
    learnLevels(age: age, cause: cause)
    table.record(endedAt: age, cause: cause)
  }

  /// A dial was cancelled.
  mutating func record(cancelledAt age: Double) {
    learnLevels(age: age, cause: nil)
    table.record(cutShortAt: age)
  }

  private mutating func learnLevels(age: Double, cause: Int?) {
    let position = position(age)
    for each in levels.indices {
      levels[each].learn(
        seen: each == cause ? 1 : 0, expected: Self.value(hazardSums[each], at: position),
        memory: Self.levelMemory)
    }
  }

  /// Computes the tables anew. `ongoing`: how long the phones ring that ring now.
  mutating func refresh(ongoing: [Double]) {
    let edges = table.edges
    var (entered, cutShort) = (table.entered, table.cutShort)
    for age in ongoing {
      let at = table.interval(of: age)
      for k in 0...at { entered[k] += 1 }
      cutShort[at] += 1
    }
    let level = levels.map { $0.value(prior: Self.levelPrior) }
    var (share, chance) = (1.0, 0.0)
    hazardSums = [[0], [0]]
    answeredBy = [0]
    stillRinging = [1]
    for k in 0..<(edges.count - 1) {
      let width = edges[k + 1] - edges[k]
      let (a, o) = (table.ended[Self.answered][k], table.ended[Self.notAnswered][k])
      // Before anything is known: a third of the phones is answered, they ring 12 s on average.
      let guess = width / (width + 12)
      let exposed = max(a + o, entered[k] - cutShort[k] / 2) + 1
      let (answer, other) = ((a + guess / 3) / exposed, (o + guess * 2 / 3) / exposed)
      // Where both together are more than all, they share the interval in proportion.
      let both = max(1, level[Self.answered] * answer + level[Self.notAnswered] * other)
      let answerNow = level[Self.answered] * answer / both
      chance += share * answerNow
      share *= max(0, 1 - answerNow - level[Self.notAnswered] * other / both)
      hazardSums[Self.answered].append(hazardSums[Self.answered][k] + answer)
      hazardSums[Self.notAnswered].append(hazardSums[Self.notAnswered][k] + other)
      answeredBy.append(chance)
      stillRinging.append(share)
    }
  }

  /// The chance that a phone that has rung for `age` seconds is answered within `within` more.
  func answered(age: Double, within: Double) -> Double {
    let (from, to) = (position(age), position(age + within))
    let rings = Self.value(stillRinging, at: from)
    guard rings > 1e-9 else { return 0 }
    return max(0, min(1, (Self.value(answeredBy, at: to) - Self.value(answeredBy, at: from)) / rings))
  }

  /// The chance that it is answered at all.
  func answeredEver(age: Double) -> Double { answered(age: age, within: 1e6) }

  private func position(_ age: Double) -> (interval: Int, part: Double) {
    let interval = table.interval(of: age)
    guard interval + 1 < table.edges.count else { return (table.edges.count - 1, 0) }
    return (
      interval, (age - table.edges[interval]) / (table.edges[interval + 1] - table.edges[interval])
    )
  }

  private static func value(_ values: [Double], at position: (interval: Int, part: Double)) -> Double {
    let low = values[position.interval]
    guard position.part > 0 else { return low }
    return low + position.part * (values[position.interval + 1] - low)
  }
}

/// How much more or less often a cause ends the ringing now than the shape says.
private struct RingLevel: Sendable {
  private var seen = 0.0
  private var expected = 0.0

  mutating func learn(seen more: Double, expected expectation: Double, memory: Double) {
    let keep = 1 - min(0.5, expectation / memory)
    seen = seen * keep + more
    expected = expected * keep + expectation
  }

  /// 0.05 to 20.
  func value(prior: Double) -> Double { min(20, max(0.05, (seen + prior) / (expected + prior))) }
}
