public import Telephony

/// A row of `report.contacts`.
public struct StoredContact: Sendable, Hashable {
  public var id: ContactID
  public var campaign: CampaignName
  public var key: String?
  /// Raw, from the list: only through encoders.
  public var name: String
  /// E.164, in the order they are dialled.
  public var phones: [String]
  public var zone: String?
  public var priority: Int
  /// Of the latest job; nil where there is none.
  public var state: JobState?
  public var disposition: String
  public var note: String
  public var attempts: Int
  public var lastResult: CustomerResult?
  public var lastNumber: String?
  public var lastAt: Timestamp?
  public var lastAgent: String?
  public var talk: Duration
  public var dueAt: Timestamp?
  public var reason: String?
  public var job: JobID?
  /// The list's other columns, by name.
  public var attributes: [String: String]
  public var source: String
  public var line: Int
  public var importedAt: Timestamp
}

extension Store {
  private static let columns = """
    contact, campaign, key, name, coalesce(phones, '{}'), time_zone, priority, state, disposition, note, attempts,
    last_result, last_number, last_at, last_agent, talk, due_at, reason, job,
    ARRAY(SELECT e.key FROM jsonb_each_text(attributes) e ORDER BY e.key),
    ARRAY(SELECT coalesce(e.value, '') FROM jsonb_each_text(attributes) e ORDER BY e.key), source, line,
    imported_at
    """
  private static let page = Statement(
    "contacts page",
    """
    SELECT \(columns) FROM report.contacts
    WHERE campaign = $1 AND ($2::uuid IS NULL OR contact > $2) ORDER BY contact LIMIT $3
    """)
  private static let ofNumber = Statement(
    "contacts of number",
    """
    SELECT \(columns) FROM report.contacts WHERE contact IN (
      SELECT of_contact FROM perezvon.contact_phones WHERE number = $1) ORDER BY campaign
    """)
  private static let find = Statement(
    "contacts find",
    """
    SELECT \(columns) FROM report.contacts
    WHERE ($1::text IS NULL OR campaign = $1) AND contact IN (
      SELECT $4::uuid
      UNION ALL SELECT id FROM perezvon.contacts WHERE ($1::text IS NULL OR campaign = $1) AND key = $2
      UNION ALL SELECT of_contact FROM perezvon.contact_phones WHERE number = $3) ORDER BY campaign LIMIT 100
    """)
  private static let attributeNames = Statement(
    "contacts attribute names",
    """
    SELECT DISTINCT k FROM perezvon.contacts c CROSS JOIN LATERAL jsonb_object_keys(c.attributes) AS k
    WHERE c.campaign = $1 ORDER BY k LIMIT 200
    """)
  /// The contacts of a campaign in a lasting order, from behind one on; at most `limit`, 1 to 10,000.
  public func contacts(
    of campaign: CampaignName, after: ContactID? = nil, limit: Int
  ) async throws(StoreError) -> [StoredContact] {
    let call = Self.page.with(.text(campaign), .uuid(after?.id), .int(min(max(1, limit), 10_000)))
    return try await pool.run { link throws(StoreError) in try link.execute(call).map(Self.readContact) }
  }

  /// The contacts that have this number among their phones.
  public func contacts(number: String) async throws(StoreError) -> [StoredContact] {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.ofNumber.with(.text(number))).map(Self.readContact)
    }
  }

  /// Contacts by their id, their key or one of their numbers.
  public func contacts(
    named text: String, number: PhoneNumber?, in campaign: CampaignName?
  ) async throws(StoreError) -> [StoredContact] {
    let call = Self.find.with(
      .text(campaign), .text(text), .text(number?.e164), .uuid(UniqueID(text)))
    return try await pool.run { link throws(StoreError) in try link.execute(call).map(Self.readContact) }
  }

  /// The names of all other columns that lists of this campaign had, at most 200.
  public func contactAttributes(_ campaign: CampaignName) async throws(StoreError) -> [String] {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.attributeNames.with(.text(campaign))).map { row throws(StoreError) in
        try row.text()
      }
    }
  }

  private static func readContact(_ row: inout Row) throws(StoreError) -> StoredContact {
    var contact = StoredContact(
      id: ContactID(try row.uuid()), campaign: try row.name(), key: try row.textOrNil(), name: try row.text(),
      phones: try row.texts(), zone: try row.textOrNil(), priority: try row.int(), state: try row.wordOrNil(),
      disposition: try row.text(), note: try row.text(), attempts: try row.int(),
      lastResult: try row.wordOrNil(), lastNumber: try row.textOrNil(), lastAt: try row.timeOrNil(),
      lastAgent: try row.textOrNil(), talk: try row.span(), dueAt: try row.timeOrNil(),
      reason: try row.textOrNil(), job: try row.uuidOrNil().map(JobID.init), attributes: [:], source: "",
      line: 0,
      importedAt: Timestamp(microseconds: 0))
    let (names, values) = (try row.texts(), try row.texts())
    contact.attributes = Dictionary(zip(names, values)) { first, _ in first }
    contact.source = try row.text()
    contact.line = try row.int()
    contact.importedAt = try row.time()
    return contact
  }
}
