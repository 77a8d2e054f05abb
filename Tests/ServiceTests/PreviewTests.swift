import CallPolicy
import CallTracking
import Dialer
import Store
import Telephony
import Testing
import WebAPI

@testable import Service

/// A board whose only campaign is in preview mode, with two agents and one customer.
private struct PreviewBoard {
  var machine: SwitchboardMachine
  var now = Timestamp(seconds: 1_800_000_000)
  var claimed: [AttemptRecord] = []
  var effects: [SwitchboardEffect] = []

  init() throws {
    let text = """
      database: {url: "postgresql://nowhere"}
      pbx:
        - name: pbx1
          ami: {username: perezvon, secret: hush}
          ari: {username: perezvon, password: hush}
          inbound_contexts: [from-trunk]
          dial: PJSIP/{number}@trunk
      numbers: {region: RU, allow: ["+7"]}
      campaigns: [{name: sales, mode: preview, queues: [sales], agents: {queue: sales, card: 40s}}]
      """
    let read = try Settings.read(yaml: text, fileName: "test", environment: [:]) { _ in
      .failure(.init(sentence: "none"))
    }
    machine = SwitchboardMachine(
      settings: SwitchboardSettings(read, pbx: read.pbxs[0]), random: SplitMix64(state: 1))
    let snapshot = PBXSnapshot(
      startedAt: now - .seconds(3_600), version: "22.10.1", channels: [], queues: ["sales"],
      members: ["PJSIP/101", "PJSIP/102"].map { QueueMember(queue: "sales", interface: $0) }, waiting: [])
    tell(.amiUp(snapshot, askedAt: now))
    tell(.ariUp(channels: [], askedAt: now))
    tell(.leaseWon(fence: 1))
    tell(.amiUp(snapshot, askedAt: now))
    tell(.liveAttempts([]))
    tell(.jobsLoaded([job]))
    tell(.jobsLoaded([job]))
  }

  var job: Job {
    Job(
      id: JobID("01940000-0000-7000-8000-000000000002")!, campaign: "sales",
      number: PhoneNumber(e164: "+79161234567")!, customerName: "Anna", source: .missedCall, state: .waiting,
      reason: "", createdAt: now, firstMissedAt: now, missedCount: 2, priority: 0, owner: nil, dueAt: now,
      expiresAt: now + .seconds(36_000), attempts: 0, queue: "sales", pbx: "pbx1", heldOut: false)
  }

  /// Every claim is granted, and every pause of ours confirmed.
  mutating func tell(_ event: SwitchboardEvent) {
    let new = machine.handle(event, at: now)
    effects += new
    for effect in new {
      switch effect {
      case .claim(let record, _, _):
        claimed.append(record)
        tell(.claimAnswered(record.id, .result(.claimed(record))))
      case .steps(_, let steps):
        for case .act(.command(_, .pauseMember(let agent, _, let paused, let reason))) in steps {
          var member = QueueMember(queue: "sales", interface: agent, paused: paused)
          member.pausedReason = reason
          tell(.pbx([StampedEvent(event: .memberPaused(member), at: nil)]))
        }
        for case .finish(let record, _, _, _) in steps { tell(.attemptFinished(record.id)) }
      default: break
      }
    }
  }

  var news: [String] {
    effects.compactMap {
      if case .card(let news) = $0 { "\(news.state.rawValue) \(news.agent)" } else { nil }
    }
  }
  var changes: [JobChange] {
    effects.flatMap { effect -> [JobChange] in
      guard case .steps(_, let steps) = effect else { return [] }
      return steps.compactMap { if case .finish(_, let change, _, _) = $0 { change } else { nil } }
    }
  }
}

@Suite struct `A campaign in preview mode` {
  @Test func `offers nothing before an agent asks, and then to him alone, paused by us`() throws {
    var board = try PreviewBoard()
    #expect(board.claimed.isEmpty)
    board.tell(.cardAsked("PJSIP/102"))
    #expect(board.claimed.map(\.agent) == ["PJSIP/102"])
    #expect(board.news == ["offered PJSIP/102"])
    let sight = try #require(board.machine.card(of: "PJSIP/102").flatMap { CardSight($0) })
    #expect(sight.state == .offered && sight.record.cardUntil == board.now + .seconds(40))
    let seat = board.machine.seats.first { $0.member.interface == "PJSIP/102" }
    #expect(seat?.member.pausedReason == "pz:\(sight.record.id)")
    #expect(board.machine.cardsAsked(at: board.now).isEmpty, "his wish is granted")
  }

  @Test func `forgets an agent who does not ask again`() throws {
    var board = try PreviewBoard()
    board.tell(.jobsLoaded([]))
    board.tell(.cardAsked("PJSIP/101"))
    board.now = board.now + CardDesk.askStands
    board.tell(.jobsLoaded([board.job]))
    #expect(board.claimed.isEmpty)
    board.tell(.cardAsked("PJSIP/101"))
    #expect(board.claimed.count == 1)
  }

  @Test func `rings the agent when he accepts`() throws {
    var board = try PreviewBoard()
    board.tell(.cardAsked("PJSIP/101"))
    board.tell(.attempt(board.claimed[0].id, .cardAccepted))
    #expect(board.news == ["offered PJSIP/101", "accepted PJSIP/101"])
    let rung = board.effects.contains {
      guard case .steps(_, let steps) = $0 else { return false }
      return steps.contains { if case .act(.command(.ringAgent, _)) = $0 { true } else { false } }
    }
    #expect(rung)
    // His phone cannot be rung: the page hears that it is over.
    board.tell(.attempt(board.claimed[0].id, .commandAnswered(.ringAgent, .refused("no route"))))
    #expect(board.news.last == "ended PJSIP/101")
  }

  @Test func `gives a declined card to another agent and not to the same one`() throws {
    var board = try PreviewBoard()
    board.tell(.cardAsked("PJSIP/101"))
    board.tell(.attempt(board.claimed[0].id, .cardDeclined))
    #expect(board.news == ["offered PJSIP/101", "released PJSIP/101"])
    let change = try #require(board.changes.last)
    guard case .retry(_, let due, let attempts, _, _) = change else {
      Issue.record("\(change)")
      return
    }
    #expect(attempts == 0 && due == board.job.dueAt, "nothing is used up, and he keeps his place")
    board.tell(.jobsLoaded([board.job]))
    board.tell(.cardAsked("PJSIP/101"))
    #expect(board.claimed.count == 1, "the same card again")
    board.tell(.cardAsked("PJSIP/102"))
    #expect(board.claimed.map(\.agent) == ["PJSIP/101", "PJSIP/102"])
  }

  @Test func `keeps a postponed card for the agent who postponed it`() throws {
    var board = try PreviewBoard()
    board.tell(.cardAsked("PJSIP/101"))
    let later = board.now + .seconds(1_800)
    board.tell(.attempt(board.claimed[0].id, .cardPostponed(until: later)))
    let change = try #require(board.changes.last)
    guard case .retry(_, later, 0, "PJSIP/101", _) = change else {
      Issue.record("\(change)")
      return
    }
  }

  @Test func `takes a card back when it is paused`() throws {
    var board = try PreviewBoard()
    board.tell(.cardAsked("PJSIP/101"))
    let run = CampaignRun(campaign: "sales", state: .paused, changedAt: board.now)
    board.tell(.campaignsLoaded([run]))
    #expect(board.news == ["offered PJSIP/101", "released PJSIP/101"])
    #expect(board.machine.card(of: "PJSIP/101") == nil)
  }

  @Test func `lets the queue have an agent whose time with the card is over`() throws {
    var board = try PreviewBoard()
    board.tell(.cardAsked("PJSIP/101"))
    board.now = board.now + .seconds(40)
    board.tell(.attempt(board.claimed[0].id, .timer(.card)))
    #expect(board.news.last == "released PJSIP/101")
    #expect(board.machine.seats.allSatisfy { !$0.member.paused })
    board.tell(.jobsLoaded([board.job]))
    #expect(board.claimed.count == 1, "a browser that is gone is offered nothing more")
  }
}

@Suite struct `The clock on a card` {
  @Test func `is the customer's, with the day where it is another`() throws {
    let noon = Timestamp(seconds: 1_800_000_000)  // Friday 15 January 2027, 08:00:00 UTC
    let here = UTCZone()
    #expect(CardWriter.clock(try #require(NamedZone("Europe/Moscow")), at: noon, here: here) == "11:00")
    #expect(CardWriter.clock(try #require(NamedZone("Pacific/Auckland")), at: noon, here: here) == "21:00")
    let evening = noon + .seconds(12 * 3_600)
    #expect(CardWriter.clock(try #require(NamedZone("Asia/Tokyo")), at: evening, here: here) == "Sat 05:00")
  }
}
