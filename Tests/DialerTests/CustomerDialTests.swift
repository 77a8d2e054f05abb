import Telephony
import Testing

@testable import Dialer

private typealias Stage = AttemptStage

@Suite struct `Dialling the customer` {
  @Test func `is written first`() throws {
    var stage = Stage()
    stage.toConfirming()
    let actions = stage.feed(.dtmf(digit: "1"))
    var written = stage.attempt.record
    written.phase = .customer
    #expect(written.customerDialedAt == stage.now)
    #expect(
      actions == [
        .cancelTimer(.confirm), .cancelTimer(.announce),
        .command(.stopAnnounce, .stopPlayback("pz-\(Stage.id)-announce-1")),
        .write(written, sentence: "PJSIP/101 took the callback; the customer is dialled"),
        .command(.indicateRinging, .indicateRinging(Stage.agentChannel)),
        .command(
          .dialCustomer,
          .originate(
            PBXCommand.Originate(
              channel: Stage.customerChannel, endpoint: "PJSIP/+79161234567@trunk",
              arguments: ["callback", "customer", Stage.id.description], callerNumber: "+74951112233",
              callerName: "", timeout: .seconds(25),
              variables: [
                "X": "1", "PEREZVON_JOB": Stage.job.description, "PEREZVON_ATTEMPT": Stage.id.description,
              ]))),
        .startTimer(.customerRing, after: .seconds(30)),
      ])
  }

  @Test func `a second 1 dials nothing`() {
    var stage = Stage()
    stage.toDialing()
    #expect(stage.feed(.dtmf(digit: "1")) == [])
  }

  @Test func `the agent's leg lends linkedid and codecs only where wanted`() {
    var stage = Stage(Stage.plan { $0.originateFromAgent = true })
    stage.toDialing()
    guard case .originate(let leg) = stage.all.command(.dialCustomer) else {
      Issue.record("not dialled")
      return
    }
    #expect(leg.originator == Stage.agentChannel)
  }

  struct Miss: Sendable, CustomTestStringConvertible {
    var status: DialStatus?
    var cause: HangupCause
    var result: CustomerResult
    var next: AttemptEnd.Next
    init(_ status: DialStatus?, _ cause: Int, _ result: CustomerResult, _ next: AttemptEnd.Next) {
      self.status = status
      self.cause = HangupCause(rawValue: cause)
      self.result = result
      self.next = next
    }
    var testDescription: String { "\(status.map { "\($0)" } ?? "no status"), \(cause)" }
  }

  @Test(arguments: [
    Miss(.busy, 17, .busy, .retry(.busy)), Miss(.busy, 16, .busy, .retry(.busy)),
    Miss(nil, 17, .busy, .retry(.busy)), Miss(nil, 21, .busy, .retry(.busy)),
    Miss(.noAnswer, 0, .noAnswer, .retry(.noAnswer)), Miss(.cancel, 16, .noAnswer, .retry(.noAnswer)),
    Miss(nil, 19, .noAnswer, .retry(.noAnswer)), Miss(nil, 20, .noAnswer, .retry(.noAnswer)),
    Miss(nil, 0, .noAnswer, .retry(.noAnswer)), Miss(.inProgress, 16, .noAnswer, .retry(.noAnswer)),
    Miss(.congestion, 34, .congestion, .retry(.congestion)),
    Miss(.congestion, 0, .congestion, .retry(.congestion)),
    Miss(.channelUnavailable, 3, .congestion, .retry(.congestion)),
    Miss(.channelUnavailable, 20, .congestion, .retry(.congestion)),
    Miss(nil, 38, .congestion, .retry(.congestion)), Miss(nil, 27, .congestion, .retry(.congestion)),
    Miss(nil, 127, .noAnswer, .retry(.noAnswer)),
    Miss(.channelUnavailable, 1, .invalid, .invalidNumber), Miss(.congestion, 1, .invalid, .invalidNumber),
    Miss(.channelUnavailable, 28, .invalid, .invalidNumber), Miss(nil, 22, .invalid, .invalidNumber),
    Miss(.busy, 1, .busy, .retry(.busy)), Miss(.other("ODD"), 17, .busy, .retry(.busy)),
  ])
  func `not reached: the dial status decides before the cause`(miss: Miss) throws {
    var stage = Stage()
    stage.toCustomerRinging()
    if let status = miss.status { stage.feed(.legProgress(Stage.line, status)) }
    let actions = stage.feed(.legGone(Stage.line, miss.cause), after: .seconds(7))
    #expect(actions.tags == [.hangUpAgent, .release], "he is let go of at once")
    stage.hangUpsDone()
    let end = try #require(stage.end)
    #expect(end.record.outcome == .customerMissed)
    #expect(end.record.customerResult == miss.result)
    #expect(end.record.agentResult == .answered)
    #expect(end.record.cause == miss.cause)
    #expect(end.next == miss.next)
    #expect(end.charged && !end.coolDownAgent && end.redialGap == .zero)
  }

  @Test func `the second report of the same end is ignored`() {
    var stage = Stage()
    stage.toCustomerRinging()
    stage.feed(.legGone(Stage.line, .userBusy))
    #expect(stage.feed(.legGone(Stage.line, .userBusy)) == [])
    stage.hangUpsDone()
    #expect(stage.ends.count == 1)
    #expect(stage.feed(.legGone(.agent, .normalClearing), .timer(.deadline), .begin) == [])
  }

  @Test func `the agent hears that he was not reached, where there is such a message`() {
    var stage = Stage(Stage.plan { $0.customerMissedMedia = "sound:perezvon-no-answer" })
    stage.toCustomerRinging()
    let actions = stage.feed(.legGone(Stage.line, .noAnswer))
    #expect(
      actions == [
        .command(.stopRinging, .stopRinging(Stage.agentChannel)),
        .command(
          .parting,
          .play(Stage.agentChannel, playback: "pz-\(Stage.id)-parting", media: ["sound:perezvon-no-answer"])),
        .startTimer(.parting, after: .seconds(5)),
      ])
    #expect(
      stage.feed(.playbackFinished(id: "pz-\(Stage.id)-parting")).tags == [.hangUpAgent, .release])
    stage.hangUpsDone()
    #expect(stage.end?.record.customerResult == .noAnswer)
  }

  @Test func `the message is not waited for without end`() {
    for event in [
      AttemptEvent.timer(.parting), .commandAnswered(.parting, .refused("no file")),
      .legGone(.agent, .normalClearing), .leaseLost, .linkLost(.ari), .pbxRestarted, .timer(.deadline),
    ] {
      var stage = Stage(Stage.plan { $0.customerMissedMedia = "sound:perezvon-no-answer" })
      stage.toCustomerRinging()
      stage.feed(.legGone(Stage.line, .noAnswer), event)
      stage.hangUpsDone()
      #expect(stage.outcome == .customerMissed)
      #expect(stage.released == 1)
    }
  }

  @Test func `Asterisk forgets to end the ringing`() {
    var stage = Stage()
    stage.toCustomerRinging()
    #expect(
      stage.feed(.timer(.customerRing), after: .seconds(30)).tags == [
        .hangUpCustomer, .hangUpAgent, .release,
      ])
    stage.hangUpsDone()
    #expect(stage.end?.record.customerResult == .noAnswer)
    #expect(stage.end?.charged == true)
  }

  @Test(arguments: [CommandOutcome.refused("Allocation failed"), .notSent("link is down"), .notFound])
  func `certainly not dialled is not charged`(outcome: CommandOutcome) throws {
    var stage = Stage()
    stage.toDialing()
    stage.feed(.commandAnswered(.dialCustomer, outcome))
    stage.hangUpsDone()
    let end = try #require(stage.end)
    #expect(end.record.outcome == .customerMissed)
    #expect(end.record.customerResult == .congestion)
    #expect(end.notDialled && !end.charged)
    #expect(end.next == .retry(.congestion))
  }

  @Test func `unknown and gone counts as placed, with a gap`() throws {
    var stage = Stage()
    stage.toDialing()
    #expect(
      stage.feed(.commandAnswered(.dialCustomer, .unknown("timed out")))
        == [.ask(Stage.line, Stage.customerChannel)])
    stage.feed(.channelIs(Stage.line, .gone))
    stage.hangUpsDone()
    let end = try #require(stage.end)
    #expect(end.record.outcome == .unknown)
    #expect(end.charged && end.redialGap == .seconds(900) && !end.notDialled)
  }

  @Test func `unknown with proof that it was never made is not charged`() {
    var stage = Stage()
    stage.toDialing()
    stage.feed(.commandAnswered(.dialCustomer, .unknown("timed out")), .channelIs(Stage.line, .neverMade))
    stage.hangUpsDone()
    #expect(stage.outcome == .customerMissed)
    #expect(stage.end?.notDialled == true && stage.end?.charged == false)
  }

  @Test func `unknown and live goes on`() {
    var stage = Stage()
    stage.toDialing()
    stage.feed(.commandAnswered(.dialCustomer, .unknown("timed out")), .channelIs(Stage.line, .live))
    #expect(stage.feed(.legUp(Stage.line, channelName: "PJSIP/trunk-2")).tags.contains(.setPeer))
  }

  @Test func `unknown for good: hung up and counted as placed`() {
    var stage = Stage()
    stage.toDialing()
    stage.feed(.commandAnswered(.dialCustomer, .unknown("timed out")))
    for _ in 1..<5 { stage.feed(.channelIs(Stage.line, .unknown), .timer(.askAgain)) }
    #expect(
      stage.feed(.channelIs(Stage.line, .unknown)).tags == [.hangUpCustomer, .hangUpAgent, .release])
    stage.hangUpsDone()
    #expect(stage.outcome == .unknown)
    #expect(stage.end?.charged == true)
  }

  @Test func `the agent hangs up while it rings: not the customer's failure`() throws {
    var stage = Stage()
    stage.toCustomerRinging()
    #expect(stage.feed(.legGone(.agent, .normalClearing)).tags == [.hangUpCustomer, .release])
    stage.hangUpsDone()
    let end = try #require(stage.end)
    #expect(end.record.outcome == .agentMissed)
    #expect(end.record.customerResult == .cancelled)
    #expect(end.next == .retry(.agentMissed))
    #expect(end.coolDownAgent && !end.charged && !end.notDialled)
  }

  @Test
  func `the agent hangs up before the originate is answered: a hang-up that finds nothing proves nothing`() {
    var stage = Stage()
    stage.toDialing()
    stage.feed(.legGone(.agent, .normalClearing), .commandAnswered(.hangUpCustomer, .notFound))
    #expect(stage.end == nil)
    #expect(stage.feed(.commandAnswered(.dialCustomer, .done)).tags == [.hangUpCustomer])
    stage.feed(.commandAnswered(.hangUpCustomer, .done), .legGone(Stage.line, .normalClearing))
    #expect(stage.outcome == .agentMissed)
  }

  @Test func `a hang-up that found nothing tells so after the originate has succeeded`() {
    var stage = Stage()
    stage.toDialing()
    stage.feed(.legGone(.agent, .normalClearing), .commandAnswered(.dialCustomer, .done))
    stage.feed(.commandAnswered(.hangUpCustomer, .notFound))
    #expect(stage.end == nil, "the second hang-up counts")
    stage.feed(.commandAnswered(.hangUpCustomer, .done), .legGone(Stage.line, .normalClearing))
    #expect(stage.outcome == .agentMissed)
  }

  @Test func `the agent hangs up and the originate turns out refused: nobody was dialled`() {
    var stage = Stage()
    stage.toDialing()
    stage.feed(.legGone(.agent, .normalClearing), .commandAnswered(.dialCustomer, .refused("no route")))
    #expect(stage.end?.notDialled == true)
    #expect(stage.end?.record.customerResult == CustomerResult.none)
  }

  @Test func `he answers in the instant he is given up`() {
    var stage = Stage()
    stage.toCustomerRinging()
    stage.feed(.timer(.customerRing))
    #expect(stage.feed(.legUp(Stage.line, channelName: "PJSIP/trunk-2")).tags == [.hangUpCustomer])
    stage.hangUpsDone()
    #expect(stage.outcome == .dropped)
    #expect(stage.end?.record.customerResult == .answered)
    #expect(stage.end?.next == .retry(.dropped))
  }

  @Test func `he answers in the instant he is given up, and never comes to us`() {
    var stage = Stage()
    stage.toCustomerRinging()
    stage.feed(.timer(.customerRing), .legProgress(Stage.line, .answer))
    stage.hangUpsDone()
    #expect(stage.outcome == .dropped)
    #expect(stage.end?.charged == true)
  }

  @Test func `the agent hangs up in the instant of his answer: he is not rung again at once`() {
    var stage = Stage()
    stage.toCustomerRinging()
    stage.feed(.legProgress(Stage.line, .answer), .legGone(.agent, .normalClearing))
    stage.hangUpsDone()
    #expect(stage.outcome == .dropped)
    #expect(stage.end?.record.customerResult == .answered)
    #expect(stage.end?.next == .retry(.dropped))
  }

  @Test func `he answers and is gone before he is ours`() {
    var stage = Stage()
    stage.toCustomerRinging()
    stage.feed(.legProgress(Stage.line, .answer), .legGone(Stage.line, .normalClearing))
    stage.hangUpsDone()
    #expect(stage.outcome == .noConversation)
    #expect(stage.end?.record.customerResult == .answered)
  }

  @Test func `another line is not this attempt's affair`() {
    var stage = Stage()
    stage.toCustomerRinging()
    #expect(stage.feed(.legUp(.customer(line: 2), channelName: "x")).anomalies.count == 1)
    #expect(stage.end == nil)
  }
}
