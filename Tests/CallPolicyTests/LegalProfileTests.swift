import Telephony
import Testing

@testable import CallPolicy

@Suite struct `A legal profile` {
  /// Every figure of a profile: whether it has a value, its force, its source.
  private static func figures(_ profile: LegalProfile) -> [(has: Bool, LegalProfile.Force, source: String)] {
    func figure<Value>(_ sourced: LegalProfile.Sourced<Value>) -> (
      has: Bool, LegalProfile.Force, source: String
    ) {
      (sourced.value != nil, sourced.force, sourced.source)
    }
    return [
      figure(profile.automaticDialling), figure(profile.hours), figure(profile.drops),
      figure(profile.minimumRing), figure(profile.patience), figure(profile.message),
      figure(profile.redialGap), figure(profile.recordsKept), figure(profile.frequency),
    ]
  }

  @Test(arguments: LegalProfile.Place.allCases)
  func `names a source for each figure, and where there is none`(place: LegalProfile.Place) {
    let profile = LegalProfile.of(place)
    #expect(profile.place == place)
    #expect(!profile.duties.isEmpty)
    for (has, force, source) in Self.figures(profile) {
      #expect(source.contains { $0.isNumber }, "\(place): \(source) names no regulation")
      #expect(has == (force != .none), "\(place): \(source)")
    }
  }

  @Test func `of the United States has the figures of the TSR and of the FCC`() {
    let us = LegalProfile.unitedStates
    #expect(us.drops.value == LegalProfile.DropRule(share: 0.03, window: .seconds(2_592_000)))
    #expect(us.minimumRing.value == .seconds(15))
    #expect(us.patience.value == .seconds(2))
    #expect(us.hours.value?.workdays == OpeningInterval(startMinute: 480, endMinute: 1_260))
    #expect(us.hours.value?.restDays == us.hours.value?.workdays)
    #expect(us.mayDialAhead(ground: nil))
  }

  @Test func `of the United Kingdom says that its rate is no safe harbour`() {
    let uk = LegalProfile.unitedKingdom
    #expect(uk.drops.force == .withdrawnGuidance)
    #expect(uk.drops.value?.window == .seconds(86_400))
    #expect(uk.redialGap.value == .seconds(259_200))
  }

  @Test func `of Russia, Ukraine and the Union wants a ground for dialling ahead`() {
    for profile in [LegalProfile.russia, .russiaDebt, .ukraine, .europeanUnion] {
      #expect(!profile.mayDialAhead(ground: nil))
      #expect(!profile.mayDialAhead(ground: ""))
      #expect(profile.mayDialAhead(ground: "consent given in the contract"))
    }
    #expect(LegalProfile.russiaDebt.hours.value?.restDays == OpeningInterval("09:00-20:00"))
  }

  @Test func `only tightens what is configured`() {
    #expect(LegalProfile.unitedStates.maxDropRate(configured: 0.05) == 0.03)
    #expect(LegalProfile.unitedStates.maxDropRate(configured: 0.01) == 0.01)
    #expect(LegalProfile.europeanUnion.maxDropRate(configured: 0.05) == 0.05)
    #expect(LegalProfile.unitedStates.minimumRing(configured: .seconds(5)) == .seconds(15))
    #expect(LegalProfile.unitedStates.minimumRing(configured: .seconds(30)) == .seconds(30))
    #expect(LegalProfile.russia.minimumRing(configured: .seconds(5)) == .seconds(5))
  }
}

@Suite struct `A number after a drop` {
  private let dropped = Timestamp(seconds: 1_800_000_000)
  private let rule = RedialAfterDrop()

  @Test func `rests for 72 hours`() {
    #expect(!rule.mayDial(droppedAt: dropped, agentReserved: false, at: dropped + .seconds(259_199)))
    #expect(rule.mayDial(droppedAt: dropped, agentReserved: false, at: dropped + .seconds(259_200)))
  }

  @Test func `may be dialled at once for an agent who waits for it`() {
    #expect(rule.mayDial(droppedAt: dropped, agentReserved: true, at: dropped + .seconds(1)))
  }

  @Test func `that was never dropped may be dialled`() {
    #expect(rule.mayDial(droppedAt: nil, agentReserved: false, at: dropped))
  }
}
