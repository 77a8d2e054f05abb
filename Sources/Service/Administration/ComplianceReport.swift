import CallPolicy
import Dialer
import Foundation
import Store
public import Telephony

/// What a campaign's law asks, what was found, and whether it was kept: one row for each rule.
struct ComplianceReport {
  let campaign: CampaignPolicy
  let figures: ComplianceFigures
  /// `attempts_per_day` of a list, `numbers.per_number_per_day` of callbacks.
  let dialsPerDay: Int
  /// The shorter of `retention.calls` and `retention.numbers_after`.
  let kept: Duration
  private var rows: [[String]] = []

  static let columns = ["rule", "limit", "found", "kept", "force", "source"]

  init(_ campaign: CampaignPolicy, _ figures: ComplianceFigures, dialsPerDay: Int, kept: Duration) {
    self.campaign = campaign
    self.figures = figures
    self.dialsPerDay = dialsPerDay
    self.kept = kept
    hours()
    ring()
    drops()
    redial()
    message()
    ground()
    frequency()
    records()
  }

  func table(from: String, to: String) -> ReportTable {
    let law = campaign.outbound.legal
    let counts = figures.period
    var notes = [
      "\(figures.dialed) dials, \(counts.live) answered by a person, \(counts.machines) by a machine that was "
        + "recognised, \(counts.dropped) dropped.",
      "Force: law; withdrawn_guidance (a regulator's former figure that callers keep to); configured (no law has a "
        + "figure: the campaign's own). An empty `kept` cannot be told from the books.",
    ]
    if let words = law?.message.value { notes.append("Who was dropped must hear: \(words).") }
    if let duties = law?.duties, !duties.isEmpty {
      notes.append("What the law asks besides, and the books cannot show:")
      notes += duties.map { "- \($0)" }
    }
    notes.append("This is no legal advice.")
    return ReportTable(
      title: "Compliance of \(campaign.name) by legal: \(law?.place.rawValue ?? "none"), \(from) to \(to)",
      columns: Self.columns, rows: rows, notes: notes)
  }

  // MARK: Rules

  private mutating func add<Value>(
    _ rule: String, limit: String, found: String, kept: Bool?, _ sourced: LegalProfile.Sourced<Value>?
  ) {
    let force: String
    switch sourced?.force {
    case .law: force = "law"
    case .withdrawnGuidance: force = "withdrawn_guidance"
    case .some(.none), nil: force = "configured"
    }
    rows.append(
      [
        rule, limit, found, kept.map { $0 ? "yes" : "no" } ?? "", force,
        sourced?.source ?? "no law is kept to",
      ])
  }

  private mutating func hours() {
    let law = campaign.outbound.legal?.hours
    guard let hours = law?.value else {
      return add("hours at the customer's place", limit: "", found: "", kept: nil, law)
    }
    add(
      "hours at the customer's place",
      limit: hours.workdays == hours.restDays
        ? Self.span(hours.workdays)
        : "\(Self.span(hours.workdays)), Saturday and Sunday \(Self.span(hours.restDays))",
      found: "\(figures.outsideHours) of \(figures.dialed) dials outside", kept: figures.outsideHours == 0,
      law)
  }

  private mutating func ring() {
    add(
      "unanswered phones ring at least", limit: DurationText.shortest(campaign.outbound.minimumRing),
      found: "\(figures.cutShort) unanswered dials ended sooner", kept: figures.cutShort == 0,
      campaign.outbound.legal?.minimumRing)
  }

  private mutating func drops() {
    let law = campaign.outbound.legal
    let rule = law?.drops.value
    let most = law?.maxDropRate(configured: campaign.maxDropRate) ?? campaign.maxDropRate
    let limit = Self.percent(most)
    // The law's window is judged; without one both are, by the campaign's own limit.
    let day = rule.map { $0.window <= DropBudget.day } ?? true
    let month = rule.map { $0.window > DropBudget.day } ?? true
    let worst = figures.worstDay ?? AnswerCounts()
    add(
      "drop rate in 24 h", limit: limit,
      found: Self.rates(worst) + (figures.worstDayName.map { ", on \($0), the worst day" } ?? ""),
      kept: day ? worst.dropRate <= most : nil, law?.drops)
    add(
      "drop rate in 30 days", limit: limit, found: Self.rates(figures.month),
      kept: month ? figures.month.dropRate <= most : nil, law?.drops)
    add(
      "an agent within", limit: DurationText.shortest(campaign.agentWithin),
      found: "who waited longer counts as dropped", kept: nil, law?.patience)
  }

  private mutating func redial() {
    let rule = campaign.outbound.legal?.redialGap
    add(
      "no dial without an agent after a drop",
      limit: DurationText.shortest(campaign.outbound.redialAfterDrop.gap),
      found: "\(figures.redialsAfterDrop) dials sooner", kept: figures.redialsAfterDrop == 0, rule)
  }

  private mutating func message() {
    let sound = campaign.outbound.dropMessage
    add(
      "message to who was dropped",
      limit: campaign.outbound.legal?.message.value == nil ? "" : "its words below",
      found: sound.map { "drop_message \($0), \(figures.period.dropped) dropped" }
        ?? "the dialplan's own, \(figures.period.dropped) dropped",
      kept: sound != nil || figures.period.dropped == 0, campaign.outbound.legal?.message)
  }

  private mutating func ground() {
    guard campaign.callsByMachine else { return }
    let law = campaign.outbound.legal
    add(
      "automatic calls",
      limit: law?.automaticDialling.value == .permitted ? "permitted" : "only with a ground",
      found: campaign.outbound.ground.map { "ground: \($0)" } ?? "no ground is stated",
      kept: law?.mayDialAhead(ground: campaign.outbound.ground) ?? true, law?.automaticDialling)
  }

  private mutating func frequency() {
    let law = campaign.outbound.legal?.frequency
    add(
      "dials of a number in 24 h", limit: "\(dialsPerDay)", found: "\(figures.mostDialsInDay) at most",
      kept: figures.mostDialsInDay <= dialsPerDay, law?.value == nil ? law : nil)
    guard let most = law?.value else { return }
    let talks = figures.mostTalks
    add(
      "talks with a person in 24 h, 7 days, 30 days",
      limit: "\(most.perDay), \(most.perWeek), \(most.perMonth)",
      found: "\(talks.day), \(talks.week), \(talks.month) at most",
      kept: talks.day <= most.perDay && talks.week <= most.perWeek && talks.month <= most.perMonth, law)
  }

  private mutating func records() {
    let law = campaign.outbound.legal?.recordsKept
    add(
      "records are kept", limit: law?.value.map { DurationText.shortest($0) } ?? "",
      found: "\(DurationText.shortest(kept)) (retention)", kept: law?.value.map { kept >= $0 }, law)
  }

  // MARK: Words

  private static func span(_ interval: OpeningInterval) -> String {
    func clock(_ minute: Int) -> String {
      let parts = [minute / 60, minute % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
      return parts.joined(separator: ":")
    }
    return "\(clock(interval.start))-\(clock(interval.end))"
  }

  static func percent(_ share: Double) -> String { String(format: "%.2f %%", share * 100) }

  /// Both rates, what they are of, and the upper confidence limit of the first.
  private static func rates(_ counts: AnswerCounts) -> String {
    guard counts.live > 0 else { return "nobody answered" }
    let upper = DropLimit.upper(drops: counts.dropped, answers: counts.live, confidence: 0.95)
    return
      "\(percent(counts.dropRate)) of \(counts.live) live answers (true rate below \(percent(upper)) at 95 %), "
      + "\(percent(counts.dropRateOfAll)) of \(counts.live + counts.machines) with machines"
  }
}

extension Administration {
  /// A report may take so long. Default 10 min.
  static let reportTimeout = Duration.seconds(600)

  /// Whether a campaign kept to its law in a period.
  public func compliance(
    campaign name: String, from: Timestamp, to: Timestamp
  ) async throws(AdministrationError) -> ReportTable {
    guard let campaign = settings.policy.campaign(named: CampaignName(name)) else {
      let known = settings.policy.campaigns.map(\.name.rawValue).joined(separator: ", ")
      throw AdministrationError(
        message: "There is no campaign \(PrintableText(name)); the configuration has: \(known).")
    }
    let zone = settings.policy.calendar(of: campaign)?.zone.name ?? self.zone.identifier
    let hours = campaign.outbound.legal?.hours.value
    let question = ComplianceQuestion(
      campaign: campaign.name, from: from, to: to, zone: zone,
      workdays: hours.map { $0.workdays.start..<$0.workdays.end },
      restDays: hours.map { $0.restDays.start..<$0.restDays.end }, minimumRing: campaign.outbound.minimumRing,
      redialGap: campaign.outbound.redialAfterDrop.gap)
    do {
      // Years may be asked for: the time a statement of the service has is not enough.
      let patient = Store(
        StoreSettings(
          url: settings.database.url.value, poolSize: 1, statementTimeout: Self.reportTimeout,
          applicationName: "perezvon-report"))
      let found: Result<ComplianceFigures, StoreError>
      do throws(StoreError) {
        found = .success(try await patient.compliance(question))
      } catch {
        found = .failure(error)
      }
      await patient.close()
      let figures = try found.get()
      let report = ComplianceReport(
        campaign, figures,
        dialsPerDay: campaign.kind == .outbound
          ? min(campaign.attemptsPerDay, settings.policy.numbers.perNumberPerDay)
          : settings.policy.numbers.perNumberPerDay,
        kept: min(settings.retention.calls, settings.retention.numbersAfter))
      let style = Date.ISO8601FormatStyle(timeZone: TimeZone(identifier: zone) ?? self.zone)
      func words(_ at: Timestamp) -> String { Date(timeIntervalSince1970: at.seconds).formatted(style) }
      return report.table(from: words(from), to: words(to))
    } catch { throw AdministrationError(error) }
  }
}
