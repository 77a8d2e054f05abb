public import Telephony

/// Preview mode as the API needs it: cards for agents, and what they say of them.
public protocol PreviewFace: Sendable {
  /// The agent's card; where he has none he asks for one, is waited with for a moment, and may be given nil with the
  /// reason.
  func nextCard(for member: String) async throws(CardRefusal) -> CardAnswer
  /// The agent's card, without asking for one.
  func card(of member: String) async throws(CardRefusal) -> CardAnswer
  /// The agent takes the card: his phone is rung, then the customer's. Accepted already: nothing more happens.
  func accept(attempt: String) async throws(CardRefusal) -> CardAnswer
  /// The agent does not want the card; it goes to another.
  func decline(attempt: String) async throws(CardRefusal) -> CardAnswer
  /// The agent wants the customer to be called later.
  func postpone(attempt: String, until: PostponeRequest) async throws(CardRefusal) -> CardAnswer
  /// Whose attempt it is, `PJSIP/101`; nil where no agent has it.
  func agent(ofAttempt attempt: String) async throws(CardRefusal) -> String?
  /// What the agent says of a call, while it goes on or afterwards.
  func remark(attempt: String, _ remark: DispositionRequest) async throws(CardRefusal)
}

/// What an agent sees of the customer he is to call. Moments are microseconds since 1970 UTC.
public struct CardDocument: Sendable, Codable, Equatable {
  /// How far the card has come.
  public enum State: String, Sendable, Codable {
    /// The agent looks at it; `secondsLeft` runs.
    case offered
    /// He accepted; his phone rings.
    case accepted
    /// The customer's phone rings.
    case dialing
    case talking
    /// The talk is over, the agent is held for wrap-up.
    case wrapUp = "wrap_up"
  }

  /// Something that happened with this customer, or was decided about him.
  public struct Line: Sendable, Codable, Equatable {
    public var at: Timestamp
    /// `contact`, `call`, `missed_call`, `job`, `attempt` or `decision`.
    public var kind: String
    public var sentence: String

    public init(at: Timestamp, kind: String, sentence: String) {
      self.at = at
      self.kind = kind
      self.sentence = sentence
    }
  }

  /// The id for `/attempts/{id}/…`.
  public var attempt: String
  public var job: String
  public var campaign: String
  public var pbx: String
  public var agent: String
  public var state: State
  public var offeredAt: Timestamp
  /// When it is taken back unless he accepts.
  public var until: Timestamp
  /// The same from now, not below 0.
  public var secondsLeft: Int
  /// E.164.
  public var number: String
  /// The customer's own word, hostile: escape it. Empty where unknown.
  public var name: String
  /// Why he is called, in a sentence.
  public var why: String
  /// `missed_call`, `requested`, `promised`, `api` or `contact`.
  public var source: String
  public var missedCount: Int
  public var firstMissedAt: Timestamp
  /// The queue he waited in; empty where there was none.
  public var queue: String
  /// Times he was dialled before for this job.
  public var dials: Int
  /// `16:45`, `Mon 16:45` where it is another day there; on his clock.
  public var localTime: String
  /// The zone of that clock: `Europe/Moscow`.
  public var timeZone: String
  /// Whether that zone is his own, rather than the office's for want of it.
  public var timeZoneIsHis: Bool
  /// Of a list: the key in the customer's own system, the columns, what was said of him last. Else empty.
  public var contactKey: String
  public var attributes: [String: String]
  public var disposition: String
  public var note: String
  /// Oldest first, at most 30.
  public var history: [Line]

  public init(
    attempt: String, job: String, campaign: String, pbx: String, agent: String, state: State,
    offeredAt: Timestamp, until: Timestamp, secondsLeft: Int, number: String, name: String, why: String,
    source: String, missedCount: Int, firstMissedAt: Timestamp, queue: String, dials: Int, localTime: String,
    timeZone: String, timeZoneIsHis: Bool, contactKey: String = "", attributes: [String: String] = [:],
    disposition: String = "", note: String = "", history: [Line] = []
  ) {
    self.attempt = attempt
    self.job = job
    self.campaign = campaign
    self.pbx = pbx
    self.agent = agent
    self.state = state
    self.offeredAt = offeredAt
    self.until = until
    self.secondsLeft = secondsLeft
    self.number = number
    self.name = name
    self.why = why
    self.source = source
    self.missedCount = missedCount
    self.firstMissedAt = firstMissedAt
    self.queue = queue
    self.dials = dials
    self.localTime = localTime
    self.timeZone = timeZone
    self.timeZoneIsHis = timeZoneIsHis
    self.contactKey = contactKey
    self.attributes = attributes
    self.disposition = disposition
    self.note = note
    self.history = history
  }
}

/// A card, or why there is none.
public struct CardAnswer: Sendable, Codable, Equatable {
  /// Absent where there is none.
  public var card: CardDocument?
  /// A sentence; empty with a card that is on offer.
  public var reason: String

  public init(card: CardDocument?, reason: String = "") {
    self.card = card
    self.reason = reason
  }
}

/// Until when a card is postponed: one of the two.
public struct PostponeRequest: Sendable, Codable, Equatable {
  /// From now; 1 to 43,200.
  public var minutes: Int?
  /// `2026-11-23 09:00` on the customer's clock, or with an offset: `2026-11-23T09:00:00+03:00`.
  public var at: String?

  public init(minutes: Int? = nil, at: String? = nil) {
    self.minutes = minutes
    self.at = at
  }
}

/// What is said of a call; what is left out stays as it is.
public struct DispositionRequest: Sendable, Codable, Equatable {
  /// Any word of at most 60 bytes; `do_not_call` puts the customer on the do-not-call list.
  public var disposition: String?
  /// At most 900 bytes.
  public var note: String?

  public init(disposition: String? = nil, note: String? = nil) {
    self.disposition = disposition
    self.note = note
  }
}

/// The `card` events of `/api/v1/stream`: without number and name, since a stream has many readers.
public struct CardNews: Sendable, Codable, Equatable {
  public enum State: String, Sendable, Codable {
    case offered, accepted
    /// Declined, postponed, its time over, or taken back: `reason`.
    case released
    /// Accepted before, and the call is over, wrap-up too: `reason`.
    case ended
  }

  public var at: Timestamp
  public var pbx: String
  public var agent: String
  public var attempt: String
  public var campaign: String
  public var state: State
  public var until: Timestamp
  public var reason: String

  public init(
    at: Timestamp, pbx: String, agent: String, attempt: String, campaign: String, state: State,
    until: Timestamp, reason: String
  ) {
    self.at = at
    self.pbx = pbx
    self.agent = agent
    self.attempt = attempt
    self.campaign = campaign
    self.state = state
    self.until = until
    self.reason = reason
  }
}

/// Why a request about a card is refused, with a sentence that says what to do.
public struct CardRefusal: Error, Equatable {
  public enum Kind: Sendable, Equatable {
    /// 404: no such agent or attempt.
    case unknown
    /// 409: the card is on offer no more.
    case over
    /// 400: what was sent cannot be taken.
    case invalid
    /// 503: another instance drives the PBX, or the books are away.
    case elsewhere
  }

  public var kind: Kind
  public var sentence: String

  public init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    self.sentence = sentence
  }
}
