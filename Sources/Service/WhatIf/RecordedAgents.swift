import CallTracking
import Dialer
import Store
import Telephony

/// Who sat in which queue when, and who talked when, as recorded calls show it. A value; nothing in it changes.
///
/// Nobody records log-ins: an agent counts as there from one sign of him to the next where no more than `gapMax` lie
/// between. Signs are talks and ringing.
struct RecordedAgents: Sendable {
  static let gapMax = Duration.seconds(3 * 3_600)

  struct Span: Sendable { var from, to: Timestamp }
  fileprivate struct Agent: Sendable {
    var queues: Set<QueueName> = []
    var signs: [Span] = []
    var busy: [Span] = []
    var present: [Span] = []
  }
  private var agents: [PBXName: [MemberInterface: Agent]] = [:]

  /// - Parameter extra: agents beside the recorded ones in each queue, there whenever anybody was.
  init(_ recording: Recording, extra: Int) {
    for stay in recording.stays {
      guard let member = stay.member.map({ MemberInterface($0) }) else { continue }
      agents[stay.pbx, default: [:]][member, default: Agent()].queues.insert(stay.queue)
      agents[stay.pbx]?[member]?.signs.append(Span(from: stay.leftAt, to: stay.leftAt))
    }
    for call in recording.calls.map(\.record) {
      if let member = call.answeredBy.map({ MemberInterface($0) }) {
        let talk = Span(from: call.endedAt - call.talk, to: call.endedAt)
        if let queue = call.queue {
          agents[call.pbx, default: [:]][member, default: Agent()].queues.insert(queue)
        }
        agents[call.pbx]?[member]?.signs.append(talk)
        agents[call.pbx]?[member]?.busy.append(talk)
      }
      guard let queue = call.queue else { continue }
      for member in call.membersRung.map({ MemberInterface($0) }) {
        agents[call.pbx, default: [:]][member, default: Agent()].queues.insert(queue)
        agents[call.pbx]?[member]?.signs.append(Span(from: call.startedAt, to: call.endedAt))
      }
    }
    for pbx in agents.keys {
      for member in (agents[pbx] ?? [:]).keys { agents[pbx]?[member]?.settle() }
      addExtra(extra, to: pbx)
    }
  }

  private mutating func addExtra(_ extra: Int, to pbx: PBXName) {
    guard extra > 0, let known = agents[pbx] else { return }
    let queues = Set(known.values.flatMap(\.queues))
    for queue in queues {
      var agent = Agent(queues: [queue])
      agent.signs = known.values.filter { $0.queues.contains(queue) }.flatMap(\.present)
      agent.settle()
      for number in 1...extra { agents[pbx]?[MemberInterface("extra-\(number)/\(queue)")] = agent }
    }
  }

  /// Agents that were seen at all.
  var count: Int { agents.values.reduce(0) { $0 + $1.count } }

  /// When somebody comes: then something may be dialled.
  var arrivals: [Timestamp] { agents.values.flatMap { $0.values.flatMap { $0.present.map(\.from) } } }

  /// The seats of a PBX at a moment, those who are not there left out.
  ///
  /// - Parameters:
  ///   - held: agents whom simulated callbacks have, until then.
  ///   - cooling: agents who let one ring, until then.
  func seats(
    of pbx: PBXName, at now: Timestamp, held: [MemberInterface: Timestamp],
    cooling: [MemberInterface: Timestamp]
  ) -> [AgentCandidate] {
    (agents[pbx] ?? [:]).flatMap { member, agent -> [AgentCandidate] in
      guard Self.contains(agent.present, now) else { return [] }
      let isBusy = Self.contains(agent.busy, now)
      return agent.queues.map { queue in
        AgentCandidate(
          seat: QueueMember(queue: queue, interface: member, status: isBusy ? .inUse : .notInUse),
          freeSince: Self.last(agent.busy, before: now)?.to, coolingUntil: cooling[member],
          reserved: (held[member] ?? now) > now,
          lastAttemptEndedAt: held[member].flatMap { $0 <= now ? $0 : nil })
      }
    }
  }

  private static func last(_ spans: [Span], before moment: Timestamp) -> Span? {
    var (low, high) = (0, spans.count)
    while low < high {
      let middle = (low + high) / 2
      if spans[middle].from <= moment { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? spans[low - 1] : nil
  }

  private static func contains(_ spans: [Span], _ moment: Timestamp) -> Bool {
    last(spans, before: moment).map { moment < $0.to || ($0.from == $0.to && $0.from == moment) } ?? false
  }
}

extension RecordedAgents.Agent {
  /// Orders what was collected, and joins signs into presence.
  fileprivate mutating func settle() {
    busy.sort { $0.from < $1.from }
    signs.sort { $0.from < $1.from }
    present = []
    for sign in signs {
      if let last = present.last, sign.from <= last.to + RecordedAgents.gapMax {
        present[present.count - 1].to = max(last.to, sign.to)
      } else {
        present.append(sign)
      }
    }
    signs = []
  }
}
