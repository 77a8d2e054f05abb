import CallPolicy
import Dialer
import Store
public import Telephony

/// One job with what was tried and decided for it.
public struct JobStoryDocument: Sendable, Encodable {
  public let job: JobDocument
  public let attempts: [AttemptDocument]
  public let decisions: [DecisionDocument]

  private enum CodingKeys: String, CodingKey { case tried, decisions }

  /// The job's own fields, and `tried` and `decisions` beside them.
  public func encode(to encoder: any Encoder) throws {
    try job.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(attempts, forKey: .tried)
    try container.encode(decisions, forKey: .decisions)
  }
}

/// One try to carry out a job.
public struct AttemptDocument: Sendable, Encodable {
  public let attempt: String
  /// Of its job, from 1.
  public let n: Int
  public let pbx: String
  public let startedAt: Timestamp
  /// Nil while it goes on.
  public let endedAt: Timestamp?
  public let agent: String?
  public let agentResult: String
  public let customerResult: String
  public let phase: String
  /// Nil while it goes on.
  public let outcome: String?
  public let talkSeconds: Double

  init(_ attempt: AttemptRecord) {
    self.attempt = attempt.id.description
    n = attempt.n
    pbx = attempt.pbx.rawValue
    startedAt = attempt.startedAt
    endedAt = attempt.endedAt
    agent = attempt.agent?.rawValue
    agentResult = attempt.agentResult.rawValue
    customerResult = attempt.customerResult.rawValue
    phase = attempt.phase.rawValue
    outcome = attempt.outcome?.rawValue
    talkSeconds = attempt.talk.inSeconds
  }
}

/// What was decided, and why.
public struct DecisionDocument: Sendable, Encodable {
  public let at: Timestamp
  public let decision: String
  public let reason: String

  init(_ decision: Decision) {
    at = decision.at
    self.decision = decision.decision
    reason = PrintableText(decision.reason, limit: 1_000).description
  }
}

extension Administration {
  /// A job with its attempts and decisions.
  public func jobStory(
    _ id: String, masked: Bool = false
  ) async throws(AdministrationError) -> JobStoryDocument {
    let job = try await existingJob(id)
    do throws(StoreError) {
      let story = try await store.story(of: job.id)
      return JobStoryDocument(
        job: JobDocument(job, masked: masked), attempts: story.attempts.map(AttemptDocument.init),
        decisions: story.decisions.map(DecisionDocument.init))
    } catch { throw AdministrationError(error) }
  }
}
