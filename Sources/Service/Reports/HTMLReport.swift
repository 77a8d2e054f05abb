import Foundation
import Store

/// A report as one HTML page: it may be mailed, printed and read without any server.
struct HTMLReport {
  let report: Report

  init(_ report: Report) { self.report = report }

  /// Rows shown of one table, at most; CSV and JSON have all.
  static let rowsMax = 2_000

  var text: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(HTMLText.escaped(report.main.title))</title>
    <style>\(Self.style)</style>
    </head>
    <body>
    <h1>\(HTMLText.escaped(report.main.title))</h1>
    \(Self.notes(report.main.notes))
    \(report.charts.map { "<figure><figcaption>\(HTMLText.escaped($0.title))</figcaption>\n\($0.svg)</figure>" }
      .joined(separator: "\n"))
    \(Self.table(report.main))
    \(report.more.map { "<h2>\(HTMLText.escaped($0.title))</h2>\n" + Self.notes($0.notes) + Self.table($0) }
      .joined(separator: "\n"))
    </body>
    </html>
    """
  }

  private static func notes(_ notes: [String]) -> String {
    notes.map { "<p>\(HTMLText.escaped($0))</p>" }.joined(separator: "\n")
  }

  private static func table(_ table: ReportTable) -> String {
    let numbers = table.columns.indices.map { column in
      table.cells.prefix(50).contains { row in
        switch row[column] {
        case .integer, .decimal, .share, .span: true
        case .none, .text, .moment, .day, .truth, .texts: false
        }
      }
    }
    let head = zip(table.columns, numbers).map { name, isNumber in
      "<th\(isNumber ? " class=\"n\"" : "") scope=\"col\">\(HTMLText.escaped(name.replacing("_", with: " ")))</th>"
    }.joined()
    let body = table.rows.prefix(rowsMax).map { row in
      let cells = zip(row, numbers).map { text, isNumber in
        "<td\(isNumber ? " class=\"n\"" : "")>\(HTMLText.escaped(text))</td>"
      }
      return "<tr>\(cells.joined())</tr>"
    }.joined(separator: "\n")
    let cut = table.cells.count > rowsMax ? "<p>The first \(rowsMax) of \(table.cells.count) rows.</p>" : ""
    guard !table.cells.isEmpty else { return "<p>Nothing in this span.</p>" }
    return "<table>\n<thead><tr>\(head)</tr></thead>\n<tbody>\n\(body)\n</tbody>\n</table>\n\(cut)"
  }

  private static let style = """
    :root{color-scheme:light dark;--ink:#1a1d21;--paper:#fff;--line:#c9ced6;--soft:#5a6370;
    --a:#1f6feb;--b:#2da44e;--c:#bf8700;--d:#cf222e}
    @media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--paper:#14171b;--line:#3a414b;--soft:#a3adba;
    --a:#58a6ff;--b:#56d364;--c:#e3b341;--d:#ff7b72}}
    body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:2rem auto;
    max-width:70rem;padding:0 1rem}
    h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}p{color:var(--soft);margin:.3rem 0}
    table{border-collapse:collapse;margin:1rem 0}
    th,td{padding:.3rem .7rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
    .n{text-align:right;font-variant-numeric:tabular-nums}
    figure{margin:1.5rem 0}figcaption{font-weight:600}svg{width:100%;max-width:60rem;height:auto}
    .grid{stroke:var(--line);stroke-width:.5}text{fill:var(--soft);font:10px system-ui,sans-serif}
    .y{text-anchor:end}.x{text-anchor:middle}.key{font-size:11px}
    .s0{fill:var(--a)}.s1{fill:var(--b)}.s2{fill:var(--c)}.s3{fill:var(--d)}
    .k0{fill:var(--a)}.k1{fill:var(--b)}.k2{fill:var(--c)}.k3{fill:var(--d)}
    """
}
