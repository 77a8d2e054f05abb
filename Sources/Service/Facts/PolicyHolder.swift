import CallPolicy
import Synchronization
import Telephony

/// The policy in force and the number plan it reads with. SIGHUP puts a new policy in its place.
final class PolicyHolder: Sendable {
  let plan: any NumberPlan
  private let policy: Mutex<CallPolicy>

  init(_ policy: CallPolicy, plan: any NumberPlan) {
    self.policy = Mutex(policy)
    self.plan = plan
  }

  var current: CallPolicy {
    get { policy.withLock { $0 } }
    set { policy.withLock { $0 = newValue } }
  }
}
