import Dialer

/// Many simulated days of one scenario, in several modes.
public struct DialingStudy: Sendable, Codable {
  public let scenario: DialingScenario
  public let firstSeed: UInt64
  public let seeds: Int
  public let modes: [ModeSummary]

  /// Runs every seed of every mode, on all cores. `progress`: days done and to do, called from any thread.
  public static func run(
    _ scenario: DialingScenario, modes: [DialingMode], firstSeed: UInt64 = 1, seeds: Int,
    progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) async -> DialingStudy {
    let days = modes.flatMap { mode in (0..<UInt64(seeds)).map { (mode, firstSeed + $0) } }
    var results: [DayResult] = []
    await withTaskGroup(of: DayResult.self) { group in
      for (mode, seed) in days {
        group.addTask {
          if let pacing = mode.pacing { return SimulatedDay.run(scenario, mode: pacing, seed: seed) }
          return DispatchedDay.run(scenario, mode: mode, seed: seed)
        }
      }
      for await result in group {
        results.append(result)
        progress(results.count, days.count)
      }
    }
    let summaries = modes.map { mode in
      ModeSummary(mode, results.filter { $0.mode == mode }.sorted { $0.seed < $1.seed })
    }
    return DialingStudy(scenario: scenario, firstSeed: firstSeed, seeds: seeds, modes: summaries)
  }
}

/// What the days of one mode brought.
public struct ModeSummary: Sendable, Codable {
  public let mode: DialingMode
  /// Means over the days, 0 to 1. In message mode lines stand for agents, here and below.
  public let occupancy: Double
  /// Standard error of that mean.
  public let occupancyError: Double
  public let callsPerAgentHour: Double
  public let dialsPerAgentHour: Double
  /// Of all dials, 0 to 1.
  public let cancelledShare: Double
  /// Drop rate of a day among the answers of humans: mean, 95th percentile (nearest rank), highest.
  public let dropRate: Double
  public let dropRate95: Double
  public let dropRateMost: Double
  /// Mean drop rate of a day among all answers, machines too.
  public let dropRateOfAll: Double
  /// The highest drop rate of any 24 hours of any day, from the hundredth answer on.
  public let worstRate: Double
  /// Mean seconds from the start of the day to the first dial ahead of agents; nil where there was none.
  public let aheadAfter: Double?
  /// By quarter of an hour: occupancy and drop rate over all days.
  public let occupancyByQuarter: [Double]
  public let dropRateByQuarter: [Double]
  /// What the pacer found out of order; always empty.
  public let anomalies: [String]

  init(_ mode: DialingMode, _ days: [DayResult]) {
    func mean(_ value: (DayResult) -> Double) -> Double {
      days.isEmpty ? 0 : days.reduce(0) { $0 + value($1) } / Double(days.count)
    }
    self.mode = mode
    let occupancy = mean(\.occupancy)
    let spread = mean { ($0.occupancy - occupancy) * ($0.occupancy - occupancy) }
    self.occupancy = occupancy
    occupancyError = days.count > 1 ? (spread / Double(days.count - 1)).squareRoot() : 0
    callsPerAgentHour = mean(\.callsPerAgentHour)
    dialsPerAgentHour = mean { $0.present > 0 ? Double($0.dials) / $0.present * 3_600 : 0 }
    cancelledShare = mean { $0.dials > 0 ? Double($0.cancelled) / Double($0.dials) : 0 }
    let rates = days.map(\.counts.dropRate).sorted()
    dropRate = mean(\.counts.dropRate)
    dropRate95 = rates.isEmpty ? 0 : rates[max(0, Int((0.95 * Double(rates.count)).rounded(.up)) - 1)]
    dropRateMost = rates.last ?? 0
    dropRateOfAll = mean(\.counts.dropRateOfAll)
    worstRate = days.map(\.worstRate).max() ?? 0
    let ahead = days.compactMap(\.aheadAfter)
    aheadAfter = ahead.isEmpty ? nil : ahead.reduce(0, +) / Double(ahead.count)
    let quarters = days.map(\.quarters.count).max() ?? 0
    (occupancyByQuarter, dropRateByQuarter) = (0..<quarters).reduce(into: ([], [])) { lists, quarter in
      var (present, busy, counts) = (0.0, 0.0, AnswerCounts())
      for day in days where quarter < day.quarters.count {
        present += day.quarters[quarter].present
        busy += day.quarters[quarter].busy
        counts.add(day.quarters[quarter].counts)
      }
      lists.0.append(present > 0 ? busy / present : 0)
      lists.1.append(counts.dropRate)
    }
    anomalies = days.flatMap(\.anomalies)
  }
}
