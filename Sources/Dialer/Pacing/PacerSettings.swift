/// How a campaign is paced. Out-of-range values are moved to the edge of their range by `Pacer`.
public struct PacerSettings: Sendable, Hashable {
  /// `mode` of the campaign, those that need pacing.
  public enum Mode: String, Sendable, Hashable, Codable, CaseIterable {
    /// The agent looks at a card and accepts it, then it is dialled.
    case preview
    /// Each free agent has lines dialled for him.
    case progressive
    /// Dialled ahead of agents becoming free.
    case predictive
  }

  public var mode: Mode
  /// `lines_per_agent`: numbers dialled at once for one free agent, in progressive mode. 1 to 10, default 1.
  public var linesPerAgent: Int
  /// `max_drop_rate`, 0 to 0.5, default 0.03.
  public var maxDropRate: Double
  /// Of the upper confidence limit that is held under `maxDropRate`. 0.5 to 0.999, default 0.95.
  public var confidence: Double
  /// No dial is cancelled before it rang this long. Default 15 s (16 CFR 310.4(b)(4)(ii)).
  public var minimumRing: Duration
  /// How long an answered customer may wait for an agent. Default 2 s (47 CFR 64.1200(a)(7)).
  public var patience: Duration
  /// With fewer agents signed in predictive mode dials as progressive does. Default 3.
  public var fewestAgents: Int
  /// Before this many live answers were seen predictive mode dials as progressive does. Default 30.
  public var fewestAnswers: Int
  /// Dials in flight at most, 1 to 2,000, default 500.
  public var dialLimit: Int

  public init(
    mode: Mode, linesPerAgent: Int = 1, maxDropRate: Double = 0.03, confidence: Double = 0.95,
    minimumRing: Duration = .seconds(15), patience: Duration = .seconds(2), fewestAgents: Int = 3,
    fewestAnswers: Int = 30, dialLimit: Int = 500
  ) {
    self.mode = mode
    self.linesPerAgent = min(10, max(1, linesPerAgent))
    self.maxDropRate = maxDropRate
    self.confidence = confidence
    self.minimumRing = minimumRing
    self.patience = patience
    self.fewestAgents = fewestAgents
    self.fewestAnswers = fewestAnswers
    self.dialLimit = min(2_000, max(1, dialLimit))
  }
}
