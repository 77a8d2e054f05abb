import CallPolicy
import CallTracking
import Dialer
import Telephony

/// What the dialplan asks with a caller in hand. He hears nothing meanwhile: an answer is given at once or not at all,
/// and he goes on as if never asked.
extension SwitchboardMachine {
  /// Callers whose answer is awaited, at most; the next one goes on at once.
  static let questionsMax = 1_000
  /// Priorities given that are remembered, at most.
  static let routedMax = 10_000

  /// A caller whom the dialplan sent to us.
  mutating func asked(_ channel: ChannelSnapshot, _ arguments: [String], at now: Timestamp) {
    guard let question = HookQuestion(arguments, of: channel, plan: settings.plan) else {
      out.append(.command(.resumeDialplan(channel.id)))
      return
    }
    guard question.number != nil else { return answer(question, CallerFile(), at: now) }
    guard questions.count < Self.questionsMax else {
      out.append(.limit(.questions))
      return answer(question, nil, at: now)
    }
    questions[channel.id] = question
    out.append(.lookUpCaller(question))
  }

  /// The books have answered, or have not in time (nil).
  mutating func found(_ file: CallerFile?, for question: HookQuestion, at now: Timestamp) {
    guard questions[question.channel] == question else { return }
    questions[question.channel] = nil
    answer(question, file, at: now)
  }

  private mutating func answer(_ question: HookQuestion, _ file: CallerFile?, at now: Timestamp) {
    let variables: [HookVariable]
    switch question.subject {
    case .route: variables = route(question, file, at: now)
    case .offer(let asked): variables = offer(question, file, asked: asked, at: now)
    case .check(let keyed): variables = check(keyed, question, file)
    case .time(let clock):
      let campaign = settings.policy.requestCampaign(named: question.campaign, queue: question.queue)
      let moment = campaign.flatMap { settings.policy.moment(clock: clock, in: $0, now: now) }
      variables = [
        HookVariable("PEREZVON_CHECK", moment != nil),
        HookVariable("PEREZVON_CHECK_AT", Self.seconds(moment)),
      ]
    case .place: variables = place(question)
    }
    out.append(.answerHook(question, variables))
  }

  private mutating func route(
    _ question: HookQuestion, _ file: CallerFile?, at now: Timestamp
  ) -> [HookVariable] {
    guard let file, let number = question.number else { return [] }
    var known = file
    known.manager = file.manager.flatMap { DialplanText.isDialString($0) ? $0 : nil }
    let free = freeAgents(at: now)
    let route = settings.policy.route(
      number, known, now: now,
      interface: { [self] in interface(of: $0).flatMap { DialplanText.isDialString($0) ? $0 : nil } },
      isFree: { free.contains($0) })
    if route.priority != 0 {
      if routedPriority.count >= Self.routedMax {
        out.append(.limit(.routed))
        routedPriority = [:]
      }
      routedPriority[question.channel] = route.priority
    }
    if let decision = route.decision { out.append(.remember(decision)) }
    return [
      HookVariable("PEREZVON_AGENT", route.agent?.rawValue ?? ""),
      HookVariable("PEREZVON_WAIT", route.agent == nil ? "" : "\(route.wait.components.seconds)"),
      HookVariable("PEREZVON_PRIORITY", "\(max(0, route.priority))"),
      HookVariable("PEREZVON_CATEGORY", route.category),
      HookVariable("PEREZVON_NAME", DialplanText.name(file.name)),
      HookVariable("PEREZVON_BYPASS", route.bypassesQueue), HookVariable("PEREZVON_REJECT", route.isRejected),
      HookVariable("PEREZVON_JOB_OPEN", route.openJob != nil),
    ]
  }

  /// Whose phones can be rung now. Who has no seat in any queue is taken to be free unless he is seen to talk: the
  /// queues tell nothing of his phone.
  private func freeAgents(at now: Timestamp) -> FreeAgents {
    guard amiUp else { return FreeAgents(seats: [:], talking: [], seesNothing: true) }
    var seats: [MemberInterface: Bool] = [:]
    for candidate in candidates(at: now) {
      let isFree = candidate.availability(at: now) == .free
      seats[candidate.seat.interface] = (seats[candidate.seat.interface] ?? true) && isFree
    }
    let talking = tracker.floor.parties.compactMap(\.talkingWith)
    return FreeAgents(seats: seats, talking: Set(talking), seesNothing: false)
  }

  private struct FreeAgents {
    var seats: [MemberInterface: Bool]
    var talking: Set<String>
    var seesNothing: Bool

    func contains(_ agent: MemberInterface) -> Bool {
      !seesNothing && (seats[agent] ?? !talking.contains(agent.rawValue))
    }
  }

  private mutating func offer(
    _ question: HookQuestion, _ file: CallerFile?, asked: Bool, at now: Timestamp
  ) -> [HookVariable] {
    let campaign = settings.policy.requestCampaign(named: question.campaign, queue: question.queue)
    // Without the books nothing can be promised.
    guard let file, storeUp else { return [] }
    let offer = settings.policy.offer(
      in: campaign, to: question.caller, doNotCall: file.doNotCall,
      expectedWait: expectedWait(question, campaign, at: now), asked: asked, now: now)
    if let number = question.caller.shown {
      let said =
        offer.expectedWait.map { "an expected wait of \(max(0, $0.components.seconds)) s" } ?? "nobody there"
      out.append(
        .remember(
          Decision(
            at: now, number: number, job: nil, decision: offer.refusal == nil ? "offered" : "not_offered",
            reason: offer.refusal.map { "was offered no callback: \($0)" }
              ?? "was offered a callback at \(said)")))
    }
    let minutes = offer.expectedWait.map { ($0.components.seconds + 59) / 60 }
    return [
      HookVariable("PEREZVON_OFFER", offer.refusal == nil),
      HookVariable("PEREZVON_OFFER_MINUTES", minutes.map { "\($0)" } ?? ""),
      HookVariable("PEREZVON_OFFER_NUMBER", offer.number?.e164 ?? ""),
      HookVariable("PEREZVON_OFFER_CAMPAIGN", campaign?.name.rawValue ?? ""),
      HookVariable("PEREZVON_OFFER_AT", Self.seconds(offer.at)),
    ]
  }

  /// How long he would wait: behind callers of the queue, and callbacks its agents owe.
  private func expectedWait(
    _ question: HookQuestion, _ campaign: CampaignPolicy?, at now: Timestamp
  ) -> Duration? {
    guard amiUp, let queue = question.queue ?? campaign?.agents.queue else { return nil }
    let waiting = (tracker.queue(queue)?.waiting ?? []).count { $0.channel != question.channel }
    let owed = jobs.count { job in
      job.contact == nil && job.dueAt <= now && settings.dialing[job.campaign]?.agentQueue == queue
    }
    var (free, staffed) = (0, 0)
    for candidate in candidates(at: now) where candidate.seat.queue == queue {
      switch candidate.availability(at: now) {
      case .free:
        free += 1
        staffed += 1
      case .reserved, .busy, .wrappingUp, .cooling: staffed += 1
      case .paused, .offline: break
      }
    }
    return waits.wait(in: queue, ahead: waiting + owed, free: free, staffed: staffed)
  }

  private func check(
    _ keyed: CallerNumber, _ question: HookQuestion, _ file: CallerFile?
  ) -> [HookVariable] {
    // Nothing at all where nobody knows.
    guard let file else { return [] }
    guard let campaign = settings.policy.requestCampaign(named: question.campaign, queue: question.queue),
      settings.policy.refusal(of: keyed, in: campaign, doNotCall: file.doNotCall) == nil,
      let number = keyed.e164
    else { return [HookVariable("PEREZVON_CHECK", "0")] }
    return [HookVariable("PEREZVON_CHECK", true), HookVariable("PEREZVON_CHECK_NUMBER", number.e164)]
  }

  /// Behind those who joined before he first did.
  private func place(_ question: HookQuestion) -> [HookVariable] {
    guard amiUp, let queue = question.queue, let joined = firstJoins[question.channel]?[queue] else {
      return []
    }
    let before = (tracker.queue(queue)?.waiting ?? []).count { $0.since < joined }
    return [HookVariable("PEREZVON_PLACE", "\(before + 1)")]
  }

  /// A caller waits in a queue: his place is that of the first time.
  mutating func noteJoin(_ channel: ChannelID, _ queue: QueueName) {
    guard firstJoins[channel]?[queue] == nil,
      let entry = tracker.queue(queue)?.waiting.first(where: { $0.channel == channel })
    else { return }
    if firstJoins.count >= Self.routedMax {
      out.append(.limit(.routed))
      firstJoins = [:]
    }
    firstJoins[channel, default: [:]][queue] = entry.since
  }

  /// Whole seconds since 1970; empty for nil.
  private static func seconds(_ moment: Timestamp?) -> String {
    moment.map { "\($0.microseconds / 1_000_000)" } ?? ""
  }

  /// His channel is gone.
  mutating func forgetCaller(_ channel: ChannelID) {
    questions[channel] = nil
    routedPriority[channel] = nil
    firstJoins[channel] = nil
  }
}
