import CallPolicy
import Foundation
import Store
public import Telephony

extension Administration {
  /// Rows of the tables beside the main one, at most: they are to fit one screen.
  static let sideRowsMax = 8

  /// The same for a command: years may be asked for, so the time a statement of the service has is not enough.
  public func patientReport(
    _ request: ReportRequest, from: Timestamp, to: Timestamp
  ) async throws(AdministrationError) -> Report {
    let patient = Store(
      StoreSettings(
        url: settings.database.url.value, poolSize: 1, statementTimeout: Self.reportTimeout,
        applicationName: "perezvon-report"))
    do throws(AdministrationError) {
      let report = try await Administration(settings, store: patient).report(request, from: from, to: to)
      await patient.close()
      return report
    } catch {
      await patient.close()
      throw error
    }
  }

  /// Makes a report over a span of time.
  public func report(
    _ request: ReportRequest, from: Timestamp, to: Timestamp
  ) async throws(AdministrationError) -> Report {
    if request.name == .compliance {
      guard let campaign = request.campaign else {
        throw AdministrationError(.notFound, message: "Name the campaign: compliance is by campaign.")
      }
      return Report(
        name: request.name.rawValue, main: try await compliance(campaign: campaign, from: from, to: to),
        from: from, to: to)
    }
    let question = ReportQuestion(
      from: from, to: to, zone: zone.identifier, campaign: request.campaign, queue: request.queue,
      number: request.number.map { shownNumber($0) }, state: request.state, limit: request.limit,
      now: Self.now)
    do throws(StoreError) {
      switch request.name {
      case .losses: return try await losses(question)
      case .holdOut:
        let rows = try await store.report(.holdOut, question)
        return Report(
          name: request.name.rawValue, main: Self.upliftTable(rows, title(request.name, question)),
          from: from,
          to: to)
      default: break
      }
      guard let stored = request.name.stored else {
        throw StoreError(code: .other, message: "there is no such report")
      }
      let rows = try await store.report(stored, question)
      var table = ReportTable(title: title(request.name, question), rows, zone: zone)
      if request.masked { table.maskCustomers() }
      let isCut = table.cells.count >= request.limit
      if isCut {
        table.notes.append("There may be more: only \(request.limit) rows were asked for.")
      }
      return Report(
        name: request.name.rawValue, main: table, charts: Self.charts(request.name, table), from: from,
        to: to,
        isCut: isCut)
    } catch { throw AdministrationError(error) }
  }

  private func title(_ name: ReportName, _ question: ReportQuestion) -> String {
    let local = LocalTime(zone: zone)
    let filters = [
      question.campaign.map { "campaign \($0)" }, question.queue.map { "queue \($0)" },
      question.number.map { "number \($0)" }, question.state,
    ].compactMap { $0 }
    return "\(name.sentence) \(local.text(question.from)) to \(local.text(question.to)), \(zone.identifier)"
      + (filters.isEmpty ? "" : "; \(filters.joined(separator: ", "))")
  }

  // MARK: Losses

  private func losses(_ question: ReportQuestion) async throws(StoreError) -> Report {
    var side = question
    side.limit = Self.sideRowsMax
    let returns = try await selfReturn(question)
    let uplifts = try await uplifts(question)
    let places = try await store.report(.lossesByPlace, side)
    let points = try await store.report(.lossPoints, side)
    var days = question
    days.limit = BarChart.barsMax
    let byDay = ReportTable(title: "Day by day", try await store.report(.lossDays, days), zone: zone)
    let waits = ReportTable(
      title: "How long the lost had waited", try await store.report(.waits, days), zone: zone)
    let report = LossReport(
      summary: try await store.report(.lossesSummary, question),
      places: ReportTable(title: "Where", places, zone: zone),
      points: ReportTable(title: "The \(Self.sideRowsMax) biggest loss points", points, zone: zone),
      returns: returns, uplifts: uplifts, figures: lossFigures(measured: returns.measured))
    return Report(
      name: ReportName.losses.rawValue, main: report.table(title: title(.losses, question)),
      more: [report.places, report.points],
      charts: Self.charts(.lossDays, byDay)
        + Self.charts(.losses, report.places, title: "Where they were lost.")
        + Self.charts(.waits, waits), from: question.from, to: question.to)
  }

  /// How many missed callers of a span called again by themselves.
  func selfReturn(_ question: ReportQuestion) async throws(StoreError) -> SelfReturn {
    var all = question
    all.limit = SelfReturn.callersMax
    return SelfReturn(try await store.report(.selfReturn, all))
  }

  private func uplifts(
    _ question: ReportQuestion
  ) async throws(StoreError) -> [(campaign: String, uplift: HoldOutUplift)] {
    Self.uplifts(try await store.report(.holdOut, question))
  }

  private static func uplifts(_ rows: ReportRows) -> [(campaign: String, uplift: HoldOutUplift)] {
    rows.rows.compactMap { row in
      guard row.count == 5, case .text(let campaign) = row[0], case .integer(let heldOut) = row[1],
        case .integer(let heldOutReached) = row[2], case .integer(let called) = row[3],
        case .integer(let calledReached) = row[4]
      else { return nil }
      return (
        campaign,
        HoldOutUplift(
          heldOut: heldOut, heldOutReached: heldOutReached, called: called, calledReached: calledReached)
      )
    }
  }

  private static func upliftTable(_ rows: ReportRows, _ title: String) -> ReportTable {
    let cells = uplifts(rows).map { one -> [ReportCell] in
      [
        .text(one.campaign), .integer(one.uplift.called), .decimal(one.uplift.calledShare),
        .integer(one.uplift.heldOut), .decimal(one.uplift.heldOutShare), .decimal(one.uplift.difference),
        .decimal(one.uplift.interval.lowerBound), .decimal(one.uplift.interval.upperBound),
      ]
    }
    return ReportTable(
      title: title,
      columns: [
        "campaign", "called", "called_reached_share", "held_out", "held_out_reached_share", "uplift_share",
        "uplift_low_share", "uplift_high_share",
      ], cells: cells,
      notes: [
        "Reached: talked by a callback or by calling again. The interval is Newcombe's at 95 %.",
        "Only closed jobs of missed calls count, each in the group it was drawn into, also where one who was left"
          + " alone asked for a callback and got it.",
      ])
  }

  /// The figures of `losses`, with what was measured where they ask for it.
  func lossFigures(measured: Double?) -> LossFigures? {
    settings.losses.map { losses in
      let share: Double? =
        switch losses.selfReturn {
        case .measured: measured
        case .share(let share): share
        }
      return LossFigures(
        averageSale: losses.averageSale, currency: losses.currency, conversion: losses.conversion,
        selfReturn: share)
    }
  }

  // MARK: Charts

  private static func charts(
    _ name: ReportName, _ table: ReportTable, title: String? = nil
  ) -> [BarChart] {
    guard let chart = name.chart, !table.cells.isEmpty,
      let label = table.columns.firstIndex(of: chart.label)
    else { return [] }
    let shown = table.rows
    // Rows of one label together: an hour of a queue, a stage of a DID.
    var order: [String] = []
    var sums: [String: [Double]] = [:]
    for (row, cells) in table.cells.enumerated() {
      let key = shown[row][label]
      if sums[key] == nil { order.append(key) }
      var sum = sums[key] ?? Array(repeating: 0, count: chart.parts.count)
      for (part, column) in chart.parts.enumerated() {
        guard let index = table.columns.firstIndex(of: column) else { continue }
        if case .integer(let number) = cells[index] { sum[part] += Double(number) }
      }
      sums[key] = sum
    }
    if name == .lossHours { order.sort { (Int($0) ?? 0) < (Int($1) ?? 0) } }
    return [
      BarChart(
        title: title ?? name.sentence, labels: order,
        series: chart.parts.enumerated().map { part, column in
          .init(column.replacing("_", with: " "), order.map { sums[$0]?[part] ?? 0 })
        })
    ]
  }
}

extension ReportTable {
  /// Numbers are masked, names left out: for those who are not to know who called.
  mutating func maskCustomers() {
    for column in columns.indices {
      switch columns[column] {
      case "number":
        for row in cells.indices {
          if case .text(let number) = cells[row][column] {
            cells[row][column] = .text(PhoneNumber.masked(number))
          }
        }
      case "customer_name", "note":
        for row in cells.indices { cells[row][column] = .none }
      default: break
      }
    }
  }
}
