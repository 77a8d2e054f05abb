/// Bars side by side, stacked by series, drawn as SVG by the service: no script, no font, no network.
public struct BarChart: Sendable, Equatable {
  /// One part of every bar.
  public struct Series: Sendable, Equatable {
    public var name: String
    /// As many as labels; negative ones count as 0.
    public var values: [Double]

    public init(_ name: String, _ values: [Double]) {
      self.name = name
      self.values = values
    }
  }

  public var title: String
  public var labels: [String]
  /// At most four are told apart by their shade.
  public var series: [Series]

  /// Bars drawn, at most; the rest is left out and said.
  static let barsMax = 120

  public init(title: String, labels: [String], series: [Series]) {
    self.title = title
    self.labels = labels
    self.series = series
  }

  private static let width = 760.0
  private static let height = 240.0
  private static let left = 52.0
  private static let bottom = 40.0
  private static let top = 14.0

  var svg: String {
    let count = min(labels.count, Self.barsMax)
    let sums = (0..<count).map { index in series.reduce(0) { $0 + max(0, $1.values[index]) } }
    let most = Self.roundedUp(sums.max() ?? 0)
    let plot = Self.height - Self.bottom - Self.top
    let step = (Self.width - Self.left) / Double(max(1, count))
    var parts: [String] = []
    for tick in 0...4 {
      let value = most * Double(tick) / 4
      let y = Self.top + plot * (1 - Double(tick) / 4)
      parts.append(
        "<line class=\"grid\" x1=\"\(Self.n(Self.left))\" x2=\"\(Self.n(Self.width))\" y1=\"\(Self.n(y))\" "
          + "y2=\"\(Self.n(y))\"/><text class=\"y\" x=\"\(Self.n(Self.left - 6))\" y=\"\(Self.n(y + 4))\">"
          + "\(ReportTable.decimal(value))</text>")
    }
    for index in 0..<count {
      var y = Self.top + plot
      let x = Self.left + step * Double(index) + step * 0.12
      for (shade, one) in series.enumerated() where one.values[index] > 0 {
        let tall = plot * one.values[index] / most
        y -= tall
        let said = "\(labels[index]), \(one.name): \(ReportTable.decimal(one.values[index]))"
        parts.append(
          "<rect class=\"s\(min(shade, 3))\" x=\"\(Self.n(x))\" y=\"\(Self.n(y))\" width=\"\(Self.n(step * 0.76))\" "
            + "height=\"\(Self.n(tall))\"><title>\(HTMLText.escaped(said))</title></rect>")
      }
      if index % max(1, count / 12) == 0 {
        parts.append(
          "<text class=\"x\" x=\"\(Self.n(x + step * 0.38))\" y=\"\(Self.n(Self.height - Self.bottom + 18))\">"
            + "\(HTMLText.escaped(String(labels[index].prefix(14))))</text>")
      }
    }
    let keys = series.enumerated().map { shade, one in
      "<tspan class=\"k\(min(shade, 3))\">■</tspan> \(HTMLText.escaped(one.name))"
    }.joined(separator: "  ")
    let cut = labels.count > count ? " (the first \(count) of \(labels.count))" : ""
    return """
      <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-label="\(HTMLText.escaped(title))">
      <title>\(HTMLText.escaped(title + cut))</title>
      \(parts.joined(separator: "\n"))
      <text class="key" x="\(Self.n(Self.left))" y="\(Self.n(Self.height - 4))">\(keys)</text>
      </svg>
      """
  }

  /// 1, 2 or 5 times a power of ten, at least 1.
  static func roundedUp(_ value: Double) -> Double {
    var power = 1.0
    while power * 10 <= value, power < 1e12 { power *= 10 }
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= value } ?? max(1, value)
  }

  private static func n(_ value: Double) -> String { String((value * 10).rounded() / 10) }
}
