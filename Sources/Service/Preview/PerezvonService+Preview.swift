import CallPolicy
import Dialer
import Store
import Telephony
public import WebAPI

extension PerezvonService: PreviewFace {
  /// So long a request for the next card waits for one. Default 3 s.
  static let cardWait = Duration.seconds(3)

  public func nextCard(for member: String) async throws(CardRefusal) -> CardAnswer {
    let agent = MemberInterface(member)
    let boards = try await boards(of: agent)
    if let sight = await sight(of: agent, at: boards) { return try await answer(sight) }
    for board in boards { await board.post(.cardAsked(agent)) }
    let end = world.clock.now + Self.cardWait
    while world.clock.now < end {
      if let sight = await sight(of: agent, at: boards) { return try await answer(sight) }
      guard (try? await world.clock.sleep(for: .milliseconds(50))) != nil else { break }
    }
    var reason = ""
    for board in boards where reason.isEmpty {
      reason = await board.look { $0.whyNoCard(for: agent, at: $1) }
    }
    return CardAnswer(card: nil, reason: reason)
  }

  public func card(of member: String) async throws(CardRefusal) -> CardAnswer {
    let agent = MemberInterface(member)
    let boards = try await boards(of: agent)
    guard let sight = await sight(of: agent, at: boards) else {
      return CardAnswer(card: nil, reason: "\(agent) has no card.")
    }
    return try await answer(sight)
  }

  public func accept(attempt text: String) async throws(CardRefusal) -> CardAnswer {
    let id = try attemptID(text)
    for board in room.boards {
      guard let before = await board.say(.cardAccepted, of: id) else { continue }
      let now = await board.look { machine, _ in machine.attempts[id].flatMap { CardSight($0) } }
      guard let now, now.record.cardAcceptedAt != nil else { break }
      return try await answer(now, reason: before.isOffered ? "" : "It was accepted before.")
    }
    throw await whyNotHere(id)
  }

  public func decline(attempt text: String) async throws(CardRefusal) -> CardAnswer {
    try await refuse(text, .cardDeclined, "Declined; the card goes to another agent.")
  }

  public func postpone(
    attempt text: String, until request: PostponeRequest
  ) async throws(CardRefusal) -> CardAnswer {
    let id = try attemptID(text)
    for board in room.boards {
      guard let sight = await board.look({ machine, _ in machine.attempts[id].flatMap { CardSight($0) } }),
        sight.isOffered
      else { continue }
      let until = try moment(request, for: sight.job)
      return try await refuse(text, .cardPostponed(until: until), "Postponed.")
    }
    throw await whyNotHere(id)
  }

  public func agent(ofAttempt text: String) async throws(CardRefusal) -> String? {
    let id = try attemptID(text)
    let record: AttemptRecord?
    do throws(StoreError) { record = try await store.attempt(id) } catch {
      throw CardRefusal(.elsewhere, "The books are away: try again.")
    }
    guard let record else { throw CardRefusal(.unknown, "There is no attempt \(id).") }
    return record.agent?.rawValue
  }

  public func remark(attempt text: String, _ request: DispositionRequest) async throws(CardRefusal) {
    let id = try attemptID(text)
    guard request.disposition != nil || request.note != nil else {
      throw CardRefusal(.invalid, "Send a disposition, a note, or both.")
    }
    let effect: RemarkEffect?
    do {
      let who = try await store.attempt(id)?.agent?.rawValue ?? "An agent"
      let remark = try Administration.remark(request.disposition, request.note, by: who)
      effect = try await store.remark(remark, of: id, now: world.now())
    } catch let error as AdministrationError {
      throw CardRefusal(.invalid, error.message)
    } catch {
      throw CardRefusal(.elsewhere, "The books are away: try again.")
    }
    guard let effect else { throw CardRefusal(.unknown, "There is no attempt \(id).") }
    guard !effect.excluded.isEmpty else { return }
    for board in room.boards {
      _ = await board.say(.cardWithdrawn(why: "The customer wants no more calls"), of: id)
      await board.post(.jobsChanged)
    }
  }

  // MARK: Inside

  /// The boards at which this agent can be given cards, and which dial.
  private func boards(of agent: MemberInterface) async throws(CardRefusal) -> [Switchboard] {
    var found: [Switchboard] = []
    var away: String?
    for board in room.boards {
      let seen = await board.look { machine, _ in
        (getsCards: !machine.previewCampaigns(of: agent).isEmpty, drives: machine.fence != nil)
      }
      guard seen.getsCards else { continue }
      if seen.drives { found.append(board) } else { away = board.name.rawValue }
    }
    if found.isEmpty, let away {
      throw CardRefusal(
        .elsewhere,
        "This instance does not drive \(away); ask the one that does (GET /api/v1/status: dialing).")
    }
    if found.isEmpty {
      throw CardRefusal(
        .unknown,
        "\(PrintableText(agent.rawValue)) is no member of a queue whose campaign is in mode preview.")
    }
    return found
  }

  private func sight(of agent: MemberInterface, at boards: [Switchboard]) async -> CardSight? {
    for board in boards {
      if let sight = await board.look({ machine, _ in machine.card(of: agent).flatMap { CardSight($0) } }) {
        return sight
      }
    }
    return nil
  }

  private func answer(_ sight: CardSight, reason: String = "") async throws(CardRefusal) -> CardAnswer {
    do throws(StoreError) {
      let story = try await store.story(of: sight.job.number.e164)
      let writer = CardWriter(settings: settings.current)
      return CardAnswer(card: writer.document(sight, story, at: world.now()), reason: reason)
    } catch {
      throw CardRefusal(.elsewhere, "The books are away: try again.")
    }
  }

  private func refuse(
    _ text: String, _ event: AttemptEvent, _ said: String
  ) async throws(CardRefusal) -> CardAnswer {
    let id = try attemptID(text)
    for board in room.boards {
      guard let before = await board.say(event, of: id), before.isOffered else { continue }
      return CardAnswer(card: nil, reason: said)
    }
    throw await whyNotHere(id)
  }

  private func attemptID(_ text: String) throws(CardRefusal) -> AttemptID {
    guard let id = AttemptID(text) else {
      throw CardRefusal(.unknown, "\(PrintableText(text)) is no id of an attempt.")
    }
    return id
  }

  private func moment(_ request: PostponeRequest, for job: Job) throws(CardRefusal) -> Timestamp {
    let now = world.now()
    let until: Timestamp
    switch (request.minutes, request.at) {
    case (let minutes?, nil) where 1...43_200 ~= minutes: until = now + .seconds(minutes * 60)
    case (nil, let text?):
      guard let read = ListMoment.read(text, in: CardWriter(settings: settings.current).zone(of: job).0)
      else {
        throw CardRefusal(
          .invalid, "\(PrintableText(text)) is no moment; write it as 2026-11-23 09:00 or with an offset.")
      }
      until = read
    default: throw CardRefusal(.invalid, "Send either minutes (1 to 43200) or at.")
    }
    guard until > now else { throw CardRefusal(.invalid, "That moment is over.") }
    guard until < job.expiresAt else {
      throw CardRefusal(.invalid, "The job ends before that moment (expire_after).")
    }
    return until
  }

  /// No card of this attempt is on offer here: why not.
  private func whyNotHere(_ id: AttemptID) async -> CardRefusal {
    do throws(StoreError) {
      guard let record = try await store.attempt(id) else {
        return CardRefusal(.unknown, "There is no attempt \(id).")
      }
      if record.endedAt != nil { return CardRefusal(.over, "The card is on offer no more.") }
      for board in room.boards where board.name == record.pbx {
        if await board.look({ machine, _ in machine.fence }) != nil {
          return CardRefusal(.over, "The card is on offer no more: the call goes on.")
        }
      }
      return CardRefusal(.elsewhere, "Another instance drives \(record.pbx); ask that one.")
    } catch {
      return CardRefusal(.elsewhere, "The books are away: try again.")
    }
  }
}
