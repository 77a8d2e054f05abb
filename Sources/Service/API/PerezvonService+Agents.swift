import Foundation
import Store
import Telephony
public import WebAPI

/// A member of one or more queues, and his callbacks of today.
public struct AgentDocument: Sendable, Encodable {
  public let pbx: String
  public let member: String
  public let name: String
  public fileprivate(set) var queues: [String]
  /// `free`, `ringing`, `in_call`, `paused`, `callback`, `wrap_up`, `unavailable`.
  public let state: String
  /// Seconds in that state.
  public let since: Int
  public let reason: String
  /// The attempt that has him, and how far it is.
  public let attempt: String?
  public let phase: String?
  /// Of today, where the office is.
  public let callbacksOffered: Int
  public let accepted: Int
  public let conversations: Int
  public let talkSeconds: Double
}

extension PerezvonService {
  public func agents(_ query: ListQuery) async throws(APIProblem) -> APIPage {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = administration.zone
    let midnight = calendar.startOfDay(for: Date(timeIntervalSince1970: world.now().seconds))
    let today: [AgentCallbacks]
    do throws(StoreError) {
      today = try await library.callbacksOfAgents(
        since: Timestamp(seconds: midnight.timeIntervalSince1970))
    } catch { throw APIProblem(AdministrationError(error)) }
    var found: [String: AgentDocument] = [:]
    for board in room.boards where query.pbx == nil || query.pbx == board.name.rawValue {
      let floor = await board.status()
      for queue in floor.queues {
        for member in queue.members {
          let key = "\(floor.name) \(member.interface)"
          if found[key] == nil { found[key] = Self.agent(member, floor, today) }
          found[key]?.queues.append(queue.name)
        }
      }
    }
    let list = found.filter { key, agent in
      (query.state == nil || agent.state == query.state)
        && (query.queue.map(agent.queues.contains) ?? true) && (query.cursor.map { key > $0 } ?? true)
    }.sorted { $0.key < $1.key }
    let page = list.prefix(query.limit)
    return APIPage(items: page.map(\.value), next: list.count > page.count ? page.last?.key : nil)
  }

  private static func agent(
    _ member: StatusDocument.Member, _ floor: StatusDocument.PBX, _ today: [AgentCallbacks]
  ) -> AgentDocument {
    let attempt = floor.attempts.first { $0.agent == member.interface }
    let callbacks = today.first { $0.pbx.rawValue == floor.name && $0.agent.rawValue == member.interface }
    return AgentDocument(
      pbx: floor.name, member: member.interface, name: PrintableText(member.name).description, queues: [],
      state: member.state, since: member.since, reason: PrintableText(member.reason).description,
      attempt: attempt?.id, phase: attempt?.phase, callbacksOffered: callbacks?.offered ?? 0,
      accepted: callbacks?.accepted ?? 0, conversations: callbacks?.conversations ?? 0,
      talkSeconds: callbacks?.talk.inSeconds ?? 0)
  }
}
