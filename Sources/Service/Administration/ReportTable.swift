import Foundation

/// A report as rows and columns, to be written in any of the formats of `perezvon report`.
public struct ReportTable: Sendable, Equatable {
  /// A format of `--format`.
  public enum Format: String, Sendable, CaseIterable { case table, csv, json }

  public var title: String
  /// Names of the columns, as in the views: `drop_rate`.
  public var columns: [String]
  /// Each as long as `columns`. An empty cell has no value.
  public var rows: [[String]]
  /// Sentences below the table; CSV leaves them out.
  public var notes: [String]

  public init(title: String, columns: [String], rows: [[String]], notes: [String] = []) {
    self.title = title
    self.columns = columns
    self.rows = rows
    self.notes = notes
  }

  /// The whole report, without a line end behind it.
  public func text(_ format: Format) -> String {
    switch format {
    case .table: table
    case .csv: csv
    case .json: json
    }
  }

  /// Columns of equal width; the last one as it comes. Nothing in it can steer a terminal.
  private var table: String {
    let shown = ([columns] + rows).map { $0.map { PrintableText($0, limit: 400).description } }
    let widths = columns.indices.map { column in shown.map { $0[column].count }.max() ?? 0 }
    let lines = shown.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let last = column == row.count - 1
        line += last ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
      }
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
    let rest = notes.isEmpty ? [] : [""] + notes.map { PrintableText($0, limit: 1_000).description }
    return ([PrintableText(title, limit: 400).description, ""] + lines + rest).joined(separator: "\n")
  }

  private var csv: String {
    var encoder = CSVEncoder()
    for row in [columns] + rows { encoder.row(row.map { $0.isEmpty ? .empty : .text($0) }) }
    let text = encoder.take()
    return text.hasSuffix("\r\n") ? String(text.dropLast()) : text
  }

  private struct JSONReport: Encodable {
    var title: String
    var rows: [[String: String?]]
    var notes: [String]
  }

  private var json: String {
    let records = rows.map { row in
      Dictionary(zip(columns, row.map { $0.isEmpty ? nil : $0 })) { first, _ in first }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data = try? encoder.encode(JSONReport(title: title, rows: records, notes: notes))
    return TerminalJSON.harmless(String(decoding: data ?? Data(), as: UTF8.self))
  }
}
