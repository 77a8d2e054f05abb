import Foundation

/// Chance from a seed: the same seed gives the same day.
///
/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), with the constants of its paper.
public struct SeededChance: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Evenly between 0 and 1, neither of them.
  public mutating func share() -> Double { (Double(next() >> 12) + 0.5) * 0x1p-52 }

  /// The standard normal law, by Box and Muller.
  public mutating func normal() -> Double { (-2 * log(share())).squareRoot() * cos(2 * .pi * share()) }

  /// The gamma law with this shape (at least 1) and mean: Marsaglia and Tsang, ACM TOMS 26 (2000), 363-372.
  public mutating func gamma(shape: Double, mean: Double) -> Double {
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let v = 1 + c * x
      guard v > 0 else { continue }
      let cube = v * v * v
      if log(share()) < 0.5 * x * x + d - d * cube + d * log(cube) { return d * cube * mean / shape }
    }
  }

  /// The lognormal law with this mean and coefficient of variation.
  public mutating func lognormal(mean: Double, variation: Double) -> Double {
    guard variation > 0 else { return mean }
    let square = log(1 + variation * variation)
    return exp(log(mean) - square / 2 + square.squareRoot() * normal())
  }
}
