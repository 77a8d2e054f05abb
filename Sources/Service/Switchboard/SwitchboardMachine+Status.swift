import CallTracking
import Dialer
import Telephony
import WebAPI

/// What a switchboard shows of itself. Numbers are masked: a wall has many readers.
extension SwitchboardMachine {
  func status(at now: Timestamp) -> StatusDocument.PBX {
    let floor = tracker.floor
    return StatusDocument.PBX(
      name: settings.pbx.name.rawValue, version: snapshot?.version ?? "",
      ami: .init(
        up: amiUp, problem: amiUp ? "" : problem[.ami] ?? "not connected yet", since: linkChangedAt[.ami]),
      ari: .init(
        up: ariUp, problem: ariUp ? "" : problem[.ari] ?? "not connected yet", since: linkChangedAt[.ari]),
      dialing: held == nil, notDialing: held ?? "",
      queues: floor.queues.map { queue in
        StatusDocument.Queue(
          name: queue.name.rawValue,
          waiting: queue.waiting.map {
            .init(number: PhoneNumber.masked($0.rawNumber), wait: Self.seconds(now - $0.since))
          },
          members: queue.members.map { member($0, at: now) })
      },
      calls: floor.parties.filter { $0.attempt == nil }.sorted { $0.startedAt < $1.startedAt }.prefix(100).map
      {
        StatusDocument.Call(
          direction: $0.direction.rawValue, number: PhoneNumber.masked($0.rawNumber), did: $0.did,
          stage: Self.stage($0), age: Self.seconds(now - $0.startedAt))
      },
      attempts: attempts.values.sorted { $0.machine.record.startedAt < $1.machine.record.startedAt }.map {
        let record = $0.machine.record
        return StatusDocument.Attempt(
          id: record.id.description, number: record.number.masked, agent: record.agent?.rawValue ?? "",
          phase: record.phase.rawValue, age: Self.seconds(now - record.startedAt))
      })
  }

  private static func seconds(_ duration: Duration) -> Int { max(0, Int(duration.inSeconds)) }

  private static func stage(_ party: LiveParty) -> String {
    if let agent = party.talkingWith { return "talking with \(agent)" }
    if let queue = party.queue { return "waiting in \(queue)" }
    return party.stage?.rawValue ?? "arrived"
  }

  private func member(_ seat: FloorMember, at now: Timestamp) -> StatusDocument.Member {
    let member = seat.member
    let attempt = attempts.values.first { $0.machine.record.agent == member.interface }
    let state: String
    if let attempt {
      state = attempt.machine.record.phase == .wrapUp ? "wrap_up" : "callback"
    } else if member.status == .unavailable || member.status == .invalid {
      state = "unavailable"
    } else if member.status == .ringing || member.status == .ringingInUse {
      state = "ringing"
    } else if member.inCall || !member.status.mayBeRung {
      state = "in_call"
    } else {
      state = member.paused ? "paused" : "free"
    }
    return StatusDocument.Member(
      interface: member.interface.rawValue, name: member.name, state: state,
      since: Self.seconds(now - seat.since),
      reason: member.paused ? member.pausedReason : "")
  }
}
