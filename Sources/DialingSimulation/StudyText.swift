import Dialer
import Foundation

extension DialingStudy {
  /// The table and the chart for a terminal, 100 columns.
  public var text: String {
    let s = scenario
    var lines = [
      "\(s.agents) agents, \(Self.percent(s.answerRate)) answered, ring \(Self.number(s.ring)) s, "
        + "talk \(Self.number(s.talk)) s, wrap-up \(Self.number(s.wrapUp)) s; "
        + "\(seeds) \(seeds == 1 ? "day" : "days") of \(Self.number(s.hours)) h, seeds from \(firstSeed)."
    ]
    if s.days > 1 { lines.append("Each is the last of \(s.days) days one after the other.") }
    if s.answerRateFactor != 1 {
      lines.append(
        "In the middle of the day the answer rate becomes \(Self.percent(s.answerRateFactor)) of itself.")
    }
    if s.leaving > 0 {
      lines.append("In the middle of the day \(Self.percent(s.leaving)) of the agents leave.")
    }
    lines += ["", Self.row("", "occupancy", "calls", "dials", "cut", "drops", "daily p95", "worst 24 h")]
    lines.append(Self.row("", "%", "per agent-hour", "", "%", "%", "%", "%"))
    for mode in modes {
      lines.append(
        Self.row(
          mode.mode.rawValue, "\(Self.two(mode.occupancy * 100)) ±\(Self.two(mode.occupancyError * 100))",
          Self.two(mode.callsPerAgentHour), Self.number(mode.dialsPerAgentHour),
          Self.number(mode.cancelledShare * 100), Self.two(mode.dropRate * 100),
          Self.two(mode.dropRate95 * 100), Self.two(mode.worstRate * 100)))
    }
    for (name, occupancy, calls) in bounds {
      lines.append(Self.row(name, Self.two(occupancy * 100), Self.two(calls), "", "", "", "", ""))
    }
    lines += ["", "Drops: of live answers; of all answers, machines too:"]
    for mode in modes {
      lines.append(
        "  \(mode.mode.rawValue): \(Self.two(mode.dropRate * 100)) %; \(Self.two(mode.dropRateOfAll * 100)) %"
          + (mode.aheadAfter.map { "; dialled ahead after \(Int($0 / 60)) min" } ?? ""))
    }
    return (lines + remarks + [""] + chart).joined(separator: "\n")
  }

  /// The closed forms, and what one reaches who knows everything: agents who never wait. `calls`: an hour of an agent,
  /// or of a line.
  public var bounds: [(name: String, occupancy: Double, calls: Double)] {
    let s = scenario
    let agents: [(String, Double)] = modes.compactMap { summary in
      switch summary.mode {
      case .agentFirst: ("agent_first, closed", s.agentFirstOccupancy)
      case .preview: ("preview, closed", s.previewOccupancy)
      case .clientFirst: ("client_first, closed", s.clientFirstOccupancy)
      case .progressive, .predictive, .message: nil
      }
    }
    let all = agents + [("progressive, closed", s.progressiveOccupancy), ("knows everything", 1)]
    let message =
      modes.contains { $0.mode == .message }
      ? [("message, closed", s.messageOccupancy, s.messagesPerLineHour)] : []
    return all.map { ($0.0, $0.1, s.callsPerAgentHour(occupancy: $0.1)) } + message
  }

  /// What the figures of some modes stand for.
  private var remarks: [String] {
    var remarks: [String] = []
    if modes.contains(where: { $0.mode == .agentFirst || $0.mode == .clientFirst }) {
      remarks.append(
        "agent_first, client_first: an agent's phone rings \(Self.number(scenario.pickUp)) s before he has it."
      )
    }
    if modes.contains(where: { $0.mode == .message }) {
      remarks.append(
        "message: \(scenario.lines) lines in place of agents, at most \(Self.number(scenario.dialsPerSecond)) dials "
          + "a second, \(Self.number(scenario.message)) s heard.")
    }
    return remarks.isEmpty ? [] : [""] + remarks
  }

  /// Occupancy as bars, with the closed form of progressive as a mark, and over the day.
  private var chart: [String] {
    let width = 60
    let mark = min(width - 1, Int(scenario.progressiveOccupancy * Double(width)))
    let bars = modes.map { mode in
      let filled = Int((mode.occupancy * Double(width)).rounded())
      let cells = (0..<width).map { $0 == mark ? "|" : $0 < filled ? "#" : "." }
      return Self.left(mode.mode.rawValue, 14) + cells.joined()
    }
    let days = modes.map { mode in
      Self.left(mode.mode.rawValue, 14) + mode.occupancyByQuarter.map(Self.step).joined()
    }
    return ["Occupancy, 0 to 100 %; | is the closed form of progressive:"] + bars
      + ["", "Occupancy by quarter of an hour, 0 (50 % or less) to 9 (95 % or more):"] + days
  }

  private static func step(_ occupancy: Double) -> String {
    String(max(0, min(9, Int((occupancy - 0.5) * 20))))
  }

  private static func row(
    _ name: String, _ a: String, _ b: String, _ c: String, _ d: String, _ e: String, _ f: String, _ g: String
  ) -> String {
    left(name, 22) + right(a, 14) + right(b, 16) + right(c, 8) + right(d, 7) + right(e, 7) + right(f, 11)
      + right(g, 12)
  }

  private static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }

  static func two(_ value: Double) -> String { String(format: "%.2f", value) }

  /// With one digit behind the point where it says something.
  static func number(_ value: Double) -> String {
    value == value.rounded() ? String(Int(value)) : String(format: "%.1f", value)
  }

  static func percent(_ share: Double) -> String { number(share * 100) + " %" }
}
