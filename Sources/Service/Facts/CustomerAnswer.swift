import CallPolicy
import Dialer
import Store
import Telephony

/// What a customer answered to a message, by `UserEvent(PerezvonAnswer,Question: …,Answer: …)` on our leg to him.
struct CustomerAnswer: Sendable, Equatable, Codable {
  /// What follows beside the answer itself: the field `Then`.
  enum Wish: String, Sendable, Codable {
    /// He wants to be called by a person.
    case callback
    /// He wants never to be called again.
    case never
  }

  /// Question and answer may have so many characters; the rest is cut off. Default 500.
  static let textMax = 500

  var attempt: AttemptID
  var question: String
  var answer: String
  var wish: Wish?
  /// The campaign that is to call him; nil: the first that makes callbacks.
  var campaign: CampaignName?
  var at: Timestamp
  var said: SaidWord?
}

extension CustomerAnswer {
  /// Nil where the event is no answer, or does not say to what.
  init?(event name: String, fields: [String: String], attempt: AttemptID, at: Timestamp, said: SaidWord) {
    guard name == "PerezvonAnswer", let question = fields["Question"], !question.isEmpty else { return nil }
    self.init(
      attempt: attempt, question: String(question.prefix(Self.textMax)),
      answer: String((fields["Answer"] ?? "").prefix(Self.textMax)), wish: fields["Then"].flatMap(Wish.init),
      campaign: fields["Campaign"].flatMap { $0.isEmpty ? nil : CampaignName($0) }, at: at, said: said)
  }
}

extension FactWriter {
  /// Writes an answer and what it asks for, each once however often it is told.
  func settle(_ answer: CustomerAnswer) async throws(StoreError) {
    guard
      try await store.record(
        answer: answer.answer, to: answer.question, attempt: answer.attempt, at: answer.at),
      let attempt = try await store.attempt(answer.attempt)
    else { return }
    if let said = answer.said, try await store.isApplied(said.id) { return }
    switch answer.wish {
    case nil: return
    case .never:
      let reason = "said so in answer to a message (\(attempt.campaign))"
      try await store.setDoNotCall(attempt.number, reason: reason, now: answer.at)
      try await store.record([
        Decision(
          at: answer.at, number: attempt.number.e164, job: attempt.job, decision: "do_not_call",
          reason: "He \(reason): he is not called again")
      ])
    case .callback: try await oweCallback(answer, attempt.number, attempt.pbx, not: attempt.campaign)
    }
    if let said = answer.said { try await store.noteApplied(said.id, saidAt: answer.at) }
  }

  private func oweCallback(
    _ answer: CustomerAnswer, _ number: PhoneNumber, _ pbx: PBXName, not asking: CampaignName
  ) async throws(StoreError) {
    let policy = settings.policy
    let campaigns = policy.settings.campaigns.filter { $0.name != asking && $0.mode != .message }
    let named = campaigns.first { $0.name == answer.campaign }
    let doNotCall = try await store.history(of: number, now: answer.at).doNotCall
    let refusal = policy.refusal(of: settings.plan.read(number.e164), doNotCall: doNotCall)
    guard let campaign = named ?? campaigns.first(where: { $0.kind == .callback }), refusal == nil else {
      let why = refusal ?? "there is no campaign that makes callbacks"
      try await store.record([
        Decision(
          at: answer.at, number: number.e164, job: nil, decision: "no_job",
          reason: "He asked to be called by a person; no job: \(why)")
      ])
      return
    }
    let job = Job.asked(
      id: world.draw(at: answer.at).0, campaign, number, source: .requested,
      reason: "asked for in answer to a message",
      pbx: pbx, dueAt: answer.at, now: answer.at)
    _ = try await store.addJob(
      job,
      decision: Decision(
        at: answer.at, number: number.e164, job: job.id, decision: "job_created",
        reason: "He asked in answer to a message to be called by a person"))
  }
}
