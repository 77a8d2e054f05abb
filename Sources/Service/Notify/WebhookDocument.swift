import CallPolicy
import Foundation
import Store
import Telephony

/// The body of a webhook without a template. docs/notifications.md has the fields; they are only added to.
struct WebhookDocument: Encodable, Sendable {
  struct Call: Encodable, Sendable {
    var linkedid: String
    var at: String
    var did: String
    var queue: String?
    var waitSeconds: Int
    var lostAt: String?
    var ending: String?
    var membersRung: [String]
    var numberKind: String?
    var noJobReason: String?
  }

  struct Job: Encodable, Sendable {
    var id: String
    var campaign: String
    var source: String
    var state: String
    var reason: String
    var attempts: Int
    var missedCount: Int
    var createdAt: String
    var dueAt: String
    var owner: String?
  }

  struct Task: Encodable, Sendable {
    var id: String
    var kind: String
    var reason: String
    var assignee: String?
    var createdAt: String
    var dueAt: String
    var missedCount: Int
    var closedAt: String?
    var closedHow: String?
    var closedBy: String?
    var note: String
  }

  struct Talk: Encodable, Sendable {
    var attempt: String
    var agent: String?
    var connectedAt: String?
  }

  struct Past: Encodable, Sendable {
    var at: String
    var answered: Bool
    var who: String?
    var lostAt: String?
    var queue: String?
    var talkSeconds: Int
  }

  /// The idempotency key.
  var id: String
  var event: String
  var at: String
  var summary: String
  var pbx: String?
  var number: String?
  var name: String?
  var category: String?
  var link: String?
  var call: Call?
  var job: Job?
  var task: Task?
  var talk: Talk?
  var alert: AlertDetails?
  var history: [Past]

  init(_ facts: NotificationFacts, key: UniqueID, words: NotificationWords) {
    let booked = facts.booked
    id = key.description
    event = facts.event.rawValue
    at = booked.at.rfc3339
    summary = facts.summary(words)
    pbx = booked.pbx?.rawValue
    number = booked.number
    name = facts.name
    category = booked.customer?.category
    link = facts.link
    call = booked.call.map {
      Call(
        linkedid: $0.linkedID.rawValue, at: $0.at.rfc3339, did: $0.did, queue: $0.queue?.rawValue,
        waitSeconds: Int($0.wait.inSeconds), lostAt: $0.lostAt?.rawValue, ending: $0.ending?.rawValue,
        membersRung: $0.membersRung, numberKind: $0.kind?.rawValue, noJobReason: $0.noJobReason)
    }
    job = booked.job.map {
      Job(
        id: $0.id.description, campaign: $0.campaign.rawValue, source: $0.source.rawValue,
        state: $0.state.rawValue,
        reason: $0.reason, attempts: $0.attempts, missedCount: $0.missedCount,
        createdAt: $0.createdAt.rfc3339,
        dueAt: $0.dueAt.rfc3339, owner: $0.owner?.rawValue)
    }
    task = booked.task.map {
      Task(
        id: $0.draft.id.description, kind: $0.draft.kind.rawValue, reason: $0.draft.reason,
        assignee: $0.draft.assignee, createdAt: $0.draft.createdAt.rfc3339, dueAt: $0.draft.dueAt.rfc3339,
        missedCount: $0.missedCount, closedAt: $0.closedAt?.rfc3339, closedHow: $0.closedHow?.rawValue,
        closedBy: $0.closedBy, note: $0.note)
    }
    talk = booked.talk.map {
      Talk(
        attempt: $0.attempt.description, agent: $0.agent?.rawValue, connectedAt: $0.connectedAt?.rfc3339)
    }
    alert = facts.isAlert ? facts.alert : nil
    history = booked.history.map {
      Past(
        at: $0.at.rfc3339, answered: $0.answered, who: $0.who, lostAt: $0.lostAt?.rawValue,
        queue: $0.queue?.rawValue, talkSeconds: Int($0.talk.inSeconds))
    }
  }

  /// JSON with names in snake_case, keys in order.
  var json: String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}
