internal import Telephony

extension ConfigurationKeys {
  static let notify: [KeyDescription] = [
    .init(
      "smtp",
      .map([
        .init(
          "url", .secret(.url(["smtp", "smtps"])), .required, "The mail server; may hold user and password.",
          example: "smtp://127.0.0.1:25"),
        .init("from", .text(.email), .required, "Sender of the mails.", example: "pbx@example.org"),
        .init(
          "tls", .choice(["where_offered", "required"]), .value("where_offered"),
          "Whether the connection must be encrypted (STARTTLS); smtps:// always is."),
        .init("verify", .boolean, .value("true"), "Check the server's certificate."),
        caFile,
      ]), .unset, "How mail is sent. Left out: no mail.", disabled: false),
    .init("sms", .map(sms), .unset, "How a text message is sent. Left out: none are.", disabled: false),
    .init(
      "rules", .list(of: .map(rule), count: 0...1_000), .empty,
      "Each rule waits for an event and has one or more ways to tell."),
    .init(
      "language", .choice(NotifySettings.Language.allCases.map(\.rawValue)), .value("en"),
      "Language of mails: English, Russian or Ukrainian. A rule may have its own."),
    .init(
      "templates", .text(.path), .unset,
      "A directory whose *.mustache files take the place of the templates in the program.",
      example: "/etc/perezvon/templates"),
    .init(
      "link_base", .text(.url(["http", "https"])), .unset,
      "Where the pages are reached from outside; links in mails begin with it. Left out: no links.",
      example: "https://perezvon.example.org"),
    .init(
      "allow_private", .oneOrMore(.text(.line), upTo: 100), .unset,
      "Hosts of SMS gateways and webhooks whose address may be private or local; `*` is every one.",
      example: "[gateway.lan]"),
    .init(
      "give_up_after", .duration(.seconds(60) ... .seconds(31 * day)), .value("3d"),
      "What could not be sent for so long is given up; `perezvon outbox` lists it."),
    .init(
      "max_age", .duration(.seconds(60) ... .seconds(31 * day)), .value("1d"),
      "What is found out longer after it happened is not told any more."),
    .init("alerts", .map(alerts), .empty, "From when on something is an alert.", disabled: true),
  ]

  private static let caFile = KeyDescription(
    "ca_file", .text(.path), .unset,
    "PEM file of the authority that signed its certificate. Left out: the system's authorities.",
    example: "/etc/perezvon/ca.pem")

  private static let sms: [KeyDescription] = [
    .init("method", .choice(["GET", "POST", "PUT"]), .value("POST"), "HTTP method.", disabled: false),
    .init(
      "url", .secret(.url(["http", "https"])), .required,
      "The provider's address; {{number}}, {{digits}} and {{text}} are filled in, percent-encoded.",
      example: "https://sms.example.org/send"),
    .init(
      "headers", .table(keys: .name, values: .secret(.line), upTo: 50), .empty, "Request headers.",
      example: "Authorization: \"Bearer change-me\""),
    .init(
      "body", .text(.block), .unset,
      "Request body; {{number}}, {{digits}} and {{text}} are filled in, escaped for JSON, XML or a form by its "
        + "Content-Type. Left out: none.",
      example: "'{\"to\":\"{{number}}\",\"text\":\"{{text}}\"}'", disabled: false),
    .init(
      "success", .list(of: .integer(200...599), count: 0...20), .empty,
      "Answers that mean it was taken. Left out: every 2xx.", example: "[200]", disabled: true),
    .init(
      "success_text", .text(.line), .unset,
      "The answer must hold this text as well, for providers that answer 200 to everything.",
      example: "\"status\\\":\\\"OK\""),
    .init(
      "hours", .text(.clockRange), .value("09:00-21:00"),
      "Customers are sent texts in these hours at their place, else when they begin."),
    caFile,
  ]

  private static let rule: [KeyDescription] = [
    .init(
      "on", .oneOrMore(.choice(NotifySettings.Event.allCases.map(\.rawValue)), upTo: 30), .required,
      "The event, or several; `*` is every one but digests.", example: "missed_call"),
    .init(
      "queues", .list(of: .text(.name), count: 0...1_000), .empty,
      "Only calls of these queues; `none` stands for calls lost before a queue. Left out: any.",
      example: "[sales]"),
    .init(
      "lost_at", .list(of: .choice(LostAt.allCases.map(\.rawValue)), count: 0...20), .empty,
      "Only calls lost there. Left out: anywhere.", example: "[queue, ring]", disabled: true),
    .init(
      "categories", .list(of: .text(.name), count: 0...100), .empty,
      "Only customers of these categories. Left out: any.", example: "[vip]", disabled: true),
    .init(
      "min_wait", .duration(.zero ... .seconds(day)), .value("0s"),
      "Only callers who waited at least so long."),
    .init(
      "calendar", .text(.calendar), .unset, "Only while this calendar is open, or closed (`while`).",
      example: "office"),
    .init(
      "while", .choice(["open", "closed"]), .value("open"), "With `calendar`: while it is open or closed."),
    .init(
      "every", .duration(.seconds(60) ... .seconds(31 * day)), .unset, "digest: how often.", example: "15m"),
    .init(
      "at", .list(of: .text(.clockTime), count: 0...24), .empty,
      "digest: at these times of day, by the first calendar's clock.", example: "[\"09:00\"]", disabled: true),
    .init(
      "email", .list(of: .text(.emailOrRole), count: 0...100), .empty,
      "Mail to these; `assignee` and `supervisor` are looked up in `tasks.people`.",
      example: "[lead@example.org]"),
    .init(
      "sms_to", .oneOrMore(.text(.customerOrNumber), upTo: 100), .unset,
      "A text message to the customer, or to these numbers.", example: "customer"),
    .init(
      "text", .text(.block), .unset, "What the text message says; needed with `sms_to`.",
      example: "\"We missed your call and will call you back.\""),
    .init("webhook", .map(webhook), .unset, "An HTTP request to another system.", disabled: true),
    .init("task", .boolean, .value("false"), "Make a task for a person."),
    .init(
      "language", .choice(NotifySettings.Language.allCases.map(\.rawValue)), .unset,
      "Language of its mails. Left out: notify.language.", example: "en"),
  ]

  private static let webhook: [KeyDescription] = [
    .init(
      "url", .text(.url(["http", "https"])), .required, "Where the event is posted as JSON.",
      example: "https://crm.example.org/hook"),
    .init(
      "secret", .secret(.line), .unset, "Key of the signature. Left out: not signed.", example: "change-me"),
    .init(
      "body", .text(.block), .unset,
      "A mustache template of the body; values are escaped for JSON, or for a form by its Content-Type. Left out: "
        + "the whole event.", example: "'{\"title\":\"{{summary}}\"}'"),
    .init(
      "headers", .table(keys: .name, values: .secret(.line), upTo: 50), .empty, "Request headers.",
      example: "Authorization: \"Bearer change-me\"", disabled: true),
    caFile,
  ]

  private static let alerts: [KeyDescription] = [
    .init(
      "pbx_down_after", .duration(.seconds(5) ... .seconds(day)), .value("1m"),
      "pbx_down: after so long without AMI."),
    .init(
      "no_calls_after", .duration(.zero ... .seconds(day)), .value("30m"),
      "no_calls: no inbound call of a PBX for so long, where the four weeks before had some at this time. 0s: never."
    ),
    .init(
      "spike_factor", .number(1...100), .value("3"),
      "loss_spike: missed calls of the last hour are so many times the usual of this hour …"),
    .init("spike_min", .integer(1...10_000), .value("5"), "… and so many more."),
    .init(
      "trunk_share", .percentage, .value("50%"),
      "trunk_failing: the network refused this share of the dials of a quarter of an hour …"),
    .init("trunk_min", .integer(1...1_000), .value("5"), "… of at least so many."),
  ]

  static let tasks: [KeyDescription] = [
    .init(
      "due_in", .duration(.seconds(60) ... .seconds(365 * day)), .value("2h"),
      "A task is overdue this long after it was made, in working time.", disabled: false),
    .init(
      "calendar", .text(.calendar), .unset, "Whose hours are working time. Left out: every hour is.",
      example: "office"),
    .init(
      "remind", .duration(.zero ... .seconds(31 * day)), .value("30m"),
      "task_reminder comes so long before the end. 0s: never."),
    .init(
      "escalate_after", .duration(.zero ... .seconds(31 * day)), .value("1h"),
      "task_escalated comes so long after the end. 0s: never."),
    .init(
      "promise_slack", .duration(.zero ... .seconds(31 * day)), .value("15m"),
      "A promise that is not kept so long after its time becomes a task."),
    .init(
      "for", .list(of: .choice(TaskSettings.Reason.allCases.map(\.rawValue)), count: 0...10), .unset,
      "What becomes a task without a rule. Left out: all of them.",
      example: "[not_dialled, job_expired, promise]"),
    .init(
      "leads", .table(keys: .name, values: .text(.name), upTo: 1_000), .empty,
      "Who gets the tasks of a queue, where the customer has no manager and has talked to nobody.",
      example: "sales: PJSIP/101", disabled: true),
    .init("assignee", .text(.name), .unset, "Who gets what nobody else does.", example: "PJSIP/100"),
    .init("supervisor", .text(.name), .unset, "Who is told of what is escalated.", example: "PJSIP/100"),
    .init(
      "people", .table(keys: .name, values: .text(.email), upTo: 1_000), .empty,
      "Mail addresses by member or name, for `email: [assignee]`.", example: "PJSIP/101: anna@example.org",
      disabled: true),
  ]
}
