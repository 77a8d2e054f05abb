import Foundation
public import Telephony
import WebAPI

/// One report: its table, further ones that explain it, and charts.
public struct Report: Sendable {
  /// A word of `perezvon report`.
  public var name: String
  public var main: ReportTable
  public var more: [ReportTable] = []
  /// In HTML only.
  public var charts: [BarChart] = []
  public var from: Timestamp
  public var to: Timestamp
  /// It has as many rows as were asked for: there may be more.
  public var isCut = false

  /// The whole report, without a line end behind it.
  public func text(_ format: ReportTable.Format) -> String {
    switch format {
    case .table: ([main] + more).map(\.table).joined(separator: "\n\n")
    // One table of one kind of row: the others have formats of their own.
    case .csv: main.csv
    case .json: json
    case .html: HTMLReport(self).text
    }
  }

  private struct Document: Encodable {
    struct Table: Encodable {
      var title: String
      /// In the order people read them; an object's keys have none.
      var columns: [String]
      var rows: [[String: ReportValue]]
      var notes: [String]
    }

    var report: String
    var title: String
    var from: Timestamp
    var to: Timestamp
    var columns: [String]
    var rows: [[String: ReportValue]]
    var notes: [String]
    var more: [Table]
  }

  private var json: String {
    let document = Document(
      report: name, title: main.title, from: from, to: to, columns: main.columns, rows: main.records,
      notes: main.notes,
      more: more.map { .init(title: $0.title, columns: $0.columns, rows: $0.records, notes: $0.notes) })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.userInfo[.momentText] = MomentFormat { MomentText.text($0) }
    let data = try? encoder.encode(document)
    return TerminalJSON.harmless(String(decoding: data ?? Data(), as: UTF8.self))
  }
}
