import CallPolicy
import Telephony
import Testing

@testable import Service

/// What the law and dialling ahead of agents ask of a configuration.
@Suite struct `A campaign that dials ahead of agents` {
  private static let predictive = """
        mode: predictive
        drop_message: custom/sorry
        ground: written consent
    """

  private func sentences(_ yaml: String) -> [String] {
    mistakes(yaml).map { String($0.drop { $0 != " " }.dropFirst()) }
  }

  private func found(_ lines: String, region: String = "RU") -> [String] {
    sentences(least(campaign: lines).replacing("region: RU", with: "region: \(region)"))
  }

  @Test func `is read with its law, its message and its limits`() throws {
    let settings = try read(
      least(
        campaign: Self.predictive + """

              legal: us
              predictive: {fewest_agents: 5, fewest_answers: 100}
              blend: {keep_free: 1, max_callers_waiting: 2, min_service_level: 80%}
          """))
    let outbound = try #require(settings.policy.campaigns.first?.outbound)
    #expect(outbound.legal == .unitedStates)
    #expect(outbound.dropMessage == "custom/sorry" && outbound.ground == "written consent")
    #expect(outbound.fewestAgents == 5 && outbound.fewestAnswers == 100)
    #expect(outbound.blend == OutboundPolicy.Blend(keepFree: 1, maxCallersWaiting: 2, minServiceLevel: 0.8))
    #expect(outbound.patience == .seconds(2) && outbound.minimumRing == .seconds(15))
  }

  @Test func `does not start without a message for the dropped`() {
    #expect(
      mistakes(least(campaign: "    mode: predictive\n    ground: consent")) == [
        "12:5: mode predictive needs \"drop_message\" in campaigns[0]; add the sound that a customer hears for whom "
          + "no agent is there, such as `drop_message: custom/sorry-we-called`"
      ])
  }

  @Test(arguments: ["predictive", "message"])
  func `does not start without a ground where the law asks for one`(mode: String) throws {
    let lines = "    mode: \(mode)\n    drop_message: custom/sorry\n    message: {context: m}"
    let law = try #require(found(lines).first)
    #expect(
      law.hasPrefix(
        "mode \(mode) in campaigns[0] needs \"ground\" by the law of legal: ru (38-FZ, article 18(2): "))
    #expect(law.contains("add what makes these calls lawful, such as `ground: written consent`"))
    #expect(found(lines).count == 1)
    #expect(found(lines + "\n    ground: consent") == [])
    #expect(found(lines + "\n    legal: us") == [])
    #expect(found(lines, region: "US") == [])
    #expect(found(lines, region: "KZ") == [], "no law is known there")
    #expect(found(lines, region: "DE").count == 1)
  }

  @Test func `may not be allowed more drops than the law`() {
    #expect(found(Self.predictive + "\n    legal: us\n    max_drop_rate: 3%") == [])
    #expect(
      found(Self.predictive + "\n    legal: us\n    max_drop_rate: 3.5%") == [
        "max_drop_rate in campaigns[0] must be at most 3% by legal: us (16 CFR 310.4(b)(4)(i); 47 CFR 64.1200(a)(7): "
          + "of calls answered live by a person, each 30 days)"
      ])
    #expect(found("    mode: progressive\n    legal: uk\n    max_drop_rate: 10%").count == 1)
    #expect(found(Self.predictive + "\n    max_drop_rate: 5%") == [], "Russian law has no figure")
  }

  @Test func `rings at least as long as the law asks, and fifteen seconds where it is silent`() {
    #expect(
      found(Self.predictive + "\n    legal: us\n    ring: 14s") == [
        "ring in campaigns[0] must be at least 15s in mode predictive (16 CFR 310.4(b)(4)(ii); "
          + "47 CFR 64.1200(a)(6): 15 seconds or four rings)"
      ])
    #expect(
      found(Self.predictive + "\n    ring: 14s") == [
        "ring in campaigns[0] must be at least 15s in mode predictive"
      ])
    #expect(found("    ring: 5s") == [], "agent first")
  }

  @Test func `cannot let customers wait for an agent longer than the law`() {
    #expect(
      found(Self.predictive + "\n    connect: {context: c, wait: 10s}") == [
        "connect.wait in campaigns[0] must be at most 2s in mode predictive; take it out"
      ])
    #expect(found(Self.predictive + "\n    connect: {context: c, wait: 1s}") == [])
    #expect(found(Self.predictive + "\n    connect: {context: c}") == [], "30s is client_first's")
    #expect(found("    mode: client_first\n    connect: {context: c, wait: 90s}") == [])
  }

  @Test func `shares its agents' queue with no other`() throws {
    let second = """
        - name: second
          queues: [sales]
          calendar: office
          mode: predictive
          drop_message: custom/sorry
          ground: consent
      """
    let both = sentences(least(campaign: Self.predictive + "\n" + second))
    #expect(both.count == 1)
    #expect(
      both.first?.hasPrefix(
        "campaigns[1] and campaigns[0] (line 12) are predictive and both take their agents from")
        == true)
  }

  @Test func `has the law of its region, and of the world where none is known`() throws {
    func law(_ region: String, _ line: String = "") throws -> LegalProfile.Place? {
      try read(least(campaign: line).replacing("region: RU", with: "region: \(region)"))
        .policy.campaigns.first?.outbound.legal?.place
    }
    #expect(try law("RU") == .russia && law("US") == .unitedStates && law("GB") == .unitedKingdom)
    #expect(try law("UA") == .ukraine && law("FR") == .europeanUnion && law("KZ") == nil)
    #expect(try law("US", "    legal: none") == nil)
    #expect(try law("US", "    legal: ru_debt") == .russiaDebt)
    #expect(
      found("    legal: ur").first?.contains("must be one of us, uk, eu, ru, ru_debt, ua, none") == true)
  }

  @Test func `blends by itself where it has a list, and only on demand where it calls back`() throws {
    func blend(_ line: String) throws -> OutboundPolicy.Blend? {
      try read(least(campaign: line)).policy.campaigns.first?.outbound.blend
    }
    #expect(try blend("") == nil)
    #expect(try blend("    blend: {}") == OutboundPolicy.Blend())
    #expect(try blend("    kind: outbound") == OutboundPolicy.Blend())
    #expect(try blend("    kind: outbound\n    blend: {keep_free: 2}")?.keepFree == 2)
  }
}
