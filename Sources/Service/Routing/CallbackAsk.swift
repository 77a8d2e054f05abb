import CallPolicy
import Store
import Telephony

/// A callback that a caller asked for (`PerezvonRequest`) or an agent promised (`PerezvonPromise`), on its way to the
/// books.
struct CallbackAsk: Sendable, Equatable, Codable {
  var pbx: PBXName
  /// The call it was said in.
  var call: LinkedID
  /// As said, not read yet.
  var number: String
  var campaign: CampaignName?
  var queue: QueueName?
  /// Who promised it; nil where the caller asked.
  var agent: MemberInterface?
  /// When it is wanted; nil: when his turn has come.
  var wantedAt: Wanted?
  /// What he was told, where his turn was said to come then.
  var saidAt: Timestamp?
  /// When he came: his place in line.
  var arrivedAt: Timestamp
  var at: Timestamp
  /// Tells it apart from all others, however it is heard.
  var said: SaidWord

  /// A time as it was said.
  enum Wanted: Sendable, Equatable, Codable {
    case moment(Timestamp)
    /// Four digits of a clock at the campaign's place.
    case clock(String)
    case minutes(Int)

    /// Up to three digits are minutes from now, four a time of day, more are seconds since 1970. Nil for anything else.
    init?(_ text: String) {
      guard !text.isEmpty, text.utf8.count <= 12, text.utf8.allSatisfy({ 48...57 ~= $0 }),
        let value = Int64(text)
      else { return nil }
      switch text.utf8.count {
      case ...3: self = .minutes(Int(value))
      case 4: self = .clock(text)
      case 9...: self = .moment(Timestamp(microseconds: value * 1_000_000))
      default: return nil
      }
    }
  }
}

extension CallbackAsk {
  /// Nil where the event is neither.
  ///
  /// - Parameters:
  ///   - call: that of the channel it came from.
  ///   - seat: the agent's interface, by what names his phone; nil where he has no seat.
  init?(
    event name: String, fields: [String: String], pbx: PBXName, call: LinkedID, said: SaidWord,
    arrivedAt: Timestamp,
    at: Timestamp, seat: (String) -> MemberInterface?
  ) {
    let isPromise = name == "PerezvonPromise"
    guard isPromise || name == "PerezvonRequest" else { return nil }
    func field(_ key: String) -> String? { fields[key].flatMap { $0.isEmpty ? nil : $0 } }
    self.init(
      pbx: pbx, call: call, number: String((field("Number") ?? "").prefix(40)),
      campaign: field("Campaign").map { CampaignName(String($0.prefix(100))) },
      queue: field("Queue").map { QueueName(String($0.prefix(100))) }, agent: nil,
      wantedAt: field("At").flatMap(Wanted.init), saidAt: nil, arrivedAt: arrivedAt, at: at, said: said)
    if isPromise {
      // Who is no agent promises nothing: the other party may have the same feature code.
      guard let agent = field("Agent").flatMap(seat) else { return nil }
      self.agent = agent
      self.arrivedAt = at
    } else if case .moment(let said)? = field("Said").flatMap(Wanted.init) {
      saidAt = said
    }
  }

  /// When it is due and what was said: nil where it is no time of the campaign's hours, or in the past.
  func due(in campaign: CampaignPolicy, _ policy: CallPolicy) -> (dueAt: Timestamp, saidAt: Timestamp?)? {
    func opening(_ moment: Timestamp) -> Timestamp? { policy.opening(of: campaign, atOrAfter: moment) }
    switch wantedAt {
    case nil: return opening(at).map { ($0, saidAt ?? $0) }
    case .moment(let moment): return opening(max(moment, at)).map { ($0, $0) }
    case .minutes(let minutes): return opening(at + .seconds(Int64(minutes) * 60)).map { ($0, $0) }
    case .clock(let clock): return policy.moment(clock: clock, in: campaign, now: at).map { ($0, $0) }
    }
  }

  /// The same for the same word, wherever it is heard.
  var jobID: JobID { JobID(said.id) }
}

extension FactWriter {
  /// An agent who does not say to whom he promised means whom he talked with at most this long before. Default 12 h.
  static let lastCustomerWithin = Duration.seconds(12 * 3_600)

  /// Writes a callback asked for or promised, or why there is none; once however often it is told.
  func settle(_ ask: CallbackAsk) async throws(StoreError) {
    var ask = ask
    if try await store.isApplied(ask.said.id) { return }
    let policy = settings.policy
    if ask.number.isEmpty, let agent = ask.agent {
      ask.number =
        try await store.lastCustomer(
          of: agent, on: ask.pbx, from: ask.at - Self.lastCustomerWithin, to: ask.at + .seconds(1)) ?? ""
    }
    let caller = settings.plan.read(ask.number)
    let who = ask.agent.map { "\($0) promised to call back" } ?? "asked to be called back"
    func refused(_ why: String) async throws(StoreError) {
      try await store.record([
        Decision(
          at: ask.at, number: caller.shown, job: nil, decision: "no_job", reason: "\(who); no job: \(why)")
      ])
      try await store.noteApplied(ask.said.id, saidAt: ask.at)
    }
    guard let campaign = policy.requestCampaign(named: ask.campaign, queue: ask.queue) else {
      return try await refused("there is no campaign that makes callbacks")
    }
    guard let number = caller.e164 else { return try await refused("the number cannot be read") }
    let history = try await store.history(of: number, now: ask.at)
    if let why = policy.refusal(of: caller, in: campaign, doNotCall: history.doNotCall) {
      return try await refused(why)
    }
    if ask.agent == nil, !campaign.requests.accepts {
      return try await refused("\(campaign.name) takes none (requests.accept)")
    }
    guard let due = ask.due(in: campaign, policy) else {
      return try await refused("that is no time of the campaign's hours")
    }
    if let why = policy.heardTooLate(
      saidAt: ask.at, dueAt: due.dueAt, by: ask.agent, in: campaign, history: history)
    {
      return try await refused(why)
    }
    let job = policy.asked(
      id: ask.jobID, in: campaign, number, by: ask.agent, history: history, pbx: ask.pbx, queue: ask.queue,
      dueAt: due.dueAt, saidAt: due.saidAt, arrivedAt: ask.arrivedAt, now: ask.at)
    _ = try await store.ask(
      job,
      decision: Decision(
        at: ask.at, number: number.e164, job: job.id, decision: ask.agent == nil ? "requested" : "promised",
        reason: job.reason))
  }
}
