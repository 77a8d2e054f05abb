import Store
public import Telephony

/// A contact of a list as `contacts export --json` prints it.
public struct ContactDocument: Sendable, Encodable {
  public let contact: String
  public let campaign: String
  public let key: String?
  public let name: String
  /// E.164, in the order they are dialled.
  public let phones: [String]
  /// As the list named it.
  public let timeZone: String?
  public let priority: Int
  /// Of his latest job.
  public let job: String?
  public let state: String?
  public let reason: String?
  /// While the job is open.
  public let dueAt: Timestamp?
  public let disposition: String
  public let note: String
  public let attempts: Int
  public let lastResult: String?
  public let lastNumber: String?
  public let lastAt: Timestamp?
  public let lastAgent: String?
  public let talkSeconds: Double
  /// The list's other columns.
  public let attributes: [String: String]

  init(_ contact: StoredContact) {
    self.contact = contact.id.description
    campaign = contact.campaign.rawValue
    key = contact.key
    name = contact.name
    phones = contact.phones
    timeZone = contact.zone
    priority = contact.priority
    job = contact.job?.description
    state = contact.state?.rawValue
    reason = contact.reason
    dueAt = contact.state?.isOpen == true ? contact.dueAt : nil
    disposition = contact.disposition
    note = contact.note
    attempts = contact.attempts
    lastResult = contact.lastResult?.rawValue
    lastNumber = contact.lastNumber
    lastAt = contact.lastAt
    lastAgent = contact.lastAgent
    talkSeconds = contact.talk.inSeconds
    attributes = contact.attributes
  }
}
