import CallPolicy
import Store
import Telephony

/// A callback that a caller asked for (`PerezvonRequest`) or an agent promised (`PerezvonPromise`), on its way to the
/// books.
struct CallbackAsk: Sendable, Equatable, Codable {
  var pbx: PBXName
  /// The call it was said in: the same word told twice, or to two instances, is one.
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
    event name: String, fields: [String: String], pbx: PBXName, call: LinkedID, arrivedAt: Timestamp,
    at: Timestamp, seat: (String) -> MemberInterface?
  ) {
    let isPromise = name == "PerezvonPromise"
    guard isPromise || name == "PerezvonRequest" else { return nil }
    func field(_ key: String) -> String? { fields[key].flatMap { $0.isEmpty ? nil : $0 } }
    self.init(
      pbx: pbx, call: call, number: String((field("Number") ?? "").prefix(40)),
      campaign: field("Campaign").map { CampaignName(String($0.prefix(100))) },
      queue: field("Queue").map { QueueName(String($0.prefix(100))) }, agent: nil,
      wantedAt: field("At").flatMap(Wanted.init), saidAt: nil, arrivedAt: arrivedAt, at: at)
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

  private var wantedText: String {
    switch wantedAt {
    case nil: ""
    case .moment(let moment): "\(moment.microseconds)"
    case .clock(let clock): clock
    case .minutes(let minutes): "+\(minutes)"
    }
  }

  /// The same for the same word, wherever it is heard.
  var jobID: JobID {
    func hash(_ seed: UInt64) -> UInt64 {
      let text = "\(pbx)/\(call)/\(number)/\(campaign?.rawValue ?? "")/\(agent?.rawValue ?? "")/\(wantedText)"
      return text.utf8.reduce(0xcbf2_9ce4_8422_2325 ^ seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
    var random = SplitMix64(state: hash(0) ^ hash(0x9E37_79B9_7F4A_7C15) &* 31)
    // The call's own time, not this machine's: instances hear it at different moments.
    return JobID(UniqueID(at: Timestamp(microseconds: 0), using: &random))
  }
}

extension FactWriter {
  /// Writes a callback asked for or promised, or why there is none. All of it may be written again.
  func settle(_ ask: CallbackAsk) async throws(StoreError) {
    let policy = settings.policy
    let caller = settings.plan.read(ask.number)
    let who = ask.agent.map { "\($0) promised to call back" } ?? "asked to be called back"
    func refused(_ why: String) async throws(StoreError) {
      try await store.record([
        Decision(
          at: ask.at, number: caller.shown, job: nil, decision: "no_job", reason: "\(who); no job: \(why)")
      ])
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
