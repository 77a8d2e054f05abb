/// What callbacks add: the share of customers talked to among those called, less that among those left alone, with its
/// 95 % confidence interval (Newcombe, Statistics in Medicine 17, 1998, 873-890, method 10).
struct HoldOutUplift: Sendable, Equatable {
  let heldOut: Int
  let heldOutReached: Int
  let called: Int
  let calledReached: Int

  private static let z = 1.959964

  private static func share(_ part: Int, _ whole: Int) -> Double {
    whole > 0 ? Double(part) / Double(whole) : 0
  }

  var calledShare: Double { Self.share(calledReached, called) }
  var heldOutShare: Double { Self.share(heldOutReached, heldOut) }

  /// -1 to 1.
  var difference: Double { calledShare - heldOutShare }

  /// -1 to 1; the whole range where one group is empty.
  var interval: ClosedRange<Double> {
    guard called > 0, heldOut > 0 else { return -1...1 }
    let (p, q) = (calledShare, heldOutShare)
    let (a, b) = (Self.wilson(calledReached, called), Self.wilson(heldOutReached, heldOut))
    let below = ((p - a.lowerBound) * (p - a.lowerBound) + (b.upperBound - q) * (b.upperBound - q))
      .squareRoot()
    let above = ((a.upperBound - p) * (a.upperBound - p) + (q - b.lowerBound) * (q - b.lowerBound))
      .squareRoot()
    return max(-1, p - q - below)...min(1, p - q + above)
  }

  /// Wilson's score interval.
  private static func wilson(_ part: Int, _ whole: Int) -> ClosedRange<Double> {
    let (n, p) = (Double(whole), share(part, whole))
    let middle = p + z * z / (2 * n)
    let width = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    let scale = 1 + z * z / n
    return max(0, (middle - width) / scale)...min(1, (middle + width) / scale)
  }
}
