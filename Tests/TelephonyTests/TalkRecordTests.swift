import Telephony
import Testing

@Suite struct `What the dialplan keeps of a talk` {
  private let attempt = AttemptID("01940000-0000-7000-8000-000000000abc")!

  @Test func `stands under the agent's name, and is read only for its own attempt`() throws {
    #expect(TalkRecord.variable(of: "PJSIP/101") == "PEREZVON_TALK_PJSIP101")
    #expect(TalkRecord.variable(of: "Local/1-0_1@x/n;é${A}") == "PEREZVON_TALK_Local101xnA")
    let record = try #require(TalkRecord("\(attempt):1795378676.120:1795378680.620", of: attempt))
    #expect(record.began == Timestamp(microseconds: 1_795_378_676_120_000))
    #expect(record.ended.map { $0 - record.began } == .milliseconds(4_500))
    let other = try #require(AttemptID("01940000-0000-7000-8000-000000001abc"))
    #expect(TalkRecord("\(attempt):1795378676.120:", of: other) == nil, "another talk of this agent")
  }

  @Test func `has no end while it lasts, and is none where the two were not put together`() {
    #expect(TalkRecord("\(attempt):1795378676.120:", of: attempt)?.ended == nil)
    #expect(TalkRecord("\(attempt):1795378676.120:", of: attempt) != nil)
    for text in [
      "\(attempt)::", "", "x", "\(attempt)", "\(attempt):nan:", "\(attempt):-1:2", "\(attempt):1:2:3",
    ] {
      #expect(TalkRecord(text, of: attempt) == nil, "\(text)")
    }
  }
}
