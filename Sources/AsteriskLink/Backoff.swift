/// The pause before the next try to connect: doubles from `first` to `longest`; 50 to 100 % of it, by chance.
struct Backoff {
  private let first: Duration
  private let longest: Duration
  private var pause: Duration

  init(first: Duration, longest: Duration) {
    self.first = first
    self.longest = longest
    pause = first
  }

  /// `chance` in 0..<1.
  mutating func next(chance: Double) -> Duration {
    defer { pause = min(longest, pause * 2) }
    return pause / 2 + pause / 2 * chance
  }

  /// A connection stood: begin anew.
  mutating func reset() { pause = first }
}
