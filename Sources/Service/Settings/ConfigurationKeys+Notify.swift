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
      ]), .unset, "How mail is sent. Left out: no mail.", disabled: false),
    .init("sms", .map(sms), .unset, "How a text message is sent. Left out: none are.", disabled: false),
    .init(
      "rules", .list(of: .map(rule), count: 0...1_000), .empty,
      "Each rule waits for one event and has one or more ways to tell."),
  ]

  private static let sms: [KeyDescription] = [
    .init("method", .choice(["GET", "POST", "PUT"]), .value("POST"), "HTTP method.", disabled: false),
    .init(
      "url", .secret(.url(["http", "https"])), .required, "The provider's address.",
      example: "https://sms.example.org/send"),
    .init(
      "headers", .table(keys: .name, values: .secret(.line), upTo: 50), .empty, "Request headers.",
      example: "Authorization: \"Bearer change-me\""),
    .init(
      "body", .text(.block), .unset, "Request body; {{number}} and {{text}} are filled in. Left out: none.",
      example: "'{\"to\":\"{{number}}\",\"text\":\"{{text}}\"}'", disabled: false),
  ]

  private static let rule: [KeyDescription] = [
    .init(
      "on", .choice(NotifySettings.Event.allCases.map(\.rawValue)), .required,
      "The event; `*` is every one.", example: "missed_call"),
    .init(
      "queues", .list(of: .text(.name), count: 0...1_000), .empty,
      "Only calls of these queues. Left out: any.",
      example: "[sales]"),
    .init(
      "every", .duration(.seconds(60) ... .seconds(31 * day)), .unset, "digest: how often.", example: "15m"),
    .init(
      "email", .list(of: .text(.email), count: 0...100), .empty, "Mail to these.",
      example: "[lead@example.org]"),
    .init(
      "sms_to", .oneOrMore(.text(.customerOrNumber), upTo: 100), .unset,
      "A text message to the customer, or to these numbers.", example: "customer"),
    .init(
      "text", .text(.block), .unset, "What the text message says; needed with `sms_to`.",
      example: "\"We missed your call and will call you back.\""),
    .init(
      "webhook",
      .map([
        .init(
          "url", .text(.url(["http", "https"])), .required, "Where the event is posted as JSON.",
          example: "https://crm.example.org/hook"),
        .init(
          "secret", .secret(.line), .unset, "Key of the signature. Left out: not signed.",
          example: "change-me"),
      ]), .unset, "An HTTP request to another system.", disabled: true),
  ]
}
