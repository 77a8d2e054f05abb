import CallPolicy
import Dialer
public import Foundation
import Store
public import Telephony

/// What an administrator asks of the books, for the commands and the API.
public struct Administration: Sendable {
  let settings: Settings
  let store: Store

  /// Over the books of a running service.
  init(_ settings: Settings, store: Store) {
    self.settings = settings
    self.store = store
  }

  /// Opens its own small pool; close it at the end.
  public init(_ settings: Settings) {
    self.settings = settings
    store = Store(
      StoreSettings(url: settings.database.url.value, poolSize: 4, applicationName: "perezvon-cli"))
  }

  public func close() async { await store.close() }

  /// The zone people read times in: that of the first calendar, else the machine's.
  public var zone: TimeZone { Self.zone(of: settings) }

  /// The same, of settings.
  public static func zone(of settings: Settings) -> TimeZone {
    let calendar = settings.policy.campaigns.lazy.compactMap { settings.policy.calendar(of: $0) }.first
    return calendar.flatMap { TimeZone(identifier: $0.zone.name) } ?? .current
  }

  /// What a number's story says of the campaigns that are held.
  func explanation(_ story: NumberStory) -> Explanation {
    let policy = CallPolicy(settings: settings.policy)
    let now = Self.now
    let held = settings.policy.campaigns.compactMap { campaign in
      policy.held(campaign, run: story.runs.first { $0.campaign == campaign.name }, at: now)
        .map { (campaign.name, $0) }
    }
    return Explanation(story, zone: zone, now: now, held: Dictionary(held) { first, _ in first })
  }

  static var now: Timestamp { Timestamp(seconds: Date().timeIntervalSince1970) }

  /// Brings the schema up to date, or says what that would do. Returns the sentences to show.
  public func migrate(dryRun: Bool) async throws(AdministrationError) -> [String] {
    do {
      let report = try await store.migrate(dryRun: dryRun)
      var lines = report.applied.map { (dryRun ? "would apply " : "applied ") + $0 }
      if report.viewsRenewed {
        lines.append(dryRun ? "would renew the views of schema report" : "renewed the views of schema report")
      }
      if report.current { lines.append("The schema is current (\(report.present.count) migrations).") }
      return lines + report.notes
    } catch { throw AdministrationError(error) }
  }

  /// Reads a number as the configuration's region does.
  public func number(_ text: String) throws(AdministrationError) -> PhoneNumber {
    guard let number = settings.numberPlan.read(text).e164 else {
      throw AdministrationError(
        message: "\(PrintableText(text)) cannot be read as a phone number; write it as +79161234567.")
    }
    return number
  }

  /// The whole story of a number. Text that no plan reads is looked up as it is.
  public func explain(_ text: String) async throws(AdministrationError) -> Explanation {
    let number = settings.numberPlan.read(text)
    do {
      return explanation(try await store.story(of: number.shown ?? text))
    } catch { throw AdministrationError(error) }
  }

  // MARK: Jobs

  public func jobs(number: String?, state: JobState?, campaign: String?, limit: Int)
    async throws(AdministrationError)
    -> [JobDocument]
  {
    let filter = JobFilter(
      number: try number.map { text throws(AdministrationError) in try self.number(text).e164 }, state: state,
      campaign: campaign.map { CampaignName($0) }, limit: limit)
    do { return try await store.jobs(filter).map { JobDocument($0) } } catch {
      throw AdministrationError(error)
    }
  }

  public func job(_ text: String) async throws(AdministrationError) -> JobDocument {
    JobDocument(try await existingJob(text))
  }

  func existingJob(_ text: String) async throws(AdministrationError) -> Job {
    guard let id = JobID(text) else {
      throw AdministrationError(
        .notFound, message: "\(PrintableText(text)) is not a job id; `perezvon jobs list` shows them.")
    }
    do {
      if let job = try await store.job(id) { return job }
    } catch { throw AdministrationError(error) }
    throw AdministrationError(
      .notFound, message: "There is no job \(id); `perezvon jobs list` shows those there are.")
  }

  /// The PBX of that name; without a name the only one there is. `question` opens the sentence for whoever has to
  /// name one of several; their names end it.
  func pbx(named name: String?, question: String) throws(AdministrationError) -> PBXName {
    let known = settings.pbxs.map(\.name)
    let list = known.map(\.rawValue).joined(separator: ", ")
    guard let name else {
      guard known.count == 1 else { throw AdministrationError(message: "\(question): \(list).") }
      return known[0]
    }
    guard let pbx = known.first(where: { $0.rawValue == name }) else {
      throw AdministrationError(
        .notFound, message: "There is no PBX \(PrintableText(name)); the configuration has: \(list).")
    }
    return pbx
  }

  /// Owes a number a callback, asked for by hand or by a program, to be dialled from one PBX. Returns the job, and
  /// whether it is new.
  public func addJob(
    number text: String, campaign name: String, pbx: String?, at: Timestamp?, by: String = "hand"
  )
    async throws(AdministrationError)
    -> (job: JobDocument, created: Bool)
  {
    let pbx = try self.pbx(
      named: pbx, question: "The configuration has several PBXs, name one with --pbx")
    guard let campaign = settings.policy.campaign(named: CampaignName(name)) else {
      let known = settings.policy.campaigns.map(\.name.rawValue).joined(separator: ", ")
      throw AdministrationError(
        .notFound, message: "There is no campaign \(PrintableText(name)); the configuration has: \(known).")
    }
    guard let number = settings.numberPlan.read(text).e164 else {
      throw AdministrationError(
        .conflict, message: "No job was added: \(PrintableText(text)) cannot be read as a phone number.")
    }
    let caller = settings.numberPlan.read(number.e164)
    let now = Self.now
    do {
      let history = try await store.history(of: number, now: now)
      let policy = CallPolicy(settings: settings.policy)
      if let why = policy.refusal(of: caller, doNotCall: history.doNotCall) {
        throw AdministrationError(.conflict, message: "No job was added: \(why).")
      }
      var random = SystemRandomNumberGenerator()
      let due = at ?? now
      let job = Job.asked(
        id: JobID(UniqueID(at: now, using: &random)), campaign, number, source: .api,
        reason: "added by \(by)",
        pbx: pbx, dueAt: due, now: now)
      let added = try await store.addJob(
        job,
        decision: Decision(
          at: now, number: number.e164, job: job.id, decision: "job_created",
          reason: "a callback was added by \(by)"))
      return (JobDocument(added.job), added.created)
    } catch let error as AdministrationError {
      throw error
    } catch let error as StoreError {
      throw AdministrationError(error)
    } catch {
      throw AdministrationError(message: "\(error)")
    }
  }

  /// What can be done to one waiting job.
  public enum JobAction: Sendable {
    case cancel
    case now
    case postpone(to: Timestamp)
    /// Its owner, who is waited for; nil: nobody.
    case assign(to: MemberInterface?)
  }

  /// Changes a waiting job. `by` ends the sentence of the decision: "cancelled by hand".
  public func change(
    _ text: String, _ action: JobAction, by: String = "hand"
  ) async throws(AdministrationError) -> JobDocument {
    let job = try await existingJob(text)
    let now = Self.now
    let done: Bool
    do {
      switch action {
      case .cancel: done = try await store.cancel(job.id, reason: "cancelled by \(by)", now: now)
      case .now:
        done = try await store.makeDue(job.id, reason: "made due at once by \(by)", now: now)
      case .assign(let owner):
        let what = owner.map { "assigned to \($0)" } ?? "taken from its owner"
        done = try await store.assign(job.id, to: owner, reason: "\(what) by \(by)", now: now)
      case .postpone(let to):
        done = try await store.postpone(job.id, to: to, reason: "postponed by \(by)", now: now)
      }
    } catch { throw AdministrationError(error) }
    guard done else {
      throw AdministrationError(
        .conflict,
        message: job.state == .working
          ? "Job \(job.id) has a call going on; wait until it is over."
          : "Job \(job.id) is \(job.state.rawValue) already; only a waiting job can be changed.")
    }
    return try await self.job(text)
  }

  // MARK: Tokens

  /// A token for the API; told once, only its hash is kept.
  public func createToken(
    role: String, label: String, member: String? = nil, lifetime: Duration?
  ) async throws(AdministrationError) -> String {
    guard let role = TokenRole(rawValue: role) else {
      throw AdministrationError(
        message:
          "\(PrintableText(role)) is not a role; take one of \(TokenRole.allCases.map(\.rawValue).joined(separator: ", "))."
      )
    }
    let now = Self.now
    do {
      return try await store.createToken(
        role: role, label: label, member: member.map { MemberInterface($0) },
        expires: lifetime.map { now + $0 }, now: now)
    } catch {
      guard error.code == .uniqueViolation else { throw AdministrationError(error) }
      throw AdministrationError(
        message: "There is a token with the label \(PrintableText(label)) already; take another label, or "
          + "`perezvon token revoke` that one first.")
    }
  }

  public func revokeToken(label: String) async throws(AdministrationError) -> Bool {
    do { return try await store.revokeToken(label: label) } catch { throw AdministrationError(error) }
  }

  /// What a span of time brought.
  public func summary(from: Timestamp, to: Timestamp) async throws(AdministrationError) -> SummaryDocument {
    do {
      return SummaryDocument(try await store.summary(from: from, to: to))
    } catch { throw AdministrationError(error) }
  }
}

/// Why a command could not do what it was asked, in a sentence.
public struct AdministrationError: Error, Sendable, CustomStringConvertible {
  /// What a program can make of it; a command only shows the sentence.
  public enum Kind: Sendable, Hashable {
    /// What was asked makes no sense.
    case invalid
    case notFound
    /// It makes sense, and not as things are.
    case conflict
    /// PostgreSQL is away.
    case unavailable
    case other
  }

  public let kind: Kind
  public let message: String
  public var description: String { message }

  public init(_ kind: Kind = .invalid, message: String) {
    self.kind = kind
    self.message = message
  }

  init(_ error: StoreError) {
    message = error.description
    kind = error.code == .unavailable ? .unavailable : .other
  }
}
