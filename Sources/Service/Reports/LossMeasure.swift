import Logging
import Store
import Telephony

/// Keeps the figures of report.losses: what the configuration says, and the self-return of the last 90 days. At the
/// start and once an hour, from any instance; two at once do no harm.
struct LossMeasure: Sendable {
  static let every: Duration = .seconds(3_600)
  static let firstAfter: Duration = .seconds(20)
  static let over: Duration = .seconds(90 * 86_400)

  let store: Store
  let world: World
  let settings: SettingsInForce
  let logger: Logger

  /// Until it is cancelled.
  func run() async {
    var wait = Self.firstAfter
    while (try? await world.clock.sleep(for: wait)) != nil {
      wait = Self.every
      do throws(StoreError) { try await pass() } catch {
        logger.warning("What lost calls cost could not be measured, next try in an hour: \(error)")
      }
    }
  }

  func pass() async throws(StoreError) {
    let now = world.now()
    let administration = Administration(settings.current, store: store)
    var measured: Double?
    if settings.current.losses?.selfReturn == .measured {
      let question = ReportQuestion(from: now - Self.over, to: now, zone: "UTC", now: now)
      measured = try await administration.selfReturn(question).measured
    }
    try await store.save(administration.lossFigures(measured: measured), now: now)
  }
}
