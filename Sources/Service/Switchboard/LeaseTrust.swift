import Store
import Synchronization

/// The lease on one PBX as far as this instance may trust it: from the moment a renewal was *sent*, until its
/// time to live less a margin. A process that was frozen finds it run out when it wakes up.
final class LeaseTrust: Sendable {
  /// How long the books keep a lease that is not renewed. With `renewEvery` it bounds a takeover to 7.5 s.
  static let timeToLive = Duration.seconds(6)
  /// Subtracted from the time to live, for clocks that run at different speeds and for what is on the wire.
  static let margin = Duration.milliseconds(1_500)
  static let renewEvery = Duration.milliseconds(1_500)
  /// After a renewal that failed: a PostgreSQL that was only restarted must not cost the lease, for with it the
  /// phones that ring.
  static let retryEvery = Duration.milliseconds(250)
  static let watchEvery = Duration.milliseconds(250)

  private struct State {
    var lease: Lease?
    var until: ContinuousClock.Instant
  }

  private let state: Mutex<State>
  private let clock: any SteadyClock

  init(clock: any SteadyClock) {
    self.clock = clock
    state = Mutex(State(lease: nil, until: clock.now - Self.margin))
  }

  var lease: Lease? { state.withLock { $0.lease } }

  /// Whether a command may still go out under this fence.
  func holds(fence: Int64) -> Bool {
    let now = clock.now
    return state.withLock { $0.lease?.fence == fence && now < $0.until }
  }

  var hasRunOut: Bool {
    let now = clock.now
    return state.withLock { $0.lease != nil && now >= $0.until }
  }

  /// Whether nobody else can hold it yet: commands that end what this instance began may still go out. They are
  /// what a lost lease leaves to do, in the `margin` before the books let another instance have it; after that
  /// they could hang up a talk which that one has brought about.
  var isOursToClear: Bool {
    let now = clock.now
    return state.withLock { now < $0.until + Self.margin }
  }

  func trust(_ lease: Lease, renewalSentAt: ContinuousClock.Instant) {
    state.withLock { $0 = State(lease: lease, until: renewalSentAt + Self.timeToLive - Self.margin) }
  }

  /// Nothing is begun any more.
  func distrust() { state.withLock { $0.lease = nil } }

  /// Another instance holds it: nothing is touched any more either.
  func yield() { state.withLock { $0 = State(lease: nil, until: clock.now - Self.margin) } }
}
