extension LegalProfile {
  public static func of(_ place: Place) -> LegalProfile {
    switch place {
    case .unitedStates: unitedStates
    case .unitedKingdom: unitedKingdom
    case .europeanUnion: europeanUnion
    case .russia: russia
    case .russiaDebt: russiaDebt
    case .ukraine: ukraine
    }
  }

  /// The Telemarketing Sales Rule of the FTC (16 CFR part 310) and the rules of the FCC under the TCPA
  /// (47 CFR 64.1200); where both have a figure it is the same. States may be stricter.
  public static let unitedStates = LegalProfile(
    place: .unitedStates,
    automaticDialling: Sourced(
      .permitted, "16 CFR 310.4(b)(4); 47 CFR 64.1200(a)(7): drops are tolerated within their limits"),
    // 16 CFR 310.4(c); 47 CFR 64.1200(c)(1): between 8 a.m. and 9 p.m. at the called person's location.
    hours: Sourced(
      everyDay("08:00-21:00"), "16 CFR 310.4(c); 47 CFR 64.1200(c)(1): local time of the called person"),
    // 16 CFR 310.4(b)(4)(i) and 47 CFR 64.1200(a)(7): 3 % of calls answered live, over each 30 days of a campaign.
    drops: Sourced(
      DropRule(share: 0.03, window: .seconds(30 * 86_400)),
      "16 CFR 310.4(b)(4)(i); 47 CFR 64.1200(a)(7): of calls answered live by a person, each 30 days"),
    // 16 CFR 310.4(b)(4)(ii) and 47 CFR 64.1200(a)(6): 15 seconds or four rings.
    minimumRing: Sourced(
      .seconds(15), "16 CFR 310.4(b)(4)(ii); 47 CFR 64.1200(a)(6): 15 seconds or four rings"),
    // 16 CFR 310.4(b)(1)(iv) and 47 CFR 64.1200(a)(7): two seconds of the completed greeting.
    patience: Sourced(
      .seconds(2), "16 CFR 310.4(b)(1)(iv); 47 CFR 64.1200(a)(7): after the person's completed greeting"),
    message: Sourced(
      "Name and telephone number of the seller, that the call was for telemarketing, and a way to refuse "
        + "further calls by key or voice",
      "16 CFR 310.4(b)(4)(iii); 47 CFR 64.1200(a)(7)(i)"),
    redialGap: Sourced(nil, "16 CFR part 310 and 47 CFR 64.1200 have no figure"),
    // 16 CFR 310.5: five years since 89 FR 26760 (16 April 2024), 24 months before.
    recordsKept: Sourced(years(5), "16 CFR 310.5, as amended by 89 FR 26760 (16 April 2024)"),
    frequency: Sourced(nil, "16 CFR part 310 and 47 CFR 64.1200 have no figure"),
    duties: [
      "Numbers on the national do-not-call registry are not called (16 CFR 310.4(b)(1)(iii)(B); "
        + "47 CFR 64.1200(c)(2))",
      "Prior express consent for calls by an automatic telephone dialing system to mobile phones "
        + "(47 U.S.C. 227(b)(1)(A))",
      "The caller's number and, where possible, name are transmitted (16 CFR 310.4(a)(8))",
    ])

  /// Ofcom's statement on persistent misuse (20 December 2016, in force since 1 March 2017) under sections 128
  /// to 130 of the Communications Act 2003: any abandoned call may be misuse, and no rate is safe. The figures
  /// here are those of the statement of 1 October 2010, which it replaced and which callers go on keeping to.
  public static let unitedKingdom = LegalProfile(
    place: .unitedKingdom,
    automaticDialling: Sourced(
      .permitted, "Communications Act 2003, sections 128 to 130; PECR 2003, regulation 21 for live calls"),
    hours: Sourced(nil, "Neither PECR 2003 nor Ofcom's statement of 2016 has hours"),
    drops: Sourced(
      DropRule(share: 0.03, window: .seconds(86_400)), .withdrawnGuidance,
      "Ofcom, Revised Statement of Policy on persistent misuse, 2010: of live calls, each 24 hours and campaign; "
        + "no such threshold since 1 March 2017"),
    minimumRing: Sourced(.seconds(15), .withdrawnGuidance, "Ofcom, Revised Statement of Policy, 2010"),
    patience: Sourced(
      .seconds(2), .withdrawnGuidance,
      "Ofcom, Revised Statement of Policy, 2010: the message begins two seconds after the phone is picked up"),
    message: Sourced(
      "Who calls, and a number to ring so as to be called no more, without marketing", .withdrawnGuidance,
      "Ofcom, Revised Statement of Policy, 2010"),
    redialGap: Sourced(
      .seconds(72 * 3_600), .withdrawnGuidance,
      "Ofcom, Revised Statement of Policy, 2010: within 72 hours only with a live operator guaranteed"),
    recordsKept: Sourced(
      .seconds(183 * 86_400), .withdrawnGuidance, "Ofcom, Revised Statement of Policy, 2010: six months"),
    frequency: Sourced(nil, "Neither PECR 2003 nor Ofcom's statement of 2016 has a figure"),
    duties: [
      "Numbers that have been on the Telephone Preference Service for 28 days are not called without consent "
        + "(PECR 2003, regulation 21)",
      "Recorded messages need prior consent (PECR 2003, regulation 19)",
      "The caller's number is shown (PECR 2003, regulation 21(A1))",
    ])

  /// Directive 2002/58/EC, article 13. It has no figures: member states decide between consent and refusal for
  /// calls by humans, and add hours and rates of their own.
  public static let europeanUnion = LegalProfile(
    place: .europeanUnion,
    automaticDialling: Sourced(
      .needsGround,
      "Directive 2002/58/EC, article 13(1): automated calling without human intervention only with prior "
        + "consent; 13(3): for others each member state decides"),
    hours: noFigure("Directive 2002/58/EC has no figure; member states may"),
    drops: noFigure("Directive 2002/58/EC has no figure; member states may"),
    minimumRing: noFigure("Directive 2002/58/EC has no figure; member states may"),
    patience: noFigure("Directive 2002/58/EC has no figure; member states may"),
    message: noFigure("Directive 2002/58/EC has no figure; member states may"),
    redialGap: noFigure("Directive 2002/58/EC has no figure; member states may"),
    recordsKept: noFigure(
      "Directive 2002/58/EC has no figure; Regulation (EU) 2016/679, article 5(1)(e): no "
        + "longer than necessary"),
    frequency: noFigure("Directive 2002/58/EC has no figure; member states may"),
    duties: [
      "Who has objected is not called again (Regulation (EU) 2016/679, article 21(2) and (3))",
      "The law of the member state where the customer is comes first",
    ])

  /// Federal Law 38-FZ "On Advertising", article 18; Federal Law 126-FZ "On Communications" as amended by
  /// 41-FZ of 1 April 2025 for mass calls, in force since 1 September 2025.
  public static let russia = LegalProfile(
    place: .russia,
    automaticDialling: Sourced(
      .needsGround,
      "38-FZ, article 18(2): no advertising by automatic dialling without a human; 41-FZ of 1 April 2025: mass "
        + "calls only by contract with the operator and not to those who refuse them"),
    hours: noFigure("38-FZ, article 18, has no hours; for debts see ru_debt"),
    drops: noFigure("38-FZ and 126-FZ have no figure"),
    minimumRing: noFigure("38-FZ and 126-FZ have no figure"),
    patience: noFigure("38-FZ and 126-FZ have no figure"),
    message: noFigure("38-FZ and 126-FZ have no figure"),
    redialGap: noFigure("38-FZ and 126-FZ have no figure"),
    recordsKept: noFigure("38-FZ and 126-FZ have no figure; consent must be provable (38-FZ, article 18(1))"),
    frequency: noFigure("38-FZ and 126-FZ have no figure"),
    duties: [
      "Advertising by telephone only with prior consent, which the caller must prove (38-FZ, article 18(1))",
      "Who asks for it is not called again, at once (38-FZ, article 18(1))",
      "Calls of organisations carry their name and purpose (41-FZ of 1 April 2025)",
    ])

  /// Federal Law 230-FZ on the recovery of overdue debts of natural persons, article 7, besides `russia`.
  public static let russiaDebt = LegalProfile(
    place: .russiaDebt,
    automaticDialling: russia.automaticDialling,
    // 230-FZ, article 7(3): not from 22 to 8 on workdays, not from 20 to 9 on days off, at the debtor's place.
    hours: Sourced(
      hours("08:00-22:00", restDays: "09:00-20:00"), "230-FZ, article 7(3): local time of the debtor"),
    drops: russia.drops,
    minimumRing: russia.minimumRing,
    patience: russia.patience,
    message: russia.message,
    redialGap: russia.redialGap,
    recordsKept: noFigure(
      "Kept here without a figure: 230-FZ asks for records of calls; see its current text"),
    // 230-FZ, article 7(3): telephone talks, once a day, twice a week, eight times a month.
    frequency: Sourced(
      Frequency(perDay: 1, perWeek: 2, perMonth: 8), "230-FZ, article 7(3): telephone talks"),
    duties: russia.duties)

  /// Law of Ukraine 270/96-VR "On Advertising", article 14-3.
  public static let ukraine = LegalProfile(
    place: .ukraine,
    automaticDialling: Sourced(
      .needsGround,
      "Law 270/96-VR, article 14-3(2): no mass calls of advertising without prior written consent, which may be "
        + "electronic"),
    hours: noFigure("Law 270/96-VR, article 14-3, has no hours"),
    drops: noFigure("Law 270/96-VR and Law 1089-IX have no figure"),
    minimumRing: noFigure("Law 270/96-VR and Law 1089-IX have no figure"),
    patience: noFigure("Law 270/96-VR and Law 1089-IX have no figure"),
    message: noFigure("Law 270/96-VR and Law 1089-IX have no figure"),
    redialGap: noFigure("Law 270/96-VR and Law 1089-IX have no figure"),
    recordsKept: noFigure("Law 270/96-VR and Law 1089-IX have no figure"),
    frequency: noFigure("Law 270/96-VR and Law 1089-IX have no figure"),
    duties: ["Consent to advertising calls is kept in writing (Law 270/96-VR, article 14-3(2))"])

  private static func noFigure<Value>(_ source: String) -> Sourced<Value> { Sourced(nil, source) }

  private static func hours(_ workdays: String, restDays: String) -> Hours? {
    guard let work = OpeningInterval(workdays), let rest = OpeningInterval(restDays) else { return nil }
    return Hours(workdays: work, restDays: rest)
  }

  private static func everyDay(_ span: String) -> Hours? { hours(span, restDays: span) }

  private static func years(_ count: Int) -> Duration { .seconds(count * 366 * 86_400) }
}
