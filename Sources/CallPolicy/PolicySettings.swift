public import Telephony

/// Which numbers may be dialled at all, and how often: `numbers` of the configuration.
public struct NumberRules: Sendable, Hashable {
  /// Prefixes of E.164 numbers, with `+`. Nothing outside is ever dialled; an empty list allows nothing,
  /// because a caller id is the caller's claim and may point anywhere in the world.
  public var allow: [String]
  /// Prefixes that are refused even inside `allow`.
  public var deny: [String]
  /// Customer dials to one number in 24 hours, over all jobs. Default 6.
  public var perNumberPerDay: Int
  /// Customer dials of one PBX in an hour. Default 500.
  public var perHour: Int
  /// Different numbers of one range of 10,000 that may be lost within an hour before they are taken for a
  /// call-back trap (wangiri) and not called back. Default 50.
  public var rangePerHour: Int

  public init(
    allow: [String] = [], deny: [String] = [], perNumberPerDay: Int = PolicyDefaults.perNumberPerDay,
    perHour: Int = PolicyDefaults.perHour, rangePerHour: Int = PolicyDefaults.rangePerHour
  ) {
    self.allow = allow
    self.deny = deny
    self.perNumberPerDay = perNumberPerDay
    self.perHour = perHour
    self.rangePerHour = rangePerHour
  }

  /// Why this number may never be dialled, as the end of a sentence; nil where it may.
  public func refusal(of number: PhoneNumber) -> String? {
    if let prefix = deny.first(where: { number.e164.hasPrefix($0) }) {
      return "numbers that begin with \(prefix) are denied (numbers.deny)"
    }
    if allow.isEmpty { return "numbers.allow names no prefix, so nothing may be dialled" }
    guard allow.contains(where: { number.e164.hasPrefix($0) }) else {
      return "the number is outside the allowed prefixes \(allow.joined(separator: ", ")) (numbers.allow)"
    }
    return nil
  }
}

/// All the policy is told by the configuration.
public struct PolicySettings: Sendable {
  /// In the order of the file: the first that takes a call gets it.
  public var campaigns: [CampaignPolicy]
  public var numbers: NumberRules
  /// `own_numbers` of every PBX and `caller_id` of every campaign: never called back.
  public var ownNumbers: Set<PhoneNumber>
  /// By name.
  public var calendars: [String: WorkingCalendar]
  /// The least time to the next dial when it is unknown whether the last was placed. Default 15 min.
  public var minRedialGap: Duration
  /// A missed call found later than this after its end is recorded, but not called back. Default 4 h.
  public var recoverMaxAge: Duration
  /// What callers get by who they are.
  public var routing = RoutingPolicy()
  /// A time zone by its IANA name, for the places of contacts; nil where it is unknown. Default: knows none.
  public var zone: @Sendable (String) -> (any ZoneOffsets)? = { _ in nil }

  public init(
    campaigns: [CampaignPolicy] = [], numbers: NumberRules = NumberRules(),
    ownNumbers: Set<PhoneNumber> = [], calendars: [String: WorkingCalendar] = [:],
    minRedialGap: Duration = PolicyDefaults.minRedialGap,
    recoverMaxAge: Duration = PolicyDefaults.recoverMaxAge
  ) {
    self.campaigns = campaigns
    self.numbers = numbers
    self.ownNumbers = ownNumbers
    self.calendars = calendars
    self.minRedialGap = minRedialGap
    self.recoverMaxAge = recoverMaxAge
  }

  /// The campaign of this name; nil where the file has none (any more).
  public func campaign(named name: CampaignName) -> CampaignPolicy? {
    campaigns.first { $0.name == name }
  }

  /// The calendar a campaign keeps; nil where it keeps none. A name without a calendar is refused by the
  /// settings reader, so it cannot come here.
  public func calendar(of campaign: CampaignPolicy) -> WorkingCalendar? {
    campaign.calendar.flatMap { calendars[$0] }
  }
}
