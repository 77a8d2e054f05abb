import CallPolicy
import Store
public import Telephony

/// A campaign as the commands show it: `--json` prints it as it is.
public struct CampaignDocument: Sendable, Encodable {
  public let campaign: String
  public let kind: String
  public let mode: String
  public let runs: Bool
  /// Why nothing is begun; nil where it runs.
  public let held: String?
  public let startsAt: Timestamp?
  public let stopsAt: Timestamp?
  /// Of its lists.
  public let contacts: Int
  /// Jobs by state; states without any are left out.
  public let jobs: [String: Int]

  init(_ campaign: CampaignPolicy, run: CampaignRun?, held: String?, counts: CampaignCounts?) {
    self.campaign = campaign.name.rawValue
    kind = campaign.kind.rawValue
    mode = campaign.mode.rawValue
    runs = held == nil
    self.held = held
    startsAt = run?.startsAt
    stopsAt = run?.stopsAt
    contacts = counts?.contacts ?? 0
    jobs = Dictionary(
      (counts?.jobs ?? [:]).map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// For a terminal.
  public var line: String {
    let states = JobState.allCases.compactMap { state in
      jobs[state.rawValue].map { "\($0) \(state.rawValue)" }
    }
    return
      "\(PrintableText(campaign, limit: 60))  \(kind), \(mode)  \(runs ? "running" : "held: \(held ?? "")")"
      + (contacts > 0 ? "  \(contacts) contacts" : "")
      + (states.isEmpty ? "" : "  jobs: \(states.joined(separator: ", "))")
  }
}

extension Administration {
  /// What can be done to a campaign.
  public enum CampaignAction: Sendable {
    /// From `at` on, until `until`; nil: at once, without end.
    case start(at: Timestamp?, until: Timestamp?)
    /// Nothing new is begun from `at` on, nil: from now; calls that ring and talk go on.
    case pause(at: Timestamp?)
    case resume
  }

  public func campaigns() async throws(AdministrationError) -> [CampaignDocument] {
    let policy = CallPolicy(settings: settings.policy)
    let now = Self.now
    do throws(StoreError) {
      let runs = try await store.campaignRuns()
      let counts = try await store.campaignCounts(settings.policy.campaigns.map(\.name))
      return settings.policy.campaigns.map { campaign in
        let run = runs.first { $0.campaign == campaign.name }
        return CampaignDocument(
          campaign, run: run, held: policy.held(campaign, run: run, at: now),
          counts: counts.first { $0.campaign == campaign.name })
      }
    } catch { throw AdministrationError(error) }
  }

  /// Starts, pauses or resumes a campaign; running services take it at once.
  public func change(campaign name: String, _ action: CampaignAction, by: String)
    async throws(AdministrationError) -> CampaignDocument
  {
    guard let campaign = settings.policy.campaigns.first(where: { $0.name.rawValue == name }) else {
      let known = settings.policy.campaigns.map(\.name.rawValue).joined(separator: ", ")
      throw AdministrationError(
        .notFound, message: "There is no campaign \(PrintableText(name)); the configuration has: \(known).")
    }
    let now = Self.now
    do throws(StoreError) {
      let present = try await store.campaignRuns().first { $0.campaign == campaign.name }
      let (run, reason) = try Self.run(campaign, present, action, now)
      try await store.setRun(run, reason: "\(by) \(reason)")
    } catch {
      throw AdministrationError(error.code == .other ? .conflict : .unavailable, message: error.message)
    }
    let all = try await campaigns()
    guard let document = all.first(where: { $0.campaign == name }) else {
      throw AdministrationError(message: "The campaign is gone.")
    }
    return document
  }

  private static func run(
    _ campaign: CampaignPolicy, _ present: CampaignRun?, _ action: CampaignAction, _ now: Timestamp
  ) throws(StoreError) -> (CampaignRun, String) {
    var run = CampaignRun(campaign: campaign.name, state: .running, changedAt: now)
    switch action {
    case .start(let at, let until):
      if let until, until <= (at ?? now) {
        throw StoreError(code: .other, message: "It would end before it starts; give a later --until.")
      }
      run.startsAt = at
      run.stopsAt = until
      return (run, "started the campaign \(campaign.name)")
    case .pause(at: nil):
      run.state = .paused
      run.startsAt = present?.startsAt
      run.stopsAt = present?.stopsAt
      return (run, "paused the campaign \(campaign.name)")
    case .pause(let at?):
      guard at > now else { throw StoreError(code: .other, message: "--at lies in the past.") }
      if present == nil, campaign.kind == .outbound {
        throw StoreError(code: .other, message: "\(campaign.name) was not started; start it with --until.")
      }
      run.state = present?.state ?? .running
      run.startsAt = present?.startsAt.flatMap { $0 < at ? $0 : nil }
      run.stopsAt = at
      return (run, "scheduled the campaign \(campaign.name) to stop")
    case .resume:
      if present == nil, campaign.kind == .outbound {
        throw StoreError(
          code: .other, message: "\(campaign.name) was not started; `perezvon campaigns start` starts it.")
      }
      run.startsAt = present?.startsAt.flatMap { $0 > now ? $0 : nil }
      run.stopsAt = present?.stopsAt.flatMap { $0 > now ? $0 : nil }
      return (run, "resumed the campaign \(campaign.name)")
    }
  }
}
