import CallPolicy
import CallTracking
import Dialer
import Telephony

/// Live callers go first: what must hold before a campaign takes an agent.
extension SwitchboardMachine {
  /// Why a campaign may take nobody of its queue now; nil where it may.
  func blendHeld(_ campaign: CampaignPolicy, _ queue: QueueName, at now: Timestamp) -> String? {
    guard let blend = campaign.outbound.blend else { return nil }
    // Customers of ours who wait there were dialled: they are not whom we hold back for.
    let waiting = (tracker.queue(queue)?.waiting ?? []).filter { OurLeg($0.channel) == nil }.map(\.since)
    let level =
      blend.minServiceLevel > 0 ? serviceLevels.level(of: queue, waiting: waiting, at: now) : nil
    return blend.held(queue, waiting: waiting.count, level: level)
  }

  /// A stay in a queue is over.
  mutating func noteServiceLevel(_ entry: QueueEntryRecord) {
    guard OurLeg(entry.channel) == nil else { return }
    serviceLevels.record(entry)
    roundIsStale = true
  }

  /// Until when a number is dialled only with an agent reserved, since it was dropped.
  func onlyWithAgentUntil(_ job: Job, in campaign: CampaignPolicy?) -> Timestamp? {
    let outbound = campaign?.outbound ?? OutboundPolicy()
    return job.droppedAt.map { outbound.redialAfterDrop.until(droppedAt: $0) }
  }
}

extension PacerSettings {
  /// How a campaign is paced; nil in modes that need no pacing.
  init?(_ campaign: CampaignPolicy, dialLimit: Int) {
    let mode: Mode
    switch campaign.mode {
    case .preview: mode = .preview
    case .progressive: mode = .progressive
    case .predictive: mode = .predictive
    case .agentFirst, .clientFirst, .message, .observe: return nil
    }
    let law = campaign.outbound.legal
    self.init(
      mode: mode, linesPerAgent: campaign.linesPerAgent,
      maxDropRate: law?.maxDropRate(configured: campaign.maxDropRate) ?? campaign.maxDropRate,
      minimumRing: campaign.outbound.minimumRing, patience: campaign.outbound.patience,
      fewestAgents: campaign.outbound.fewestAgents, fewestAnswers: campaign.outbound.fewestAnswers,
      dialLimit: dialLimit)
  }
}
