import CallPolicy
import Store
public import Telephony

/// A call that an agent makes himself: promised for later, or wanted now.
public struct OwnCall: Sendable, Hashable {
  /// His interface, `PJSIP/101`.
  public var agent: String
  /// As it was written.
  public var number: String
  /// Nil: the first fed by missed calls whose agents are those of one of his queues, else the first of those.
  public var campaign: String?
  /// Nil: the only one there is.
  public var pbx: String?
  /// A few words for whoever makes the call; stands in the sentence of the job. At most `Administration.noteMax` bytes.
  public var note = ""
  /// Queues he is a member of.
  var queues: Set<QueueName> = []
  /// Who said so in his place; nil: he himself.
  var by: String?

  public init(
    agent: String, number: String, campaign: String? = nil, pbx: String? = nil, note: String = ""
  ) {
    self.agent = agent
    self.number = number
    self.campaign = campaign
    self.pbx = pbx
    self.note = note
  }
}

extension Administration {
  /// Records what an agent promised: the callback is his, and due then. An open callback of the campaign becomes his;
  /// where it is being made at this moment, when that call is over. Returns the job, and whether it is new.
  ///
  /// - Parameter at: moved to the next opening of the campaign's calendar where it is none.
  public func promise(
    _ call: OwnCall, at moment: Timestamp
  ) async throws(AdministrationError) -> (job: JobDocument, created: Bool) {
    let plan = try await plan(call, refused: "No promise was kept", at: moment)
    var job = plan.policy.asked(
      id: plan.id, in: plan.campaign, plan.number, by: plan.owner, history: plan.history, pbx: plan.pbx,
      queue: nil, dueAt: plan.dueAt, saidAt: plan.dueAt, arrivedAt: plan.now, now: plan.now)
    job.reason += call.tail
    do throws(StoreError) {
      let kept = try await store.ask(job, decision: plan.decision("promised", job))
      if let stored = try await store.job(kept.job) { return (JobDocument(stored), kept.job == job.id) }
    } catch { throw AdministrationError(error) }
    throw AdministrationError(.conflict, message: "The job is gone already.")
  }

  /// Has an agent call a number as soon as his phone is free: it rings, then the customer's. An open callback of the
  /// campaign becomes his. Returns the job, and whether it is new.
  public func callNow(
    _ call: OwnCall
  ) async throws(AdministrationError) -> (job: JobDocument, created: Bool) {
    let plan = try await plan(call, refused: "He is not called", at: nil)
    var job = plan.policy.wanted(
      id: plan.id, in: plan.campaign, plan.number, by: plan.owner, history: plan.history, pbx: plan.pbx,
      dueAt: plan.dueAt, now: plan.now)
    job.reason += call.tail
    do throws(StoreError) {
      let added = try await store.addJob(job, decision: plan.decision("job_created", job))
      if added.created { return (JobDocument(added.job), true) }
      let open = added.job.id
      if try await store.assign(open, to: plan.owner, reason: job.reason, now: plan.now),
        try await store.postpone(open, to: plan.dueAt, reason: job.reason, now: plan.now),
        let stored = try await store.job(open)
      {
        return (JobDocument(stored), false)
      }
    } catch { throw AdministrationError(error) }
    throw AdministrationError(.conflict, message: "He is not called: another call to him is being made.")
  }

  /// What both have in common, read and checked.
  private struct OwnCallPlan {
    var id: JobID
    var policy: CallPolicy
    var campaign: CampaignPolicy
    var number: PhoneNumber
    var owner: MemberInterface
    var pbx: PBXName
    var history: NumberHistory
    var dueAt: Timestamp
    var now: Timestamp

    func decision(_ word: String, _ job: Job) -> Decision {
      Decision(at: now, number: job.number.e164, job: job.id, decision: word, reason: job.reason)
    }
  }

  /// - Parameters:
  ///   - refused: opens the sentence of a refusal.
  ///   - moment: nil: now.
  private func plan(
    _ call: OwnCall, refused: String, at moment: Timestamp?
  ) async throws(AdministrationError) -> OwnCallPlan {
    let pbx = try self.pbx(
      named: call.pbx, question: "The configuration has several PBXs, name one with --pbx")
    let policy = CallPolicy(settings: settings.policy)
    let campaign = try ownCampaign(call, policy)
    let owner = MemberInterface(call.agent)
    guard DialplanText.isDialString(owner) else {
      throw AdministrationError(
        .notFound, message: "\(PrintableText(call.agent)) is no interface of an agent, such as PJSIP/101.")
    }
    guard call.note.utf8.count <= Self.noteMax else {
      throw AdministrationError(message: "The note is longer than \(Self.noteMax) bytes.")
    }
    guard let number = settings.numberPlan.read(call.number).e164 else {
      throw AdministrationError(
        .conflict, message: "\(refused): \(PrintableText(call.number)) cannot be read as a phone number.")
    }
    let now = Self.now
    let history: NumberHistory
    do { history = try await store.history(of: number, now: now) } catch { throw AdministrationError(error) }
    let why =
      policy.refusalToAgents(of: campaign)
      ?? policy.refusal(
        of: settings.numberPlan.read(number.e164), in: campaign, doNotCall: history.doNotCall)
    if let why { throw AdministrationError(.conflict, message: "\(refused): \(why).") }
    guard let dueAt = policy.opening(of: campaign, atOrAfter: max(moment ?? now, now)) else {
      throw AdministrationError(
        .conflict, message: "\(refused): the campaign's calendar never opens after that.")
    }
    var random = SystemRandomNumberGenerator()
    return OwnCallPlan(
      id: JobID(UniqueID(at: now, using: &random)), policy: policy, campaign: campaign, number: number,
      owner: owner, pbx: pbx, history: history, dueAt: dueAt, now: now)
  }

  private func ownCampaign(
    _ call: OwnCall, _ policy: CallPolicy
  ) throws(AdministrationError) -> CampaignPolicy {
    let name = call.campaign.map { CampaignName($0) }
    if let campaign = policy.ownCampaign(named: name, queues: call.queues) { return campaign }
    guard let name else {
      throw AdministrationError(.notFound, message: "There is no campaign that makes callbacks.")
    }
    let known = settings.policy.campaigns.map(\.name.rawValue).joined(separator: ", ")
    throw AdministrationError(
      .notFound,
      message: "There is no campaign \(PrintableText(name.rawValue)); the configuration has: \(known).")
  }
}

extension OwnCall {
  /// What the sentence of the job ends with.
  fileprivate var tail: String {
    let said = by.map { ", says \($0)" } ?? ""
    return note.isEmpty ? said : "\(said); \(note)"
  }
}
