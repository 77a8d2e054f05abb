import CallPolicy
import Store
import Telephony
import WebAPI

/// Finds callbacks that customers were told of and that nobody has made in time. Each is told once: the decision
/// `promise_overdue` in the books, and a notice of that kind.
struct PromiseWatch: Sendable {
  /// The kind of its notices.
  static let kind = "promise_overdue"

  let store: any Books
  let world: World

  /// What became overdue since the last look, over all campaigns.
  func look(_ policy: CallPolicy) async -> [Notice] {
    var notices: [Notice] = []
    for campaign in policy.settings.campaigns where campaign.kind == .callback {
      let now = world.now()
      guard
        let late = try? await store.takeOverduePromises(
          of: campaign.name, saidBefore: now - campaign.requests.overdueAfter, now: now)
      else { continue }
      for promise in late {
        let minutes = (now - promise.promisedAt).components.seconds / 60
        let who = promise.job.owner.map { " (\($0))" } ?? ""
        notices.append(
          Notice(
            at: now, pbx: promise.job.pbx.rawValue, kind: Self.kind,
            sentence: "\(promise.job.number) was to be called \(minutes) min ago and is not\(who)"))
      }
    }
    return notices
  }
}
