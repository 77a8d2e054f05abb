public import Telephony

/// What an attempt wants done.
///
/// The runner's promise: actions are performed strictly in order, also from one list to the next; a `.write`
/// has committed before the action behind it is begun. If it does not commit, the rest of its list is dropped
/// and `.writeFailed` is fed. Commands are put on the wire in order, each after the answer to the one before or its time-out.
public enum AttemptAction: Sendable, Hashable {
  /// To the wire; the outcome comes back as `.commandAnswered` with the same tag. Before `release` the runner
  /// looks whether the member is still paused with our reason, and leaves it where not.
  case command(CommandTag, PBXCommand)
  /// Find out whether the channel lives; the answer comes back as `.channelIs`.
  case ask(OurLeg.Party, ChannelID)
  /// Find out how many RTP packets have come from either side; the answer comes back as `.media`.
  case askMedia(agent: ChannelID, customer: ChannelID)
  /// Commit this, with the sentence as a decision where there is one.
  case write(AttemptRecord, sentence: String?)
  case startTimer(AttemptTimer, after: Duration)
  case cancelTimer(AttemptTimer)
  /// A sentence for `report.decisions` without a change of the record.
  case say(String)
  /// The agent is on the phone: so many further customers may be dialled for him.
  case openLines(Int)
  /// The agent goes on to another customer who is dialled for him; where there is none he is let go.
  case passOn(AgentTicket)
  /// The last action, exactly once: the runner writes the end, drops all timers, forgets the machine.
  case ended(AttemptEnd)
  /// Something that should not have come: counted and logged, nothing else.
  case anomaly(String)
}

/// How an attempt ended, for the books and for what comes next.
public struct AttemptEnd: Sendable, Hashable {
  /// What should follow for the job.
  public enum Next: Sendable, Hashable {
    /// A conversation.
    case succeeded
    /// By the ladder of this cause.
    case retry(RetryCause)
    /// The agent did not take the card: due again then; nil: as before.
    case setAside(until: Timestamp?)
    /// The number does not exist.
    case invalidNumber
    /// The customer called in himself: his call decides.
    case superseded
    /// A supervisor stopped it: his command decides.
    case cancelled
    /// Nothing ended but our hold on it: write nothing. Whoever has the lease next adopts the live row.
    case handedOn
  }

  /// Complete: phase `ended`, `endedAt` and `outcome` set (but for `handedOn`). `customerDialedAt` is nil
  /// where the customer was certainly not dialled, even if a write with it was made before.
  public var record: AttemptRecord
  public var next: Next
  /// Whether it uses up one of the job's `max_attempts`. False with `customerDialedAt` set: his phone may
  /// have rung (the caps per number count it), but it was not his doing.
  public var charged: Bool
  /// The customer is not dialled again before `endedAt` plus this, whatever the ladder says. Default zero.
  public var redialGap: Duration
  /// The agent should be left alone for a while: he did not pick up, declined, or hung up.
  public var coolDownAgent: Bool
  /// Another instance may hold the attempt now: write the end only as far as the fence allows, and do not
  /// report a refused write.
  public var disowned: Bool
  /// From whom nothing was heard; nil where sound came, or nobody could tell.
  public var silent: SilentSide?
  /// What the customer was reached by, such as `PJSIP/trunk`; empty where he did not answer.
  public var trunk: String
  /// What `explain` shows.
  public var sentence: String

  public init(
    record: AttemptRecord, next: Next, charged: Bool, redialGap: Duration = .zero,
    coolDownAgent: Bool = false, disowned: Bool = false, silent: SilentSide? = nil, trunk: String = "",
    sentence: String
  ) {
    self.record = record
    self.next = next
    self.charged = charged
    self.redialGap = redialGap
    self.coolDownAgent = coolDownAgent
    self.disowned = disowned
    self.silent = silent
    self.trunk = trunk
    self.sentence = sentence
  }

  /// Written before, and certainly not dialled: a charge made with the write is to be taken back.
  public var notDialled: Bool { record.customerDialedAt == nil }
}
