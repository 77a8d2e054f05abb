/// How one attempt is to be made: everything the machine needs to know and does not find out itself.
public struct AttemptPlan: Sendable, Hashable, Codable {
  /// Dial string of the agent's phone: `PJSIP/101`.
  public var agentEndpoint: String
  /// Dial string of the customer's line: `PJSIP/+79161234567@trunk`.
  public var customerEndpoint: String
  /// Shown on the agent's phone: the customer. Raw, hostile; the encoders escape it.
  public var agentSees: CallerIdentity
  /// Shown on the customer's phone: the campaign's `caller_id`.
  public var customerSees: CallerIdentity
  /// What the agent hears after picking up, such as `sound:perezvon-callback`. Nil: nothing.
  public var announce: String?
  /// Whether the agent must press 1. Default true.
  public var confirm: Bool
  /// What the agent hears when the customer was not reached. Nil (default): he is hung up at once.
  public var customerMissedMedia: String?
  /// What the agent hears when the customer called in himself. Nil (default): he is hung up at once.
  public var supersededMedia: String?
  /// How long the agent's phone rings. Default 20 s, range 1 s to 5 min.
  public var agentRing: Duration
  /// Preview: how long the agent may look at the customer's card before his phone is rung. Nil (default): he is rung
  /// at once. Range 5 s to 1 h.
  public var card: Duration?
  /// How long the customer's phone rings. Default 25 s, range 1 s to 5 min.
  public var customerRing: Duration
  /// How long the agent may take to press 1, from his pick-up. Default 10 s.
  public var confirmTimeout: Duration
  /// How long the agent stays paused after a talk. Default 10 s; zero: not at all.
  public var wrapUp: Duration
  /// A shorter talk is not a conversation. Default 5 s.
  public var successAfter: Duration
  /// How long after our pause the queue must leave the agent alone before he is rung. Default 300 ms; zero:
  /// he is rung as soon as the pause is confirmed.
  public var reservationGuard: Duration
  /// How long after the two are connected their packets are counted, and how long after that again. Default
  /// 4 s; zero: never.
  public var mediaCheck: Duration
  /// Absolute timeout of a leg, the last resort. Default 4 h.
  public var legLifeMax: Duration
  /// After an attempt of unknown outcome the customer is not dialled again before. Default 15 min.
  public var redialGap: Duration
  /// Context an answered customer is continued in; its `s,1` runs `Bridge(${PEREZVON_PEER})`.
  public var bridgeContext: String
  /// Customers dialled at once for the agent, this one included. Default 1, range 1 to `OurLeg.linesMax`.
  public var lines = 1
  /// Where a customer who was dialled first goes when he answers: `connect` or `message` of the campaign.
  public var onward: DialplanPlace
  /// Where he goes when he answers and nobody can take him: he hears why, and is let go.
  public var sorry: DialplanPlace
  /// So long the dialplan may look for a human for him. Default 30 s, range 1 s to 10 min.
  public var connectWait: Duration
  /// Variables of both legs beside PEREZVON_JOB and PEREZVON_ATTEMPT, which the machine sets itself.
  public var variables: [String: String]
  /// Whether the customer's leg takes linkedid and codecs over from the agent's (ARI `originator`). Default
  /// false: a trunk need not speak the codec of a desk phone, and the bridge joins the linkedids anyway.
  public var originateFromAgent: Bool
  /// Arguments of the Stasis application, in front of `agent` or `customer` and the attempt's id.
  public var stasisArguments: [String]

  public init(
    agentEndpoint: String, customerEndpoint: String, agentSees: CallerIdentity, customerSees: CallerIdentity,
    announce: String? = nil, confirm: Bool = true, customerMissedMedia: String? = nil,
    supersededMedia: String? = nil, agentRing: Duration = .seconds(20), customerRing: Duration = .seconds(25),
    confirmTimeout: Duration = .seconds(10), wrapUp: Duration = .seconds(10),
    successAfter: Duration = .seconds(5), reservationGuard: Duration = .milliseconds(300),
    mediaCheck: Duration = .seconds(4), legLifeMax: Duration = .seconds(4 * 3600),
    redialGap: Duration = .seconds(15 * 60),
    bridgeContext: String = "perezvon-bridge",
    onward: DialplanPlace = DialplanPlace(context: "perezvon-connect"),
    sorry: DialplanPlace = DialplanPlace(context: "perezvon-dropped"), connectWait: Duration = .seconds(30),
    variables: [String: String] = [:],
    originateFromAgent: Bool = false, stasisArguments: [String] = []
  ) {
    self.agentEndpoint = agentEndpoint
    self.customerEndpoint = customerEndpoint
    self.agentSees = agentSees
    self.customerSees = customerSees
    self.announce = announce
    self.confirm = confirm
    self.customerMissedMedia = customerMissedMedia
    self.supersededMedia = supersededMedia
    self.agentRing = agentRing
    self.customerRing = customerRing
    self.confirmTimeout = confirmTimeout
    self.wrapUp = wrapUp
    self.successAfter = successAfter
    self.reservationGuard = reservationGuard
    self.mediaCheck = mediaCheck
    self.legLifeMax = legLifeMax
    self.redialGap = redialGap
    self.bridgeContext = bridgeContext
    self.onward = onward
    self.sorry = sorry
    self.connectWait = connectWait
    self.variables = variables
    self.originateFromAgent = originateFromAgent
    self.stasisArguments = stasisArguments
  }

  /// The longest such an attempt can take, from claim to end: `startedAt + longest` is a fit
  /// `AttemptRecord.deadline`.
  public var longest: Duration {
    let limits = AttemptLimits.self
    let agent = limits.pauseConfirmation + reservationGuard + agentRing + limits.ringSlack
    let announceTime = max(confirmTimeout, limits.announceMax)
    let customer = customerRing + limits.ringSlack + limits.handOver + limits.partingMax
    let card = card ?? .zero
    let onward = connectWait + limits.connectSlack
    return card + agent + announceTime + customer + onward + legLifeMax + limits.settle + wrapUp
      + limits.clearing
  }
}

/// What a phone shows.
public struct CallerIdentity: Sendable, Hashable, Codable {
  public var number: String
  public var name: String

  public init(number: String, name: String = "") {
    self.number = number
    self.name = name
  }
}

/// The fixed limits of an attempt.
public enum AttemptLimits {
  /// QueueMemberPause must follow our QueuePause within this.
  public static let pauseConfirmation = Duration.seconds(3)
  /// Asterisk ends the ringing itself; this much later we do.
  public static let ringSlack = Duration.seconds(5)
  /// How often the announcement is repeated while the agent has not pressed a key.
  public static let announceRepeatsMax = 2
  /// An announcement of which no end is reported is taken as over after this.
  public static let announceMax = Duration.seconds(60)
  /// From the customer's answer until PEREZVON_PEER must be set; from the answer to his `continue` until both legs
  /// must be in the dialplan.
  public static let handOver = Duration.seconds(5)
  /// Beyond `connectWait` until a customer whom no human took must be gone: the dialplan tells him why.
  public static let connectSlack = Duration.seconds(60)
  /// How often a variable whose outcome is unknown is set again.
  public static let setPeerTriesMax = 2
  /// A phone that has sent no more than this has not spoken: pressing keys sends packets, too (RFC 4733, a
  /// packet every 20 ms). 0.8 s of sound.
  public static let keyPacketsMax = 40
  /// When one side of a talk is gone, the other is given this to go by itself.
  public static let settle = Duration.seconds(2)
  /// A talk that nobody saw bridged and that the agent ended within this was none.
  public static let unseenBridge = Duration.seconds(2)
  /// A parting message to the agent may take this.
  public static let partingMax = Duration.seconds(5)
  /// Between two questions after a channel of which nothing certain is known.
  public static let askAgain = Duration.seconds(2)
  /// Questions after one channel.
  public static let asksMax = 5
  /// Between two tries to hang up a leg.
  public static let hangUpAgain = Duration.seconds(2)
  /// Tries to hang up a leg; then the reconciler has it.
  public static let hangUpsMax = 15
  /// `hangUpAgain` times `hangUpsMax`.
  public static let clearing = Duration.seconds(30)
}
