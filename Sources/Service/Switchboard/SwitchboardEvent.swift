import CallPolicy
import CallTracking
import Dialer
import Store
import Telephony
import WebAPI

/// What can happen to a switchboard: from the PBX, the books, the clock, the lease and other switchboards.
enum SwitchboardEvent: Sendable {
  // The PBX.
  /// What is younger than `askedAt` may be missing in the snapshot.
  case amiUp(PBXSnapshot, askedAt: Timestamp)
  case amiDown(reason: String)
  /// With all channels the PBX had when they were asked for.
  case ariUp(channels: [ChannelSnapshot], askedAt: Timestamp)
  case ariDown(reason: String)
  /// With the PBX's own time stamps, nil where it sends none.
  case pbx([StampedEvent])

  // The books.
  /// A call is in the books (`verdict`), or safe in the spool (nil).
  case settled(CallRecord, CallerNumber, CallVerdict?)
  case storeAvailable(Bool)
  /// A NOTIFY, or a change of our own: read the jobs again.
  case jobsChanged
  case jobsLoaded([Job])
  /// What people decided about campaigns, read with the jobs.
  case campaignsLoaded([CampaignRun])
  case jobsNotLoaded
  case claimAnswered(AttemptID, ClaimAnswer)
  /// The live attempts of this PBX with their jobs, after the lease was won.
  case liveAttempts([AdoptableAttempt])
  /// What became of answered dials of the last 30 days, by campaign and hour, oldest first.
  case answersCounted([AnswerCountsStep])
  /// Attempts whose customer's leg is gone, with what the dialplan kept of their talks.
  case talksTold([AdoptableAttempt], [AttemptID: TalkRecord])

  // Attempts.
  case attempt(AttemptID, AttemptEvent)
  /// The end of this attempt is in the books (or is another instance's by now).
  case attemptFinished(AttemptID)

  // The lease.
  case leaseWon(fence: Int64)
  case leaseLost

  /// The jobs still owed to a caller who joined a queue.
  case owed([Job], ReturningEntry)

  /// What the books know of a caller the dialplan asked about; nil where they did not say in time.
  case callerFound(HookQuestion, CallerFile?)

  // Other switchboards of this service.
  case numberArrived(PhoneNumber, PresenceKey)
  case numberLeft(PhoneNumber, PresenceKey)

  // Time and people.
  /// An agent asks for the next card; he does so again while he waits.
  case cardAsked(MemberInterface)
  /// The alarm set with `.wake`.
  case wake
  case settingsChanged(SwitchboardSettings)
  case cancelJob(JobID, by: String)
  /// The service is about to stop: nothing new is begun.
  case stopping
}

/// A caller who joined a queue, by a number that may be owed a callback.
struct ReturningEntry: Sendable, Hashable {
  let number: PhoneNumber
  let channel: ChannelID
  let channelName: String
  let queue: QueueName
}

/// What became of a claim.
enum ClaimAnswer: Sendable, Hashable {
  case result(ClaimResult)
  /// The database did not answer: whether it was committed is found out by reading the live attempts again.
  case failed(String)
}

/// One live call of a number.
struct PresenceKey: Sendable, Hashable {
  let pbx: PBXName
  let linkedID: LinkedID
}

/// A live attempt in the books, and its job.
struct AdoptableAttempt: Sendable, Hashable {
  let record: AttemptRecord
  /// Nil where the job's row cannot be read; then the attempt is closed by what its row says.
  let job: Job?
}

/// What a switchboard wants done. Performed in order by `Switchboard`.
enum SwitchboardEffect: Sendable, Equatable {
  case books([FactForBooks])
  /// Facts about calls whose end AMI did not see: queue_log is asked first.
  case askLog([FactForBooks])
  case loadJobs
  case loadLiveAttempts
  /// Ask the PBX what its dialplan kept of the talks of these: `.talksTold` follows.
  case askTalks([AdoptableAttempt])
  case claim(AttemptRecord, Decision, DialLimits)
  case apply([JobChange], [Decision], PhoneNumber)
  /// Look up what is owed to a caller who joined a queue.
  case lookUpOwed(ReturningEntry)
  /// Ask the books who this is: `.callerFound` follows, within `HookDesk.patience`.
  case lookUpCaller(HookQuestion)
  /// Answer the dialplan's question: the variables, then the caller goes on.
  case answerHook(HookQuestion, [HookVariable])
  /// Keep a sentence that changes nothing.
  case remember(Decision)
  /// Opens the runner of an attempt and performs steps in order; `.finish` closes it.
  case steps(AttemptID, [AttemptStep])
  /// Forget the runner of an attempt whose machine was replaced.
  case dropRunner(AttemptID)
  case numberArrived(PhoneNumber, PresenceKey)
  case numberLeft(PhoneNumber, PresenceKey)
  case wake(at: Timestamp)
  /// A command of no attempt: strays let go, a returning caller moved up.
  case command(PBXCommand)
  /// The books say the lease is not ours: forget it, and try to win it anew.
  case giveUpLease
  /// Take a new snapshot: `.amiUp` follows.
  case resynchronize
  case notice(kind: String, sentence: String)
  /// A card was offered, accepted or taken back.
  case card(CardNews)
  case anomaly(String)
  case limit(NamedLimit)
}

/// One step of an attempt's runner.
enum AttemptStep: Sendable, Hashable {
  case act(AttemptAction)
  /// Keep a sentence that changes nothing of the attempt.
  case note(Decision)
  /// Write the end of the attempt with what follows for its job.
  case finish(AttemptRecord, JobChange?, [Decision], disowned: Bool)
}

/// An event and when it happened by the clock of the PBX.
struct StampedEvent: Sendable, Hashable {
  var event: PBXEvent
  var at: Timestamp?
}
