public import Telephony

/// One row of a list, read and judged, for `Store.put`.
public struct ContactRow: Sendable, Hashable {
  public struct Phone: Sendable, Hashable {
    public var number: PhoneNumber
    public var kind: PhoneNumberKind
    /// In whose hours it is dialled; empty: the calendar's.
    public var zone: String
    /// When it may be dialled at the earliest, in opening hours there.
    public var dueAt: Timestamp

    public init(number: PhoneNumber, kind: PhoneNumberKind, zone: String, dueAt: Timestamp) {
      self.number = number
      self.kind = kind
      self.zone = zone
      self.dueAt = dueAt
    }
  }

  /// Where in the file it begins, from 1.
  public var line: Int
  public var key: String?
  public var name: String
  /// As the list said; nil where it said nothing.
  public var zone: String?
  /// A JSON object.
  public var attributes: String
  public var priority: Int
  /// The list named a moment: it also moves a job that waits already.
  public var dueIsGiven: Bool
  /// In the order they are dialled, each number once; at least one.
  public var phones: [Phone]
  /// Taken where the contact is new.
  public var newID: ContactID
  public var newJob: JobID

  public init(
    line: Int, key: String?, name: String, zone: String?, attributes: String, priority: Int, dueIsGiven: Bool,
    phones: [Phone], newID: ContactID, newJob: JobID
  ) {
    self.line = line
    self.key = key
    self.name = name
    self.zone = zone
    self.attributes = attributes
    self.priority = priority
    self.dueIsGiven = dueIsGiven
    self.phones = phones
    self.newID = newID
    self.newJob = newJob
  }
}

/// Rows of one list that go into the books as one transaction.
public struct ContactBatch: Sendable {
  /// Rows of a batch at which it should be sent.
  public static let rowsMax = 10_000

  public var campaign: CampaignName
  public var pbx: PBXName
  /// The file's name.
  public var source: String
  /// How long a new job lives.
  public var expireAfter: Duration
  /// Contacts that were called to an end get another job.
  public var again: Bool
  public private(set) var rows: [ContactRow] = []
  /// What became of rows by others of the same batch.
  public private(set) var outcome = ContactOutcome()
  private var keys: [String: Int] = [:]
  private var numbers: [PhoneNumber: Int] = [:]

  public init(
    campaign: CampaignName, pbx: PBXName, source: String, expireAfter: Duration, again: Bool = false
  ) {
    self.campaign = campaign
    self.pbx = pbx
    self.source = source
    self.expireAfter = expireAfter
    self.again = again
  }

  public var isEmpty: Bool { rows.isEmpty }

  /// A later row takes the place of an earlier one with its key, or with one of its numbers where one of the two
  /// has no key. A number that is another key's in this batch is left out.
  public mutating func append(_ row: ContactRow) {
    var row = row
    var same = row.key.flatMap { keys[$0] }
    var kept: [ContactRow.Phone] = []
    for phone in row.phones {
      if let place = numbers[phone.number], place != same {
        guard same == nil, row.key == nil || rows[place].key == nil else {
          outcome.leftOut.append(
            .init(line: row.line, number: phone.number.e164, reason: Self.taken(by: rows[place].key)))
          continue
        }
        same = place
        row.key = row.key ?? rows[place].key
      }
      kept.append(phone)
    }
    guard !kept.isEmpty else {
      outcome.refused.append(.init(line: row.line, reason: Self.noPhone))
      return
    }
    row.phones = kept
    let place = same ?? rows.count
    if same != nil {
      outcome.replaced.append(rows[place].line)
      for phone in rows[place].phones { numbers[phone.number] = nil }
      rows[place] = row
    } else {
      rows.append(row)
    }
    if let key = row.key { keys[key] = place }
    for phone in kept { numbers[phone.number] = place }
  }

  /// The reason of a row whose every phone was left out.
  public static let noPhone = "none of its phones can be taken"

  static func taken(by key: String?) -> String {
    key.map { "the number is that of another contact of the campaign, key \($0)" }
      ?? "the number is that of another contact of the campaign"
  }
}

/// What became of the rows of a list. Each row is added, updated, refused, or replaced by a later one.
public struct ContactOutcome: Sendable, Hashable {
  public struct Refusal: Sendable, Hashable {
    public var line: Int
    public var reason: String

    public init(line: Int, reason: String) {
      self.line = line
      self.reason = reason
    }
  }

  /// A phone that did not go in, of a row that may have.
  public struct Phone: Sendable, Hashable {
    public var line: Int
    public var number: String
    public var reason: String

    public init(line: Int, number: String, reason: String) {
      self.line = line
      self.number = number
      self.reason = reason
    }
  }

  public var added = 0
  public var updated = 0
  /// Of the updated, those who are called again.
  public var reopened = 0
  public var refused: [Refusal] = []
  public var leftOut: [Phone] = []
  /// Lines whose contact a later line of the same file told anew.
  public var replaced: [Int] = []

  public init() {}

  public static func += (sum: inout ContactOutcome, more: ContactOutcome) {
    sum.added += more.added
    sum.updated += more.updated
    sum.reopened += more.reopened
    sum.refused += more.refused
    sum.leftOut += more.leftOut
    sum.replaced += more.replaced
  }
}
