/// How long to wait before something is tried again: three times longer each time, up to a limit, with a part of it
/// by chance, so that what failed together does not come back together.
struct RetryLadder: Sendable, Equatable {
  let first: Duration
  let longest: Duration

  /// One notification: from 10 s to a day.
  static let row = RetryLadder(first: .seconds(10), longest: .seconds(86_400))
  /// A sink that is down, until the next look at it: from 15 s to 5 min.
  static let sink = RetryLadder(first: .seconds(15), longest: .seconds(300))

  /// The wait after the n-th failure (from 1): between half of its rung and the whole.
  func wait(after failures: Int, using random: inout some RandomNumberGenerator) -> Duration {
    var rung = first
    for _ in 1..<max(1, min(failures, 40)) where rung < longest { rung = rung * 3 }
    rung = min(rung, longest)
    return rung * Double.random(in: 0.5...1, using: &random)
  }
}
