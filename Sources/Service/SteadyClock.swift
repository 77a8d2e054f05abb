/// The clock for waiting and for leases: it never jumps, and a simulation may put its own in its place.
protocol SteadyClock: Sendable {
  var now: ContinuousClock.Instant { get }
  /// Throws `CancellationError` where the task is cancelled first.
  func sleep(for duration: Duration) async throws
}

/// The machine's.
struct SystemSteadyClock: SteadyClock {
  var now: ContinuousClock.Instant { .now }
  func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration, clock: .continuous) }
}
