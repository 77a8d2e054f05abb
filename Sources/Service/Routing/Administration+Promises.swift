import CallPolicy
import Store
public import Telephony

extension Administration {
  /// Records what an agent promised: the callback is his, and due then. An open callback of the campaign becomes his.
  ///
  /// - Parameters:
  ///   - agent: his interface, `PJSIP/101`.
  ///   - campaign: nil: the first that is fed by missed calls.
  ///   - pbx: nil: the only one there is.
  ///   - at: moved to the next opening of the campaign's calendar where it is none.
  public func promise(
    number text: String, agent: String, campaign: String?, pbx: String?, at: Timestamp
  ) async throws(AdministrationError) -> JobDocument {
    let pbx = try self.pbx(
      named: pbx, question: "The configuration has several PBXs, name one with --pbx")
    let policy = CallPolicy(settings: settings.policy)
    let named = campaign.map { CampaignName($0) }
    guard let campaign = policy.requestCampaign(named: named, queue: nil),
      named == nil || campaign.name == named
    else { throw AdministrationError(message: "There is no such campaign that makes callbacks.") }
    let owner = MemberInterface(agent)
    guard DialplanText.isDialString(owner) else {
      throw AdministrationError(
        message: "\(PrintableText(agent)) is no interface of an agent, such as PJSIP/101.")
    }
    let number = try number(text)
    let now = Self.now
    do {
      let history = try await store.history(of: number, now: now)
      if let why = policy.refusal(
        of: settings.numberPlan.read(number.e164), in: campaign, doNotCall: history.doNotCall)
      {
        throw AdministrationError(message: "No promise was kept: \(why).")
      }
      guard let dueAt = policy.opening(of: campaign, atOrAfter: max(at, now)) else {
        throw AdministrationError(
          message: "No promise was kept: the campaign's calendar never opens after that.")
      }
      var random = SystemRandomNumberGenerator()
      let job = policy.asked(
        id: JobID(UniqueID(at: now, using: &random)), in: campaign, number, by: owner, history: history,
        pbx: pbx,
        queue: nil, dueAt: dueAt, saidAt: dueAt, arrivedAt: now, now: now)
      let kept = try await store.ask(
        job,
        decision: Decision(
          at: now, number: number.e164, job: job.id, decision: "promised", reason: job.reason))
      guard let stored = try await store.job(kept.job) else {
        throw AdministrationError(message: "The job is gone already.")
      }
      return JobDocument(stored)
    } catch let error as AdministrationError {
      throw error
    } catch let error as StoreError {
      throw AdministrationError(error)
    } catch {
      throw AdministrationError(message: "\(error)")
    }
  }
}
