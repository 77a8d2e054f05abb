public import Telephony

/// The reports: each is a file of Sources/Store/Reports, or a `LossCut`.
public enum StoredReport: String, Sendable, CaseIterable {
  case lossesSummary = "losses_summary"
  case lossesByPlace = "losses_by_place"
  case lossPoints = "loss_points"
  case lossBranches = "loss_branches"
  case lossPeople = "loss_people"
  case lossForwards = "loss_forwards"
  case lossHours = "loss_hours"
  case lossDays = "loss_days"
  case waits
  case recovery
  case holdOut = "hold_out"
  case selfReturn = "self_return"
  case agents
  case queues
  case hours
  case calls
  case missedCalls = "missed_calls"
  case jobs
  case attempts
  case tasks
  case drops
}

extension Store {
  // A month of a big table is planned for its own dates, not once for all.
  private static let reportFrame = Statement(
    "report frame",
    "SELECT set_config('TimeZone', $1, true), set_config('plan_cache_mode', 'force_custom_plan', true)")

  private static let reportStatements: [StoredReport: Statement] = Dictionary(
    uniqueKeysWithValues: StoredReport.allCases.map { report in
      let cut = LossCut.of(report)
      let file = cut == nil ? report.rawValue : "losses_cut"
      let text = SQLFile.reports.first { $0.name == file }?.text ?? ""
      return (report, Statement("report \(report.rawValue)", cut?.filled(text) ?? text))
    })

  /// Asks a report. In a zone PostgreSQL does not know it throws.
  public func report(_ report: StoredReport, _ question: ReportQuestion) async throws(StoreError)
    -> ReportRows
  {
    guard let statement = Self.reportStatements[report] else {
      throw StoreError(code: .other, message: "there is no report \(report.rawValue)")
    }
    let call = statement.with(
      .time(question.from), .time(question.to), .text(question.campaign), .text(question.queue),
      .text(question.number), .text(question.state), .int(question.limit), .time(question.now))
    return try await pool.run { link throws(StoreError) in
      let rows = try link.batch([Self.reportFrame.with(.text(question.zone)), call])[1]
      let columns = rows.columns
      return ReportRows(
        columns: columns.map(\.name),
        rows: try rows.map { row throws(StoreError) in
          var cells: [ReportCell] = []
          cells.reserveCapacity(columns.count)
          for column in columns { cells.append(try row.cell(type: column.type)) }
          return cells
        })
    }
  }

  private static let saveLossSettings = Statement(
    "loss settings save",
    """
    INSERT INTO perezvon.loss_settings (average_sale, currency, conversion, self_return, measured_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (single) DO UPDATE SET average_sale = excluded.average_sale, currency = excluded.currency,
      conversion = excluded.conversion, self_return = excluded.self_return, measured_at = excluded.measured_at
    """)
  private static let clearLossSettings = Statement(
    "loss settings clear", "DELETE FROM perezvon.loss_settings")

  /// Keeps the figures of `losses` for the view report.losses; nil: there are none.
  public func save(_ figures: LossFigures?, now: Timestamp) async throws(StoreError) {
    guard let figures else { return try await write([Self.clearLossSettings.with()]) }
    try await write([
      Self.saveLossSettings.with(
        .double(figures.averageSale), .text(figures.currency), .double(figures.conversion),
        .double(figures.selfReturn), .time(now))
    ])
  }
}

/// What a lost caller is worth.
public struct LossFigures: Sendable, Hashable {
  /// In units of `currency`.
  public var averageSale: Double
  public var currency: String
  /// Share of talks that end in a sale, 0 to 1.
  public var conversion: Double
  /// Share of missed callers who come back by themselves, 0 to 1; nil where it is not known.
  public var selfReturn: Double?

  public init(averageSale: Double, currency: String, conversion: Double, selfReturn: Double?) {
    self.averageSale = averageSale
    self.currency = currency
    self.conversion = conversion
    self.selfReturn = selfReturn
  }

  /// The sale that goes with one lost caller, on average.
  public var perCaller: Double { averageSale * conversion * (1 - (selfReturn ?? 0)) }
}
