import Foundation
import Store
import Telephony

/// `perezvon report losses`: what was lost, where and what it costs, on one screen.
struct LossReport {
  let summary: ReportRows
  let places: ReportTable
  let points: ReportTable
  let returns: SelfReturn
  let uplifts: [(campaign: String, uplift: HoldOutUplift)]
  /// Nil where `losses` is not configured.
  let figures: LossFigures?

  private func count(_ column: String) -> Int {
    if case .integer(let number)? = summary.column(column).first { number } else { 0 }
  }

  /// One figure a row: its name, its value, and what it is of.
  func table(title: String) -> ReportTable {
    var cells: [[ReportCell]] = []
    func add(_ figure: String, _ value: ReportCell, _ words: String) {
      cells.append([.text(figure), value, .text(words)])
    }
    let (inbound, missed, callers) = (count("inbound_calls"), count("missed"), count("callers"))
    add("inbound_calls", .integer(inbound), "")
    add("missed", .integer(missed), Self.of(missed, inbound, "of the inbound calls; no short abandons"))
    add("short_abandons", .integer(count("short_abandons")), "hung up before min_wait; not among the missed")
    add("callers", .integer(callers), "different callers who were missed")
    for (name, words) in [
      ("called_back", "of these callers talked with us by a callback"),
      ("self_returned", "of them reached us by themselves"), ("open", "of them are still owed a callback"),
      ("lost", "of them were reached by nobody"),
    ] {
      add(name, .integer(count(name)), Self.of(count(name), callers, words))
    }
    add(
      "self_return", returns.measured.map { .share($0) } ?? .none,
      returns.measured == nil
        ? "share that calls again within 72 h: \(returns.callers) callers are too few to tell"
        : "share of \(returns.callers) callers that calls again within 72 h if nobody calls them; "
          + returned)
    if let figures { money(figures, add) }
    for one in uplifts {
      let (low, high) = (one.uplift.interval.lowerBound, one.uplift.interval.upperBound)
      add(
        "uplift", .share(one.uplift.difference),
        "\(one.campaign): \(ReportTable.percent(one.uplift.calledShare)) of \(one.uplift.called) called were talked to, "
          + "\(ReportTable.percent(one.uplift.heldOutShare)) of \(one.uplift.heldOut) left alone; 95 %: "
          + "\(ReportTable.percent(low)) to \(ReportTable.percent(high))")
    }
    return ReportTable(title: title, columns: ["figure", "value", "what"], cells: cells, notes: notes)
  }

  private func money(_ figures: LossFigures, _ add: (String, ReportCell, String) -> Void) {
    let currency = figures.currency
    add(
      "value_of_a_caller", .decimal(figures.perCaller),
      "\(currency): average sale \(ReportTable.decimal(figures.averageSale)) × conversion "
        + "\(ReportTable.percent(figures.conversion)) × (1 − self-return "
        + "\(figures.selfReturn.map(ReportTable.percent) ?? "unknown, taken as 0"))")
    add(
      "estimated_loss", .decimal(Double(count("lost")) * figures.perCaller),
      "\(currency): lost × value of a caller")
    add(
      "recovered_value", .decimal(Double(count("called_back")) * figures.perCaller),
      "\(currency): called back × value of a caller")
  }

  private var returned: String {
    let spans = [("15 min", 900.0), ("1 h", 3_600), ("4 h", 14_400), ("24 h", 86_400)]
    let shares = spans.map { "\($0.0) \(ReportTable.percent(returns.share(within: $0.1)))" }
    let median = returns.medianSeconds.map { ", half of them within \(Duration.seconds($0).shown)" } ?? ""
    return shares.joined(separator: ", ") + median
  }

  private var notes: [String] {
    figures == nil ? ["What it costs is not shown: configure losses (average_sale, conversion)."] : []
  }

  private static func of(_ part: Int, _ whole: Int, _ words: String) -> String {
    whole > 0 ? "\(ReportTable.percent(Double(part) / Double(whole))) \(words)" : words
  }
}
