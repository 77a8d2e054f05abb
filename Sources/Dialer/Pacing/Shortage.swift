/// The chance that an answer finds no agent, at one horizon: the law of V, how many agents are taken by then
/// (those who are still busy, and one for each answer that comes), against how many there are.
///
/// V is a sum of independent yes-or-no variables (Poisson-binomial). Few terms: its law exactly, cut at the
/// capacity. Many: the normal law with a correction for skewness (Volkova, Theory Probab. Appl. 40, 1996,
/// 791-794; Hong, Comput. Stat. Data Anal. 59, 2013, 41-51).
struct Shortage: Sendable {
  /// Terms times capacity up to which the law is computed exactly.
  static let exactLimit = 2_500

  private var capacity = 0
  private var exact = true
  /// P(V = v) below the capacity.
  private var law: [Double] = []
  /// P(V >= capacity).
  private var full = 0.0
  private var mean = 0.0
  private var variance = 0.0
  private var third = 0.0

  /// Begins anew: `capacity` agents, less the answered who wait already; `terms` to come at most.
  mutating func reset(capacity: Int, terms: Int) {
    self.capacity = capacity
    exact = max(capacity, 1) * terms <= Self.exactLimit
    (mean, variance, third) = (0, 0, 0)
    full = capacity > 0 ? 0 : 1
    guard exact, capacity > 0 else { return }
    law.removeAll(keepingCapacity: true)
    law.append(1)
  }

  /// One more that takes an agent with this chance.
  mutating func add(_ chance: Double) {
    guard capacity > 0, chance > 0 else { return }
    guard exact else {
      mean += chance
      let spread = chance * (1 - chance)
      variance += spread
      third += spread * (1 - 2 * chance)
      return
    }
    let miss = 1 - chance
    let top = law.count - 1
    if law.count < capacity { law.append(law[top] * chance) } else { full += law[top] * chance }
    var v = top
    while v > 0 {
      law[v] = law[v] * miss + law[v - 1] * chance
      v -= 1
    }
    law[0] *= miss
  }

  /// The chance that one more answer finds all agents taken.
  var chance: Double {
    guard capacity > 0 else { return 1 }
    if exact { return full }
    guard variance > 1e-9 else { return mean > Double(capacity) - 0.5 ? 1 : 0 }
    let deviation = variance.squareRoot()
    let x = (Double(capacity) - 0.5 - mean) / deviation
    let skewness = third / (variance * deviation)
    let tail = RealFunctions.normalTail(x) + skewness * (x * x - 1) * RealFunctions.normalDensity(x) / 6
    return max(0, min(1, tail))
  }
}
