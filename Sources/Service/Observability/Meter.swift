import Synchronization

/// The counters of this process. Safe to use from anywhere; counting takes a lock for some nanoseconds.
final class Meter: Sendable {
  /// Series of one process, at most: beyond it new ones are not counted, so that names from outside cannot fill the
  /// memory.
  static let seriesMax = 10_000

  struct Series: Hashable, Sendable {
    var metric: Metric
    /// Values of the metric's labels, in their order.
    var labels: [String]
  }

  private let values = Mutex<[Series: Double]>([:])

  init() {}

  func count(_ metric: Metric, _ labels: String..., by amount: Double = 1) {
    let series = Series(metric: metric, labels: labels)
    values.withLock { values in
      guard values[series] != nil || values.count < Self.seriesMax else { return }
      values[series, default: 0] += amount
    }
  }

  /// A named limit was reached: its name as the code has it.
  func limit(_ name: String) { count(.limits, name) }

  func limit(_ limit: NamedLimit) { self.limit(limit.rawValue) }

  var all: [Series: Double] { values.withLock { $0 } }
}
