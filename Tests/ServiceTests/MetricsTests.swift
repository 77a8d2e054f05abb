import Foundation
import Testing

@testable import Service

@Suite struct `The metrics` {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func read(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  @Test func `are in docs/metrics.md, each as the code has it`() throws {
    let page = try Self.read("docs/metrics.md")
    for metric in Metric.allCases {
      let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
      let row = "| `\(metric.rawValue)` | \(metric.kind.rawValue) | \(labels) | \(metric.sentence) |"
      #expect(page.contains(row), "docs/metrics.md needs the row: \(row)")
    }
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `perezvon_") }
    #expect(rows.count == Metric.allCases.count)
  }

  @Test func `name the limits in docs/metrics.md, each as the code has it`() throws {
    let page = try Self.read("docs/metrics.md")
    for limit in NamedLimit.allCases {
      let row = "| `\(limit.rawValue)` | \(limit.sentence) |"
      #expect(page.contains(row), "docs/metrics.md needs the row: \(row)")
    }
  }

  @Test(arguments: ["deploy/grafana-dashboard.json", "deploy/prometheus-alerts.yaml"])
  func `that dashboard and alerts ask for are there`(file: String) throws {
    let known = Set(Metric.allCases.map(\.rawValue))
    let asked = try Self.read(file).matches(of: /perezvon_[a-z_]+/).map { String($0.output) }
    #expect(asked.count > 5)
    for name in asked { #expect(known.contains(name), "\(file): \(name)") }
    if file.hasSuffix("json") {
      #expect(try JSONSerialization.jsonObject(with: Data(try Self.read(file).utf8)) is [String: Any])
    }
  }

  @Test func `are written so that no name from outside ends a line`() {
    let meter = Meter()
    meter.count(.attempts, "pbx1", "a\"b\\c\nd", "conversation")
    meter.count(.attempts, "pbx1", "a\"b\\c\nd", "conversation", by: 2)
    var text = PrometheusText()
    text.add(meter)
    text.add(.jobLag, [], 0.5)
    #expect(
      text.text == """
        # HELP perezvon_attempts_total Attempts that ended, by outcome.
        # TYPE perezvon_attempts_total counter
        perezvon_attempts_total{pbx="pbx1",campaign="a\\"b\\\\c\u{FFFD}d",outcome="conversation"} 3
        # HELP perezvon_job_lag_seconds How long the job that is due longest has been due.
        # TYPE perezvon_job_lag_seconds gauge
        perezvon_job_lag_seconds 0.5

        """)
  }

  @Test func `do not grow without end`() {
    let meter = Meter()
    for n in 0..<(Meter.seriesMax + 50) { meter.limit("limit \(n)") }
    #expect(meter.all.count == Meter.seriesMax)
  }
}
