import Telephony
import Testing

@testable import Service

/// From a number to a dial string.
@Suite struct `A dial string` {
  @Test(arguments: [
    (DialPlanFormat.NumberFormat.e164, "PJSIP/+79161234567@trunk"), (.digits, "PJSIP/79161234567@trunk"),
    (.national, "PJSIP/89161234567@trunk"),
  ])
  func `has the number in the form the trunk wants`(format: DialPlanFormat.NumberFormat, expected: String)
    throws
  {
    let plan = try #require(PhoneNumberPlan(region: "RU"))
    let dial = try #require(DialPlanFormat(template: "PJSIP/{number}@trunk", format: format))
    #expect(dial.endpoint(for: try #require(PhoneNumber(e164: "+79161234567")), plan: plan) == expected)
  }

  @Test func `in national form exists only for the own country`() throws {
    let plan = try #require(PhoneNumberPlan(region: "RU"))
    let dial = try #require(DialPlanFormat(template: "PJSIP/{number}@trunk", format: .national))
    #expect(dial.endpoint(for: try #require(PhoneNumber(e164: "+380671234567")), plan: plan) == nil)
  }

  @Test func `may hold the number twice`() throws {
    let plan = try #require(PhoneNumberPlan(region: "RU"))
    let dial = try #require(
      DialPlanFormat(template: "PJSIP/trunk/sip:{number}@host;n={number}", format: .digits))
    let number = try #require(PhoneNumber(e164: "+79161234567"))
    #expect(dial.endpoint(for: number, plan: plan) == "PJSIP/trunk/sip:79161234567@host;n=79161234567")
  }

  @Test(arguments: [
    "", "PJSIP/trunk", "PJSIP/{number", "PJSIP/number}", "{number}{x}", "PJSIP/{number}\r\nAction: x",
    "{number}\u{0}",
    "{{number}}", String(repeating: "x", count: 250) + "{number}",
  ])
  func `is not made from a template with a mistake`(template: String) {
    #expect(DialPlanFormat(template: template, format: .e164) == nil)
  }
}
