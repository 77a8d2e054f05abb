import Dialer
import Foundation
import Telephony
import Testing

@testable import DialingSimulation

/// The modes whose dials follow from who is free: agent first, client first, message. A failure names its seed.
@Suite struct `A simulated day without a pacer` {
  /// PEREZVON_SEEDS days each, 2 if it is not set.
  private static let seeds: ClosedRange<UInt64> =
    1...max(1, ProcessInfo.processInfo.environment["PEREZVON_SEEDS"].flatMap(UInt64.init) ?? 2)

  private static func scenario(agents: Int = 40, hours: Double = 2) -> DialingScenario {
    var scenario = DialingScenario()
    scenario.agents = agents
    scenario.hours = hours
    return scenario
  }

  @Test(arguments: seeds)
  func `reaches the closed form of agent first and of client first, and drops nobody`(seed: UInt64) {
    var scenario = Self.scenario()
    for pickUp in [3.0, 12] {
      scenario.pickUp = pickUp
      let closed = [
        DialingMode.agentFirst: scenario.agentFirstOccupancy, .clientFirst: scenario.clientFirstOccupancy,
      ]
      for mode in [DialingMode.agentFirst, .clientFirst] {
        let day = DispatchedDay.run(scenario, mode: mode, seed: seed)
        let ratio = day.occupancy / closed[mode]!
        #expect(ratio > 0.95 && ratio < 1.04, "seed \(seed), \(mode): \(day.occupancy) of \(closed[mode]!)")
        #expect(day.counts.dropped == 0 && day.counts.live > 500, "seed \(seed), \(mode)")
        #expect(day.anomalies == [])
      }
    }
  }

  @Test(arguments: seeds)
  func `client first is progressive with the agent rung after the answer`(seed: UInt64) {
    var scenario = Self.scenario()
    scenario.pickUp = 0
    let client = DispatchedDay.run(scenario, mode: .clientFirst, seed: seed)
    let progressive = SimulatedDay.run(scenario, mode: .progressive, seed: seed)
    #expect(abs(client.occupancy - progressive.occupancy) < 0.03, "seed \(seed): \(client.occupancy)")
  }

  @Test(arguments: seeds)
  func `message mode uses every line it may, never one more, and reaches its closed form`(seed: UInt64) {
    var scenario = Self.scenario()
    scenario.lines = 20
    var most = 0
    let day = DispatchedDay.run(scenario, mode: .message, seed: seed) { most = max(most, $0.calls.count) }
    #expect(most == 20, "seed \(seed)")
    let ratio = day.callsPerAgentHour / scenario.messagesPerLineHour
    #expect(ratio > 0.96 && ratio < 1.04, "seed \(seed): \(day.callsPerAgentHour) an hour of a line")
    #expect(day.occupancy > 0.99 && scenario.messageOccupancy == 1)
    #expect(day.counts.dropped == 0 && day.anomalies == [])
  }

  @Test(arguments: seeds)
  func `message mode dials no more in a second than it may`(seed: UInt64) {
    var scenario = Self.scenario(hours: 1)
    (scenario.lines, scenario.dialsPerSecond) = (100, 2)
    var starts: [Int64] = []
    var seen = 0
    let day = DispatchedDay.run(scenario, mode: .message, seed: seed) { day in
      for _ in seen..<day.dialled { starts.append(day.now) }
      seen = day.dialled
    }
    for (early, late) in zip(starts, starts.dropFirst(2)) {
      #expect(late - early >= 1_000_000, "seed \(seed): three dials in \(late - early) µs")
    }
    #expect(starts.count > 7_000, "seed \(seed): and no fewer")
    #expect(abs(day.occupancy / scenario.messageOccupancy - 1) < 0.05, "seed \(seed): \(day.occupancy)")
  }

  @Test(arguments: seeds)
  func `agents who leave finish the dial they are kept for, and are given no other`(seed: UInt64) {
    var scenario = Self.scenario(agents: 9)
    scenario.leaving = 1.0 / 3
    for mode in [DialingMode.agentFirst, .clientFirst] {
      let noon: Int64 = 3_600_000_000
      var last: [Int?] = []
      let day = DispatchedDay.run(scenario, mode: mode, seed: seed) { day in
        let leavers = day.seats.prefix(3)
        if day.now > noon { #expect(leavers.allSatisfy { $0.call == nil || last.contains($0.call) }) }
        last = leavers.map(\.call)
      }
      #expect(day.counts.dropped == 0 && day.anomalies == [], "seed \(seed), \(mode)")
      // Nine agents for an hour, six for another.
      #expect(abs(day.present / 3_600 - 15) < 0.5, "seed \(seed), \(mode): \(day.present)")
    }
  }

  @Test func `is the same again with the same seed, in every mode`() {
    let scenario = Self.scenario(agents: 7, hours: 1)
    for mode in [DialingMode.agentFirst, .clientFirst, .message] {
      let days = (0..<2).map { _ in DispatchedDay.run(scenario, mode: mode, seed: 77) }
      #expect(days[0] == days[1])
      #expect(DispatchedDay.run(scenario, mode: mode, seed: 78) != days[0])
    }
  }
}
