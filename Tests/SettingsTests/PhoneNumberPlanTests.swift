import Foundation
import Telephony
import Testing

@testable import Service

/// Caller ids read with libphonenumber.
@Suite struct `A caller id` {
  struct Case: Sendable, CustomTestStringConvertible {
    let region: String, text: String, e164: String, kind: PhoneNumberKind, national: String?
    init(_ region: String, _ text: String, _ e164: String, _ kind: PhoneNumberKind, _ national: String?) {
      (self.region, self.text, self.e164, self.kind, self.national) = (region, text, e164, kind, national)
    }
    var testDescription: String { "\(region) \(text)" }
  }

  @Test(arguments: [
    Case("RU", "+79161234567", "+79161234567", .mobile, "89161234567"),
    Case("RU", "89161234567", "+79161234567", .mobile, "89161234567"),
    Case("RU", "79161234567", "+79161234567", .mobile, "89161234567"),
    Case("RU", "9161234567", "+79161234567", .mobile, "89161234567"),
    Case("RU", "+7 916 123-45-67", "+79161234567", .mobile, "89161234567"),
    Case("RU", " 8 (916) 123.45.67 ", "+79161234567", .mobile, "89161234567"),
    Case("RU", "84951234567", "+74951234567", .fixed, "84951234567"),
    Case("RU", "88001234567", "+78001234567", .tollFree, "88001234567"),
    Case("RU", "88091234567", "+78091234567", .premium, "88091234567"),
    Case("RU", "00380671234567", "+380671234567", .mobile, nil),
    Case("RU", "810380671234567", "+380671234567", .mobile, nil),
    Case("RU", "380671234567", "+380671234567", .mobile, nil),
    Case("RU", "+12125550123", "+12125550123", .fixedOrMobile, nil),
    Case("RU", "+77011234567", "+77011234567", .mobile, nil),
    Case("UA", "0671234567", "+380671234567", .mobile, "0671234567"),
    Case("UA", "380671234567", "+380671234567", .mobile, "0671234567"),
    Case("UA", "0079161234567", "+79161234567", .mobile, nil),
    Case("UA", "79161234567", "+79161234567", .mobile, nil),
    Case("UA", "0442345678", "+380442345678", .fixed, "0442345678"),
    Case("DE", "030123456", "+4930123456", .fixed, "030123456"),
    Case("DE", "0301234", "+49301234", .fixed, "0301234"),
    Case("DE", "015112345678", "+4915112345678", .mobile, "015112345678"),
    Case("DE", "004915112345678", "+4915112345678", .mobile, "015112345678"),
    Case("DE", "4915112345678", "+4915112345678", .mobile, "015112345678"),
    Case("US", "2125550123", "+12125550123", .fixedOrMobile, "2125550123"),
    Case("US", "12125550123", "+12125550123", .fixedOrMobile, "2125550123"),
    Case("US", "(212) 555-0123", "+12125550123", .fixedOrMobile, "2125550123"),
    Case("US", "01179161234567", "+79161234567", .mobile, nil),
    Case("US", "+14165550123", "+14165550123", .fixedOrMobile, "4165550123"),
    Case("us", "8002345678", "+18002345678", .tollFree, "8002345678"),
  ])
  func `is read as its region writes it`(_ case: Case) throws {
    let plan = try #require(PhoneNumberPlan(region: `case`.region))
    let number = try #require(PhoneNumber(e164: `case`.e164))
    #expect(plan.read(`case`.text) == .number(number, kind: `case`.kind))
    #expect(plan.national(number) == `case`.national)
  }

  @Test(arguments: [
    "", " ", "<unknown>", "anonymous", "Anonymous", "ANONYMOUS", "unavailable", "Restricted", "private",
    "withheld",
    "asterisk", "Unknown", "s", "anna", "+", "☎️",
  ])
  func `that is withheld is hidden`(text: String) throws {
    let plan = try #require(PhoneNumberPlan(region: "RU"))
    #expect(plan.read(text) == .hidden)
    #expect(plan.read(text).shown == nil)
  }

  @Test(arguments: [
    ("101", "101"), ("*97", "*97"), ("12#34", "12#34"), ("112", "112"), ("5-55", "555"),
    ("sip 12 anna 34", "1234"),
    ("12345678901234567890", "12345678901234567890"), ("1-800-FLOWERS", "1800"), ("00", "00"),
  ])
  func `that is no number keeps its digits`(text: String, digits: String) throws {
    let plan = try #require(PhoneNumberPlan(region: "RU"))
    #expect(plan.read(text) == .unreadable(digits))
  }

  @Test func `of a possible length that no plan knows is invalid`() throws {
    let plan = try #require(PhoneNumberPlan(region: "RU"))
    let number = try #require(PhoneNumber(e164: "+70001234567"))
    #expect(plan.read("+70001234567") == .number(number, kind: .invalid))
  }

  @Test func `from an attacker is bounded and harmless`() throws {
    let plan = try #require(PhoneNumberPlan(region: "RU"))
    let hostile = [
      String(repeating: "9", count: 10_000), String(repeating: "📞", count: 2_500), "+7916\u{0}1234567",
      "\u{0}", "+7916123\r\nAction: Hangup", "+7 916 123 45 67;ext=1", String(repeating: "+", count: 60),
      "٨٩١٦١٢٣٤٥٦٧", "+７９１６１２３４５６７", "89161234567\u{202E}", "'; DROP TABLE calls; --1", "%s%n%x1",
      String(repeating: "0", count: 64), "\u{FFFD}\u{7F}1", "((((((((1", "-", "/", "..",
    ]
    for text in hostile {
      switch plan.read(text) {
      case .hidden: break
      case .unreadable(let digits):
        #expect(digits.utf8.count <= PhoneNumberPlan.rawDigitsMax)
        #expect(digits.allSatisfy { "0123456789+*#".contains($0) }, "\(text)")
      case .number: Issue.record("\(text.prefix(40)) was read as a number")
      }
    }
  }

  @Test func `of random bytes never becomes anything but digits`() throws {
    let plan = try #require(PhoneNumberPlan(region: "DE"))
    var random = Random(state: 7)
    for _ in 0..<3_000 {
      let bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in
        // Mostly what numbers are made of, so that the reader is reached.
        Bool.random(using: &random)
          ? UInt8.random(in: 40...58, using: &random) : UInt8.random(in: 0...255, using: &random)
      }
      let shown = plan.read(String(decoding: bytes, as: UTF8.self)).shown ?? ""
      #expect(shown.utf8.count <= PhoneNumberPlan.rawDigitsMax)
      #expect(shown.utf8.allSatisfy { Array("0123456789+*#".utf8).contains($0) })
    }
  }

  @Test func `seen before gives the same answer, and the memory is bounded`() async throws {
    let plan = try #require(PhoneNumberPlan(region: "RU"))
    let number = try #require(PhoneNumber(e164: "+79161234567"))
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<4 {
        group.addTask {
          for index in 0..<PhoneNumberPlan.cacheMax { _ = plan.read("\(task)x\(index)") }
        }
      }
    }
    #expect(plan.cached <= PhoneNumberPlan.cacheMax)
    #expect(plan.cached >= PhoneNumberPlan.cacheMax / 2)
    #expect(plan.read("89161234567") == .number(number, kind: .mobile))
    #expect(plan.read("89161234567") == .number(number, kind: .mobile))
  }

  @Test func `needs a region that exists`() {
    #expect(PhoneNumberPlan(region: "XX") == nil)
    #expect(PhoneNumberPlan(region: "") == nil)
    #expect(PhoneNumberPlan(region: "RUS") == nil)
    #expect(PhoneNumberPlan(region: "ru")?.region == "RU")
  }
}

/// A small generator with a seed (SplitMix64), so that a failure repeats.
struct Random: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
