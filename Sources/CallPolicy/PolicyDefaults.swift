public import Telephony

/// Every default and limit of the policy, in one place. The values of the sample configuration.
public enum PolicyDefaults {
  /// `min_wait`: a caller who hangs up sooner is a short abandon.
  public static let minWait: Duration = .seconds(5)
  /// `lost_at`: all stages but `trunk` and `other`, where the caller never came near a human.
  public static let lostAt: Set<LostAt> = [.queue, .ring, .ivr, .greeting, .transfer, .afterHours]
  /// `number_kinds`.
  public static let numberKinds: Set<PhoneNumberKind> = [.mobile]
  /// `otherwise`.
  public static let otherwise = OtherwiseAction.task
  /// `mode`.
  public static let mode = CampaignMode.agentFirst
  /// `kind`.
  public static let kind = CampaignKind.callback
  /// `agents.choose`.
  public static let choose = AgentSelection.longestIdle
  /// `agents.sticky_wait`: how long a job waits for its own agent alone.
  public static let stickyWait: Duration = .seconds(20)
  /// `agents.confirm`: the agent presses 1 to accept.
  public static let confirm = true
  /// `agents.ring`: how long an agent's phone rings.
  public static let agentRing: Duration = .seconds(20)
  /// `agents.card`: how long an agent may look at a customer's card.
  public static let card: Duration = .seconds(60)
  /// `agents.wrap_up`: how long the agent is held after the talk.
  public static let wrapUp: Duration = .seconds(10)
  /// `connect.exten` and `message.exten`.
  public static let exten = "s"
  /// `lines_per_agent`.
  public static let linesPerAgent = 1
  /// `max_drop_rate`: a share, 0 to 1.
  public static let maxDropRate = 0.03
  /// `start_after`: the caller may be redialling.
  public static let startAfter: Duration = .seconds(30)
  /// `expire_after`.
  public static let expireAfter: Duration = .seconds(24 * 3600)
  /// `ring`: how long a customer's phone rings.
  public static let ring: Duration = .seconds(25)
  /// `max_attempts`: customer dials of one job.
  public static let maxAttempts = 4
  /// `success_after`: a shorter talk is not a conversation.
  public static let successAfter: Duration = .seconds(5)
  /// `hold_out`: a share, 0 to 1.
  public static let holdOut = 0.0
  /// `priority` of a campaign's jobs.
  public static let priority = 0
  /// `retry`.
  public static let retry = RetryLadders(
    busy: [.seconds(5 * 60), .seconds(10 * 60), .seconds(30 * 60)],
    noAnswer: [.seconds(30 * 60), .seconds(2 * 3600), .seconds(4 * 3600)],
    congestion: [.seconds(2 * 60), .seconds(5 * 60)],
    machine: [.seconds(2 * 3600)],
    agentMissed: [.zero],
    dropped: [.seconds(72 * 3600)])
  /// `attempts_per_day`: customer dials of one contact of a list in 24 hours.
  public static let attemptsPerDay = 3
  /// `expire_after` of an outbound campaign that names none: a list is not over after a day.
  public static let listExpireAfter: Duration = .seconds(365 * 24 * 3600)
  /// `number_kinds` of an outbound campaign that names none: a list has the numbers people gave.
  public static let listNumberKinds: Set<PhoneNumberKind> = [
    .mobile, .fixed, .fixedOrMobile, .voip, .personal,
  ]
  /// A contact's next phone is dialled this long after the one before was busy or did not answer.
  public static let nextPhoneGap: Duration = .seconds(1)
  /// `connect.wait`: how long an answered customer of client_first waits for a human.
  public static let connectWait: Duration = .seconds(30)
  /// How long an answered customer may be without an agent where numbers are dialled ahead of agents and the law
  /// has no figure. That of 47 CFR 64.1200(a)(7).
  public static let patience: Duration = .seconds(2)
  /// No phone is cut off before it rang this long where the law has no figure. That of 16 CFR 310.4(b)(4)(ii).
  public static let minimumRing: Duration = .seconds(15)
  /// `predictive.fewest_agents`: with fewer, each dial has an agent.
  public static let fewestAgents = 3
  /// `predictive.fewest_answers`: before so many live answers since the start, each dial has an agent.
  public static let fewestAnswers = 30
  /// `blend.keep_free`.
  public static let keepFree = 0
  /// `blend.max_callers_waiting`.
  public static let maxCallersWaiting = 0
  /// `blend.min_service_level`: a share, 0 to 1.
  public static let minServiceLevel = 0.0
  /// `numbers.per_number_per_day`: customer dials to one number in 24 hours, over all jobs.
  public static let perNumberPerDay = 6
  /// `numbers.per_hour`: customer dials of one PBX in an hour.
  public static let perHour = 500
  /// `numbers.range_per_hour`: different numbers of one range lost within an hour.
  public static let rangePerHour = 50
  /// The least time between two dials of a number when it is not known whether the first was placed.
  public static let minRedialGap: Duration = .seconds(15 * 60)
  /// A missed call found later than this after its end gets no callback any more (`recover_max_age`).
  public static let recoverMaxAge: Duration = .seconds(4 * 3600)
  /// How long to wait before looking again whether the dials of the last hour are under `numbers.per_hour`.
  public static let perHourRecheck: Duration = .seconds(60)
  /// How long to wait before looking again whether a number's dials of the last day are under the cap.
  public static let perDayRecheck: Duration = .seconds(3600)
  /// How far ahead a calendar looks for an opening: more than a year, so that a yearly closing is crossed.
  public static let calendarDays = 400
}
