import Dialer
import Foundation

extension DialingStudy {
  /// Two charts over the day as an SVG document: occupancy with the closed form, and the drop rate with the cap.
  public var svg: String {
    let upper = Panel(
      title: "Occupancy, %", top: 60, low: 40, high: 100, step: 10, hours: scenario.hours,
      marks: [("progressive, closed form", scenario.progressiveOccupancy * 100), ("knows everything", 100)])
    let most = modes.flatMap(\.dropRateByQuarter).max() ?? 0
    let lower = Panel(
      title: "Dropped of live answers, %", top: 350, low: 0,
      high: max(2, (max(most, scenario.maxDropRate) * 100).rounded(.up) + 1), step: 1, hours: scenario.hours,
      marks: [("cap", scenario.maxDropRate * 100)])
    let caption =
      "\(scenario.agents) agents, \(Self.percent(scenario.answerRate)) answered, ring "
      + "\(Self.number(scenario.ring)) s, talk \(Self.number(scenario.talk)) s, wrap-up "
      + "\(Self.number(scenario.wrapUp)) s, \(seeds) seeds"
    var parts = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"900\" height=\"620\" viewBox=\"0 0 900 620\" "
        + "font-family=\"sans-serif\" font-size=\"12\">",
      "<rect width=\"900\" height=\"620\" fill=\"white\"/>",
      "<text x=\"60\" y=\"24\" font-size=\"14\">\(caption)</text>",
    ]
    parts += upper.frame + lower.frame
    for (index, mode) in modes.enumerated() {
      let colour = Self.colours[index % Self.colours.count]
      parts.append(upper.line(mode.occupancyByQuarter.map { $0 * 100 }, colour: colour))
      parts.append(lower.line(mode.dropRateByQuarter.map { $0 * 100 }, colour: colour))
      let y = 80 + 18 * index
      parts.append("<rect x=\"740\" y=\"\(y - 9)\" width=\"12\" height=\"4\" fill=\"\(colour)\"/>")
      parts.append(
        "<text x=\"758\" y=\"\(y)\">\(mode.mode.rawValue) \(Self.two(mode.occupancy * 100)) %</text>")
    }
    return (parts + ["</svg>", ""]).joined(separator: "\n")
  }

  /// Okabe and Ito: told apart by everybody.
  private static let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]
}

/// One chart with hours to the right.
private struct Panel {
  let title: String
  let top: Double
  let low: Double
  let high: Double
  let step: Double
  let hours: Double
  let marks: [(name: String, value: Double)]

  private static let (left, width, height) = (60.0, 660.0, 220.0)

  private func x(_ hour: Double) -> String { String(format: "%.1f", Self.left + hour / hours * Self.width) }
  private func y(_ value: Double) -> String {
    let share = (min(high, max(low, value)) - low) / (high - low)
    return String(format: "%.1f", top + (1 - share) * Self.height)
  }

  var frame: [String] {
    let right = x(hours)
    var parts = ["<text x=\"60\" y=\"\(top - 10)\">\(title)</text>"]
    for value in stride(from: low, through: high, by: step) {
      parts.append(
        "<line x1=\"60\" x2=\"\(right)\" y1=\"\(y(value))\" y2=\"\(y(value))\" stroke=\"#dddddd\"/>"
          + "<text x=\"52\" y=\"\(y(value))\" text-anchor=\"end\">\(DialingStudy.number(value))</text>")
    }
    for hour in stride(from: 0.0, through: hours, by: 1) {
      parts.append(
        "<text x=\"\(x(hour))\" y=\"\(top + Self.height + 18)\" text-anchor=\"middle\">"
          + "\(DialingStudy.number(hour)) h</text>")
    }
    for mark in marks {
      parts.append(
        "<line x1=\"60\" x2=\"\(right)\" y1=\"\(y(mark.value))\" y2=\"\(y(mark.value))\" stroke=\"#555555\" "
          + "stroke-dasharray=\"6 4\"/><text x=\"66\" y=\"\(y(mark.value))\" dy=\"-4\" fill=\"#555555\">"
          + "\(mark.name)</text>")
    }
    return parts
  }

  /// By quarter of an hour, each at its middle.
  func line(_ values: [Double], colour: String) -> String {
    let points = values.enumerated().map { "\(x((Double($0) + 0.5) / 4)),\(y($1))" }.joined(separator: " ")
    return "<polyline points=\"\(points)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"/>"
  }
}
