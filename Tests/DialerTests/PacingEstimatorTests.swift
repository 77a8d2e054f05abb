import Foundation
import Testing

@testable import Dialer

@Suite struct `Functions of real numbers` {
  @Test func `agree with the C library`() {
    for x in stride(from: -50.0, through: 50, by: 0.37) {
      #expect(near(RealFunctions.exp(x) / Foundation.exp(x), 1, within: 1e-13), "exp(\(x))")
      #expect(
        near(RealFunctions.normalTail(x / 10), erfc(x / 10 / 2.0.squareRoot()) / 2, within: 1e-7),
        "tail(\(x / 10))")
    }
    for x in [1e-9, 0.03, 0.5, 1, 1.4142, 2, 97, 1e6, 1e12] {
      #expect(near(RealFunctions.ln(x), log(x), within: 1e-13 * max(1, abs(log(x)))), "ln(\(x))")
    }
    for n in [0, 1, 5, 9, 10, 11, 100, 20_000] {
      #expect(near(RealFunctions.lnFactorial(n), lgamma(Double(n) + 1), within: 1e-8), "ln \(n)!")
    }
    #expect(RealFunctions.exp(-1_000) == 0)
    #expect(RealFunctions.ln(0) == -.infinity)
  }
}

@Suite struct `A life table` {
  /// Talks of an exponential law, some cut short: the share left must be e^(-t/mean) all the same.
  @Test(arguments: [1, 2] as [UInt64])
  func `finds an exponential law although a third is cut short`(seed: UInt64) {
    var chance = PacingChance(seed: seed)
    var table = LifeTable(edges: LifeTable.talkAges, causes: 1, memory: 1e9)
    for _ in 0..<12_000 {
      let (end, cut) = (chance.exponential(mean: 120), chance.exponential(mean: 240))
      if end < cut { table.record(endedAt: end, cause: 0) } else { table.record(cutShortAt: cut) }
    }
    let left = Survival(table, ongoing: [], guess: 100)
    for age in [5.0, 30, 60, 120, 240, 360] {
      let found = left.at(age, interval: table.interval(of: age))
      #expect(near(found, exp(-age / 120), within: 0.015), "seed \(seed): \(found) at \(age) s")
    }
  }

  @Test func `keeps an age at which all end`() {
    var table = LifeTable(edges: LifeTable.wrapUpAges, causes: 1, memory: 2_000)
    for _ in 0..<500 { table.record(endedAt: 10, cause: 0) }
    let left = Survival(table, ongoing: [], guess: 15)
    #expect(left.at(9.9, interval: table.interval(of: 9.9)) > 0.95)
    #expect(left.at(10.6, interval: table.interval(of: 10.6)) < 0.01)
    #expect(near(left.age(whereShareIs: 0.5), 10.25, within: 0.26))
  }

  @Test func `counts those who are not done yet`() {
    var table = LifeTable(edges: LifeTable.talkAges, causes: 1, memory: 2_000)
    for _ in 0..<20 { table.record(endedAt: 30, cause: 0) }
    let without = Survival(table, ongoing: [], guess: 120)
    let with = Survival(table, ongoing: Array(repeating: 100, count: 20), guess: 120)
    let interval = table.interval(of: 60)
    #expect(without.at(60, interval: interval) < 0.05)
    #expect(near(with.at(60, interval: interval), 0.5, within: 0.05))
  }

  @Test func `forgets slowly`() {
    var table = LifeTable(edges: LifeTable.talkAges, causes: 1, memory: 500)
    for _ in 0..<2_000 { table.record(endedAt: 50, cause: 0) }
    for _ in 0..<2_000 { table.record(endedAt: 200, cause: 0) }
    let left = Survival(table, ongoing: [], guess: 120)
    #expect(left.at(100, interval: table.interval(of: 100)) > 0.97)
  }

  @Test func `finds the interval of every age`() {
    for edges in [LifeTable.ringingAges, LifeTable.talkAges, LifeTable.wrapUpAges] {
      let table = LifeTable(edges: edges, causes: 1, memory: 10)
      for age in stride(from: 0.0, to: 5_000, by: 0.13) {
        #expect(table.interval(of: age) == edges.lastIndex { $0 <= age })
      }
    }
  }
}

@Suite struct `The model of ringing` {
  private static func model(rate: Double, dials: Int, seed: UInt64) -> RingModel {
    var chance = PacingChance(seed: seed)
    var model = RingModel()
    feed(&model, rate: rate, dials: dials, &chance)
    return model
  }

  private static func feed(_ model: inout RingModel, rate: Double, dials: Int, _ chance: inout PacingChance) {
    for n in 0..<dials {
      model.record(endedAt: chance.exponential(mean: 12), answered: chance.share() < rate)
      if n % 20 == 0 { model.refresh(ongoing: []) }
    }
    model.refresh(ongoing: [])
  }

  /// Exponential ringing, answered or not: p (1 - e^(-t/12)) from every age on.
  @Test(arguments: [11, 12] as [UInt64])
  func `finds the chance of an answer by ring age`(seed: UInt64) {
    let model = Self.model(rate: 0.3, dials: 12_000, seed: seed)
    #expect(near(model.answerRate, 0.3, within: 0.045), "seed \(seed): \(model.answerRate)")
    for age in [0.0, 5, 15] {
      for within in [4.0, 12, 24] {
        let found = model.answered(age: age, within: within)
        let exact = 0.3 * (1 - exp(-within / 12))
        #expect(
          near(found, exact, within: 0.06), "seed \(seed): \(found), not \(exact), at \(age) within \(within)"
        )
      }
    }
  }

  @Test(arguments: [21, 22] as [UInt64])
  func `sees within 1000 dials that half as many answer`(seed: UInt64) {
    var chance = PacingChance(seed: seed)
    var model = Self.model(rate: 0.4, dials: 6_000, seed: seed + 100)
    Self.feed(&model, rate: 0.2, dials: 1_000, &chance)
    #expect(near(model.answerRate, 0.2, within: 0.06), "seed \(seed): \(model.answerRate)")
  }

  @Test func `does not take a cancelled dial for a refusal`() {
    var chance = PacingChance(seed: 5)
    var model = RingModel()
    for n in 0..<10_000 {
      let (ring, answered) = (chance.exponential(mean: 12), chance.share() < 0.3)
      if ring > 10, n % 2 == 0 {
        model.record(cancelledAt: 10)
      } else {
        model.record(endedAt: ring, answered: answered)
      }
      if n % 20 == 0 { model.refresh(ongoing: []) }
    }
    model.refresh(ongoing: [])
    #expect(near(model.answerRate, 0.3, within: 0.03))
  }
}

@Suite struct `The return of agents` {
  /// Exponential talk and ten seconds of wrap-up: 1 - e^(-(h - 10)/120) from every age on.
  @Test(arguments: [31, 32] as [UInt64])
  func `is talk and wrap-up together`(seed: UInt64) {
    var chance = PacingChance(seed: seed)
    var returns = AgentReturn(horizons: [5, 13, 25, 70])
    for _ in 0..<6_000 {
      returns.record(talkEndedAt: chance.exponential(mean: 120))
      returns.record(wrapUpEndedAt: 10)
    }
    returns.refresh(talking: [], wrappingUp: [])
    for (horizon, seconds) in returns.horizons.enumerated() {
      let exact = max(0, 1 - exp(-(seconds - 10) / 120))
      for age in [3.0, 40, 150] {
        let found = returns.free(afterTalkAt: returns.talkPosition(age), horizon: horizon)
        #expect(
          near(found, exact, within: 0.06), "seed \(seed): \(found), not \(exact), at \(age) in \(seconds)")
      }
    }
    #expect(returns.free(wrapUpAge: 2, horizon: 0) < 0.05)
    #expect(returns.free(wrapUpAge: 6, horizon: 0) > 0.95)
  }
}

@Suite struct `A shortage` {
  private static func exact(_ chances: [Double], capacity: Int) -> Double {
    var law = [1.0]
    for chance in chances {
      var next = Array(repeating: 0.0, count: law.count + 1)
      for (v, share) in law.enumerated() {
        next[v] += share * (1 - chance)
        next[v + 1] += share * chance
      }
      law = next
    }
    return law.dropFirst(capacity).reduce(0, +)
  }

  @Test(arguments: [41, 42, 43] as [UInt64])
  func `is the tail of a sum of unlike chances`(seed: UInt64) {
    var chance = PacingChance(seed: seed)
    for capacity in [1, 5, 12, 30] {
      let chances = (0..<(2 * capacity)).map { _ in chance.share() * 0.8 }
      var shortage = Shortage()
      shortage.reset(capacity: capacity, terms: chances.count)
      for one in chances { shortage.add(one) }
      #expect(near(shortage.chance, Self.exact(chances, capacity: capacity), within: 1e-12), "seed \(seed)")
    }
  }

  @Test(arguments: [51, 52, 53] as [UInt64])
  func `of many is near enough by the corrected normal law`(seed: UInt64) {
    var chance = PacingChance(seed: seed)
    let chances = (0..<180).map { _ in chance.share() }
    for capacity in [85, 95, 100, 105] {
      var shortage = Shortage()
      shortage.reset(capacity: capacity, terms: chances.count)
      for one in chances { shortage.add(one) }
      let exact = Self.exact(chances, capacity: capacity)
      #expect(near(shortage.chance, exact, within: 0.002), "seed \(seed): \(shortage.chance), not \(exact)")
    }
  }

  @Test func `is certain without an agent`() {
    var shortage = Shortage()
    shortage.reset(capacity: 0, terms: 3)
    #expect(shortage.chance == 1)
    shortage.reset(capacity: -2, terms: 3)
    shortage.add(0.5)
    #expect(shortage.chance == 1)
  }
}
