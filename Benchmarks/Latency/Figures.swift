import Glibc

/// Times of one kind, in milliseconds.
struct Figures {
  let name: String
  private let sorted: [Double]

  init(_ name: String, _ times: [Duration]) {
    self.name = name
    sorted = times.map { $0.milliseconds }.sorted()
  }

  var count: Int { sorted.count }
  var max: Double { sorted.last ?? .nan }

  /// The value that this share of all does not exceed (nearest rank).
  func percentile(_ share: Double) -> Double {
    guard !sorted.isEmpty else { return .nan }
    return sorted[min(sorted.count - 1, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
  }
}

extension Duration {
  var milliseconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) * 1e3 + Double(attoseconds) / 1e15
  }
}

/// What is printed: a table for people, and one line each for programs.
struct Report {
  private var lines: [String] = []
  private var wrong: [String] = []

  /// Whether all that was checked beside the clock was as it must be.
  var isSound: Bool { wrong.isEmpty }

  mutating func add(_ figures: Figures) {
    let values = [0.5, 0.9, 0.99].map { figures.percentile($0) } + [figures.max]
    let columns = [Self.right("\(figures.count)", 7)] + values.map { Self.right(Self.decimal($0, 3), 10) }
    show(Self.left(figures.name, 52) + columns.joined())
    let named = zip(["p50_ms", "p90_ms", "p99_ms", "max_ms"], values).map { "\($0)=\(Self.decimal($1, 3))" }
    lines.append("bench\t\(figures.name)\tn=\(figures.count)\t" + named.joined(separator: "\t"))
  }

  /// A single figure.
  mutating func add(_ name: String, _ value: Double, _ unit: String) {
    show(Self.left(name, 52) + Self.right(Self.decimal(value, value < 100 ? 2 : 0), 17) + " \(unit)")
    lines.append("bench\t\(name)\t\(Self.decimal(value, 3))\t\(unit)")
  }

  /// A condition without which the figures mean nothing.
  mutating func check(_ sentence: String, _ holds: Bool) {
    show("  \(holds ? "checked" : "WRONG"): \(sentence)")
    if !holds { wrong.append(sentence) }
  }

  func heading(_ title: String) {
    show(
      "\n" + Self.left(title, 52) + Self.right("n", 7)
        + ["p50", "p90", "p99", "max"].map { Self.right("\($0) ms", 10) }.joined())
  }

  func show(_ text: String) {
    print(text)
    fflush(nil)
  }

  func printLines() {
    print("")
    for line in lines { print(line) }
  }

  static func decimal(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "-" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((value.magnitude * scale).rounded())
    let fraction = String(scaled % Int(scale))
    let padded = String(repeating: "0", count: digits - (digits == 0 ? 0 : fraction.count)) + fraction
    return (value < 0 ? "-" : "") + "\(scaled / Int(scale))" + (digits == 0 ? "" : ".\(padded)")
  }

  private static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: Swift.max(0, width - text.count))
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: Swift.max(0, width - text.count)) + text
  }
}
