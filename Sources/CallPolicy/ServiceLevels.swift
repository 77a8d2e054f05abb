public import CallTracking
public import Telephony

/// The service level of each queue over the last half hour: callers answered within 20 s, of those answered and
/// those who gave up (short abandons left out), as `report.queue_hours` counts it. For blending.
public struct ServiceLevels: Sendable {
  /// How far it looks back.
  public static let span: Duration = .seconds(1_800)
  /// Answered so soon is well answered.
  public static let within: Duration = .seconds(20)
  /// Stays kept, at most; the oldest go first.
  public static let staysMax = 20_000

  private struct Stay {
    var queue: QueueName
    var leftAt: Timestamp
    var well: Bool
  }

  /// Oldest first.
  private var stays: [Stay] = []

  public init() {}

  /// A caller's stay in a queue is over. Stays that timed out or were moved do not count.
  public mutating func record(_ entry: QueueEntryRecord) {
    let wait = entry.leftAt - entry.joinedAt
    switch entry.result {
    case .answered: stays.append(Stay(queue: entry.queue, leftAt: entry.leftAt, well: wait <= Self.within))
    case .abandoned where wait >= PolicyDefaults.minWait:
      stays.append(Stay(queue: entry.queue, leftAt: entry.leftAt, well: false))
    case .abandoned, .otherUnanswered: return
    }
    let first = stays.firstIndex { entry.leftAt - $0.leftAt <= Self.span } ?? 0
    let over = max(first, stays.count - Self.staysMax)
    // In blocks: what is too old is passed over when it is counted.
    if over > 1_000 || stays.count > Self.staysMax { stays.removeFirst(over) }
  }

  /// 0 to 1; nil where nobody was counted. Callers who wait longer than 20 s already are not well answered any more.
  ///
  /// - Parameter waiting: since when each of those waits who is in the queue now.
  public func level(of queue: QueueName, waiting: [Timestamp] = [], at now: Timestamp) -> Double? {
    let late = waiting.count { now - $0 > Self.within }
    var (all, well) = (late, 0)
    for stay in stays where stay.queue == queue && now - stay.leftAt <= Self.span {
      all += 1
      well += stay.well ? 1 : 0
    }
    return all > 0 ? Double(well) / Double(all) : nil
  }
}

extension OutboundPolicy.Blend {
  /// Why outbound dialling takes nobody of a queue now, as a sentence; nil where it may. `keepFree` is the
  /// dispatch's affair, which counts the agents.
  ///
  /// - Parameters:
  ///   - waiting: callers in the queue.
  ///   - level: as `ServiceLevels.level`; nil holds nothing.
  public func held(_ queue: QueueName, waiting: Int, level: Double?) -> String? {
    if waiting > maxCallersWaiting {
      return maxCallersWaiting == 0
        ? "Callers wait in the queue \(queue), and go first"
        : "More than \(maxCallersWaiting) callers wait in the queue \(queue) (blend.max_callers_waiting)"
    }
    if let level, level < minServiceLevel {
      return
        "The service level of the queue \(queue) is under \(Int((minServiceLevel * 100).rounded())) % in the last "
        + "30 minutes (blend.min_service_level)"
    }
    return nil
  }
}
