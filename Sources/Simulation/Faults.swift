import Telephony

@testable import Service

/// What befalls a run: some faults each time, others left out, so that each is met alone and with others.
final class Faults: @unchecked Sendable {
  enum Kind: String, CaseIterable {
    case databaseDown, databaseMoody, databaseRefuses, amiCut, ariCut, overflow, commandsLost, eventsSlow,
      pbxRestart, kill,
      stop, freeze
  }

  let instances: Int
  let kinds: [Kind]
  private let every: ClosedRange<Int>
  private var isOver = false
  let weather: SimulatedLink.Weather

  init(_ random: inout SplitMix64) {
    var kinds: [Kind] = []
    switch random.below(10) {
    // Without any: what is broken then is broken every day.
    case 0: break
    case 1...3: kinds = [random.pick(Kind.allCases)]
    case 4...6: for kind in Kind.allCases where random.chance(1, in: 4) { kinds.append(kind) }
    default: for kind in Kind.allCases where random.chance(1, in: 2) { kinds.append(kind) }
    }
    self.kinds = kinds
    instances = random.chance(1, in: 3) ? 2 : 1
    every = random.pick([2_000...12_000, 5_000...40_000])
    var weather = SimulatedLink.Weather()
    if kinds.contains(.commandsLost) {
      weather.commandLost = random.pick([5, 30, 100])
      weather.answerLost = random.pick([5, 30, 100])
      weather.commandSlow = random.pick([10, 100])
    }
    if kinds.contains(.eventsSlow) { weather.eventSlow = random.pick([5, 50]) }
    self.weather = weather
  }

  var words: String {
    "\(instances) instance(s), " + (kinds.isEmpty ? "none" : kinds.map(\.rawValue).joined(separator: " "))
  }

  func begin(_ run: SimulatedRun) {
    if kinds.contains(.databaseMoody) {
      let random = run.clock.random.below(3)
      run.server.moods = .init(
        refused: [2, 10, 40][random], brokenBefore: [2, 10, 40][random], brokenAfter: [2, 10, 40][random],
        slow: [10, 30, 60][random])
    }
    if kinds.contains(.commandsLost) || kinds.contains(.eventsSlow) || kinds.contains(.databaseMoody) {
      // The truth may be hidden at any time.
      keepDisturbing(run)
    }
    next(run)
  }

  private func keepDisturbing(_ run: SimulatedRun) {
    guard !isOver else { return }
    run.disturb()
    run.clock.after(.seconds(1)) { self.keepDisturbing(run) }
  }

  private func next(_ run: SimulatedRun) {
    run.clock.after(run.clock.random.milliseconds(every)) { [self] in
      guard !isOver else { return }
      if let kind = kinds.randomOne(&run.clock.random) { strike(kind, run) }
      next(run)
    }
  }

  private func strike(_ kind: Kind, _ run: SimulatedRun) {
    let clock = run.clock
    let victim = run.living.randomOne(&clock.random)
    switch kind {
    case .databaseDown:
      run.disturb()
      run.server.goDown()
      clock.after(clock.random.milliseconds(clock.random.pick([50...2_000, 1_000...25_000]))) {
        run.server.comeUp()
        run.disturb()
      }
    case .databaseRefuses:
      run.disturb()
      run.server.refusesWrites = true
      clock.after(clock.random.milliseconds(clock.random.pick([500...5_000, 5_000...60_000]))) {
        run.server.refusesWrites = false
        run.disturb()
      }
    case .amiCut: victim?.links.first?.cutAMI("cut")
    case .ariCut: victim?.links.first?.cutARI("cut")
    case .overflow: victim?.links.first?.overflow()
    case .pbxRestart:
      run.disturb()
      run.pbx.restart(
        graceful: clock.random.chance(1, in: 2), backAfter: clock.random.milliseconds(500...8_000))
    case .kill:
      if let victim {
        run.kill(
          victim, restartAfter: clock.random.milliseconds(clock.random.pick([100...3_000, 1_000...20_000])))
      }
    case .stop:
      if let victim { run.stop(victim, restartAfter: clock.random.milliseconds(100...5_000)) }
    case .freeze:
      if let victim {
        run.freeze(victim, for: clock.random.milliseconds(clock.random.pick([200...5_000, 4_000...60_000])))
      }
    // These are in the air all the time.
    case .databaseMoody, .commandsLost, .eventsSlow: break
    }
  }

  func end(_ run: SimulatedRun) {
    isOver = true
    run.server.moods = .init()
    run.server.refusesWrites = false
    run.server.comeUp()
    run.disturb()
    for instance in run.living {
      run.thaw(instance)
      for link in instance.links { link.weather = .init() }
    }
  }
}
