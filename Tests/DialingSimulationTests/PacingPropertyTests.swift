import Dialer
import Foundation
import Telephony
import Testing

@testable import Dialer
@testable import DialingSimulation

/// What must hold in every simulated day. A failure names its seed: `perezvon simulate --from SEED --seeds 1`
/// gives the same day again.
@Suite struct `Simulated dialling` {
  /// PEREZVON_SEEDS days each, 2 if it is not set.
  private static let seeds: ClosedRange<UInt64> =
    1...max(1, ProcessInfo.processInfo.environment["PEREZVON_SEEDS"].flatMap(UInt64.init) ?? 2)

  private static func scenario(agents: Int, hours: Double = 2) -> DialingScenario {
    var scenario = DialingScenario()
    scenario.agents = agents
    scenario.hours = hours
    return scenario
  }

  @Test(arguments: seeds)
  func `never breaks the cap on drops, whatever happens at noon`(seed: UInt64) {
    var halved = Self.scenario(agents: 9)
    halved.answerRateFactor = 0.5
    var doubled = Self.scenario(agents: 9)
    doubled.answerRateFactor = 2
    var left = Self.scenario(agents: 9)
    left.leaving = 1.0 / 3
    for scenario in [Self.scenario(agents: 9), halved, doubled, left] {
      let day = SimulatedDay.run(scenario, mode: .predictive, seed: seed)
      #expect(
        day.worstRate <= scenario.maxDropRate, "seed \(seed): \(day.worstRate) in 24 hours, \(scenario)")
      #expect(day.counts.live > 200)
      #expect(day.anomalies == [])
    }
  }

  @Test(arguments: seeds)
  func `never dials ahead of agents when the budget is used up`(seed: UInt64) {
    var before = 0
    var (backed, ahead) = (0, 0)
    let scenario = Self.scenario(agents: 8)
    _ = SimulatedDay.run(scenario, mode: .predictive, seed: seed) { day in
      let floor = day.pacer.floor
      let flight = floor.ringingForAnybody + floor.ordered
      if day.pacer.pace == .backed {
        backed += 1
        #expect(flight <= max(before, floor.freeWithoutLine), "seed \(seed)")
      } else if day.pacer.pace == .ahead, flight > floor.freeWithoutLine {
        ahead += 1
      }
      before = flight
    }
    #expect(backed > 100 && ahead > 100, "seed \(seed): both were seen")
  }

  @Test(arguments: seeds)
  func `cuts nobody off before his phone rang fifteen seconds`(seed: UInt64) {
    var scenario = Self.scenario(agents: 10)
    scenario.leaving = 1
    var since: [DialKey: Int64] = [:]
    var cut = 0
    let day = SimulatedDay.run(scenario, mode: .predictive, seed: seed) { day in
      for dial in day.pacer.floor.dials {
        since[dial.key] = since[dial.key] ?? dial.since
        guard dial.cancelling else { continue }
        cut += 1
        #expect(day.now - dial.since >= 15_000_000, "seed \(seed): \(dial)")
      }
    }
    #expect(cut > 0)
    #expect(day.stops == 1)
  }

  @Test(arguments: seeds)
  func `reaches the closed form of progressive dialling`(seed: UInt64) {
    let scenario = Self.scenario(agents: 40)
    let day = SimulatedDay.run(scenario, mode: .progressive, seed: seed)
    let ratio = day.occupancy / scenario.progressiveOccupancy
    #expect(ratio > 0.96 && ratio < 1.04, "seed \(seed): \(day.occupancy)")
    #expect(day.counts.dropped <= 20, "only those whose agents went home while the phone rang")
  }

  @Test(arguments: seeds)
  func `is busier predictive than progressive than preview`(seed: UInt64) {
    let scenario = Self.scenario(agents: 15)
    let busy = [PacerSettings.Mode.predictive, .progressive, .preview].map {
      SimulatedDay.run(scenario, mode: $0, seed: seed).occupancy
    }
    #expect(busy[0] > busy[1] + 0.05 && busy[1] > busy[2] + 0.15, "seed \(seed): \(busy)")
  }

  @Test func `is the same again with the same seed`() {
    let scenario = Self.scenario(agents: 7, hours: 1)
    let days = (0..<2).map { _ in SimulatedDay.run(scenario, mode: .predictive, seed: 77) }
    #expect(days[0] == days[1])
    #expect(SimulatedDay.run(scenario, mode: .predictive, seed: 78) != days[0])
  }

  @Test func `reports both denominators`() async {
    var scenario = Self.scenario(agents: 20)
    scenario.machineRate = 0.2
    let study = await DialingStudy.run(scenario, modes: [.predictive], seeds: 1)
    let mode = study.modes[0]
    #expect(mode.dropRate > 0)
    // 30 % humans and 20 % machines: three fifths of the answers are live.
    #expect(mode.dropRateOfAll > 0.5 * mode.dropRate && mode.dropRateOfAll < 0.7 * mode.dropRate)
  }

  @Test func `draws a chart and a table of every mode`() async {
    let study = await DialingStudy.run(
      Self.scenario(agents: 3, hours: 0.5), modes: DialingMode.allCases, seeds: 2)
    for mode in DialingMode.allCases {
      #expect(study.text.contains("\n\(mode.rawValue) "))
      #expect(study.svg.contains(">\(mode.rawValue) "))
    }
    #expect(study.text.contains("progressive, closed") && study.text.contains("76.47"))
    #expect(study.text.contains("client_first, closed") && study.text.contains("message: 30 lines"))
    #expect(study.svg.count { $0 == "<" } > 40)
  }
}

@Suite struct `Seeded chance` {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func `has the means and spreads it promises`(seed: UInt64) {
    var chance = SeededChance(seed: seed)
    let count = 40_000
    func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
      let mean = values.reduce(0, +) / Double(count)
      let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
      return (mean, square.squareRoot())
    }
    let gamma = moments((0..<count).map { _ in chance.gamma(shape: 5.76, mean: 12) })
    #expect(abs(gamma.mean - 12) < 0.15 && abs(gamma.deviation - 5) < 0.15, "seed \(seed): \(gamma)")
    let talk = moments((0..<count).map { _ in chance.lognormal(mean: 120, variation: 1) })
    #expect(abs(talk.mean - 120) < 3 && abs(talk.deviation - 120) < 12, "seed \(seed): \(talk)")
    let even = moments((0..<count).map { _ in chance.share() })
    #expect(abs(even.mean - 0.5) < 0.01, "seed \(seed): \(even)")
  }
}
