import Telephony
import Testing

@testable import Dialer

private typealias Stage = AttemptStage

@Suite struct `A customer's card` {
  private static let plan = Stage.plan {
    $0.card = .seconds(60)
    $0.announce = nil
    $0.confirm = false
  }

  private static func offered() -> Stage {
    var stage = Stage(plan)
    stage.toGuard()
    stage.feed(.timer(.reservationGuard), after: .milliseconds(300))
    return stage
  }

  @Test func `is shown to an agent who is held, and written with its end before anybody is rung`() throws {
    let stage = Self.offered()
    #expect(stage.attempt.isOffered)
    #expect(stage.commands == [.reserve], "the pause, and nothing else")
    let row = try #require(stage.all.writes.last)
    #expect(row.phase == .card && row.cardUntil == stage.now + .seconds(60))
    #expect(stage.all.starts(.card) == .seconds(60))
  }

  @Test func `that is accepted rings the agent, and then the customer without a key`() throws {
    var stage = Self.offered()
    let actions = stage.feed(.cardAccepted, after: .seconds(10))
    #expect(actions.writes.first?.cardAcceptedAt == stage.now)
    #expect(actions.tags == [.ringAgent])
    let write = try #require(actions.firstIndex { if case .write = $0 { true } else { false } })
    let ring = try #require(
      actions.firstIndex { if case .command(.ringAgent, _) = $0 { true } else { false } })
    #expect(write < ring, "his word is in the books first")
    stage.feed(
      .commandAnswered(.ringAgent, .done), .legUp(.agent, channelName: "PJSIP/101-1"), after: .seconds(2))
    #expect(stage.customerDialled)
    // Twice on the page is once.
    #expect(stage.feed(.cardAccepted).isEmpty)
  }

  enum End: CaseIterable, Sendable {
    case declined, postponed, ranOut, withdrawn, pausedByOthers, unpaused, left, queueRang, phoneInUse,
      notWritten

    var event: AttemptEvent {
      switch self {
      case .declined: .cardDeclined
      case .postponed: .cardPostponed(until: Stage.begun + .seconds(3_600))
      case .ranOut: .timer(.card)
      case .withdrawn: .cardWithdrawn(why: "The campaign sales was paused")
      case .pausedByOthers: .memberPaused(reason: "lunch")
      case .unpaused: .memberUnpaused
      case .left: .memberRemoved
      case .queueRang: .memberRangByQueue
      case .phoneInUse: .memberStatusChanged(.inUse)
      case .notWritten: .writeFailed(.card, .storeDown)
      }
    }
    /// Somebody else has put his own pause in place of ours, or taken it away: nothing is left to undo.
    var pauseIsOurs: Bool { self != .unpaused && self != .left && self != .pausedByOthers }
  }

  @Test(arguments: End.allCases)
  func `that is not accepted uses up no attempt, rings nobody and lets go of the agent`(end: End) throws {
    var stage = Self.offered()
    stage.feed(end.event, after: .seconds(20))
    let over = try #require(stage.end)
    let until: Timestamp? = end == .postponed ? Stage.begun + .seconds(3_600) : nil
    #expect(over.next == .setAside(until: until))
    #expect(!over.charged && over.notDialled && !over.coolDownAgent)
    #expect(over.record.outcome == .agentMissed)
    #expect(stage.released == (end.pauseIsOurs ? 1 : 0))
    #expect(!stage.commands.contains(.ringAgent) && !stage.customerDialled)
    #expect(stage.feed(.cardAccepted).isEmpty, "it is on offer no more")
  }

  @Test func `whose acceptance could not be written rings nobody`() throws {
    var stage = Self.offered()
    stage.feed(.cardAccepted)
    stage.feed(.writeFailed(.agent, .storeDown))
    let over = try #require(stage.end)
    #expect(over.next == .setAside(until: nil) && !over.charged)
    #expect(stage.released == 1 && !stage.commands.contains(.hangUpAgent))
  }

  @Test func `is taken back by whoever drives the PBX after a restart`() throws {
    var record = Stage.record(phase: .card)
    record.cardOfferedAt = Stage.begun
    record.cardUntil = Stage.begun + .seconds(60)
    let stage = Stage(adopting: record, plan: Self.plan, alive: [:])
    let over = try #require(stage.end)
    #expect(over.next == .setAside(until: nil) && !over.charged)
    #expect(stage.commands == [.release])
  }

  @Test func `is taken back when the customer calls in himself`() throws {
    var stage = Self.offered()
    stage.feed(.customerCalledIn)
    #expect(stage.end?.next == .superseded)
    #expect(stage.released == 1)
  }
}

@Suite struct `Cards of a preview campaign` {
  private static func round(
    asked: Set<MemberInterface>, declined: [MemberInterface: Timestamp] = [:], owner: MemberInterface? = nil,
    agents: Int = 3
  ) -> DispatchBoard.Round {
    var job = DueJob(
      id: JobID(UniqueID(high: 7, low: 1)), campaign: "list", number: PhoneNumber(e164: "+79161000001")!,
      priority: 0, firstMissedAt: dispatchNow - .seconds(60), dueAt: dispatchNow, owner: owner)
    job.declined = declined
    let campaign = DispatchCampaign(name: "list", queue: "sales", choice: AgentChoice(), asked: asked)
    var board = DispatchBoard()
    return board.round(
      [job], campaigns: ["list": campaign],
      floor: DispatchFloor(seats: (1...agents).map { seat(MemberInterface("PJSIP/10\($0)")) }),
      at: dispatchNow)
  }

  @Test func `go to those who asked for one alone`() {
    #expect(Self.round(asked: ["PJSIP/102"]).claims.map(\.agent?.seat.interface) == ["PJSIP/102"])
    let nobody = Self.round(asked: [])
    #expect(nobody.claims.isEmpty)
    #expect(nobody.waits.map(\.reason) == ["No free agent of the queue sales has asked for a card"])
  }

  @Test func `are not held for an agent of their own who has not asked`() {
    let round = Self.round(asked: ["PJSIP/102"], owner: "PJSIP/101")
    #expect(round.claims.map(\.agent?.seat.interface) == ["PJSIP/102"])
  }

  @Test func `go to somebody else where one has declined, and back to him after a while`() {
    let later = dispatchNow + .seconds(600)
    let other = Self.round(asked: ["PJSIP/101", "PJSIP/102"], declined: ["PJSIP/101": later])
    #expect(other.claims.map(\.agent?.seat.interface) == ["PJSIP/102"])
    let alone = Self.round(asked: ["PJSIP/101"], declined: ["PJSIP/101": later])
    #expect(alone.claims.isEmpty && alone.nextChange == later)
    let again = Self.round(asked: ["PJSIP/101"], declined: ["PJSIP/101": dispatchNow])
    #expect(again.claims.count == 1)
  }
}
