/// What a `LifeTable` says at one moment: the share still there at each age, by linear interpolation between
/// the table's ages. Beyond the last age it falls on as in the last interval of known length.
struct Survival: Sendable {
  private let edges: [Double]
  /// The share that reaches each age.
  private(set) var reached: [Double]
  private let tailRate: Double

  /// `ongoing`: the ages of those not ended yet, who count as cut short now. An interval that nobody has been
  /// in is taken from an exponential law of mean `guess` seconds, with the weight of half a case.
  init(_ table: LifeTable, ongoing: [Double], guess: Double) {
    edges = table.edges
    let last = edges.count - 1
    var (entered, cutShort) = (table.entered, table.cutShort)
    for age in ongoing {
      let at = table.interval(of: age)
      for k in 0...at { entered[k] += 1 }
      cutShort[at] += 1
    }
    reached = [1]
    reached.reserveCapacity(edges.count)
    var share = 1.0
    for k in 0..<last {
      let guessed = (edges[k + 1] - edges[k]) / (edges[k + 1] - edges[k] + guess)
      var ends = 0.0
      for cause in 0..<table.causes { ends += table.ended[cause][k] }
      let exposed = max(ends, entered[k] - cutShort[k] / 2)
      share *= 1 - (ends + Self.guessWeight * guessed) / (exposed + Self.guessWeight)
      reached.append(share)
    }
    tailRate = 1 / guess
  }

  private static let guessWeight = 0.5

  /// The share still there at an age.
  func at(_ age: Double, interval: Int) -> Double {
    guard interval + 1 < edges.count else {
      return reached[edges.count - 1] * RealFunctions.exp(-tailRate * (age - edges[edges.count - 1]))
    }
    let part = (age - edges[interval]) / (edges[interval + 1] - edges[interval])
    return reached[interval] + part * (reached[interval + 1] - reached[interval])
  }

  /// The age that a share `1 - share` does not reach.
  func age(whereShareIs share: Double) -> Double {
    for k in 1..<edges.count where reached[k] <= share {
      let drop = reached[k - 1] - reached[k]
      let part = drop > 0 ? (reached[k - 1] - share) / drop : 1
      return edges[k - 1] + part * (edges[k] - edges[k - 1])
    }
    return edges[edges.count - 1]
  }
}
