import Store
public import Telephony

/// A task as the commands and the API show it: `--json` prints it as it is.
public struct TaskDocument: Sendable, Encodable {
  public let task: String
  /// `not_dialled`, `job_expired`, `promise`, `rule`.
  public let kind: String
  /// `open`, `overdue`, `closed`.
  public let state: String
  /// E.164 or raw digits; nil where it is hidden or was removed.
  public let number: String?
  public let customerName: String
  public let queue: String?
  public let lostAt: String?
  public let job: String?
  /// One sentence.
  public let reason: String
  public let missedCount: Int
  /// A member's interface or a name of `tasks.people`; nil where nobody was found.
  public let assignee: String?
  public let createdAt: Timestamp
  public let dueAt: Timestamp
  public let closedAt: Timestamp?
  /// `talked`, `crm`, `person`.
  public let closedHow: String?
  public let closedBy: String?
  public let note: String

  init(_ task: BookedTask, now: Timestamp) {
    let draft = task.draft
    self.task = draft.id.description
    kind = draft.kind.rawValue
    state = task.isOpen ? (draft.dueAt < now ? "overdue" : "open") : "closed"
    number = draft.number
    customerName = draft.customerName
    queue = draft.queue?.rawValue
    lostAt = draft.lostAt?.rawValue
    job = draft.job?.description
    reason = draft.reason
    missedCount = task.missedCount
    assignee = draft.assignee
    createdAt = draft.createdAt
    dueAt = draft.dueAt
    closedAt = task.closedAt
    closedHow = task.closedHow?.rawValue
    closedBy = task.closedBy
    note = task.note
  }

  /// For a terminal; `at` writes a moment.
  public func line(_ at: (Timestamp) -> String) -> String {
    let whom = assignee.map { PrintableText($0, limit: 60).description } ?? "nobody"
    let who = PrintableText(customerName, limit: 60).description
    var text = "\(task)  \(state)  \(number.map { PrintableText($0, limit: 40).description } ?? "hidden")"
    if !who.isEmpty { text += "  \(who)" }
    text += "  due \(at(dueAt))  for \(whom)  missed \(missedCount)  \(PrintableText(reason, limit: 300))"
    if let closedHow { text += "  closed: \(closedHow) \(PrintableText(closedBy ?? "", limit: 60))" }
    if !note.isEmpty { text += "  \(PrintableText(note, limit: 300))" }
    return text
  }
}

/// What a person has to do, over the books. The commands and the HTTP API go through this.
public struct TaskDesk: Sendable {
  /// Characters of a note, at most.
  public static let noteMax = 1_000

  let store: Store

  init(_ store: Store) { self.store = store }

  /// Open ones first, in the order in which they are due. `state`: `open` (the overdue ones too), `closed` or nil for
  /// both; `number` in E.164 or raw digits. Throws where PostgreSQL is away, or `state` is no such word.
  public func list(
    state: String?, assignee: String?, number: String?, limit: Int, now: Timestamp
  ) async throws(AdministrationError) -> [TaskDocument] {
    let open: Bool? =
      switch state {
      case nil: nil
      case "open": true
      case "closed": false
      case let other?:
        throw AdministrationError(
          message: "\(PrintableText(other)) is no state of a task; take open or closed.")
      }
    let filter = TaskFilter(open: open, assignee: assignee, number: number, limit: limit)
    do { return try await store.tasks(filter).map { TaskDocument($0, now: now) } } catch {
      throw AdministrationError(error)
    }
  }

  /// How closing a task went.
  public enum Closing: Sendable {
    case closed(TaskDocument)
    /// It was closed before; nothing was changed.
    case alreadyClosed(TaskDocument)
    /// There is no such task.
    case unknown
  }

  /// Whose word it is that something was done.
  public enum Word: Sendable {
    /// Another system's, through the API.
    case crm
    case person

    var ending: TaskEnding {
      switch self {
      case .crm: .crm
      case .person: .person
      }
    }
  }

  /// Closes a task by its id. `by` names who says so.
  public func close(
    _ text: String, word: Word, by: String, note: String, now: Timestamp
  ) async throws(AdministrationError) -> Closing {
    guard let id = TaskID(text) else { return .unknown }
    let note = String(note.prefix(Self.noteMax))
    do throws(StoreError) {
      let closed = try await store.closeTask(id, how: word.ending, by: by, note: note, now: now)
      guard let task = try await store.task(id) else { return .unknown }
      let document = TaskDocument(task, now: now)
      return closed ? .closed(document) : .alreadyClosed(document)
    } catch { throw AdministrationError(error) }
  }
}

extension Administration {
  /// What a person has to do.
  public var tasks: TaskDesk { TaskDesk(store) }

  /// Closes a task with a note, on somebody's word. Throws where it is unknown or closed already.
  public func closeTask(_ text: String, by: String, note: String) async throws(AdministrationError)
    -> TaskDocument
  {
    switch try await tasks.close(text, word: .person, by: by, note: note, now: Self.now) {
    case .closed(let document): return document
    case .alreadyClosed(let document):
      throw AdministrationError(
        message: "Task \(document.task) was closed already (\(document.closedHow ?? "")).")
    case .unknown:
      throw AdministrationError(
        message: "There is no task \(PrintableText(text)); `perezvon tasks list` shows them.")
    }
  }

  /// Tasks for the command `tasks list`.
  public func listTasks(
    state: String?, assignee: String?, number: String?, limit: Int
  ) async throws(AdministrationError) -> [TaskDocument] {
    let wanted = number.map { settings.numberPlan.read($0).shown ?? $0 }
    return try await tasks.list(state: state, assignee: assignee, number: wanted, limit: limit, now: Self.now)
  }
}
