/// What holds a campaign's dialling back: the law where its customers are, the cap on drops, and live callers who go
/// first. The keys `legal`, `ground`, `drop_message`, `connect.wait`, `predictive` and `blend` of a campaign.
public struct OutboundPolicy: Sendable, Hashable {
  /// What must hold before outbound dialling takes an agent. Live callers go first.
  public struct Blend: Sendable, Hashable {
    /// So many free agents of the queue are left for callers. Default 0.
    public var keepFree: Int
    /// No more callers than this wait in the queue. Default 0.
    public var maxCallersWaiting: Int
    /// The service level of the last 30 minutes is at least this, 0 to 1 (`ServiceLevels`). Default 0.
    public var minServiceLevel: Double

    public init(
      keepFree: Int = PolicyDefaults.keepFree, maxCallersWaiting: Int = PolicyDefaults.maxCallersWaiting,
      minServiceLevel: Double = PolicyDefaults.minServiceLevel
    ) {
      self.keepFree = keepFree
      self.maxCallersWaiting = maxCallersWaiting
      self.minServiceLevel = minServiceLevel
    }
  }

  /// `legal`; nil: none is kept to. Default: that of `numbers.region`.
  public var legal: LegalProfile?
  /// `ground`: why automatic calls are lawful, such as the customers' consent; nil where none is stated.
  public var ground: String?
  /// `drop_message`: the sound an answered customer hears for whom nobody is there; nil: the dialplan's own.
  public var dropMessage: String?
  /// `connect.wait`, client_first: how long an answered customer waits for a human. Default 30 s.
  public var connectWait: Duration = PolicyDefaults.connectWait
  /// `predictive.fewest_agents`. Default 3.
  public var fewestAgents: Int = PolicyDefaults.fewestAgents
  /// `predictive.fewest_answers`. Default 30.
  public var fewestAnswers: Int = PolicyDefaults.fewestAnswers
  /// Nil: no conditions, as for callbacks, which have their place in line.
  public var blend: Blend?

  /// All defaults, without a law.
  public init() {}

  /// How long an answered customer may be without an agent before he counts as dropped, where numbers are dialled
  /// ahead of agents. 2 s where the law has no figure.
  public var patience: Duration { legal?.patience.value ?? PolicyDefaults.patience }

  /// No phone is cut off before it has rung this long. 15 s where the law has no figure.
  public var minimumRing: Duration { legal?.minimumRing.value ?? PolicyDefaults.minimumRing }

  /// No call without an agent reserved for so long after a drop. 72 h where the law has no figure.
  public var redialAfterDrop: RedialAfterDrop {
    legal?.redialGap.value.map { RedialAfterDrop(gap: $0) } ?? RedialAfterDrop()
  }
}

extension CampaignPolicy {
  /// How long an answered customer may be without an agent in this campaign's mode.
  public var agentWithin: Duration {
    switch mode {
    case .predictive, .progressive: outbound.patience
    case .agentFirst, .clientFirst, .preview, .message, .observe: outbound.connectWait
    }
  }

  /// Whether it may dial a customer without an agent reserved for him: then he is not dialled soon after a drop.
  public var dialsWithoutAgent: Bool {
    switch mode {
    case .clientFirst, .predictive, .message: true
    case .agentFirst, .preview, .progressive, .observe: false
    }
  }

  /// Whether a customer can be dialled with no human on our side of the call: the law may want a ground.
  public var callsByMachine: Bool {
    switch mode {
    case .predictive, .message: true
    case .agentFirst, .clientFirst, .preview, .progressive, .observe: false
    }
  }
}
