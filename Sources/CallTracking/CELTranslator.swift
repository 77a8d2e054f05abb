public import Telephony

/// Says in the words of AMI what the channel event log tells, so that the same tracker folds both.
///
/// The log has no DialBegin, no device behind a Local channel and no hangup request: they follow from whom Dial()
/// started channels for, from the names of both halves, and from who is named as the source of a hangup.
public struct CELTranslator: Sendable {
  /// Channels known at once; a channel that the log never ended (Asterisk was killed) is dropped for a newer one.
  public static let channelsMax = 20_000
  /// Channels kept of one Dial().
  static let dialledMax = 64

  private struct Channel {
    var snapshot: ChannelSnapshot
    /// The number Dial() was given in the application it is in.
    var dialData: String?
    /// Whom it dialled last, at most `dialledMax`.
    var dialled: [ChannelSnapshot] = []
    /// Its serial, for dropping the oldest.
    var order: Int
  }

  private var channels: [ChannelID: Channel] = [:]
  /// The channel of each linkedid that is in Dial() or Queue().
  private var diallers: [LinkedID: ChannelID] = [:]
  private var started = 0

  public init() {}

  /// The events of one line, in their order.
  public mutating func events(of line: CELLine) -> [PBXEvent] {
    var snapshot = line.channel
    snapshot.state = channels[line.channel.id]?.snapshot.state ?? .unknown
    defer { if channels[snapshot.id] != nil { channels[snapshot.id]?.snapshot = snapshot } }
    switch line.event {
    case .channelStarted:
      let isFirst = snapshot.id.rawValue == snapshot.linkedID.rawValue
      snapshot.state = isFirst ? .ring : .down
      return start(snapshot)
    case .answered:
      snapshot.state = .up
      return [.channelState(snapshot)]
    case .applicationStarted: return enter(line, snapshot)
    case .bridgeEntered: return line.extra.bridge.map { [.bridgeEntered($0, snapshot)] } ?? []
    case .bridgeLeft: return line.extra.bridge.map { [.bridgeLeft($0, snapshot)] } ?? []
    case .hungUp:
      let dialled = channels.removeValue(forKey: snapshot.id)?.dialled ?? []
      if diallers[snapshot.linkedID] == snapshot.id { diallers[snapshot.linkedID] = nil }
      let cause = HangupCause(rawValue: line.extra.hangupCause ?? HangupCause.unknown.rawValue)
      // The far end let go where the channel itself is the source of its hangup.
      let letGo = line.extra.hangupSource == snapshot.name
      // How a Dial() ended is told only now, and only for all it dialled.
      let status = DialStatus(word: line.extra.dialStatus)
      let ends = [.noAnswer, .busy, .congestion, .channelUnavailable].contains(status) ? dialled : []
      return (letGo ? [.hangupRequested(snapshot)] : [])
        + ends.map { .dialEnded(caller: snapshot, callee: $0, status) } + [.channelHungUp(snapshot, cause)]
    case .pickedUp:
      guard let by = known(line.extra.pickedUpBy) else { return [] }
      return [.pickedUp(channel: by, target: snapshot)]
    case .blindTransferred:
      return [
        .blindTransferred(
          transferer: snapshot, transferee: known(line.extra.transferee), context: line.extra.context,
          exten: line.extra.exten)
      ]
    case .attendedTransferred:
      return [
        .attendedTransferred(
          transferer: snapshot, transferee: known(line.extra.transferee),
          target: known(line.extra.transferTarget))
      ]
    case .callEnded:
      diallers[snapshot.linkedID] = nil
      return []
    }
  }

  private func known(_ id: ChannelID?) -> ChannelSnapshot? { id.flatMap { channels[$0]?.snapshot } }

  private mutating func start(_ snapshot: ChannelSnapshot) -> [PBXEvent] {
    if channels.count >= Self.channelsMax, let oldest = channels.min(by: { $0.value.order < $1.value.order })
    {
      channels[oldest.key] = nil
    }
    started += 1
    channels[snapshot.id] = Channel(snapshot: snapshot, order: started)
    var events: [PBXEvent] = [.channelCreated(snapshot)]
    if let dialler = diallers[snapshot.linkedID].flatMap({ channels[$0] }),
      dialler.snapshot.id != snapshot.id,
      !snapshot.name.hasSuffix(";2")
    {
      if dialler.dialled.count < Self.dialledMax { channels[dialler.snapshot.id]?.dialled.append(snapshot) }
      events.append(
        .dialBegan(
          caller: dialler.snapshot, callee: snapshot,
          dialString: Self.part(of: dialler.dialData ?? "", for: snapshot.name)))
    }
    if let other = otherHalf(of: snapshot) {
      let (one, two) = snapshot.name.hasSuffix(";1") ? (snapshot, other) : (other, snapshot)
      events.append(.localBridged(one: one, two: two))
    }
    return events
  }

  /// Local channels come in pairs, `Local/102@ring-00000001;1` and `;2`, in one linkedid.
  private func otherHalf(of snapshot: ChannelSnapshot) -> ChannelSnapshot? {
    guard snapshot.name.hasPrefix("Local/"), let last = snapshot.name.last, last == "1" || last == "2" else {
      return nil
    }
    let name = snapshot.name.dropLast() + (last == "1" ? "2" : "1")
    return channels.values.first { $0.snapshot.name == name }?.snapshot
  }

  private mutating func enter(_ line: CELLine, _ snapshot: ChannelSnapshot) -> [PBXEvent] {
    switch line.application {
    case "Dial":
      channels[snapshot.id]?.dialData = line.applicationData
      channels[snapshot.id]?.dialled = []
      diallers[snapshot.linkedID] = snapshot.id
      return []
    case "Queue":
      diallers[snapshot.linkedID] = snapshot.id
      channels[snapshot.id]?.dialData = nil
      let queue = line.applicationData.prefix { $0 != "," }
      return queue.isEmpty ? [] : [.queueJoined(snapshot, QueueName(String(queue)), position: 0)]
    default: return []
    }
  }

  /// Which of `PJSIP/102&PJSIP/+79161234567@trunk,20,t` this channel was started for.
  private static func part(of data: String, for name: String) -> String {
    let device = name.prefix { $0 != "-" }
    let parts = data.prefix { $0 != "," }.split(separator: "&")
    let endpoint = device.split(separator: "/").last.map(String.init) ?? ""
    let own = parts.first { $0 == device } ?? parts.first { $0.contains(endpoint) } ?? parts.first ?? ""
    return own.split(separator: "/", maxSplits: 1).last.map(String.init) ?? ""
  }
}
