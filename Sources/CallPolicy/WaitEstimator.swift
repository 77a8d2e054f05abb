public import Telephony

/// How long somebody who comes now would wait in a queue: from who waits before him, who serves, and how long talks
/// of this queue lasted lately.
public struct WaitEstimator: Sendable {
  /// Talks of a queue that are remembered; the oldest go first.
  public static let talksMax = 50
  /// How long a talk is taken to last where none was seen yet.
  public static let talkUnseen: Duration = .seconds(180)
  /// Queues remembered, at most: a PBX has tens.
  public static let queuesMax = 1_000

  private var talks: [QueueName: [Duration]] = [:]

  public init() {}

  /// A caller of this queue has talked so long with an agent.
  public mutating func record(talk: Duration, of queue: QueueName) {
    guard talks[queue] != nil || talks.count < Self.queuesMax else { return }
    var list = talks[queue] ?? []
    list.append(talk)
    if list.count > Self.talksMax { list.removeFirst(list.count - Self.talksMax) }
    talks[queue] = list
  }

  /// The mean talk of a queue.
  public func talk(of queue: QueueName) -> Duration {
    guard let list = talks[queue], !list.isEmpty else { return Self.talkUnseen }
    return list.reduce(.zero, +) / list.count
  }

  /// The expected wait; nil where nobody serves the queue.
  ///
  /// With everybody busy one of `staffed` agents becomes free every `talk / staffed`, and he waits for as many of
  /// these moments as there are others before him, and one.
  ///
  /// - Parameters:
  ///   - ahead: callers and callbacks that go before him.
  ///   - free: agents who could take somebody now.
  ///   - staffed: agents who are there, free or not.
  public func wait(in queue: QueueName, ahead: Int, free: Int, staffed: Int) -> Duration? {
    guard staffed > 0 else { return nil }
    let turns = ahead - free + 1
    return turns <= 0 ? .zero : talk(of: queue) * turns / staffed
  }
}
