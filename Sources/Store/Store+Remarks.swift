import CallPolicy
public import Telephony

/// What a person says of a call or of a contact: a word for the outcome, a note, or both.
public struct Remark: Sendable, Hashable {
  /// The disposition that puts the customer on the do-not-call list, with all his phones.
  public static let doNotCall = "do_not_call"

  /// Any word; nil leaves it as it is, an empty one takes it back.
  public var disposition: String?
  /// Nil leaves it as it is, an empty one removes it.
  public var note: String?
  /// Who said what: the sentence for `explain`.
  public var reason: String

  public init(disposition: String?, note: String?, reason: String) {
    self.disposition = disposition
    self.note = note
    self.reason = reason
  }
}

/// What a remark did beside being written down.
public struct RemarkEffect: Sendable, Hashable {
  /// Numbers that are on the do-not-call list by it, E.164.
  public var excluded: [String] = []
}

extension Store {
  private static let sayOfAttempt = Statement(
    "remark attempt",
    """
    UPDATE perezvon.attempts a SET
      disposition = CASE WHEN $2 = '' THEN NULL ELSE coalesce($2, a.disposition) END,
      note = coalesce($3, a.note), noted_at = $4
    FROM perezvon.jobs j WHERE a.id = $1 AND j.id = a.job RETURNING a.job, a.number, j.contact
    """)
  private static let sayOfContact = Statement(
    "remark contact",
    """
    UPDATE perezvon.contacts c SET
      disposition = CASE WHEN $2 = '' THEN NULL ELSE coalesce($2, c.disposition) END,
      note = coalesce($3, c.note), noted_at = $4, updated_at = greatest(c.updated_at, $4)
    WHERE c.id = $1 RETURNING c.id
    """)
  private static let phonesBehind = Statement(
    "remark phones of attempt",
    """
    SELECT p.number FROM perezvon.attempts a JOIN perezvon.jobs j ON j.id = a.job
    JOIN perezvon.contact_phones p ON p.of_contact = j.contact WHERE a.id = $1
    UNION SELECT number FROM perezvon.attempts WHERE id = $1 AND number IS NOT NULL
    """)
  private static let phonesOf = Statement(
    "remark phones of contact", "SELECT number FROM perezvon.contact_phones WHERE of_contact = $1 ORDER BY n")
  private static let latestJob = Statement(
    "remark job of contact",
    "SELECT id, number FROM perezvon.jobs WHERE contact = $1 ORDER BY created_at DESC, id DESC LIMIT 1")
  private static let meant = Statement(
    "remark meant",
    """
    SELECT id FROM perezvon.attempts WHERE id = $1
    UNION ALL (SELECT id FROM perezvon.attempts WHERE job = $1 ORDER BY n DESC LIMIT 1) LIMIT 1
    """)

  /// The attempt of this id, or the latest of the job of this id; nil where there is neither.
  public func attempt(meant id: UniqueID) async throws(StoreError) -> AttemptID? {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.meant.with(.uuid(id))).first { row throws(StoreError) in AttemptID(try row.uuid())
      }
    }
  }

  /// What a person says of a call, also while it goes on. Where it was a contact's, it is said of him, too. With
  /// a decision; `Remark.doNotCall` excludes him. Nil where there is no such attempt.
  public func remark(
    _ remark: Remark, of attempt: AttemptID, now: Timestamp
  ) async throws(StoreError) -> RemarkEffect? {
    let said = Self.values(remark, of: attempt.id, now)
    return try await pool.run { link throws(StoreError) in
      try link.transaction(
        reading: [
          Statement.Call(statement: Self.sayOfAttempt, parameters: said),
          Self.phonesBehind.with(.uuid(attempt.id)),
        ]
      ) { rows throws(StoreError) in
        let found = try rows[0].first { row throws(StoreError) in
          (job: JobID(try row.uuid()), number: try row.textOrNil(), contact: try row.uuidOrNil())
        }
        guard let found else { return ([], nil) }
        var writes: [Statement.Call] = []
        if let contact = found.contact {
          writes.append(
            Statement.Call(statement: Self.sayOfContact, parameters: Self.values(remark, of: contact, now)))
        }
        return try Self.writes(writes, remark, job: found.job, found.number, phones: rows[1], now)
      }
    }
  }

  /// What a person says of a contact. With a decision; `Remark.doNotCall` excludes him. Nil where there is no such
  /// contact.
  public func remark(
    _ remark: Remark, of contact: ContactID, now: Timestamp
  ) async throws(StoreError) -> RemarkEffect? {
    let said = Self.values(remark, of: contact.id, now)
    return try await pool.run { link throws(StoreError) in
      try link.transaction(
        reading: [
          Statement.Call(statement: Self.sayOfContact, parameters: said),
          Self.latestJob.with(.uuid(contact.id)), Self.phonesOf.with(.uuid(contact.id)),
        ]
      ) { rows throws(StoreError) in
        guard try rows[0].first({ row throws(StoreError) in try row.uuid() }) != nil else { return ([], nil) }
        let job = try rows[1].first { row throws(StoreError) in (JobID(try row.uuid()), try row.textOrNil()) }
        return try Self.writes([], remark, job: job?.0, job?.1, phones: rows[2], now)
      }
    }
  }

  private static func values(_ remark: Remark, of id: UniqueID, _ now: Timestamp) -> [Parameter] {
    [.uuid(id), .text(remark.disposition), .text(remark.note), .time(now)]
  }

  private static func writes(
    _ first: [Statement.Call], _ remark: Remark, job: JobID?, _ number: String?, phones: Rows,
    _ now: Timestamp
  ) throws(StoreError) -> (writes: [Statement.Call], result: RemarkEffect?) {
    var effect = RemarkEffect()
    var writes = first
    let said = Decision(at: now, number: number, job: job, decision: "disposition", reason: remark.reason)
    writes.append(DecisionRow.insert(said))
    if remark.disposition == Remark.doNotCall {
      effect.excluded = try phones.map { row throws(StoreError) in try row.text() }
      writes += exclusion(effect.excluded, reason: remark.reason, now)
    }
    return (writes, effect)
  }
}
