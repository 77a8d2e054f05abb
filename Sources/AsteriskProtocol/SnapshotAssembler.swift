public import Telephony

/// Folds the answers to CoreStatus, CoreSettings, CoreShowChannels and QueueStatus into one `PBXSnapshot`.
///
/// Send `actions`, each with an id of your own; hand every `.response` and `.listItem` to `add`; when it says
/// `.complete`, take the snapshot. Events that arrive meanwhile are the caller's to keep. Can go from
/// `needsMore` to complete or failed; both are final.
public struct SnapshotAssembler: Sendable {
  /// What a message brought.
  public enum Progress: Sendable, Hashable {
    /// Not one of ours: nothing was done.
    case notMine
    case needsMore
    case complete(PBXSnapshot, systemName: String)
    /// With a sentence for the administrator.
    case failed(String)
  }

  /// What to ask, in this order. Ids are `prefix` and a letter.
  public let requests: [(actionID: String, action: AMIAction)]

  /// Channels, queues, members and callers together, at most; over it the snapshot fails. Default 200,000.
  public let itemsMax: Int

  private let prefix: String
  private var pending: Set<String>
  private var items = 0
  private var failure: String?
  private var startedAt: Timestamp?
  private var version = ""
  private var systemName = ""
  private var channels: [PBXSnapshot.LiveChannel] = []
  private var queues: [QueueName] = []
  private var members: [QueueMember] = []
  private var waiting: [PBXSnapshot.WaitingCaller] = []

  /// `prefix` must differ from every other action id of the session.
  public init(prefix: String, itemsMax: Int = 200_000) {
    self.prefix = prefix
    self.itemsMax = itemsMax
    requests = [
      (prefix + Part.status, .coreStatus), (prefix + Part.settings, .coreSettings),
      (prefix + Part.channels, .coreShowChannels), (prefix + Part.queues, .queueStatus(nil)),
    ]
    pending = Set(requests.map(\.actionID))
  }

  private enum Part {
    static let status = "a"
    static let settings = "b"
    static let channels = "c"
    static let queues = "d"
  }

  /// Takes one message of the session.
  public mutating func add(_ message: AMIMessage) -> Progress {
    switch message {
    case .banner, .event: .notMine
    case .response(let response): add(response)
    case .listItem(let item): add(item)
    }
  }

  private mutating func add(_ response: AMIResponse) -> Progress {
    guard pending.contains(response.actionID) else { return .notMine }
    if let failure { return .failed(failure) }
    guard response.isSuccess else { return refused(response) }
    switch response.actionID.dropFirst(prefix.count) {
    case Part.status:
      guard let date = response["CoreStartupDate"], let time = response["CoreStartupTime"],
        let start = Self.startID(date: date, time: time)
      else { return fail("CoreStatus told no start time; give the AMI user write=reporting in manager.conf") }
      startedAt = start
      return finish(response.actionID)
    case Part.settings:
      version = response["AsteriskVersion"] ?? ""
      systemName = response["SystemName"] ?? ""
      return finish(response.actionID)
    default:
      // A list: its end is a message of its own.
      return .needsMore
    }
  }

  private mutating func add(_ item: AMIListItem) -> Progress {
    guard pending.contains(item.actionID) else { return .notMine }
    if let failure { return .failed(failure) }
    items += 1
    guard items <= itemsMax else { return fail("the PBX shows more than \(itemsMax) channels and members") }
    switch item.content {
    case .channel(let channel): channels.append(channel)
    case .queue(let queue): queues.append(queue)
    case .member(let member): members.append(member)
    case .waiting(let caller): waiting.append(caller)
    case .complete: return finish(item.actionID)
    case .dialplanContext: break
    }
    return .needsMore
  }

  private mutating func refused(_ response: AMIResponse) -> Progress {
    // Without app_queue there are no queues, and that is an answer too.
    if response.actionID == prefix + Part.queues, response.message.lowercased().contains("unknown command") {
      return finish(response.actionID)
    }
    let action = requests.first { $0.actionID == response.actionID }?.action.name ?? "the action"
    return fail(
      "\(action) was refused: \(response.message). The AMI user needs read=system,call,agent,user and "
        + "write=call,agent,originate,reporting in manager.conf")
  }

  private mutating func fail(_ sentence: String) -> Progress {
    failure = sentence
    return .failed(sentence)
  }

  private mutating func finish(_ actionID: String) -> Progress {
    pending.remove(actionID)
    guard pending.isEmpty, let startedAt else { return .needsMore }
    return .complete(
      PBXSnapshot(
        startedAt: startedAt, version: version, channels: channels, queues: queues, members: members,
        waiting: waiting), systemName: systemName)
  }

  /// CoreStatus tells the start in the PBX host's local time without its offset, whole seconds
  /// (`main/manager.c`, `action_corestatus`). It is read as if it were UTC: good for comparing one life of an
  /// Asterisk with another, and hours off as a moment. The text for one start never changes while it lives,
  /// summer time included, since the offset is the one of the start.
  public static func startID(date: String, time: String) -> Timestamp? {
    CivilTime.timestamp(date: date.utf8, time: time.utf8)
  }
}
