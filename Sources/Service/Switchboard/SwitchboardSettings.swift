import CallPolicy
import CallTracking
import Dialer
import Telephony

/// What a switchboard must know of the configuration.
struct SwitchboardSettings: Sendable {
  var pbx: PBXSettings
  var policy: CallPolicy
  var dialing: [CampaignName: CampaignDialing]
  var plan: any NumberPlan
  var instance: InstanceName
  var minRedialGap: Duration
  /// Predictive and progressive campaigns.
  var pacing: [CampaignName: PacerSettings]

  init(_ settings: Settings, pbx: PBXSettings) {
    self.pbx = pbx
    policy = CallPolicy(settings: settings.policy)
    dialing = Dictionary(settings.dialing.map { ($0.name, $0) }) { first, _ in first }
    plan = settings.numberPlan
    instance = settings.instance
    minRedialGap = settings.policy.minRedialGap
    let paced = settings.policy.campaigns.filter { $0.mode == .predictive || $0.mode == .progressive }
    pacing = [:]
    for campaign in paced {
      pacing[campaign.name] = PacerSettings(campaign, dialLimit: pbx.maxConcurrentDials)
    }
  }

  /// Jobs that become due within this are kept in memory. Default 60 s.
  static let jobsHorizon = Duration.seconds(60)
  /// Jobs kept in memory, at most; the rest follows as these are done. Default 500.
  static let jobsMax = 500
  /// The jobs are read again this often even if nothing is notified. Default 15 s.
  static let jobsRefresh = Duration.seconds(15)
  /// Jobs that could not be read are read again after this: a database that refuses at once is not stormed.
  static let jobsRetry = Duration.seconds(1)
  /// Strays are looked for this often. Default 15 s.
  static let reconcileEvery = Duration.seconds(15)
  /// A job whose claim was refused for a passing reason rests this long. Default 2 s.
  static let claimRest = Duration.seconds(2)
  /// How long after our pause the queue must leave the agent alone, where callers wait for him.
  static let reservationGuard = Duration.milliseconds(300)
  /// So many silent callbacks in a row over a trunk are told, and so many more again.
  static let silencesToTell = 3
  /// So long after an attempt a customer who was connected is not dialled while his call has not come into the
  /// books, though his leg is gone. Default 60 s.
  static let unsettledMax = Duration.seconds(60)
  /// Ids of our legs that ended lately, kept for adoption. Default 1,000.
  static let closedLegsMax = 1_000
}
