internal import CallPolicy
internal import Telephony

extension ConfigurationKeys {
  static let campaign: [KeyDescription] = [
    .init(
      "name", .text(.name), .required, "Name of the campaign; no two have the same.",
      example: "sales-callback"),
    .init(
      "kind", .choice(CampaignKind.allCases.map(\.rawValue)), .value("callback"),
      "callback is fed by missed calls, outbound by contact lists.", disabled: false),
    .init(
      "queues", .list(of: .text(.name), count: 0...1_000), .empty,
      "Only calls that last waited in one of these queues; `none` stands for calls lost before a queue. "
        + "Left out: any.",
      example: "[sales]"),
    .init(
      "lost_at", .list(of: .choice(LostAt.allCases.map(\.rawValue)), count: 1...8),
      .value("[queue, ring, ivr, greeting, transfer, after_hours]"), "Only calls that were lost there.",
      disabled: false),
    .init(
      "min_wait", .duration(.zero ... .seconds(3_600)), .value("5s"),
      "A shorter wait is a short abandon: recorded, without a job.", disabled: false),
    .init(
      "number_kinds", .list(of: .choice(numberKinds), count: 1...20), .value("[mobile]"),
      "Kinds of numbers that are dialled; others go as `otherwise` says. kind outbound: left out, all that people "
        + "have (mobile, fixed, fixed_or_mobile, voip, personal); others are refused at the import.",
      disabled: false),
    .init(
      "otherwise", .choice(OtherwiseAction.allCases.map(\.rawValue)), .value("task"),
      "What becomes of other kinds of numbers: a task for a person, or nothing.", disabled: false),
    .init(
      "mode", .choice(CampaignMode.allCases.map(\.rawValue)), .value("agent_first"),
      "Who is rung first. observe decides everything and dials nothing.", disabled: false),
    .init("agents", .map(agents), .empty, "Who carries the callbacks out."),
    .init(
      "connect", .map(place(context: "perezvon-connect") + [connectWait]), .unset,
      "client_first: where an answered customer goes in the dialplan.", disabled: true),
    .init(
      "message", .map(place(context: "perezvon-message") + heard), .unset,
      "message: where an answered customer goes in the dialplan.", disabled: true),
    .init(
      "lines_per_agent", .integer(1...OurLeg.linesMax), .value("1"),
      "progressive: numbers dialled at once for one reserved agent."),
    .init(
      "max_drop_rate", .percentage, .value("3%"),
      "predictive and progressive: dropped calls over live answers, in 30 days and in 24 hours."),
    .init(
      "caller_id", .text(.callerID), .unset, "The number the customer sees. Left out: what the trunk sends.",
      example: "\"+74951112233\"", disabled: false),
    .init(
      "calendar", .text(.calendar), .unset,
      "The calendar in whose hours customers are dialled; contacts of a list at their own place. Left out: at "
        + "any hour, night included.",
      example: "office", disabled: false),
    .init(
      "start_after", .duration(.zero ... .seconds(day)), .value("30s"),
      "Wait before the first dial: the caller may be redialling.", disabled: false),
    .init(
      "expire_after", .duration(.seconds(1) ... .seconds(365 * day)), .value("24h"),
      "A job that is older is closed as expired. kind outbound: left out, 365d.", disabled: false),
    .init(
      "ring", .duration(.seconds(1) ... .seconds(300)), .value("25s"), "How long a customer's phone rings.",
      disabled: false),
    .init(
      "retry", .map(retry), .empty,
      "Waits before the next attempt, by cause: after the n-th dial the n-th, then the last one again. "
        + "An empty list means no further attempt after that cause."),
    .init(
      "max_attempts", .integer(1...50), .value("4"),
      "Customer dials for one job, at most, over all phones of a contact; an agent who does not pick up uses up "
        + "none.", disabled: false),
    .init(
      "attempts_per_day", .integer(1...50), .value("3"),
      "outbound: customer dials of one contact in 24 hours, over all his phones."),
    .init(
      "max_attempts_per_phone", .integer(1...50), .unset,
      "outbound: customer dials of one phone of a contact, at most. Left out: `max_attempts` alone counts.",
      example: "2", disabled: true),
    .init(
      "pbx", .text(.name), .unset, "outbound: the PBX that dials. Left out: the first of the file.",
      example: "pbx1", disabled: true),
    .init(
      "success_after", .duration(.zero ... .seconds(600)), .value("5s"),
      "A shorter talk is not a conversation.",
      disabled: false),
    .init(
      "priority", .integer(-1_000...1_000), .value("0"), "Jobs of a campaign with a higher one go first."),
    .init(
      "hold_out", .percentage, .value("0%"),
      "Share of jobs that are left alone, to measure the true uplift."),
    .init("requests", .map(requests), .empty, "Callbacks that a caller asked for, or an agent promised."),
  ]

  private static let requests: [KeyDescription] = [
    .init(
      "accept", .boolean, .value("true"),
      "Callers may ask for a callback. false: none is offered, and who asks is told that there is none.",
      disabled: false),
    .init(
      "process", .boolean, .value("true"),
      "What was asked for or promised is dialled. false: it waits, and is not lost.",
      disabled: false),
    .init(
      "offer_from", .duration(.zero ... .seconds(36_000)), .value("1m"),
      "In front of a queue a callback is offered where the expected wait is this long or longer.",
      disabled: false),
    .init(
      "overdue_after", .duration(.seconds(1) ... .seconds(day)), .value("15m"),
      "So long after what was said a callback that is still open is overdue.",
      disabled: false),
  ]

  /// Kinds that can be chosen: an invalid number is never dialled.
  private static let numberKinds = PhoneNumberKind.allCases.filter { $0 != .invalid }.map(\.rawValue)

  private static let agents: [KeyDescription] = [
    .init(
      "queue", .text(.name), .unset,
      "The queue whose members call back. Left out: the first of the campaign's `queues`.", example: "sales",
      disabled: false),
    .init(
      "choose", .choice(AgentSelection.allCases.map(\.rawValue)), .value("longest_idle"),
      "Which of the free members goes first.", disabled: false),
    .init(
      "sticky_wait", .duration(.zero ... .seconds(3_600)), .value("20s"),
      "How long the job waits for the agent the customer talked with last.", disabled: false),
    .init(
      "reserve", .boolean, .value("true"),
      "client_first: a free agent is kept for the customer while he is dialled. false: one must only be free."
    ),
    .init(
      "announce", .text(.name), .unset,
      "A sound the agent hears before the customer is dialled. Left out: none.", example: "perezvon-callback",
      disabled: false),
    .init(
      "confirm", .boolean, .value("true"),
      "The agent accepts with 1 and declines with 2 before the customer is dialled.",
      disabled: false),
    .init(
      "confirm_wait", .duration(.seconds(1) ... .seconds(120)), .value("10s"),
      "How long the agent has for that key."),
    .init(
      "card", .duration(.seconds(5) ... .seconds(3_600)), .value("60s"),
      "preview: how long an agent may look at a customer's card before it goes to another."),
    .init(
      "ring", .duration(.seconds(1) ... .seconds(300)), .value("20s"), "How long an agent's phone rings.",
      disabled: false),
    .init(
      "wrap_up", .duration(.zero ... .seconds(3_600)), .value("10s"),
      "How long an agent is left alone after a callback.", disabled: false),
    .init(
      "cool_down", .duration(.zero ... .seconds(3_600)), .value("60s"),
      "How long an agent who did not pick up or declined is passed over."),
  ]

  private static let heard: [KeyDescription] = [
    .init(
      "sound", .text(.name), .unset, "What the dialplan plays. Left out: it knows by itself.",
      example: "custom/reminder"),
    .init(
      "amd", .boolean, .value("false"), "Asterisk's AMD() is asked first whether a machine has answered."),
  ]

  private static func place(context: String) -> [KeyDescription] {
    [
      .init("context", .text(.name), .required, "Dialplan context.", example: context),
      .init("exten", .text(.name), .value("s"), "Extension in it.", disabled: false),
    ]
  }

  private static let retry: [KeyDescription] = [
    ladder(.busy, "5m, 10m, 30m", "The customer's phone was busy."),
    ladder(.noAnswer, "30m, 2h, 4h", "He did not answer."),
    ladder(.congestion, "2m, 5m", "The network had no way to him."),
    ladder(.machine, "2h", "A machine answered, or the talk was shorter than `success_after`."),
    ladder(.agentMissed, "0s", "No agent picked up."),
    ladder(.dropped, "72h", "He answered and no agent was there."),
  ]

  private static func ladder(_ cause: RetryCause, _ waits: String, _ sentence: String) -> KeyDescription {
    .init(
      cause.rawValue, .list(of: .duration(.zero ... .seconds(30 * day)), count: 0...20), .value("[\(waits)]"),
      sentence, disabled: false)
  }
}
