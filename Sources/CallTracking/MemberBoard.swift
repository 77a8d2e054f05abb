import Telephony

/// The queues of one PBX: who waits and who serves, now.
struct MemberBoard: Sendable {
  struct Queue: Sendable {
    var waiting: [WaitingCaller] = []
    var members: [MemberInterface: FloorMember] = [:]
  }

  private(set) var queues: [QueueName: Queue] = [:]
  private(set) var memberCount = 0

  func shown(_ name: QueueName) -> FloorQueue? {
    queues[name].map { queue in
      FloorQueue(
        name: name, waiting: queue.waiting,
        members: queue.members.values.sorted { $0.member.interface < $1.member.interface })
    }
  }

  /// False where nothing changed that anybody could see.
  mutating func set(_ member: QueueMember, at now: Timestamp) -> Bool {
    guard let known = queues[member.queue]?.members[member.interface] else {
      queues[member.queue, default: Queue()].members[member.interface] = FloorMember(
        member: member, since: now)
      memberCount += 1
      return true
    }
    if known.member == member { return false }
    queues[member.queue]!.members[member.interface] = FloorMember(
      member: member, since: Self.sameState(known.member, member) ? known.since : now)
    return true
  }

  mutating func remove(_ member: QueueMember) -> Bool {
    guard queues[member.queue]?.members.removeValue(forKey: member.interface) != nil else { return false }
    memberCount -= 1
    return true
  }

  /// The caller must not stand there already.
  mutating func join(_ caller: WaitingCaller, queue: QueueName, position: Int) {
    let place = min(max(0, position - 1), queues[queue]?.waiting.count ?? 0)
    queues[queue, default: Queue()].waiting.insert(caller, at: place)
  }

  mutating func leave(_ channel: ChannelID, queue: QueueName) -> Bool {
    guard let place = queues[queue]?.waiting.firstIndex(where: { $0.channel == channel }) else {
      return false
    }
    queues[queue]!.waiting.remove(at: place)
    return true
  }

  mutating func rename(_ channel: ChannelID, to name: String, in queue: QueueName) {
    guard let place = queues[queue]?.waiting.firstIndex(where: { $0.channel == channel }) else { return }
    queues[queue]!.waiting[place].channelName = name
  }

  /// Everything anew, from a snapshot. A member whose state is the same keeps the moment it began.
  mutating func replace(
    queues names: [QueueName], members: [QueueMember], waiting: [(QueueName, WaitingCaller)],
    at now: Timestamp
  ) {
    let before = queues
    queues = [:]
    memberCount = 0
    for name in names { queues[name] = Queue() }
    for member in members {
      var since = now
      if let known = before[member.queue]?.members[member.interface], Self.sameState(known.member, member) {
        since = known.since
      }
      if queues[member.queue, default: Queue()].members.updateValue(
        FloorMember(member: member, since: since), forKey: member.interface) == nil
      {
        memberCount += 1
      }
    }
    for (name, caller) in waiting { queues[name, default: Queue()].waiting.append(caller) }
  }

  private static func sameState(_ a: QueueMember, _ b: QueueMember) -> Bool {
    a.status == b.status && a.paused == b.paused && a.pausedReason == b.pausedReason && a.inCall == b.inCall
  }
}
