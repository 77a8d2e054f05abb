import Foundation
public import Store
import Telephony

/// A report's rows and columns, to be written in any of the formats of `perezvon report`.
public struct ReportTable: Sendable, Equatable {
  /// A format of `--format`.
  public enum Format: String, Sendable, CaseIterable { case table, csv, json, html }

  public var title: String
  /// Names of the columns, as in the views: `drop_rate`.
  public var columns: [String]
  /// Each as long as `columns`.
  public var cells: [[ReportCell]]
  /// Sentences below the table; CSV leaves them out.
  public var notes: [String]
  /// The zone in which moments are shown to people.
  var zone: TimeZone = .gmt

  public init(title: String, columns: [String], cells: [[ReportCell]], notes: [String] = []) {
    self.title = title
    self.columns = columns
    self.cells = cells
    self.notes = notes
  }

  /// Of texts; an empty one has no value.
  public init(title: String, columns: [String], rows: [[String]], notes: [String] = []) {
    self.init(
      title: title, columns: columns, cells: rows.map { $0.map { $0.isEmpty ? .none : .text($0) } },
      notes: notes)
  }

  init(title: String, _ rows: ReportRows, zone: TimeZone, notes: [String] = []) {
    self.init(title: title, columns: rows.columns, cells: rows.rows, notes: notes)
    self.zone = zone
  }

  /// As people read them.
  public var rows: [[String]] {
    let local = LocalTime(zone: zone)
    return cells.map { row in zip(columns, row).map { Self.shown($1, column: $0, local) } }
  }

  static func shown(_ cell: ReportCell, column: String, _ local: LocalTime) -> String {
    switch cell {
    case .none: ""
    case .text(let text), .day(let text): text
    case .integer(let number): String(number)
    case .decimal(let number): isShare(column) ? percent(number) : decimal(number)
    case .share(let share): percent(share)
    case .moment(let moment): local.text(moment)
    case .span(let span): span.shown
    case .truth(let truth): truth ? "yes" : "no"
    case .texts(let texts): texts.joined(separator: " ")
    }
  }

  /// Columns that hold a share from 0 to 1.
  static func isShare(_ column: String) -> Bool {
    ["rate", "level", "occupancy", "abandonment", "share", "kept"].contains { word in
      column.split(separator: "_").contains { $0 == word }
    }
  }

  static func percent(_ share: Double) -> String { decimal((share * 1_000).rounded() / 10) + " %" }

  /// At most two decimals, and none that are zero.
  static func decimal(_ number: Double) -> String {
    let hundredths = (number * 100).rounded()
    guard hundredths.magnitude < 1e15 else { return String(number) }
    if hundredths.remainder(dividingBy: 100) == 0 { return String(Int(hundredths / 100)) }
    let text = String(hundredths / 100)
    return text
  }

  // MARK: Formats

  /// Columns of equal width; the last one as it comes. Nothing in it can steer a terminal.
  public var table: String {
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

  var csv: String {
    var encoder = CSVEncoder()
    encoder.row(columns.map { .text($0) })
    let local = LocalTime(zone: zone)
    for row in cells {
      encoder.row(zip(columns, row).map { Self.csvCell($1, column: $0, local) })
    }
    let text = encoder.take()
    return text.hasSuffix("\r\n") ? String(text.dropLast()) : text
  }

  private static func csvCell(_ cell: ReportCell, column: String, _ local: LocalTime) -> CSVEncoder.Cell {
    switch cell {
    case .none: .empty
    case .text(let text): column == "number" ? .number(text) : .text(text)
    case .integer(let number): .integer(number)
    case .decimal(let number), .share(let number): .decimal(number)
    case .span(let span): .span(span)
    case .day, .moment, .truth, .texts: .text(shown(cell, column: column, local))
    }
  }

  /// The rows as objects: numbers are numbers, spans are seconds, moments RFC 3339.
  var records: [[String: ReportValue]] {
    cells.map { row in
      Dictionary(zip(columns, row.map(ReportValue.init))) { first, _ in first }
    }
  }
}

/// A cell as JSON has it.
struct ReportValue: Encodable {
  let cell: ReportCell

  init(_ cell: ReportCell) { self.cell = cell }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch cell {
    case .none: try container.encodeNil()
    case .text(let text), .day(let text): try container.encode(text)
    case .integer(let number): try container.encode(number)
    case .decimal(let number), .share(let number): try container.encode(number.isFinite ? number : 0)
    case .moment(let moment): try container.encode(moment)
    case .span(let span): try container.encode(span.inSeconds)
    case .truth(let truth): try container.encode(truth)
    case .texts(let texts): try container.encode(texts)
    }
  }
}
