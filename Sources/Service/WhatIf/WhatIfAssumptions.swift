import CallTracking
import Store
public import Telephony

/// What a what-if cannot read from the calls themselves: how customers and agents behave when they are called.
/// Taken from the recorded callbacks where there are enough, assumed otherwise; `sentences` says which.
public struct WhatIfAssumptions: Sendable, Equatable {
  /// With fewer recorded dials their shares say little, and the defaults are taken.
  static let dialsMin = 30

  /// Shares of dials by what the customer's phone did; they add up to 1.
  public var results: [CustomerResult: Double]
  /// Share of answered dials that become a conversation.
  public var conversationShare: Double
  /// From the dial to an answer, to a busy tone, and a conversation's length.
  public var customerRing: Duration
  public var talk: Duration
  /// Share of rung agents who pick up, and how long their phones ring.
  public var agentAnswers: Double
  public var agentRing: Duration
  /// What is estimated and from what, for people.
  public var sentences: [String]

  /// Where nothing is recorded.
  public static let assumed = WhatIfAssumptions(
    results: [.answered: 0.55, .noAnswer: 0.35, .busy: 0.1], conversationShare: 0.9,
    customerRing: .seconds(10),
    talk: .seconds(120), agentAnswers: 0.9, agentRing: .seconds(5), sentences: [])

  /// From what was recorded.
  init(_ recording: Recording) {
    self = .assumed
    let dials = recording.answers.reduce(0) { $0 + $1.count }
    let answered = recording.answers.filter { $0.result == .answered }
    let answeredCount = answered.reduce(0) { $0 + $1.count }
    if dials >= Self.dialsMin {
      results = Dictionary(
        recording.answers.map { ($0.result, Double($0.count) / Double(dials)) }, uniquingKeysWith: +)
      let conversations = answered.filter(\.conversation)
      let talks = conversations.reduce(0) { $0 + $1.count }
      if answeredCount > 0 {
        conversationShare = Double(talks) / Double(answeredCount)
        customerRing = Self.mean(answered.map { ($0.ring, $0.count) })
      }
      if talks > 0 { talk = Self.mean(conversations.map { ($0.talk, $0.count) }) }
      sentences.append(
        "How customers answer is estimated from \(dials) recorded dials: \(Self.percent(results[.answered] ?? 0)) "
          + "answered, a talk lasts \(Self.span(talk)).")
    } else {
      let talks = recording.calls.filter { $0.record.answered && $0.record.direction == .inbound }.map(
        \.record.talk)
      if talks.count >= Self.dialsMin { talk = talks.reduce(.zero, +) / talks.count }
      sentences.append(
        "There are only \(dials) recorded dials, so it is assumed that \(Self.percent(results[.answered] ?? 0)) of "
          + "dials are answered, and that a talk lasts \(Self.span(talk))"
          + (talks.count >= Self.dialsMin ? " as with callers." : "."))
    }
    if recording.agentsRung >= Self.dialsMin {
      agentAnswers = Double(recording.agentsAnswered) / Double(recording.agentsRung)
      if recording.agentsAnswered > 0 { agentRing = recording.agentRing }
      sentences.append(
        "Agents pick up \(Self.percent(agentAnswers)) of the times they are rung, as \(recording.agentsRung) "
          + "recorded rings show.")
    } else {
      sentences.append(
        "It is assumed that agents pick up \(Self.percent(agentAnswers)) of the times they are rung.")
    }
  }

  private init(
    results: [CustomerResult: Double], conversationShare: Double, customerRing: Duration, talk: Duration,
    agentAnswers: Double, agentRing: Duration, sentences: [String]
  ) {
    self.results = results
    self.conversationShare = conversationShare
    self.customerRing = customerRing
    self.talk = talk
    self.agentAnswers = agentAnswers
    self.agentRing = agentRing
    self.sentences = sentences
  }

  private static func mean(_ values: [(Duration, Int)]) -> Duration {
    let count = values.reduce(0) { $0 + $1.1 }
    return count == 0 ? .zero : values.reduce(.zero) { $0 + $1.0 * $1.1 } / count
  }

  private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded()))%" }
  private static func span(_ span: Duration) -> String { "\(Int(span.inSeconds.rounded())) s" }

  /// What the customer's phone does, by a draw from 0 to below 1.
  func result(_ draw: Double) -> CustomerResult {
    var sum = 0.0
    for result in CustomerResult.allCases {
      sum += results[result] ?? 0
      if draw < sum { return result }
    }
    return .noAnswer
  }
}
