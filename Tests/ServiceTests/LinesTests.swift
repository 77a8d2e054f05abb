import CallPolicy
import Dialer
import Store
import Telephony
import Testing

@testable import Service

/// Two customers whose phones ring for agent 101, who is on the phone.
private struct TwoLines {
  var board: CampaignBoard
  let holder: AttemptRecord
  let line: AttemptRecord

  init() throws {
    board = try CampaignBoard(.progressive, agents: 1, jobs: 2, lines: 2)
    board.tick()
    holder = try #require(board.claimed.first)
    let member = QueueMember(
      queue: "sales", interface: "PJSIP/101", paused: true, pausedReason: Attempt.pauseReason(holder.id))
    board.hear(.memberPaused(member))
    board.answer(holder, .agent)
    board.hear(.dtmf(CampaignBoard.channel(holder, .agent).id, digit: "1"))
    line = try #require(board.claimed.last)
    try #require(board.claimed.count == 2 && line.course == .line)
    board.effects = []
  }

  /// Whose customer's phone was told to stop ringing.
  var hungUp: [AttemptID] {
    board.effects.flatMap { effect -> [AttemptID] in
      guard case .steps(let id, let steps) = effect else { return [] }
      return steps.compactMap { if case .act(.command(.hangUpCustomer, _)) = $0 { id } else { nil } }
    }
  }
}

@Suite struct `Several lines of one agent` {
  @Test(arguments: [true, false])
  func `who answers in the same instant as another hears why not, and is not cut off`(lineFirst: Bool) throws
  {
    var lines = try TwoLines()
    lines.board.answer(lineFirst ? lines.line : lines.holder)
    lines.board.now = lines.board.now + .milliseconds(100)
    lines.board.tell(.wake)
    #expect(lines.hungUp.isEmpty)
    lines.board.answer(lineFirst ? lines.holder : lines.line)
    #expect(lines.board.sentTo == ["perezvon-dropped"])
    for _ in 0..<3 { lines.board.tick() }
    #expect(lines.hungUp.isEmpty)
  }

  @Test(arguments: [true, false])
  func `the other stops ringing 150 ms after an answer, by an alarm of its own`(lineFirst: Bool) throws {
    var lines = try TwoLines()
    lines.board.answer(lineFirst ? lines.line : lines.holder)
    let alarm = lines.board.effects.reversed().firstNonNil { effect -> Timestamp? in
      if case .wake(let at) = effect { at } else { nil }
    }
    #expect(alarm == lines.board.now + .milliseconds(150))
    lines.board.now = lines.board.now + .milliseconds(150)
    lines.board.tell(.wake)
    #expect(lines.hungUp == [lineFirst ? lines.holder.id : lines.line.id])
    #expect(lines.board.sentTo.isEmpty)
  }

  @Test func `where the agent hangs up they stop ringing at once`() throws {
    var lines = try TwoLines()
    lines.board.hear(.channelHungUp(CampaignBoard.channel(lines.holder, .agent), .normalClearing))
    #expect(Set(lines.hungUp) == [lines.holder.id, lines.line.id])
  }
}

extension Sequence {
  fileprivate func firstNonNil<Found>(_ find: (Element) -> Found?) -> Found? {
    for element in self { if let found = find(element) { return found } }
    return nil
  }
}

@Suite struct `A customer who is sent to a message` {
  @Test func `is a machine where AMI says so after ARI has told that he is gone`() throws {
    var board = try CampaignBoard(.message, agents: 0, jobs: 1)
    board.tick()
    let record = try #require(board.claimed.first)
    let channel = CampaignBoard.channel(record)
    board.answer(record)
    board.hear(.stasisEnded(channel, application: "perezvon"))
    board.effects = []
    board.hear(.channelDestroyed(channel, .normalClearing))
    board.hear(.userEvent(name: "PerezvonMachine", channel, fields: [:]))
    board.hear(.channelHungUp(channel, .normalClearing))
    let ends = board.effects.flatMap { effect -> [CustomerResult] in
      guard case .steps(_, let steps) = effect else { return [] }
      return steps.compactMap { if case .finish(let end, _, _, _) = $0 { end.customerResult } else { nil } }
    }
    #expect(ends == [.machine])
  }
}
