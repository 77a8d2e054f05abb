import Foundation

@testable import Dialer

/// Chance for the tests of estimators: SplitMix64, so that a seed repeats.
struct PacingChance: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func share() -> Double { (Double(next() >> 12) + 0.5) * 0x1p-52 }
  mutating func exponential(mean: Double) -> Double { -log(share()) * mean }
}

/// Whether two numbers are as near as said.
func near(_ a: Double, _ b: Double, within: Double) -> Bool { abs(a - b) <= within }
