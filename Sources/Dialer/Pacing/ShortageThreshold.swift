/// θ of the marginal rule: how likely an added answer may be to find no agent.
///
/// θ = aim · ratio · e^(gain · surplus). The aim is the drop rate that the budget's windows allow; the ratio of
/// θ to it is learnt by integral control, since a threshold on the worst dial is not yet a rate over all; the
/// last factor spends what is left in the budget, and saves as it runs out. The surplus is the drops left less
/// a reserve, in units of the square root of the drops allowed: the size of their chance fluctuations (Poisson).
struct ShortageThreshold: Sendable {
  /// The ratio before anything is known.
  static let firstRatio = 3.5
  /// For each live answer and each unit of surplus, in logarithms.
  static let integralGain = 0.000_1
  /// For each unit of surplus, in logarithms.
  static let proportionalGain = 1.0
  /// Units of surplus kept in hand.
  static let reserve = 1.0
  static let surplusRange = -4.0...2.0
  static let logRatioRange = -1.0...3.0
  /// Below a half: where all answers come at one age between two horizons, the mean of the shortages at the two is
  /// at most that, however many are dialled.
  static let range = 0.000_5...0.45

  private(set) var logRatio = RealFunctions.ln(firstRatio)

  private static func surplus(_ budget: DropBudget) -> Double {
    let unit = Double(max(4, budget.allowed)).squareRoot()
    let surplus = Double(budget.left) / unit - reserve
    return min(surplusRange.upperBound, max(surplusRange.lowerBound, surplus))
  }

  /// After each live answer.
  mutating func answered(_ budget: DropBudget) {
    logRatio += Self.integralGain * Self.surplus(budget)
    logRatio = min(Self.logRatioRange.upperBound, max(Self.logRatioRange.lowerBound, logRatio))
  }

  /// θ now.
  func value(_ budget: DropBudget) -> Double {
    let value = budget.aim * RealFunctions.exp(logRatio + Self.proportionalGain * Self.surplus(budget))
    return min(Self.range.upperBound, max(Self.range.lowerBound, value))
  }
}
