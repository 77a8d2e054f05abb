/// How long something lasts, learnt from watching it: a life table that forgets slowly.
///
/// Age is cut into intervals. For each, the table knows how many entered it and how many ended in it, and for
/// what cause; one that was cut short (a dial cancelled, an agent gone) counts as half exposed there. The share
/// that ends in an interval is ended / (entered - cut short / 2): the actuarial estimate (Cutler and Ederer,
/// J. Chronic Diseases 8, 1958, 699-712). It needs no shape of the distribution, takes the unfinished into
/// account, and stays right where all end at one age, as a fixed wrap-up does.
struct LifeTable: Sendable {
  /// The ages where intervals begin, seconds, from 0; the last interval has no end.
  let edges: [Double]
  /// Causes of an end; at most 2 are used (a dial: answered, not answered).
  let causes: Int
  /// How many endings are remembered: the weight of one falls to 1/e after this many more.
  let memory: Double

  private(set) var entered: [Double]
  /// By cause, then interval.
  private(set) var ended: [[Double]]
  private(set) var cutShort: [Double]
  /// Endings, all weights 1: how much is known at all.
  private(set) var observed = 0

  /// For each half second of age its interval, up to `lookUpLimit`.
  private let intervalOf: [UInt8]
  private static let lookUpStep = 0.5
  private static let lookUpLimit = 3_600.0
  /// At most 255 intervals: the look-up table holds bytes.
  static let intervalLimit = 255

  init(edges: [Double], causes: Int, memory: Double) {
    precondition(edges.count <= Self.intervalLimit && edges.first == 0, "a life table's ages begin at 0")
    self.edges = edges
    self.causes = causes
    self.memory = memory
    entered = Array(repeating: 0, count: edges.count)
    ended = Array(repeating: Array(repeating: 0, count: edges.count), count: causes)
    cutShort = Array(repeating: 0, count: edges.count)
    var interval = 0
    intervalOf = stride(from: 0.0, through: Self.lookUpLimit, by: Self.lookUpStep).map { age in
      while interval + 1 < edges.count, edges[interval + 1] <= age { interval += 1 }
      return UInt8(interval)
    }
  }

  /// The interval an age lies in.
  func interval(of age: Double) -> Int {
    let slot = Int(max(0, min(age, Self.lookUpLimit)) / Self.lookUpStep)
    var index = Int(intervalOf[slot])
    // Edges between two half seconds, and ages beyond the look-up.
    while index + 1 < edges.count, edges[index + 1] <= age { index += 1 }
    return index
  }

  /// One ended at this age, of this cause.
  mutating func record(endedAt age: Double, cause: Int) {
    forget()
    let last = interval(of: age)
    for k in 0...last { entered[k] += 1 }
    ended[cause][last] += 1
    observed += 1
  }

  /// One was cut short at this age: what it would have done is not known.
  mutating func record(cutShortAt age: Double) {
    let last = interval(of: age)
    for k in 0...last { entered[k] += 1 }
    cutShort[last] += 1
  }

  private mutating func forget() {
    let keep = 1 - 1 / memory
    for k in edges.indices {
      entered[k] *= keep
      cutShort[k] *= keep
      for cause in 0..<causes { ended[cause][k] *= keep }
    }
  }
}

extension LifeTable {
  /// Ages of telephone ringing: seconds, to a minute; then five seconds, to two.
  static let ringingAges: [Double] =
    (0...60).map(Double.init) + stride(from: 65.0, through: 120, by: 5).map { $0 }

  /// Ages of a talk: 2 s, then each edge an eighth later, to an hour.
  static let talkAges: [Double] = {
    var ages = [0.0]
    var age = 2.0
    while age < 3_600 {
      ages.append(age)
      age *= 1.125
    }
    return ages
  }()

  /// Ages of wrap-up: half seconds to half a minute, then each edge an eighth later, to an hour.
  static let wrapUpAges: [Double] = {
    var ages = stride(from: 0.0, through: 30, by: 0.5).map { $0 }
    var age = 33.75
    while age < 3_600 {
      ages.append(age)
      age *= 1.125
    }
    return ages
  }()
}
