import Synchronization
import Telephony

/// How many requests one token may make: a bucket that fills by `perSecond` and holds twice as many.
final class RateLimit: Sendable {
  /// Tokens remembered at once; beyond it all buckets begin anew. Default 10,000.
  static let bucketsMax = 10_000

  private struct Bucket {
    var left: Double
    var at: ContinuousClock.Instant
  }

  private let buckets = Mutex<[String: Bucket]>([:])

  /// Nil where the request may go on, else the whole seconds to wait.
  func wait(_ label: String, perSecond: Int, now: ContinuousClock.Instant = .now) -> Int? {
    let burst = Double(perSecond * 2)
    return buckets.withLock { buckets in
      if buckets.count >= Self.bucketsMax, buckets[label] == nil { buckets.removeAll() }
      var bucket = buckets[label] ?? Bucket(left: burst, at: now)
      bucket.left = min(burst, bucket.left + (now - bucket.at).inSeconds * Double(perSecond))
      bucket.at = now
      defer { buckets[label] = bucket }
      guard bucket.left < 1 else {
        bucket.left -= 1
        return nil
      }
      return max(1, Int(((1 - bucket.left) / Double(perSecond)).rounded(.up)))
    }
  }
}
