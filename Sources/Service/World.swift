import Synchronization
import Telephony

/// Time and chance, the two things that come from outside. One value for the whole service, so that tests and
/// simulations put their own in its place.
struct World: Sendable {
  /// The wall clock.
  let now: @Sendable () -> Timestamp
  /// For waiting and for leases: never jumps.
  let clock: any SteadyClock
  /// What is counted of it.
  let meter = Meter()
  private let random: RandomSource

  init(
    now: @escaping @Sendable () -> Timestamp, clock: any SteadyClock = SystemSteadyClock(),
    seed: UInt64? = nil
  ) {
    self.now = now
    self.clock = clock
    random = RandomSource(seed: seed)
  }

  /// An id for a job that may come to be, and the draw that decides on its hold-out (0 ..< 1).
  func draw(at now: Timestamp) -> (JobID, Double) {
    random.withGenerator { generator in
      (JobID(UniqueID(at: now, using: &generator)), Double.random(in: 0..<1, using: &generator))
    }
  }

  /// For a machine that keeps a generator of its own: the system's, or one that follows from the seed.
  func generator() -> any RandomNumberGenerator & Sendable { random.derived() }
}

/// The system's randomness, or a seeded one.
final class RandomSource: Sendable {
  private let isSeeded: Bool
  private let generator: Mutex<any RandomNumberGenerator & Sendable>

  init(seed: UInt64?) {
    isSeeded = seed != nil
    if let seed {
      generator = Mutex(SplitMix64(state: seed))
    } else {
      generator = Mutex(SystemRandomNumberGenerator())
    }
  }

  func derived() -> any RandomNumberGenerator & Sendable {
    isSeeded ? SplitMix64(state: withGenerator { $0.next() }) : SystemRandomNumberGenerator()
  }

  func withGenerator<T: Sendable>(_ body: (inout AnyGenerator) -> T) -> T {
    generator.withLock { inner in
      var any = AnyGenerator(inner)
      let result = body(&any)
      inner = any.inner
      return result
    }
  }
}

/// Any generator behind one concrete type, for generic parameters.
struct AnyGenerator: RandomNumberGenerator {
  var inner: any RandomNumberGenerator & Sendable
  init(_ inner: any RandomNumberGenerator & Sendable) { self.inner = inner }
  mutating func next() -> UInt64 { inner.next() }
}

/// Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014).
struct SplitMix64: RandomNumberGenerator, Sendable {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
