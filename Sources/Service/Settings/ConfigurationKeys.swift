internal import Telephony

/// Every key of `perezvon.yaml`. Campaigns are in `ConfigurationKeys+Campaigns.swift`.
enum ConfigurationKeys {
  static let top: [KeyDescription] = [
    .init("database", .map(database), .required, "PostgreSQL: where calls, jobs and decisions are kept."),
    .init("http", .map(http), .empty, "The HTTP API, the pages and the metrics."),
    .init(
      "instance", .text(.name), .unset,
      "Name of this running Perezvon, different for each that shares the database. Left out: the host's "
        + "name.",
      example: "node-a", takes: .restart),
    .init(
      "recover_max_age", .duration(.seconds(1) ... .seconds(7 * day)), .value("4h"),
      "A missed call that is found later than this after its end is recorded and not called back."),
    .init(
      "min_redial_gap", .duration(.seconds(1) ... .seconds(day)), .value("15m"),
      "After a dial whose outcome is unknown the customer is not dialled again before this has passed."),
    .init("pbx", .list(of: .map(pbx), count: 1...100), .required, "The Asterisks to stand beside."),
    .init("numbers", .map(numbers), .required, "How numbers are read, and which may be dialled."),
    .init(
      "calendars", .table(keys: .calendar, values: .map(calendar), upTo: 100), .empty,
      "Working hours by name, for campaigns to refer to.", example: "office"),
    .init(
      "campaigns", .list(of: .map(campaign + outbound), count: 0...1_000), .empty,
      "What is called back, by whom and how."),
    .init("routing", .map(routing), .empty, "What the dialplan hook answers for a caller.", disabled: true),
    .init("notify", .map(notify), .empty, "Who is told of what.", disabled: true),
    .init("tasks", .map(tasks), .empty, "What is left for a person to do.", disabled: true),
    .init(
      "losses", .map(losses), .unset, "What lost calls cost. Left out: reports show no money.", disabled: true
    ),
    .init("retention", .map(retention), .empty, "How long data is kept.", disabled: true),
  ]

  static let day: Int64 = 86_400

  private static let database: [KeyDescription] = [
    .init(
      "url", .secret(.url(["postgresql", "postgres"])), .required,
      "A libpq URI; several hosts and target_session_attrs=read-write work.",
      example: "postgresql://perezvon@127.0.0.1:5432/perezvon", takes: .restart),
    .init(
      "spool", .text(.path), .value("/var/lib/perezvon/spool"),
      "A directory where facts wait while the database is away.", disabled: false, takes: .restart),
    .init(
      "pool", .integer(1...100), .value("4"), "Connections that write, at most.", takes: .restart),
  ]

  private static let http: [KeyDescription] = [
    .init(
      "listen", .text(.hostAndPort), .value("127.0.0.1:8080"), "Address and port of the HTTP server.",
      disabled: false, takes: .restart),
    .init(
      "tokens", .list(of: .map(token), count: 0...100), .empty,
      "Bearer tokens beside those made by `perezvon token create`.", disabled: true),
  ]

  private static let token: [KeyDescription] = [
    .init("name", .text(.name), .required, "Whose token it is, for the log.", example: "monitoring"),
    .init(
      "role", .choice(HTTPSettings.Role.allCases.map(\.rawValue)), .required, "What it may do.",
      example: "viewer"),
    .init("token", .secret(.line), .required, "The token itself.", example: "change-me"),
  ]

  private static let pbx: [KeyDescription] = [
    .init(
      "name", .text(.name), .required, "Name of this Asterisk, as `systemname` in its asterisk.conf.",
      example: "pbx1", takes: .restart),
    .init("ami", .map(ami), .required, "The Asterisk Manager Interface (manager.conf)."),
    .init("ari", .map(ari), .required, "The Asterisk REST Interface (ari.conf, http.conf)."),
    .init(
      "inbound_contexts", .list(of: .text(.name), count: 1...100), .required,
      "A channel born in one of these dialplan contexts is a customer calling in.", example: "[from-trunk]",
      takes: .restart),
    .init(
      "own_numbers", .list(of: .text(.phoneNumber), count: 0...10_000), .empty,
      "Our own numbers: never called back. The `caller_id` of every campaign is one of them anyhow.",
      example: "[\"+74951112233\"]"),
    .init(
      "stages", .table(keys: .name, values: .choice(LostAt.allCases.map(\.rawValue)), upTo: 1_000), .empty,
      "Dialplan context the caller was last in, and where a call that ended there was lost.",
      example: "greeting: greeting\nivr-main: ivr\nafter-hours: after_hours", takes: .restart),
    .init(
      "dial", .text(.dialTemplate), .required,
      "How a customer is dialled; {number} is filled in as `number_format` says.",
      example: "PJSIP/{number}@trunk"),
    .init(
      "number_format", .choice(DialPlanFormat.NumberFormat.allCases.map(\.rawValue)), .value("e164"),
      "e164 is +79161234567, digits is 79161234567, national is 89161234567.", disabled: false),
    .init(
      "max_concurrent_dials", .integer(1...1_000), .value("30"), "Customer dials at the same time, at most.",
      disabled: false),
    .init(
      "max_dials_per_second", .number(0.1...100), .value("5"), "Customer dials begun in a second, at most.",
      disabled: false),
    .init(
      "queue_log", .text(.path), .unset,
      "Asterisk's queue_log, a second source for what was missed while away. Left out: not read.",
      example: "/var/log/asterisk/queue_log", takes: .restart),
    .init(
      "queue_log_table", .map(queueLogTable), .unset,
      "The PostgreSQL table Asterisk writes its queue_log to (extconfig.conf); read in place of `queue_log`.",
      takes: .restart),
    .init(
      "cel", .text(.path), .unset,
      "Asterisk's channel events by cel_custom.d/perezvon.conf: calls without a queue, missed while away.",
      example: "/var/log/asterisk/cel-custom/perezvon.csv", takes: .restart),
    .init(
      "voicemail", .choice(Voicemail.allCases.map(\.rawValue)), .value("missed"),
      "A caller whom only voicemail took: missed, and called back; or message, neither answered nor missed.",
      takes: .restart),
    .init(
      "settle", .duration(.zero ... .seconds(30)), .value("300ms"),
      "How long after the caller's hang-up the verdict waits for late events.", takes: .restart),
    .init(
      "media_check", .duration(.zero ... .seconds(60)), .value("4s"),
      "How long after two are connected it is looked whether sound comes from both, and again. 0s: never."),
  ]

  private static let queueLogTable: [KeyDescription] = [
    .init(
      "url", .secret(.url(["postgresql", "postgres"])), .unset,
      "A libpq URI of the database that has it. Left out: the one of `database.url`.",
      example: "postgresql://perezvon@127.0.0.1:5432/asterisk", takes: .restart),
    .init(
      "table", .text(.name), .value("queue_log"),
      "Its name, with or without a schema. It must have a growing `id`; only SELECT is needed.",
      takes: .restart),
    .init(
      "timezone", .text(.timeZone), .unset,
      "Whose clock a `time` without zone is of: UTC with queue_log_realtime_use_gmt. Left out: this host's.",
      example: "UTC", takes: .restart),
  ]

  private static let ami: [KeyDescription] =
    [
      .init(
        "host", .text(.host), .value("127.0.0.1"), "Where manager.conf listens.", disabled: false,
        takes: .restart),
      .init(
        "port", .integer(1...65_535), .value("5038"), "The port of manager.conf.", disabled: false,
        takes: .restart),
      .init(
        "username", .text(.name), .required, "A section of manager.conf.", example: "perezvon",
        takes: .restart),
      .init("secret", .secret(.line), .required, "Its `secret`.", example: "change-me", takes: .restart),
      .init("tls", .boolean, .value("false"), "Talk TLS; the port is usually 5039 then.", takes: .restart),
    ] + certificate

  private static let ari: [KeyDescription] =
    [
      .init(
        "url", .text(.url(["http", "https"])), .value("http://127.0.0.1:8088/ari"),
        "The address of Asterisk's HTTP server with its prefix and /ari.", disabled: false, takes: .restart),
      .init(
        "username", .text(.name), .required, "A section of ari.conf.", example: "perezvon", takes: .restart),
      .init("password", .secret(.line), .required, "Its `password`.", example: "change-me", takes: .restart),
      .init(
        "app", .text(.name), .value("perezvon"), "Name of the Stasis application the service registers.",
        takes: .restart),
    ] + certificate

  private static let certificate: [KeyDescription] = [
    .init(
      "ca_file", .text(.path), .unset,
      "PEM file of the authority that signed Asterisk's certificate. Left out: the system's authorities.",
      example: "/etc/perezvon/asterisk-ca.pem", takes: .restart),
    .init(
      "verify", .boolean, .value("true"), "Check Asterisk's certificate when TLS is used.", takes: .restart),
  ]

  private static let numbers: [KeyDescription] = [
    .init("region", .text(.region), .required, "National numbers are read as this country's.", example: "RU"),
    .init(
      "allow", .list(of: .text(.numberPrefix), count: 1...1_000), .required,
      "Beginnings of numbers that may be dialled; nothing outside is ever dialled.", example: "[\"+7\"]"),
    .init(
      "deny", .list(of: .text(.numberPrefix), count: 0...10_000), .empty,
      "Beginnings of numbers that are not dialled either. Premium-rate and unallocated ranges never are.",
      example: "[\"+7809\", \"+7803\"]"),
    .init(
      "per_number_per_day", .integer(1...100), .value("6"),
      "Dials to one number in 24 hours, at most, over all jobs.", disabled: false),
    .init(
      "per_hour", .integer(1...1_000_000), .value("500"), "Customer dials of one PBX in an hour, at most.",
      disabled: false),
    .init(
      "range_per_hour", .integer(1...10_000), .value("50"),
      "Numbers of one range of 10,000 lost within an hour; more are a call-back trap and not called back.",
      disabled: false),
  ]

  private static let calendar: [KeyDescription] = [
    .init("timezone", .text(.timeZone), .required, "Whose clock the hours are of.", example: "Europe/Moscow"),
    .init(
      "open", .table(keys: .dayRange, values: .oneOrMore(.text(.clockRange), upTo: 10), upTo: 20), .required,
      "Weekdays and their hours; a day that is not named is closed.",
      example: "mon-fri: \"09:00-18:00\"\nsat: \"10:00-15:00\""),
    .init(
      "closed", .list(of: .text(.dateRange), count: 0...1_000), .empty,
      "Dates and ranges of dates without work; the last day counts.", example: "[\"2027-01-01/2027-01-08\"]"),
  ]

  private static let routing: [KeyDescription] = [
    .init(
      "sticky",
      .map([
        .init(
          "within", .duration(.seconds(60) ... .seconds(3650 * day)), .value("30d"),
          "How old the last talk may be.",
          disabled: false),
        .init(
          "wait", .duration(.zero ... .seconds(600)), .value("20s"),
          "How long the caller waits for that agent before the queue takes him.", disabled: false),
      ]), .unset, "Offers a returning caller to the agent of his last talk. Left out: not done.",
      disabled: false),
    .init(
      "categories",
      .table(
        keys: .name,
        values: .map([
          .init(
            "priority", .integer(-1_000...1_000), .value("0"), "Priority in the queue; higher goes first.",
            example: "10", disabled: false),
          .init(
            "bypass_queue", .boolean, .value("false"), "Goes to the agent without queueing.", example: "true",
            disabled: false),
          .init("reject", .boolean, .value("false"), "Is turned away.", disabled: false),
        ]), upTo: 100), .empty, "What callers of a category get.", example: "vip"),
  ]

  private static let losses: [KeyDescription] = [
    .init("average_sale", .number(0...1e12), .required, "What a sale is worth.", example: "12000"),
    .init("currency", .text(.currency), .required, "In which money.", example: "RUB"),
    .init("conversion", .percentage, .required, "Share of conversations that end in a sale.", example: "30%"),
    .init(
      "self_return", .percentageOr("measured"), .value("measured"),
      "Share of missed callers who come back by themselves; `measured` takes it from our own data.",
      disabled: false),
  ]

  private static let retention: [KeyDescription] = [
    .init(
      "calls", .duration(.seconds(day) ... .seconds(36_500 * day)), .value("400d"),
      "Calls are deleted after this.",
      disabled: false),
    .init(
      "numbers_after", .duration(.seconds(day) ... .seconds(36_500 * day)), .value("400d"),
      "Numbers and names are removed from rows older than this.", disabled: false),
  ]
}
