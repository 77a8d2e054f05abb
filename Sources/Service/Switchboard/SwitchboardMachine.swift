import CallPolicy
import CallTracking
import Dialer
import Store
import Telephony

/// One PBX as the service sees it: calls are followed, jobs are matched with agents, attempts are carried on.
///
/// Pure: time and chance come in, effects go out. `Switchboard` performs them.
struct SwitchboardMachine {
  var settings: SwitchboardSettings { didSet { roundIsStale = true } }
  var tracker: CallTracker
  var board: DispatchBoard
  var random: AnyGenerator
  /// Predictive campaigns. Untouched where there is none.
  var desk = PacingDesk() { didSet { roundIsStale = true } }
  /// The desk knows the answers of before.
  var answersRestored = false
  var pacedAt: Timestamp?

  /// Waiting jobs that are due soon, in line order.
  var jobs: [Job] = [] { didSet { roundIsStale = true } }
  var jobsLoad = JobsLoad.idle
  var jobsLoadedAt: Timestamp?
  /// What people decided about campaigns.
  var runs: [CampaignName: CampaignRun] = [:]
  /// When they could not be read: not before this again by ourselves.
  var jobsRetryAt: Timestamp?
  /// Jobs at rest after a refused claim.
  var resting: [JobID: Timestamp] = [:] { didSet { roundIsStale = true } }
  /// Preview: who asked for a card, and who declined one.
  var cards = CardDesk() { didSet { roundIsStale = true } }
  /// Claims whose answer is awaited.
  var claiming: [AttemptID: Claiming] = [:] { didSet { roundIsStale = true } }
  var attempts: [AttemptID: LiveAttempt] = [:] { didSet { roundIsStale = true } }
  /// Agents on the phone for several customers at once, by the attempt whose leg each is on.
  var lineGroups: [AttemptID: LineGroup] = [:]
  /// Where an agent is who went on from the attempt whose leg he is on.
  var agentsAt: [AttemptID: AttemptID] = [:]
  var cooling: [MemberInterface: Timestamp] = [:] { didSet { roundIsStale = true } }
  var lastAttemptEnd: [MemberInterface: Timestamp] = [:] { didSet { roundIsStale = true } }

  /// Live calls by number, over all PBXs.
  var onLine: [PhoneNumber: Set<PresenceKey>] = [:] { didSet { roundIsStale = true } }
  /// Channels that a snapshot showed and whose call the tracker does not know, with the number on them.
  var strangers: [ChannelID: Stranger] = [:]
  /// Jobs whose attempt ended while the customer's leg lived on: an agent had given him to somebody else.
  var givenOn: [AttemptID: Job] = [:]
  /// Customers with whom an attempt was connected that is over, until their call is in the books: before that
  /// nothing tells whether they are owed a call.
  var unsettled: [AttemptID: Unsettled] = [:]
  /// The number of each live call of this PBX.
  var numberOf: [LinkedID: PhoneNumber] = [:]

  var amiUp = false { didSet { roundIsStale = true } }
  var ariUp = false { didSet { roundIsStale = true } }
  /// When they last came or went.
  var linkChangedAt: [Dialer.PBXLink: Timestamp] = [:]
  /// Why they are down, in a sentence.
  var problem: [Dialer.PBXLink: String] = [:]
  var storeUp = true { didSet { roundIsStale = true } }
  var stopping = false { didSet { roundIsStale = true } }
  var pbxStartedAt: Timestamp?
  var pbxClock = PBXClock()
  /// When the last snapshots were asked for, at most `snapshotsMax`: what the tracker closed at such a moment ended
  /// unseen. Its word of it comes after the settle time, and another snapshot may be taken before.
  var resynchronizedAt: [Timestamp] = []
  static let snapshotsMax = 16
  var snapshot: PBXSnapshot?
  /// The ways to the network that Asterisk has told of.
  var trunks = TrunkBoard()
  var fence: Int64? { didSet { roundIsStale = true } }
  var adoption = Adoption.notNeeded { didSet { roundIsStale = true } }
  /// Attempts of whose talk the PBX was asked.
  var askedTalks: Set<AttemptID> = []
  /// Bridges our legs are in.
  var bridgeOf: [ChannelID: BridgeID] = [:]
  /// Our legs that were seen alive, and when first.
  var liveLegs: [ChannelID: Timestamp] = [:]
  /// Our legs that ended lately, oldest first.
  var closedLegs: [ChannelID] = []
  /// Callbacks in a row over a trunk in which nothing came from the customer.
  var silences: [String: Int] = [:]
  /// How callers of each queue were served lately.
  var serviceLevels = ServiceLevels()
  /// How long a caller would wait, by how long talks lasted lately.
  var waits = WaitEstimator()
  /// Callers the dialplan asked about, by their channel, whose answer is awaited.
  var questions: [ChannelID: HookQuestion] = [:]
  /// The priority a caller was given at the dialplan's question, for as long as his channel lives.
  var routedPriority: [ChannelID: Int] = [:]
  /// When a caller first joined each queue he was in, for as long as his channel lives.
  var firstJoins: [ChannelID: [QueueName: Timestamp]] = [:]
  /// The last customer of each agent, for a promise made after the talk.
  var lastCustomers: [MemberInterface: String] = [:]
  /// Callers who cancelled their callback while an attempt of it was under way.
  var cancelledByCaller: Set<PhoneNumber> = []
  /// Agents in a talk who are kept for a callback whose turn is next, and in which queue.
  var turnHolds: [MemberInterface: QueueName] = [:]
  /// When callers last waited in a queue: the reservation guard depends on it.
  var lastWaitingAt: Timestamp?
  var lastReconciledAt: Timestamp?
  /// The sentence last told for why nothing is dialled, to tell it once.
  var toldReasons: [JobID: String] = [:]

  var out: [SwitchboardEffect] = []

  enum JobsLoad { case idle, loading, loadingAndStale }

  enum Adoption: Equatable {
    /// We do not hold the lease.
    case notNeeded
    /// The lease is ours; snapshot and live attempts are being read.
    case reading(attempts: [AdoptableAttempt]?, snapshotSeen: Bool)
    /// What the dialplan knows of talks that may have ended unseen is being asked.
    case asking
    case done
  }

  /// Somebody who was on a line already when we came to look.
  struct Stranger: Equatable {
    let number: PhoneNumber
    let key: PresenceKey
  }

  struct Claiming {
    let job: Job
    let record: AttemptRecord
    let plan: AttemptPlan
    let claimedAt: Timestamp
  }

  struct LiveAttempt {
    var machine: Attempt
    let job: Job
    /// Its end was handed to the runner; the machine is only waiting to be forgotten.
    var ended = false
    /// Its call is in the books, or waits for them.
    var settled = false
    /// How far the desk of pacers was told that his customer is.
    var toldReach = Attempt.Reach.none
    var sentences: [String] = []
  }

  struct Unsettled {
    let number: PhoneNumber
    let key: PresenceKey
    let since: Timestamp
  }

  init(settings: SwitchboardSettings, random: any RandomNumberGenerator & Sendable) {
    self.settings = settings
    self.random = AnyGenerator(random)
    tracker = CallTracker(settings: TrackerSettings(settings.pbx))
    board = DispatchBoard(limits: settings.boardLimits)
    if !settings.pacing.isEmpty { desk.configure(settings.pacing, at: Timestamp(microseconds: 0)) }
  }

  mutating func handle(_ event: SwitchboardEvent, at now: Timestamp) -> [SwitchboardEffect] {
    switch event {
    case .amiUp(let snapshot, let askedAt): comeUp(snapshot, askedAt: askedAt, at: now)
    case .amiDown(let reason): goDown(.ami, reason, at: now)
    case .ariUp(let channels, let askedAt): ariComesUp(channels, askedAt: askedAt, at: now)
    case .ariDown(let reason): goDown(.ari, reason, at: now)
    case .pbx(let events):
      for stamped in events {
        take(stamped.event, happenedAt: pbxClock.moment(stamped.at, receivedAt: now), at: now)
      }
    case .settled(let call, let caller, let verdict): settled(call, caller, verdict, at: now)
    case .storeAvailable(let up):
      storeUp = up
      if up { wantJobs() }
    case .jobsChanged: wantJobs()
    case .jobsLoaded(let jobs): jobsLoaded(jobs, at: now)
    case .campaignsLoaded(let found):
      runs = Dictionary(found.map { ($0.campaign, $0) }) { first, _ in first }
    case .jobsNotLoaded:
      jobsLoad = .idle
      jobsRetryAt = now + SwitchboardSettings.jobsRetry
    case .claimAnswered(let id, let answer): claimAnswered(id, answer, at: now)
    case .liveAttempts(let found): foundAttempts(found, at: now)
    case .answersCounted(let steps): restoreAnswers(steps)
    case .talksTold(let found, let talks): toldTalks(found, talks, at: now)
    case .attempt(let id, let event): feed(id, event, at: now)
    case .attemptFinished(let id): forget(id, at: now)
    case .leaseWon(let fence): won(fence, at: now)
    case .leaseLost: lost(at: now)
    case .owed(let jobs, let entry): returned(entry, owed: jobs, at: now)
    case .callerFound(let question, let file): found(file, for: question, at: now)
    case .numberArrived(let number, let key): arrived(number, key, at: now)
    case .numberLeft(let number, let key): left(number, key)
    case .cardAsked(let agent): askForCard(agent, at: now)
    case .wake: break
    case .settingsChanged(let settings): adopt(settings, at: now)
    case .stopping: stop()
    case .cancelJob(let job, let by):
      for (id, live) in attempts where live.job.id == job { feed(id, .cancelled(by: by), at: now) }
    }
    perform(tracker.tick(at: now), at: now)
    tendLines(at: now)
    tendCards(at: now)
    reconcile(at: now)
    pace(at: now)
    dispatch(at: now)
    setAlarm(at: now)
    defer { out = [] }
    return out
  }

  /// Whether a stopping service should still wait: a phone rings, an agent is in his short wrap-up, or a claim is
  /// on its way. Talks are Asterisk's.
  var hasPhonesToWaitFor: Bool {
    !claiming.isEmpty
      || attempts.values.contains { live in
        switch live.machine.record.phase {
        case .agent, .card, .customer, .wrapUp: true
        case .connected, .ended: live.ended
        }
      }
  }

  /// Nothing new is begun. Who talks is let go of now: his phone is in use, so no queue rings him, and nobody
  /// of us is there when he hangs up.
  private mutating func stop() {
    stopping = true
    for agent in turnHolds.keys.sorted() { endTurn(of: agent) }
    for live in attempts.values where live.machine.isTalking && live.machine.holdsAgent {
      guard let agent = live.machine.record.agent else { continue }
      out.append(.command(.pauseMember(agent, queue: nil, paused: false, reason: "")))
    }
  }

  private mutating func adopt(_ settings: SwitchboardSettings, at now: Timestamp) {
    self.settings = settings
    board.limits = settings.boardLimits
    if !settings.pacing.isEmpty || !desk.campaigns.isEmpty { desk.configure(settings.pacing, at: now) }
    wantJobs()
  }

  /// Asks to be woken for whatever comes next by the clock alone. `dispatch` adds its own moments.
  private mutating func setAlarm(at now: Timestamp) {
    var next = now + SwitchboardSettings.jobsRefresh
    if let deadline = tracker.nextDeadline { next = min(next, deadline) }
    if let change = nextDispatch { next = min(next, change) }
    if let closing = nextLineClosing { next = min(next, closing) }
    if let start = nextStart(after: now) { next = min(next, start) }
    if let retry = jobsRetryAt, retry > now { next = min(next, retry) }
    if let pacedAt, desk.wantsTicks { next = min(next, pacedAt + Self.paceEvery) }
    out.append(.wake(at: max(next, now)))
  }

  /// Every seat of every queue; an agent may have several.
  var seats: [FloorMember] { tracker.floor.queues.flatMap(\.members) }

  /// When the dispatch could come to another result by the clock alone.
  var nextDispatch: Timestamp?
  /// Something that a round goes by has changed since the last one: what is kept here, or the floor. A busy PBX
  /// tells a thousand things a second, and a round looks at every job and every seat.
  var roundIsStale = true
  /// Rounds so far.
  var rounds = 0
}

extension SwitchboardSettings {
  var boardLimits: DispatchBoard.Limits {
    DispatchBoard.Limits(
      maxConcurrentDials: pbx.maxConcurrentDials, maxDialsPerSecond: pbx.maxDialsPerSecond)
  }
}

extension TrackerSettings {
  init(_ pbx: PBXSettings) {
    self.init(
      pbx: pbx.name, inboundContexts: Set(pbx.inboundContexts), stages: pbx.stages,
      voicemailIsMissed: pbx.voicemail == .missed, settle: pbx.settle)
  }
}
