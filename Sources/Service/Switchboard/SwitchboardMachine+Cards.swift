import CallPolicy
import CallTracking
import Dialer
import Telephony
import WebAPI

/// Preview: cards for agents who ask for one.
extension SwitchboardMachine {
  mutating func askForCard(_ agent: MemberInterface, at now: Timestamp) {
    cards.asked = cards.asked.filter { $0.value > now }
    cards.asked[agent] = now + CardDesk.askStands
  }

  func cardsAsked(at now: Timestamp) -> Set<MemberInterface> {
    Set(cards.asked.lazy.filter { $0.value > now }.map(\.key))
  }

  /// A card whose campaign may not dial any more is taken back; so is every one when the service stops.
  mutating func tendCards(at now: Timestamp) {
    for (id, live) in attempts where live.machine.isOffered {
      if stopping {
        feed(id, .cardWithdrawn(why: "The service is stopping"), at: now)
      } else if isPaused(live.job.campaign, at: now) {
        feed(id, .cardWithdrawn(why: "The campaign \(live.job.campaign) was paused"), at: now)
      }
    }
  }

  /// Tells the pages what has become of a card. `live`: after the event.
  mutating func tellCard(
    of live: LiveAttempt, wasOffered: Bool, _ actions: [AttemptAction], at now: Timestamp
  ) {
    let isOffered = live.machine.isOffered
    let record = live.machine.record
    let end = actions.lazy.compactMap { if case .ended(let end) = $0 { end } else { nil } }.first
    let state: CardNews.State
    if isOffered != wasOffered {
      if wasOffered, record.agentResult == .declined, let agent = record.agent,
        case .setAside(nil)? = end?.next
      {
        cards.decline(record.job, by: agent, at: now)
      }
      state = isOffered ? .offered : record.cardAcceptedAt != nil ? .accepted : .released
    } else {
      // What another life of the service takes over is not over.
      guard let end, record.cardAcceptedAt != nil, end.next != .handedOn else { return }
      state = .ended
    }
    out.append(.card(Self.news(record, state, end?.sentence ?? "", at: now)))
  }

  static func news(
    _ record: AttemptRecord, _ state: CardNews.State, _ reason: String, at now: Timestamp
  ) -> CardNews {
    CardNews(
      at: now, pbx: record.pbx.rawValue, agent: record.agent?.rawValue ?? "", attempt: record.id.description,
      campaign: record.campaign.rawValue, state: state, until: record.cardUntil ?? now, reason: reason)
  }

  /// The attempt whose card an agent has, on offer or accepted; until he is free again.
  func card(of agent: MemberInterface) -> LiveAttempt? {
    attempts.values.first {
      $0.machine.record.agent == agent && $0.machine.record.cardOfferedAt != nil && !$0.ended
    }
  }

  /// Campaigns in which this agent gets cards: he has a seat in their queue.
  func previewCampaigns(of agent: MemberInterface) -> [CampaignPolicy] {
    let queues = Set(seats.filter { $0.member.interface == agent }.map(\.member.queue))
    return settings.policy.settings.campaigns.filter {
      $0.mode == .preview && settings.dialing[$0.name]?.agentQueue.map(queues.contains) ?? false
    }
  }

  /// Why an agent who asked for a card has none, in a sentence.
  func whyNoCard(for agent: MemberInterface, at now: Timestamp) -> String {
    if let held { return "Nothing is dialled at \(settings.pbx.name): \(held)." }
    if claiming.values.contains(where: { $0.record.agent == agent })
      || attempts.values.contains(where: { $0.machine.record.agent == agent && !$0.ended })
    {
      return "A card is being fetched, or a call of \(agent) goes on."
    }
    let mine = candidates(at: now).filter { $0.seat.interface == agent }
    let hindrances = mine.compactMap { Self.hindrance($0.availability(at: now)) }
    if let first = hindrances.first { return first }
    let campaigns = previewCampaigns(of: agent)
    let paused = campaigns.filter { isPaused($0.name, at: now) }
    if paused.count == campaigns.count {
      return "Not running now: \(campaigns.map(\.name.rawValue).joined(separator: ", "))."
    }
    let names = Set(campaigns.map(\.name))
    let told = jobs.filter { names.contains($0.campaign) && $0.dueAt <= now }.compactMap {
      toldReasons[$0.id]
    }
    return told.first.map { "\($0)." } ?? "No customer is due now."
  }

  private static func hindrance(_ availability: AgentAvailability) -> String? {
    switch availability {
    case .free: nil
    case .reserved: "A call of yours goes on."
    case .paused: "You are paused in a queue."
    case .offline: "Your phone is out of reach."
    case .busy: "Your phone is in use."
    case .wrappingUp: "Your wrap-up time is not over."
    case .cooling: "You let a callback ring, and are left alone for a while."
    }
  }
}
