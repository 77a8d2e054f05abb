import CallPolicy
import CallTracking
import Dialer
import Store
import Telephony

/// What those who work on calls need of the books: the switchboards, the runners of attempts, the writer of
/// facts. `Store` keeps them in PostgreSQL; the simulation puts books in memory in its place.
///
/// Each function is that of `Store` and promises what is said there.
protocol Books: Sendable {
  func migrate(dryRun: Bool) async throws(StoreError) -> MigrationReport
  func notifications(channels: [String]) -> AsyncStream<StoreNotification>

  // Facts.
  func settle(
    _ call: CallRecord, caller: CallerNumber, now: Timestamp,
    decide: @escaping @Sendable (NumberHistory) -> CallVerdict
  ) async throws(StoreError) -> (verdict: CallVerdict, alreadyRecorded: Bool)
  func record(_ entries: [QueueEntryRecord]) async throws(StoreError)
  func record(_ decisions: [Decision]) async throws(StoreError)
  func history(of number: PhoneNumber, now: Timestamp) async throws(StoreError) -> NumberHistory
  func callerFile(_ number: PhoneNumber) async throws(StoreError) -> CallerFile
  func ask(_ job: Job, decision: Decision) async throws(StoreError) -> (job: JobID, written: Bool)
  func isApplied(_ word: UniqueID) async throws(StoreError) -> Bool
  func noteApplied(_ word: UniqueID, saidAt moment: Timestamp) async throws(StoreError)
  func lastCustomer(
    of agent: MemberInterface, on pbx: PBXName, from: Timestamp, to: Timestamp
  ) async throws(StoreError) -> String?
  func cancelOwed(_ number: PhoneNumber, reason: String, now: Timestamp) async throws(StoreError) -> Int
  func takeOverduePromises(
    of campaign: CampaignName, saidBefore moment: Timestamp, now: Timestamp
  ) async throws(StoreError) -> [OverduePromise]

  // Jobs.
  func waitingJobs(
    campaigns: [CampaignName], pbx: PBXName?, dueBefore: Timestamp, limit: Int
  ) async throws(StoreError) -> [Job]
  func campaignRuns() async throws(StoreError) -> [CampaignRun]
  func contactZones(_ campaigns: [CampaignName]) async throws(StoreError) -> [ContactZone]
  func contactJobs(
    _ zones: [ContactZone], pbx: PBXName?, dueBefore: Timestamp, limit: Int
  ) async throws(StoreError) -> [Job]
  func lastDrops(
    of numbers: [PhoneNumber], since: Timestamp
  ) async throws(StoreError) -> [PhoneNumber: Timestamp]
  func answerCounts(
    of campaigns: [CampaignName], since: Timestamp
  ) async throws(StoreError) -> [AnswerCountsStep]
  func job(_ id: JobID) async throws(StoreError) -> Job?
  func addJob(_ job: Job, decision: Decision) async throws(StoreError) -> (job: Job, created: Bool)
  func record(
    answer: String, to question: String, attempt: AttemptID, at: Timestamp
  ) async throws(StoreError) -> Bool
  func setDoNotCall(_ number: PhoneNumber, reason: String, now: Timestamp) async throws(StoreError)
  func expireJobs(now: Timestamp) async throws(StoreError) -> [Job]
  func apply(
    _ changes: [JobChange], decisions: [Decision], number: PhoneNumber, now: Timestamp
  ) async throws(StoreError)

  // Attempts.
  func claim(
    _ attempt: AttemptRecord, lease: Lease, decision: Decision, limits: DialLimits
  ) async throws(StoreError) -> ClaimResult
  func write(_ attempt: AttemptRecord, lease: Lease, decisions: [Decision]) async throws(StoreError)
  func finish(
    _ attempt: AttemptRecord, lease: Lease, change: JobChange?, decisions: [Decision]
  ) async throws(StoreError)
  func attempt(_ id: AttemptID) async throws(StoreError) -> AttemptRecord?
  func liveAttempts(pbx: PBXName) async throws(StoreError) -> [AttemptRecord]
  func attempt(
    dialling number: PhoneNumber, before moment: Timestamp, notEndedBefore end: Timestamp
  ) async throws(StoreError) -> AttemptID?

  // The lease.
  func acquireLease(pbx: PBXName, holder: InstanceName, ttl: Duration) async throws(StoreError) -> Lease?
  func renew(_ lease: Lease) async throws(StoreError) -> Lease?
  func release(_ lease: Lease) async throws(StoreError)
}

extension Store: Books {}

/// Books without lists and messages, in which no campaign was ever paused and nobody was dropped: those of the
/// simulation.
extension Books {
  func callerFile(_ number: PhoneNumber) async throws(StoreError) -> CallerFile { CallerFile() }
  func ask(_ job: Job, decision: Decision) async throws(StoreError) -> (job: JobID, written: Bool) {
    (job.id, false)
  }
  func isApplied(_ word: UniqueID) async throws(StoreError) -> Bool { false }
  func noteApplied(_ word: UniqueID, saidAt moment: Timestamp) async throws(StoreError) {}
  func lastCustomer(
    of agent: MemberInterface, on pbx: PBXName, from: Timestamp, to: Timestamp
  ) async throws(StoreError) -> String? { nil }
  func cancelOwed(
    _ number: PhoneNumber, reason: String, now: Timestamp
  ) async throws(StoreError) -> Int { 0 }
  func takeOverduePromises(
    of campaign: CampaignName, saidBefore moment: Timestamp, now: Timestamp
  ) async throws(StoreError) -> [OverduePromise] { [] }
  func addJob(_ job: Job, decision: Decision) async throws(StoreError) -> (job: Job, created: Bool) {
    (job, false)
  }
  func record(
    answer: String, to question: String, attempt: AttemptID, at: Timestamp
  ) async throws(StoreError) -> Bool { false }
  func setDoNotCall(_ number: PhoneNumber, reason: String, now: Timestamp) async throws(StoreError) {}
  func lastDrops(
    of numbers: [PhoneNumber], since: Timestamp
  ) async throws(StoreError) -> [PhoneNumber: Timestamp] { [:] }
  func answerCounts(
    of campaigns: [CampaignName], since: Timestamp
  ) async throws(StoreError) -> [AnswerCountsStep] { [] }
  func campaignRuns() async throws(StoreError) -> [CampaignRun] { [] }
  func contactZones(_ campaigns: [CampaignName]) async throws(StoreError) -> [ContactZone] { [] }
  func contactJobs(
    _ zones: [ContactZone], pbx: PBXName?, dueBefore: Timestamp, limit: Int
  ) async throws(StoreError) -> [Job] { [] }
}
