/// Prometheus' text format 0.0.4 (prometheus.io, "Exposition formats").
struct PrometheusText {
  private var series: [Metric: [(labels: [String], value: Double)]] = [:]

  mutating func add(_ metric: Metric, _ labels: [String] = [], _ value: Double) {
    series[metric, default: []].append((labels, value))
  }

  mutating func add(_ meter: Meter) {
    for (one, value) in meter.all { add(one.metric, one.labels, value) }
  }

  var text: String {
    var out = ""
    for metric in Metric.allCases {
      guard let found = series[metric], !found.isEmpty else { continue }
      out +=
        "# HELP \(metric.rawValue) \(metric.sentence)\n# TYPE \(metric.rawValue) \(metric.kind.rawValue)\n"
      for one in found.sorted(by: { $0.labels.lexicographicallyPrecedes($1.labels) }) {
        let pairs = zip(metric.labels, one.labels).map { "\($0)=\"\(Self.escaped($1))\"" }
        out += metric.rawValue + (pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}")
        out += " \(Self.number(one.value))\n"
      }
    }
    return out
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15 ? String(Int(value)) : String(value)
  }

  /// Label values may be names of queues and campaigns: whatever they hold, they end no line.
  static func escaped(_ text: String) -> String {
    PrintableText(text).description.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
  }
}
