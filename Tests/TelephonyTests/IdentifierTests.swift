import Telephony
import Testing

@Suite struct `A unique id` {
  @Test func `reads what it writes`() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<1_000 {
      let id = UniqueID(at: Timestamp(seconds: 1_795_000_000), using: &random)
      #expect(UniqueID(id.description) == id)
    }
  }

  @Test func `is of version 7 and variant 2`() {
    var random = SystemRandomNumberGenerator()
    let text = Array(UniqueID(at: Timestamp(seconds: 1_795_000_000), using: &random).description)
    #expect(text[14] == "7")
    #expect("89ab".contains(text[19]))
  }

  @Test func `sorts by the time it was made`() {
    var random = SystemRandomNumberGenerator()
    let early = UniqueID(at: Timestamp(seconds: 1_000), using: &random)
    let late = UniqueID(at: Timestamp(seconds: 1_000.002), using: &random)
    #expect(early < late)
    #expect(early.description < late.description)
  }

  @Test(arguments: [
    "", "x", "0190a0b0-0000-7000-8000-00000000000", "0190a0b0-0000-7000-8000-00000000000g",
    "0190a0b00000-7000-8000-0000-00000000000", "0190a0b0-0000-7000-8000-0000000000000",
  ])
  func `refuses what is not one`(_ text: String) {
    #expect(UniqueID(text) == nil)
  }
}

@Suite struct `Our leg` {
  static let attempt = AttemptID("0190a0b0-1234-7000-8000-00000000abcd")!

  @Test(arguments: [OurLeg.Party.agent, .customer(line: 1), .customer(line: 2), .customer(line: 9)])
  func `is told by its channel id`(_ party: OurLeg.Party) {
    let leg = OurLeg(attempt: Self.attempt, party: party)
    #expect(OurLeg(leg.channel) == leg)
  }

  @Test func `is also told by the half of a Local channel`() {
    let id = ChannelID("pz-\(Self.attempt)-a;2")
    #expect(OurLeg(id)?.party == .agent)
  }

  @Test(arguments: [
    "1795000000.12", "pz-", "pz-0190a0b0-1234-7000-8000-00000000abcd",
    "pz-0190a0b0-1234-7000-8000-00000000abcd-b", "pz-0190a0b0-1234-7000-8000-00000000abcd-c0",
    "pz-0190a0b0-1234-7000-8000-00000000abcd-c10",
  ])
  func `is no other channel`(_ id: String) {
    #expect(OurLeg(ChannelID(id)) == nil)
  }
}

@Suite struct `A phone number` {
  @Test(arguments: ["+79161234567", "+112", "+123456789012345"])
  func `is a plus and three to fifteen digits`(_ text: String) {
    #expect(PhoneNumber(e164: text)?.e164 == text)
  }

  @Test(arguments: [
    "", "+", "79161234567", "+12", "+1234567890123456", "+0123456", "+7916 1234567",
    "+7916١٢٣٤٥٦٧", "+7916\n1234567",
  ])
  func `is nothing else`(_ text: String) {
    #expect(PhoneNumber(e164: text) == nil)
  }

  @Test func `does not show itself whole`() {
    let number = PhoneNumber(e164: "+79161234567")!
    #expect("\(number)" == "+79*******67")
    #expect(!"\([number])".contains("9161234"))
  }
}

@Suite struct `A timestamp` {
  @Test func `adds and subtracts durations to the microsecond`() {
    let moment = Timestamp(microseconds: 1_795_000_000_123_456)
    #expect((moment + .milliseconds(1_500)).microseconds == 1_795_000_001_623_456)
    #expect((moment - .microseconds(1)) - moment == .microseconds(-1))
  }
}
