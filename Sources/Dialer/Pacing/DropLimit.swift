/// How many drops a number of answers allows, such that the true drop rate is under a limit with a given
/// confidence: the upper limit of Clopper and Pearson (Biometrika 26, 1934, 404-413), one-sided.
///
/// It is the exact one: its coverage is never below the confidence, while the one-sided limit of Wilson's score
/// interval falls short of it for rates near 0 (Cai, J. Stat. Plann. Inference 131, 2005, 63-88).
public struct DropLimit: Sendable, Hashable {
  /// The rate not to be exceeded, 0 to 1.
  public let rate: Double
  /// 0.5 to 0.999; of how many such statements are true at least.
  public let confidence: Double

  /// Values outside their range are moved to its edge.
  public init(rate: Double, confidence: Double = 0.95) {
    self.rate = min(0.5, max(1e-6, rate))
    self.confidence = min(0.999, max(0.5, confidence))
  }

  /// The chance of at most `drops` among `answers`, where each is one with chance `rate`.
  static func chance(ofAtMost drops: Int, of answers: Int, rate: Double) -> Double {
    if drops < 0 { return 0 }
    if drops >= answers || rate <= 0 { return 1 }
    if rate >= 1 { return 0 }
    // Whichever side of the mean lies away from it: there each term is smaller than the one before.
    if Double(drops + 1) > Double(answers) * rate {
      var k = drops + 1
      var term = share(of: k, answers: answers, rate: rate)
      var sum = term
      while k < answers, term > sum * 1e-14 {
        term *= Double(answers - k) / Double(k + 1) * rate / (1 - rate)
        sum += term
        k += 1
      }
      return max(0, 1 - sum)
    }
    var k = drops
    var term = share(of: k, answers: answers, rate: rate)
    var sum = term
    while k > 0, term > sum * 1e-14 {
      term *= Double(k) / Double(answers - k + 1) * (1 - rate) / rate
      sum += term
      k -= 1
    }
    return min(1, sum)
  }

  /// The chance of exactly so many drops.
  private static func share(of drops: Int, answers: Int, rate: Double) -> Double {
    let ways =
      RealFunctions.lnFactorial(answers) - RealFunctions.lnFactorial(drops)
      - RealFunctions.lnFactorial(answers - drops)
    return RealFunctions.exp(
      ways + Double(drops) * RealFunctions.ln(rate) + Double(answers - drops) * RealFunctions.ln(1 - rate))
  }

  /// Whether the upper confidence limit of the rate is at or under the limit.
  public func holds(drops: Int, answers: Int) -> Bool {
    Self.chance(ofAtMost: drops, of: answers, rate: rate) <= 1 - confidence
  }

  /// The most drops for which it holds; -1 where the answers are too few for any statement. `near`: where to
  /// begin to look; the last value makes it quick.
  public func allowed(answers: Int, near: Int = 0) -> Int {
    var drops = min(max(near, -1), answers)
    while drops >= 0, !holds(drops: drops, answers: answers) { drops -= 1 }
    while drops + 1 < answers, holds(drops: drops + 1, answers: answers) { drops += 1 }
    return drops
  }

  /// The upper confidence limit itself, 0 to 1; 1 without answers.
  public static func upper(drops: Int, answers: Int, confidence: Double) -> Double {
    guard answers > 0, drops < answers else { return 1 }
    var (low, high) = (Double(drops) / Double(answers), 1.0)
    for _ in 0..<50 {
      let middle = (low + high) / 2
      if chance(ofAtMost: drops, of: answers, rate: middle) > 1 - confidence {
        low = middle
      } else {
        high = middle
      }
    }
    return high
  }
}
