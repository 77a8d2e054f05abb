import Telephony
import Testing

@testable import Dialer

private typealias Stage = AttemptStage

@Suite struct `Two who were connected` {
  private static func heard(_ agent: Int?, _ customer: Int?) -> AttemptEvent {
    .media(MediaReading(agent: agent, customer: customer))
  }

  /// Asks twice, each time `mediaCheck` after the one before.
  private static func ask(_ stage: inout Stage, _ first: AttemptEvent, _ second: AttemptEvent) {
    #expect(
      stage.feed(.timer(.media), after: .seconds(4)) == [
        .askMedia(agent: Stage.agentChannel, customer: Stage.customerChannel)
      ])
    stage.feed(first)
    stage.feed(.timer(.media), after: .seconds(4))
    stage.feed(second)
  }

  @Test func `are listened for after a while`() {
    var stage = Stage()
    stage.toTalking()
    #expect(stage.all.starts(.media) == .seconds(4))
    #expect(stage.feed(.timer(.media), after: .seconds(4)).count == 1)
    #expect(stage.feed(Self.heard(120, 200)) == [], "both are heard: not asked again")
  }

  @Test func `without a sound from the customer are let go, and he is charged nothing`() throws {
    var stage = Stage()
    stage.toTalking()
    Self.ask(&stage, Self.heard(300, 0), Self.heard(500, 0))
    #expect(stage.lists.last?.tags == [.hangUpCustomer, .hangUpAgent, .release])
    stage.hangUpsDone()
    let end = try #require(stage.end)
    #expect(end.record.outcome == .noConversation && end.record.customerResult == .answered)
    #expect(!end.charged && end.record.customerDialedAt != nil, "the caps see the dial, the job does not")
    #expect(end.next == .retry(.congestion) && end.redialGap == .seconds(15 * 60))
    #expect(end.silent == .customer && end.trunk == "PJSIP/trunk" && !end.coolDownAgent)
    #expect(
      end.sentence == """
        No sound came from the customer's line (PJSIP/trunk) in 8 s after they were connected (no RTP packet); the two \
        were let go, and no attempt is used up
        """)
  }

  @Test func `without a sound from the agent are let go, and the agent is left alone for a while`() throws {
    var stage = Stage()
    stage.toTalking()
    // The key he pressed came as packets, too.
    Self.ask(&stage, Self.heard(16, 200), Self.heard(16, 400))
    stage.hangUpsDone()
    let end = try #require(stage.end)
    #expect(end.silent == .agent && end.coolDownAgent && !end.charged)
    #expect(end.sentence.hasPrefix("No sound came from the phone of PJSIP/101 in 8 s"))
  }

  @Test func `both silent are told as both`() {
    var stage = Stage()
    stage.toTalking()
    Self.ask(&stage, Self.heard(0, 0), Self.heard(0, 0))
    stage.hangUpsDone()
    #expect(stage.end?.silent == .both)
  }

  @Test(arguments: [
    // Late, but there: a network that was slow to open.
    (MediaReading(agent: 200, customer: 0), MediaReading(agent: 400, customer: 1)),
    // A phone that sends nothing while its owner listens has sent before.
    (MediaReading(agent: 41, customer: 200), MediaReading(agent: 41, customer: 400)),
    (MediaReading(agent: 200, customer: 3), MediaReading(agent: 400, customer: 3)),
    // Nobody can tell: a Local channel, direct media, ARI away, at either question.
    (MediaReading(agent: nil, customer: nil), MediaReading(agent: nil, customer: nil)),
    (MediaReading(agent: 200, customer: 0), MediaReading(agent: 400, customer: nil)),
    (MediaReading(agent: nil, customer: 200), MediaReading(agent: 0, customer: 400)),
  ])
  func `are left alone unless it is certain`(_ first: MediaReading, _ second: MediaReading) {
    var stage = Stage()
    stage.toTalking()
    stage.feed(.timer(.media), .media(first), after: .seconds(4))
    stage.feed(.timer(.media), .media(second), after: .seconds(4))
    #expect(stage.attempt.isTalking)
    #expect(!stage.commands.contains(.hangUpCustomer))
  }

  @Test func `are not listened for where it is switched off`() {
    var stage = Stage(Stage.plan { $0.mediaCheck = .zero })
    stage.toTalking()
    #expect(stage.all.starts(.media) == nil)
  }

  @Test func `who have hung up or were transferred meanwhile are not judged`() {
    var stage = Stage()
    stage.toTalking()
    stage.feed(.timer(.media), Self.heard(300, 0), after: .seconds(4))
    stage.feed(.transferred)
    #expect(stage.feed(.timer(.media), Self.heard(300, 0), after: .seconds(4)) == [])
    stage = Stage()
    stage.toWrapUp(talk: .seconds(6))
    #expect(stage.feed(.timer(.media), Self.heard(0, 0)) == [])
    stage.feed(.timer(.wrapUp))
    #expect(stage.outcome == .conversation)
  }
}
