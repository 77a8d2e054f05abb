import Store
import Telephony
public import WebAPI

extension PerezvonService {
  public func tasks(_ query: TaskQuery, for bearer: Bearer) async throws(APIProblem) -> APIPage {
    let list = query.list
    let before = list.cursor.flatMap { Int($0) } ?? 0
    let state = list.state
    var filter = TaskFilter(
      open: state.map { $0 == "open" }, assignee: query.assignee,
      number: list.number.map { administration.shownNumber($0) }, limit: list.limit)
    filter.queue = list.queue.map { QueueName($0) }
    filter.createdFrom = list.from
    filter.createdTo = list.to
    filter.skipped = before
    do throws(StoreError) {
      let found = try await library.tasks(filter)
      let now = world.now()
      return APIPage(
        items: found.map { TaskDocument($0, now: now, masked: !bearer.seesNumbers) },
        next: found.count == filter.limit ? String(before + found.count) : nil)
    } catch { throw APIProblem(AdministrationError(error)) }
  }

  public func closeTask(
    _ id: String, note: String, by bearer: Bearer
  ) async throws(APIProblem) -> APIDocument {
    do throws(AdministrationError) {
      let closing = try await administration.tasks.close(
        id, word: .crm, by: bearer.name, note: note, now: world.now())
      switch closing {
      case .closed(let document): return document
      case .alreadyClosed(let document):
        throw AdministrationError(
          .conflict, message: "Task \(document.task) was closed already (\(document.closedHow ?? "")).")
      case .unknown: throw AdministrationError(.notFound, message: "There is no task \(PrintableText(id)).")
      }
    } catch { throw APIProblem(error) }
  }
}
