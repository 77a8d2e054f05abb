/// What the law of a place says about outbound calls, as figures with their sources.
///
/// Not legal advice: it holds what a dialler can obey by itself. A nil value means that the law has no figure
/// there; `source` then says where one looked. What a campaign must have besides (consents, registers of those
/// who want no calls, a display of its own number) is listed in `duties`.
public struct LegalProfile: Sendable, Hashable {
  /// Whose law. Raw values as in the configuration.
  public enum Place: String, Sendable, Hashable, Codable, CaseIterable {
    case unitedStates = "us"
    case unitedKingdom = "uk"
    case europeanUnion = "eu"
    case russia = "ru"
    /// Russia, calls to recover overdue debts.
    case russiaDebt = "ru_debt"
    case ukraine = "ua"
  }

  /// A figure with the regulation and section it is from.
  public struct Sourced<Value: Sendable & Hashable>: Sendable, Hashable {
    /// Nil: the law has no figure.
    public let value: Value?
    /// What obliges: a rule of law, or guidance that a regulator has withdrawn and callers keep to.
    public let force: Force
    /// Regulation and section, in words for a report.
    public let source: String

    init(_ value: Value?, _ source: String) { self.init(value, value == nil ? .none : .law, source) }

    init(_ value: Value?, _ force: Force, _ source: String) {
      self.value = value
      self.force = force
      self.source = source
    }
  }

  public enum Force: String, Sendable, Hashable, Codable {
    case law
    /// Was a regulator's stated policy, and is not any more: a figure to keep under, no safe harbour.
    case withdrawnGuidance
    /// No figure.
    case none
  }

  /// When people may be called, on the wall clock where they are.
  public struct Hours: Sendable, Hashable {
    public let workdays: OpeningInterval
    public let restDays: OpeningInterval
  }

  /// How much may be dropped.
  public struct DropRule: Sendable, Hashable {
    /// 0 to 1, of calls answered by a human.
    public let share: Double
    /// Over which time, measured for each campaign.
    public let window: Duration
  }

  /// How often one person may be talked to.
  public struct Frequency: Sendable, Hashable {
    public let perDay: Int
    public let perWeek: Int
    public let perMonth: Int
  }

  /// Whether numbers may be dialled by machine, ahead of a human caller.
  public enum AutomaticDialling: String, Sendable, Hashable, Codable {
    /// Within the figures of this profile.
    case permitted
    /// Only to those who have agreed before: a campaign must state its ground.
    case needsGround = "needs_ground"
  }

  public let place: Place
  public let automaticDialling: Sourced<AutomaticDialling>
  public let hours: Sourced<Hours>
  public let drops: Sourced<DropRule>
  /// An unanswered phone rings at least this long.
  public let minimumRing: Sourced<Duration>
  /// From the customer's greeting to an agent, or it counts as dropped.
  public let patience: Sourced<Duration>
  /// What a dropped customer must hear.
  public let message: Sourced<String>
  /// After a drop, no call without an agent reserved for it.
  public let redialGap: Sourced<Duration>
  /// How long records that prove compliance are kept.
  public let recordsKept: Sourced<Duration>
  public let frequency: Sourced<Frequency>
  /// What else the caller must see to, a sentence each with its source.
  public let duties: [String]

  /// The smaller of what is configured and what this law allows, 0 to 1.
  public func maxDropRate(configured: Double) -> Double { min(configured, drops.value?.share ?? 1) }

  /// The longer of what is configured and what this law demands.
  public func minimumRing(configured: Duration) -> Duration { max(configured, minimumRing.value ?? .zero) }

  /// Whether a campaign may dial ahead of agents here. `ground`: what it states, such as the customers' consent.
  public func mayDialAhead(ground: String?) -> Bool {
    switch automaticDialling.value {
    case .permitted: true
    case .needsGround, nil: ground?.isEmpty == false
    }
  }
}
