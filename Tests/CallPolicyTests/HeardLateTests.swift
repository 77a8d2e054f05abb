import CallPolicy
import Telephony
import Testing

@Suite struct `What was said by keys and is heard late` {
  private func why(
    dueAt: String = "2026-11-23 09:20", by agent: MemberInterface? = nil,
    _ change: (inout NumberHistory) -> Void
  ) -> String? {
    var history = NumberHistory()
    change(&history)
    return policy().heardTooLate(
      saidAt: utc("2026-11-23 09:00"), dueAt: utc(dueAt), by: agent, in: salesCampaign(), history: history)
  }

  private func talked(_ at: String) -> (inout NumberHistory) -> Void {
    { ($0.lastTalkEndedAt, $0.lastTalkedWith) = (utc(at), "PJSIP/101") }
  }

  @Test func `is not owed to who has talked to somebody since`() {
    #expect(why { _ in } == nil)
    #expect(why(talked("2026-11-23 08:59")) == nil)
    #expect(why(talked("2026-11-23 09:05")) == "he has talked to PJSIP/101 since, until 2026-11-23 12:05")
  }

  @Test func `is a promise until a talk after its time: that in which it was made does not keep it`() {
    #expect(why(by: "PJSIP/101", talked("2026-11-23 09:05")) == nil)
    #expect(why(by: "PJSIP/101", talked("2026-11-23 09:30")) != nil)
  }

  @Test func `is not known to be owed where the books are those of a backup`() {
    #expect(why { $0.restoredAt = utc("2026-11-23 08:00") } == nil)
    #expect(why { $0.restoredAt = utc("2026-11-23 10:00") }?.contains("restored") == true)
    #expect(
      why(dueAt: "2026-11-23 11:00") { $0.restoredAt = utc("2026-11-23 10:00") } == nil, "it is still to come"
    )
  }
}
