import CallPolicy
import Synchronization
import Telephony

/// The settings in force. SIGHUP puts new ones in their place.
final class SettingsInForce: Sendable {
  private let settings: Mutex<Settings>

  init(_ settings: Settings) { self.settings = Mutex(settings) }

  var current: Settings {
    get { settings.withLock { $0 } }
    set { settings.withLock { $0 = newValue } }
  }

  var policy: CallPolicy { CallPolicy(settings: current.policy) }
  var plan: any NumberPlan { current.numberPlan }
}
