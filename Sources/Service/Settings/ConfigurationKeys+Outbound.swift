internal import CallPolicy

extension ConfigurationKeys {
  /// Of a campaign: the law, the cap on drops, blending.
  static let outbound: [KeyDescription] = [
    .init(
      "legal", .choice(LegalProfile.Place.allCases.map(\.rawValue) + [noLaw]), .unset,
      "Whose law is kept to (docs/dialing.md). Left out: that of `numbers.region`, if it is known; none: no law's, "
        + "and a dial ahead of agents still has the limits that stand in for it.", example: "us"),
    .init(
      "ground", .text(.line), .unset,
      "predictive and message: why automatic calls to these customers are lawful. Needed where the law asks for "
        + "one; stands in the compliance report.", example: "\"written consent, form 7\""),
    .init(
      "drop_message", .text(.name), .unset,
      "The sound that an answered customer hears for whom nobody is there: who called, and how to be called no "
        + "more. predictive does not start without one.", example: "custom/sorry-we-called"),
    .init(
      "predictive",
      .map([
        .init(
          "fewest_agents", .integer(1...1_000), .value("3"),
          "With fewer agents each dial has an agent of its own."),
        .init(
          "fewest_answers", .integer(0...100_000), .value("30"),
          "Before so many live answers since the start each dial has an agent of its own."),
      ]), .empty, "predictive: when nothing is dialled ahead of agents, beside the cap on drops.",
      disabled: true),
    .init(
      "blend",
      .map([
        .init(
          "keep_free", .integer(0...1_000), .value("0"),
          "So many free agents of the queue are left for callers.",
          example: "1"),
        .init(
          "max_callers_waiting", .integer(0...10_000), .value("0"),
          "No more callers than this wait in the queue."),
        .init(
          "min_service_level", .percentage, .value("0%"),
          "Of the callers of the last 30 minutes so many were answered within 20 s.", example: "80%"),
      ]), .empty,
      "What must hold before a dial takes an agent: live callers go first. kind callback: only where it is given, "
        + "since callbacks have their place in line.", disabled: true),
  ]

  /// The word for `legal` that keeps to no law.
  static let noLaw = "none"

  static let connectWait = KeyDescription(
    "wait", .duration(.seconds(1) ... .seconds(300)), .value("30s"),
    "client_first: how long an answered customer waits for a human before he hears `drop_message`.")
}
