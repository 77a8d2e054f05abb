import Foundation
import Telephony
import Testing

@testable import Dialer

@Suite struct `The limit on drops` {
  @Test func `without a drop is the closed form`() {
    for answers in [10, 99, 1_000] {
      let exact = 1 - pow(0.05, 1 / Double(answers))
      #expect(near(DropLimit.upper(drops: 0, answers: answers, confidence: 0.95), exact, within: 1e-9))
    }
  }

  /// From tables of the exact limits: the 0.95 quantile of Beta(drops + 1, answers - drops).
  @Test func `is that of the tables`() {
    #expect(near(DropLimit.upper(drops: 1, answers: 10, confidence: 0.95), 0.3942, within: 5e-5))
    #expect(near(DropLimit.upper(drops: 2, answers: 20, confidence: 0.95), 0.2826, within: 5e-5))
  }

  @Test func `allows nothing before 99 answers, and one drop from 157 on`() {
    let limit = DropLimit(rate: 0.03)
    #expect(limit.allowed(answers: 98) == -1)
    #expect(limit.allowed(answers: 99) == 0)
    #expect(limit.allowed(answers: 156) == 0)
    #expect(limit.allowed(answers: 157) == 1)
  }

  @Test func `allows what it holds for, wherever one begins to look`() {
    let limit = DropLimit(rate: 0.03)
    var last = -1
    for answers in stride(from: 0, to: 30_000, by: 371) {
      let allowed = limit.allowed(answers: answers, near: last)
      #expect(allowed == limit.allowed(answers: answers, near: 900))
      #expect(allowed < 0 || limit.holds(drops: allowed, answers: answers))
      #expect(!limit.holds(drops: allowed + 1, answers: answers))
      #expect(Double(allowed) < 0.03 * Double(max(1, answers)))
      last = allowed
    }
  }

  @Test func `sees a rate far above it`() {
    let limit = DropLimit(rate: 0.03)
    for (drops, answers) in [(900, 2_000), (2_000, 2_000), (100, 100), (300, 9_999)] {
      #expect(!limit.holds(drops: drops, answers: answers))
      #expect(DropLimit.chance(ofAtMost: drops, of: answers, rate: 0.03) > 0.5)
    }
  }

  /// The promise of the limit: of many centres whose true rate is just above it, at most one in twenty is let
  /// through.
  @Test(arguments: [61, 62] as [UInt64])
  func `covers the true rate as often as it says`(seed: UInt64) {
    var chance = PacingChance(seed: seed)
    let limit = DropLimit(rate: 0.03)
    let through = (0..<2_000).count { _ in
      let drops = (0..<400).count { _ in chance.share() < 0.03 }
      return limit.holds(drops: drops, answers: 400)
    }
    #expect(through <= 130, "seed \(seed): \(through) of 2000")
  }
}

@Suite struct `The drop budget` {
  private let start = Timestamp(seconds: 1_800_000_000)

  @Test func `counts a day and thirty, and both denominators`() {
    var budget = DropBudget(limit: DropLimit(rate: 0.03))
    budget.record(AnswerCounts(live: 1_000, dropped: 10, machines: 250), at: start)
    #expect(budget.lastDay.dropRate == 0.01)
    #expect(budget.lastDay.dropRateOfAll == 0.008)
    #expect(
      near(budget.upperLimits.day, 0.0169, within: 1e-4) && budget.upperLimits.month == budget.upperLimits.day
    )
    budget.refresh(at: start + .seconds(86_400 + 61))
    #expect(budget.lastDay == AnswerCounts())
    #expect(budget.lastMonth.live == 1_000)
    budget.refresh(at: start + .seconds(30 * 86_400 + 3_601))
    #expect(budget.lastMonth == AnswerCounts())
  }

  @Test func `never forgets too early`() {
    var budget = DropBudget(limit: DropLimit(rate: 0.03))
    budget.record(AnswerCounts(live: 1, dropped: 1), at: start)
    budget.refresh(at: start + .seconds(86_399))
    #expect(budget.lastDay.dropped == 1)
    budget.refresh(at: start + .seconds(30 * 86_400 - 1))
    #expect(budget.lastMonth.dropped == 1)
  }

  @Test func `is the tighter of both windows`() {
    var budget = DropBudget(limit: DropLimit(rate: 0.03))
    budget.record(AnswerCounts(live: 10_000, dropped: 600), at: start)
    #expect(budget.left < 0)
    budget.record(AnswerCounts(live: 2_000), at: start + .seconds(2 * 86_400))
    #expect(budget.lastDay.dropped == 0)
    #expect(budget.left < 0, "the month is over the cap, though the day is clean")
    budget.record(AnswerCounts(live: 20_000), at: start + .seconds(3 * 86_400))
    #expect(budget.left > 0)
  }

  @Test func `takes an older record late`() {
    var budget = DropBudget(limit: DropLimit(rate: 0.03))
    budget.record(AnswerCounts(live: 5), at: start)
    budget.record(AnswerCounts(live: 3), at: start - .seconds(600))
    #expect(budget.lastDay.live == 8)
    budget.refresh(at: start + .seconds(86_400 + 61))
    #expect(budget.lastDay.live == 0)
  }
}

@Suite struct `The threshold` {
  private func budget(live: Int, dropped: Int) -> DropBudget {
    var budget = DropBudget(limit: DropLimit(rate: 0.03))
    budget.record(AnswerCounts(live: live, dropped: dropped), at: Timestamp(seconds: 1_800_000_000))
    return budget
  }

  @Test func `falls as the budget runs out`() {
    let threshold = ShortageThreshold()
    let values = [0, 20, 35, 45, 48].map { threshold.value(budget(live: 2_000, dropped: $0)) }
    #expect(values == values.sorted(by: >))
    #expect(values[0] > 3 * values[3])
  }

  @Test func `learns to spend what is left, within its range`() {
    var threshold = ShortageThreshold()
    let before = threshold.logRatio
    for _ in 0..<1_000 { threshold.answered(budget(live: 2_000, dropped: 0)) }
    #expect(threshold.logRatio > before)
    for _ in 0..<100_000 { threshold.answered(budget(live: 2_000, dropped: 200)) }
    #expect(threshold.logRatio == ShortageThreshold.logRatioRange.lowerBound)
    #expect(threshold.value(budget(live: 2_000, dropped: 200)) == ShortageThreshold.range.lowerBound)
  }
}
