public import Telephony

/// A batch of a list as COPY takes it where all of it is new: contacts, phones and jobs as they will stand in the
/// books. Made beside the writing of the batch before it.
public struct PreparedContacts: Sendable {
  /// The rows of one table, and what takes them.
  struct Table: Sendable {
    let name: String
    let statement: String
    let rows: CopyRows
  }

  public let batch: ContactBatch
  /// When the import began: the moment everything is said to have been written.
  public let now: Timestamp
  /// In their order, as the numbers.
  let keys: [String]
  /// In their order, so that an index is read from its beginning to its end.
  let numbers: [String]
  /// In the order they are written: what others point at first.
  let tables: [Table]

  public init(_ batch: ContactBatch, now: Timestamp) {
    self.batch = batch
    self.now = now
    keys = batch.rows.compactMap(\.key).sorted()
    let phones = batch.rows.indices.flatMap { row in
      batch.rows[row].phones.enumerated().map { Phone(number: $1.number.e164, row: row, place: $0) }
    }.sorted { $0.number < $1.number }
    numbers = phones.map(\.number)
    tables = [
      Self.contacts(batch, now), Self.phones(batch, phones), Self.jobs(batch, phones, now),
    ]
  }

  /// Whether both have a key or a number: then the later one counts, and they are not written at once.
  public func meets(_ other: PreparedContacts) -> Bool {
    Self.meet(keys, other.keys) || Self.meet(numbers, other.numbers)
  }

  /// Of two lists in order.
  private static func meet(_ a: [String], _ b: [String]) -> Bool {
    var (i, j) = (0, 0)
    while i < a.count, j < b.count {
      if a[i] == b[j] { return true }
      if a[i] < b[j] { i += 1 } else { j += 1 }
    }
    return false
  }

  /// One phone of the batch: `place` of those of `row`, both from 0.
  private struct Phone {
    let number: String
    let row: Int
    let place: Int
  }

  private static func contacts(_ batch: ContactBatch, _ now: Timestamp) -> Table {
    var rows = CopyRows(reserving: batch.rows.count * 300)
    for contact in batch.rows {
      rows.row(fields: 11)
      rows.uuid(contact.newID.id)
      rows.text(batch.campaign)
      rows.told(of: contact)
      rows.text(batch.source)
      rows.int4(contact.line)
      rows.time(now)
      rows.time(now)
    }
    return Table(
      name: "copy new contacts",
      statement: """
        COPY perezvon.contacts (id, campaign, key, name, time_zone, attributes, priority, source, line,
          imported_at, updated_at) FROM STDIN (FORMAT binary)
        """, rows: rows)
  }

  private static func phones(_ batch: ContactBatch, _ phones: [Phone]) -> Table {
    var rows = CopyRows(reserving: phones.count * 120)
    for phone in phones {
      let contact = batch.rows[phone.row]
      rows.row(fields: 7)
      rows.text(phone.number)
      rows.text(batch.campaign)
      rows.uuid(contact.newID.id)
      rows.int4(phone.place + 1)
      rows.word(contact.phones[phone.place].kind)
      rows.text(contact.phones[phone.place].zone)
      rows.text("ok")
    }
    return Table(
      name: "copy new phones",
      statement: """
        COPY perezvon.contact_phones (number, campaign, of_contact, n, kind, time_zone, state)
          FROM STDIN (FORMAT binary)
        """, rows: rows)
  }

  private static func jobs(_ batch: ContactBatch, _ phones: [Phone], _ now: Timestamp) -> Table {
    var rows = CopyRows(reserving: batch.rows.count * 400)
    for phone in phones where phone.place == 0 {
      let contact = batch.rows[phone.row]
      rows.row(fields: 18)
      rows.uuid(contact.newJob.id)
      rows.text(batch.campaign)
      rows.text(phone.number)
      rows.text(contact.name)
      rows.text("contact")
      rows.text("waiting")
      rows.text("imported from \(batch.source), line \(contact.line)")
      rows.time(now)
      rows.time(now)
      rows.int4(0)
      rows.int4(contact.priority)
      rows.time(contact.phones[0].dueAt)
      rows.time(contact.phones[0].dueAt + batch.expireAfter)
      rows.int4(0)
      rows.text(batch.pbx)
      rows.bool(false)
      rows.uuid(contact.newID.id)
      rows.text(contact.phones[0].zone)
    }
    return Table(
      name: "copy new jobs",
      statement: """
        COPY perezvon.jobs (id, campaign, number, customer_name, source, state, reason, created_at,
          first_missed_at, missed_count, priority, due_at, expires_at, attempts, pbx, held_out, contact, time_zone)
          FROM STDIN (FORMAT binary)
        """, rows: rows)
  }
}

extension CopyRows {
  /// `key, name, time_zone, attributes, priority`: what the list tells of a contact, in the staging table as in the books.
  mutating func told(of contact: ContactRow) {
    text(contact.key)
    text(contact.name)
    text(contact.zone)
    json(contact.attributes)
    int4(contact.priority)
  }
}
