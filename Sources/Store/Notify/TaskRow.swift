public import Telephony

/// Why a person has something to do: `report.tasks.kind`.
public enum TaskKind: String, Sendable, Hashable, CaseIterable, Codable {
  /// A number that is not dialled by machine (`otherwise: task`).
  case notDialled = "not_dialled"
  /// A callback whose time was over before they talked.
  case jobExpired = "job_expired"
  /// What an agent promised and did not keep.
  case promise
  /// By a rule with `task: true`.
  case rule
}

/// How a task came to its end: `report.tasks.closed_how`.
public enum TaskEnding: String, Sendable, Hashable, CaseIterable, Codable {
  /// A call in the books is the evidence.
  case talked
  /// The CRM said so.
  case crm
  /// Somebody said so.
  case person
}

/// A task about to be written.
public struct TaskDraft: Sendable, Hashable {
  public var id: TaskID
  public var kind: TaskKind
  /// E.164 or raw digits; nil where hidden.
  public var number: String?
  public var customerName: String
  public var did: String
  public var queue: QueueName?
  public var lostAt: LostAt?
  public var wait: Duration
  public var pbx: PBXName
  public var linkedID: LinkedID?
  public var job: JobID?
  /// One sentence a person understands.
  public var reason: String
  /// A member's interface or a name of `tasks.people`; nil where nobody was found.
  public var assignee: String?
  public var createdAt: Timestamp
  public var dueAt: Timestamp
  /// Nil: no reminder.
  public var remindAt: Timestamp?
  /// Nil: not escalated.
  public var escalateAt: Timestamp?

  public init(
    id: TaskID, kind: TaskKind, number: String?, customerName: String, did: String, queue: QueueName?,
    lostAt: LostAt?, wait: Duration, pbx: PBXName, linkedID: LinkedID?, job: JobID?, reason: String,
    assignee: String?, createdAt: Timestamp, dueAt: Timestamp, remindAt: Timestamp?, escalateAt: Timestamp?
  ) {
    self.id = id
    self.kind = kind
    self.number = number
    self.customerName = customerName
    self.did = did
    self.queue = queue
    self.lostAt = lostAt
    self.wait = wait
    self.pbx = pbx
    self.linkedID = linkedID
    self.job = job
    self.reason = reason
    self.assignee = assignee
    self.createdAt = createdAt
    self.dueAt = dueAt
    self.remindAt = remindAt
    self.escalateAt = escalateAt
  }
}

/// A task in the books: a row of `perezvon.tasks`.
public struct BookedTask: Sendable, Hashable {
  public var draft: TaskDraft
  public var missedCount: Int
  public var overdueAt: Timestamp?
  public var escalatedAt: Timestamp?
  public var closedAt: Timestamp?
  public var closedHow: TaskEnding?
  /// A member's interface, or who said so.
  public var closedBy: String?
  public var note: String

  public var isOpen: Bool { closedAt == nil }
}

/// Which tasks a list is of.
public struct TaskFilter: Sendable, Hashable {
  /// True: only open ones; false: only closed ones; nil: both.
  public var open: Bool?
  public var assignee: String?
  /// E.164 or raw digits.
  public var number: String?
  /// 1 to `StoreSettings.listMax`.
  public var limit: Int

  public init(open: Bool? = true, assignee: String? = nil, number: String? = nil, limit: Int = 100) {
    self.open = open
    self.assignee = assignee
    self.number = number
    self.limit = min(max(1, limit), StoreSettings.listMax)
  }
}

/// Tasks as rows.
enum TaskRow {
  static func columns(_ t: String) -> String {
    """
    \(t).id, \(t).kind, \(t).number, \(t).customer_name, \(t).did, \(t).queue, \(t).lost_at, \(t).wait, \(t).pbx,
    \(t).linkedid, \(t).job, \(t).reason, \(t).assignee, \(t).created_at, \(t).due_at, \(t).remind_at,
    \(t).escalate_at, \(t).missed_count, \(t).overdue_at, \(t).escalated_at, \(t).closed_at, \(t).closed_how,
    \(t).closed_by, \(t).note
    """
  }

  static func read(_ row: inout Row) throws(StoreError) -> BookedTask {
    let draft = TaskDraft(
      id: TaskID(try row.uuid()), kind: try row.word(), number: try row.textOrNil(),
      customerName: try row.text(),
      did: try row.text(), queue: try row.nameOrNil(), lostAt: try row.wordOrNil(), wait: try row.span(),
      pbx: try row.name(), linkedID: try row.nameOrNil(), job: try row.uuidOrNil().map(JobID.init),
      reason: try row.text(), assignee: try row.textOrNil(), createdAt: try row.time(), dueAt: try row.time(),
      remindAt: try row.timeOrNil(), escalateAt: try row.timeOrNil())
    return BookedTask(
      draft: draft, missedCount: try row.int(), overdueAt: try row.timeOrNil(),
      escalatedAt: try row.timeOrNil(),
      closedAt: try row.timeOrNil(), closedHow: try row.wordOrNil(), closedBy: try row.textOrNil(),
      note: try row.text())
  }

  // A second reason to call the same number is counted on the task that is there.
  private static let insert = Statement(
    "task insert",
    """
    INSERT INTO perezvon.tasks AS t (id, kind, number, customer_name, did, queue, lost_at, wait, pbx, linkedid, job,
      reason, missed_count, assignee, created_at, due_at, remind_at, escalate_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, $13, $14, $15, $16, $17)
    ON CONFLICT (number) WHERE closed_at IS NULL AND number IS NOT NULL
      DO UPDATE SET missed_count = t.missed_count + 1
    """)

  static func insert(_ task: TaskDraft) -> Statement.Call {
    insert.with(
      .uuid(task.id.id), .word(task.kind), .text(task.number), .text(task.customerName), .text(task.did),
      .text(task.queue), .word(task.lostAt), .span(task.wait), .text(task.pbx), .text(task.linkedID),
      .uuid(task.job?.id), .text(task.reason), .text(task.assignee), .time(task.createdAt), .time(task.dueAt),
      .time(task.remindAt), .time(task.escalateAt))
  }
}
