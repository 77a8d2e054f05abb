import Logging
import Store
import Telephony

/// Keeps the books no longer than `retention` says: once an hour, from any instance; two at once do no harm.
struct Retention: Sendable {
  /// Between two passes.
  static let every: Duration = .seconds(3_600)
  /// After the start, so that a restart in trouble has nothing else to do.
  static let firstAfter: Duration = .seconds(60)
  /// Between two steps of a pass: others work on the same tables.
  static let pause: Duration = .milliseconds(200)
  /// Steps of one pass, at most (10 million rows of a table); the rest waits for the next hour.
  static let stepsMax = 2_000

  let store: Store
  let world: World
  let settings: SettingsInForce
  let logger: Logger

  /// Until it is cancelled.
  func run() async {
    var wait = Self.firstAfter
    while (try? await world.clock.sleep(for: wait)) != nil {
      wait = Self.every
      do throws(StoreError) {
        let done = try await pass(now: world.now())
        guard !done.isEmpty else { continue }
        logger.info(
          "Old rows were removed (retention)",
          metadata: [
            "calls": "\(done.calls)", "queue_entries": "\(done.queueEntries)", "jobs": "\(done.jobs)",
            "decisions": "\(done.decisions)", "numbers": "\(done.numbers)",
          ])
      } catch {
        logger.warning("Old rows could not be removed (retention), next try in an hour: \(error)")
      }
    }
  }

  /// Steps until nothing is left that is too old.
  func pass(now: Timestamp) async throws(StoreError) -> RetentionStep {
    let kept = settings.current.retention
    try await store.forgetOldAnswers(now: now)
    var sum = RetentionStep()
    for _ in 0..<Self.stepsMax {
      sum += try await store.retain(callsBefore: now - kept.calls, numbersBefore: now - kept.numbersAfter)
      guard sum.more, (try? await world.clock.sleep(for: Self.pause)) != nil else { break }
    }
    return sum
  }
}
