import Store
import Telephony
public import WebAPI

extension PerezvonService {
  public var reportNames: [(name: String, sentence: String)] {
    ReportName.allCases.map { ($0.rawValue, $0.sentence) }
  }

  public func report(_ query: ReportQuery, for bearer: Bearer) async throws(APIProblem) -> ReportText {
    guard let name = ReportName(rawValue: query.name),
      let format = ReportTable.Format(rawValue: query.format.rawValue)
    else { throw APIProblem(.notFound, "There is no such report; /api/v1/reports lists them.") }
    var request = ReportRequest(name)
    request.campaign = query.campaign
    request.queue = query.queue
    request.number = query.number
    request.state = query.state
    request.limit = query.limit
    request.masked = !bearer.seesNumbers
    let to = query.to ?? world.now()
    do throws(AdministrationError) {
      let report = try await Administration(settings.current, store: reports).report(
        request, from: query.from ?? to - .seconds(30 * 86_400), to: to)
      return ReportText(text: report.text(format), contentType: format.contentType, isCut: report.isCut)
    } catch { throw APIProblem(error) }
  }
}

extension ReportTable.Format {
  var contentType: String {
    switch self {
    case .table: "text/plain; charset=utf-8"
    case .csv: "text/csv; charset=utf-8"
    case .json: "application/json"
    case .html: "text/html; charset=utf-8"
    }
  }
}
