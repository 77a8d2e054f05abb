public import Telephony

/// One attempt. Agent first: reserve and ring the agent, dial the customer, hand both to the dialplan, watch
/// the talk, let go of the agent. The other courses dial the customer first and send him on when he answers.
///
/// A value without clock or effects. The rule it keeps above all: the customer's originate stands behind a
/// `.write` of phase `customer` in the same list, and there is one in an attempt, never two.
public struct Attempt: Sendable, Hashable {
  /// Where it stands. Every state also goes to `clearing` or `ended` at the deadline, on a lost lease, a lost
  /// ARI link or a restarted PBX, as `Attempt+Interruption.swift` says.
  enum State: Sendable, Hashable {
    /// Not begun. Exits: reserving, clearing.
    case new
    /// The pause is sent. Exits: guarding (pause seen), ringingAgent or offering (no guard), clearing (conflict).
    case reserving
    /// Paused; the queue must leave the agent alone. Exits: ringingAgent, offering, clearing (conflict).
    case guarding
    /// Preview: the agent looks at the customer's card. Exits: ringingAgent (accepted), clearing (declined,
    /// postponed, time over, conflict).
    case offering
    /// The agent's phone rings. Exits: confirming, dialing (nothing to hear or press), clearing (no pick-up).
    case ringingAgent
    /// The agent hears the announcement. Exits: dialing, parting (superseded), clearing (declined, no key).
    case confirming
    /// The customer's originate is written and sent. Exits: handingOver, parting or clearing (not reached).
    case dialing
    /// The customer answered. Exits: talking, clearing (one hung up, or the dialplan did not take them).
    case handingOver(HandOver)
    /// Dialled first, the customer answered and is sent to the dialplan. Exits: connecting, talking, clearing.
    case sendingOn
    /// The dialplan looks for a human for him, or plays him a message. Exits: talking, clearing (he is gone).
    case connecting
    /// Asterisk alone holds the call. Exits: settling, wrapUp (both gone, or transferred), clearing (no sound),
    /// ended (deadline).
    case talking
    /// One leg is gone, the other is given time to go by itself. Exits: wrapUp, clearing (no wrap-up).
    case settling
    /// The agent is held for wrap-up. Exits: clearing.
    case wrapUp
    /// The agent hears a last message. Exits: clearing.
    case parting(Ending)
    /// Our legs are being hung up. Exits: ended, when every one is known to be gone.
    case clearing(Ending)
    /// Final: every event is ignored.
    case ended
  }

  enum HandOver: Sendable, Hashable {
    /// PEREZVON_PEER is being set; the n-th time.
    case settingPeer(tries: Int)
    /// The customer's `continue` is sent.
    case continuing
  }

  /// What is known of the pause we asked for.
  enum Hold: Sendable, Hashable {
    case none, requested, held
    /// A supervisor unpaused him or put another reason in place of ours: no longer ours to undo.
    case takenOver
    case released
  }

  public let plan: AttemptPlan
  public internal(set) var record: AttemptRecord
  var state = State.new
  var hold = Hold.none
  var agent = Leg()
  var customer = Leg()
  /// Announcements begun.
  var announced = 0
  /// Both legs were seen in one bridge.
  var bridgeSeen = false
  /// The customer's `continue` was answered: before that the dialplan owes nothing.
  var continued = false
  /// Another instance may hold the attempt.
  var disowned = false
  /// Other customers may be dialled for the agent at the same time.
  var linesOpen = false
  /// Dialled first, he answered and there was nobody for him.
  var nobodyFree = false
  /// A machine answered in his place.
  var machine = false
  /// The leg that stayed when the other went was asked for.
  var settleAsked = false
  /// How many packets had come at the first question after them.
  var firstMedia: MediaReading?
  /// AMI is away: whether the two are in a bridge cannot be seen.
  var amiLost = false
  /// Tries to hang up what is left, in `clearing`.
  var clearings = 0

  /// A new attempt whose record (phase `agent`) is committed. Feed `.begin` next.
  public init(plan: AttemptPlan, record: AttemptRecord) {
    self.plan = plan
    self.record = record
  }

  /// `PausedReason` that marks a member as held by an attempt: `pz:` and its id.
  public static func pauseReason(_ attempt: AttemptID) -> String { "pz:\(attempt)" }

  /// Whether it has ended: nothing more comes out of it.
  public var hasEnded: Bool { state == .ended }

  /// Whether the two legs talk, so that nothing of ours is to be touched.
  public var isTalking: Bool { state == .talking }

  /// Whether the agent is on the phone and this customer's phone rings for him.
  public var ringsForAgent: Bool { state == .dialing && agent.life == .up }

  /// Whether the customer's phone rings, for whomever.
  public var isDialing: Bool { state == .dialing }

  /// Whether the agent looks at the customer's card and has not said yet what he makes of it.
  public var isOffered: Bool { state == .offering }

  /// Whether the agent is paused by this attempt, as far as it knows.
  public var holdsAgent: Bool { hold == .requested || hold == .held }

  /// Whether the customer is being dialled without an agent of his: when he answers, somebody has to be free.
  public var needsSomebodyFree: Bool {
    (record.course == .clientFirst || record.course == .line) && record.agent == nil && state == .dialing
  }

  /// How far the customer is, in the eyes of whoever counts dials.
  public enum Reach: Sendable, Hashable {
    /// Not dialled yet.
    case none
    /// His phone rings, or is about to.
    case dialing
    /// He answered; no human has him yet.
    case answered
    /// He talks with a human, or has.
    case talking
  }

  public var reach: Reach {
    switch state {
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming: .none
    case .dialing: .dialing
    case .handingOver, .sendingOn, .connecting: .answered
    case .talking, .settling, .wrapUp: .talking
    case .parting, .clearing, .ended:
      record.agentResult == .answered && record.talkEndedAt != nil
        ? .talking
        : record.customerResult == .answered ? .answered : record.customerDialedAt == nil ? .none : .dialing
    }
  }

  /// Whether he answered when nobody was free.
  public var foundNobody: Bool { nobodyFree }

  /// Whether he was dialled first, has answered, and the dialplan alone knows what it makes of him.
  public var isOnward: Bool { state == .sendingOn || state == .connecting }

  /// Whether he has answered and waits for whoever becomes free.
  public var waitsForSomebody: Bool { record.course != .message && isOnward }

  /// Whether the dialplan has the two: their end is seen by AMI alone, or told by the dialplan afterwards.
  public var isHandedOver: Bool {
    switch state {
    case .handingOver(.continuing), .sendingOn, .connecting, .talking, .settling: true
    case .new, .reserving, .guarding, .offering, .ringingAgent, .confirming, .dialing,
      .handingOver(.settingPeer),
      .wrapUp,
      .parting, .clearing, .ended:
      false
    }
  }

  /// Takes one event and tells what to do about it.
  public mutating func handle(_ event: AttemptEvent, at now: Timestamp) -> [AttemptAction] {
    if state == .ended { return [] }
    switch event {
    case .begin: return begin(at: now)
    case .commandAnswered(let tag, let outcome): return commandAnswered(tag, outcome, at: now)
    case .writeFailed(let phase, let why): return writeFailed(phase, why, at: now)
    case .timer(let timer): return timerRanOut(timer, at: now)
    case .memberPaused(let reason): return memberPaused(reason: reason, at: now)
    case .memberUnpaused: return memberFreedByOthers("was unpaused by somebody else", at: now)
    case .memberRemoved: return memberFreedByOthers("left the queue", at: now)
    case .memberRangByQueue: return queueWasQuicker(at: now)
    case .memberStatusChanged(let status): return memberStatusChanged(status, at: now)
    case .legUp(let party, let name): return onOwnLine(party) { $0.legUp(party, name: name, at: now) }
    case .legProgress(let party, let status): return onOwnLine(party) { $0.legProgress(party, status) }
    case .legGone(let party, let cause): return onOwnLine(party) { $0.legGone(party, cause, at: now) }
    case .legLeftStasis(let party): return onOwnLine(party) { $0.legLeftStasis(party, at: now) }
    case .channelIs(let party, let what): return onOwnLine(party) { $0.channelIs(party, what, at: now) }
    case .bridged: return bridged(at: now)
    case .taken(let agent): return taken(by: agent, at: now)
    case .lineWasQuicker: return lineWasQuicker()
    case .agentGiven(let ticket): return agentGiven(ticket)
    case .notNeeded: return notNeeded(at: now)
    case .nobodyIsFree:
      nobodyFree = true
      return []
    case .machineAnswered:
      machine = true
      return []
    case .media(let reading): return mediaIs(reading, at: now)
    case .transferred: return transferred(at: now)
    case .dtmf(let digit): return keyPressed(digit, at: now)
    case .playbackFinished(let id): return playbackFinished(id, at: now)
    case .customerCalledIn: return customerCalledIn(at: now)
    case .cancelled(let by): return cancelled(by: by, at: now)
    case .cardAccepted: return cardAccepted(at: now)
    case .cardDeclined: return cardDeclined(at: now)
    case .cardWithdrawn(let why): return state == .offering ? cardTakenAway(why, at: now) : []
    case .cardPostponed(let until): return cardPostponed(until: until, at: now)
    case .leaseLost: return leaseLost(at: now)
    case .linkLost(let link): return linkLost(link, at: now)
    case .linkBack(let link): return linkBack(link, at: now)
    case .pbxRestarted: return pbxRestarted(at: now)
    }
  }

  /// This machine dials one line.
  private mutating func onOwnLine(
    _ party: OurLeg.Party, _ body: (inout Attempt) -> [AttemptAction]
  ) -> [AttemptAction] {
    switch party {
    case .agent, .customer(line: 1): body(&self)
    case .customer(let line):
      [.anomaly("an event of customer line \(line), which this attempt does not dial")]
    }
  }

  private mutating func commandAnswered(
    _ tag: CommandTag, _ outcome: CommandOutcome, at now: Timestamp
  ) -> [AttemptAction] {
    switch tag {
    case .reserve: return reserveAnswered(outcome, at: now)
    case .ringAgent: return ringAgentAnswered(outcome, at: now)
    case .dialCustomer: return dialCustomerAnswered(outcome, at: now)
    case .announce: return announceAnswered(outcome, at: now)
    case .parting: return partingAnswered(outcome, at: now)
    case .setPeer: return setPeerAnswered(outcome, at: now)
    case .handOver: return handOverAnswered(outcome, at: now)
    case .sendOn: return sendOnAnswered(outcome, at: now)
    case .hangUpAgent: return hangUpAnswered(.agent, outcome, at: now)
    case .hangUpCustomer: return hangUpAnswered(Self.line, outcome, at: now)
    case .release, .setSeat, .stopAnnounce, .indicateRinging, .stopRinging, .limitAgent, .limitCustomer:
      // Nothing hangs on these: the reconciler undoes a pause that stayed, the rest is comfort.
      return failure(tag, outcome).map { [.anomaly($0)] } ?? []
    }
  }

  private mutating func timerRanOut(_ timer: AttemptTimer, at now: Timestamp) -> [AttemptAction] {
    switch timer {
    case .pauseConfirmation: return pauseNotConfirmed(at: now)
    case .reservationGuard: return state == .guarding ? reserved(at: now) : []
    case .card: return cardRanOut(at: now)
    case .agentRing: return agentRangOut(at: now)
    case .confirm: return confirmRanOut(at: now)
    case .announce: return state == .confirming && !plan.confirm ? dialCustomer(at: now) : []
    case .customerRing: return customerRangOut(at: now)
    case .handOver: return state == .sendingOn ? sendOnRanOut(at: now) : handOverRanOut(at: now)
    case .connect: return connectRanOut(at: now)
    case .media: return mediaRanOut()
    case .settle: return settleRanOut(at: now)
    case .wrapUp: return state == .wrapUp ? finishTalk(at: now) : []
    case .parting: return partingOver(at: now)
    case .askAgain: return askAgain()
    case .hangUpAgain: return hangUpAgain(at: now)
    case .deadline: return deadlinePassed(at: now)
    }
  }

  func failure(_ tag: CommandTag, _ outcome: CommandOutcome) -> String? {
    switch outcome {
    case .done, .alreadyLive, .notFound: nil
    case .refused(let why): "\(tag.rawValue) was refused: \(Self.cut(why))"
    case .notSent(let why): "\(tag.rawValue) could not be sent: \(Self.cut(why))"
    case .unknown(let why): "\(tag.rawValue) may not have arrived: \(Self.cut(why))"
    }
  }

  /// What Asterisk or a library said, short enough for a sentence.
  static func cut(_ text: String) -> String { text.count > 160 ? text.prefix(160) + "…" : text }

  static let line = OurLeg.Party.customer(line: 1)
  /// The attempt on whose leg the agent is, and by whose id he is paused.
  var agentLeg: AttemptID { record.agentLeg ?? record.id }
  var reason: String { Self.pauseReason(agentLeg) }
  /// The agent, as sentences name him.
  var agentName: String { record.agent?.rawValue ?? plan.agentEndpoint }
  func channel(_ party: OurLeg.Party) -> ChannelID {
    OurLeg(attempt: party == .agent ? agentLeg : record.id, party: party).channel
  }
}
