import CallPolicy
import Store
import Telephony
public import WebAPI

extension PerezvonService {
  var administration: Administration { Administration(settings.current, store: library) }

  public func jobs(_ query: ListQuery, for bearer: Bearer) async throws(APIProblem) -> APIPage {
    var filter = JobFilter(
      number: query.number.map { administration.shownNumber($0) },
      state: query.state.flatMap { JobState(rawValue: $0) },
      campaign: query.campaign.map { CampaignName($0) },
      limit: query.limit)
    filter.queue = query.queue.map { QueueName($0) }
    filter.createdFrom = query.from
    filter.createdTo = query.to
    filter.after = try query.cursor.map { text throws(APIProblem) in try JobCursor.read(text) }
    do throws(StoreError) {
      let jobs = try await library.jobs(filter)
      let last = jobs.count == filter.limit ? jobs.last : nil
      return APIPage(
        items: jobs.map { JobDocument($0, masked: !bearer.seesNumbers) }, next: last.map(JobCursor.text))
    } catch { throw APIProblem(AdministrationError(error)) }
  }

  public func job(_ id: String, for bearer: Bearer) async throws(APIProblem) -> APIDocument {
    do throws(AdministrationError) {
      return try await administration.jobStory(id, masked: !bearer.seesNumbers)
    } catch { throw APIProblem(error) }
  }

  public func addJob(_ order: JobOrder, by bearer: Bearer) async throws(APIProblem) -> (
    job: APIDocument, created: Bool
  ) {
    do throws(AdministrationError) {
      let added = try await administration.addJob(
        number: order.number, campaign: order.campaign, pbx: order.pbx, at: order.at, by: bearer.name)
      return (added.job, added.created)
    } catch { throw APIProblem(error) }
  }

  public func changeJob(_ id: String, _ change: JobOrderChange, by bearer: Bearer) async throws(APIProblem)
    -> APIDocument
  {
    let action: Administration.JobAction =
      switch change {
      case .cancel: .cancel
      case .now: .now
      case .postpone(let to): .postpone(to: to)
      case .assign(let member): .assign(to: member.map { MemberInterface($0) })
      }
    do throws(AdministrationError) {
      return try await administration.change(id, action, by: bearer.name)
    } catch { throw APIProblem(error) }
  }
}

/// Where a page of jobs ended, as a text for the next request.
enum JobCursor {
  static func text(_ job: Job) -> String { "\(job.createdAt.microseconds)_\(job.id)" }

  static func read(_ text: String) throws(APIProblem) -> (createdAt: Timestamp, id: JobID) {
    let parts = text.split(separator: "_")
    guard parts.count == 2, let micros = Int64(parts[0]), let id = JobID(String(parts[1])) else {
      throw APIProblem(.invalid, "This is no `cursor`; take `next` of the page before.")
    }
    return (Timestamp(microseconds: micros), id)
  }
}
