import HTTPTypes

/// `/api/v1/reports`: the reports of `perezvon report`.
enum ReportRoutes {
  /// Rows of a report that lists calls or jobs, at most; CSV, which is made to be carried away, has as many by default.
  static let rowsMax = 100_000
  /// Rows in other formats where `limit` is absent.
  static let rowsShown = 1_000

  static func all(_ face: any ReportsFace) -> [Route] {
    let names = face.reportNames
    return [
      Route(
        method: .get, path: "/api/v1/reports", role: .viewer, sentence: "Which reports there are.",
        answer: .init(
          schema: APISchema.page(of: ["type": "object", "required": ["name", "sentence"]]))
      ) { _ in
        .ok(
          APIPage(
            items: names.map { ["name": JSONNode.text($0.name), "sentence": .text($0.sentence)] }))
      },
      Route(
        method: .get, path: "/api/v1/reports/{name}", role: .viewer,
        sentence: "A report over a span of time; without one, the last 30 days.",
        parameters: [
          .from, .to, .campaign, .queue, .number,
          .text("state", "Only this state, in reports that have one."),
          .init(
            name: "limit",
            schema: ["type": "integer", "minimum": 1, "maximum": .integer(Int64(rowsMax))],
            sentence: "Rows, at most, 1 to \(rowsMax); default \(rowsShown), in csv \(rowsMax). "
              + "Where there may be more, the answer has the header Perezvon-Rows-Cut.",
            accepts: { text in
              text.utf8.allSatisfy { (0x30...0x39).contains($0) } && (1...rowsMax).contains(Int(text) ?? 0)
            }),
          .choice("format", ReportQuery.Format.allCases.map(\.rawValue), "How it is written. Default json."),
        ],
        answer: .init(
          contentTypes: ["application/json", "text/csv", "text/html", "text/plain"],
          schema: ["type": "object", "required": ["title", "rows", "notes"]])
      ) { request in
        let list = request.list
        let format = ReportQuery.Format(rawValue: request.query["format"] ?? "json") ?? .json
        let query = ReportQuery(
          name: request.part("name"), from: list.from, to: list.to, campaign: list.campaign,
          queue: list.queue, number: list.number, state: list.state,
          limit: request.query["limit"].flatMap { Int($0) } ?? (format == .csv ? rowsMax : rowsShown),
          format: format)
        let report = try await face.report(query, for: request.bearer)
        return APIAnswer(
          headers: report.isCut ? [.rowsCut: String(query.limit)] : [:],
          body: .text(report.text, type: report.contentType))
      },
    ]
  }
}

extension HTTPField.Name {
  /// Rows that were sent, where there may be more.
  fileprivate static let rowsCut = HTTPField.Name("Perezvon-Rows-Cut")!
}
