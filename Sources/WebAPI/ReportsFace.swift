public import Telephony

/// The reports.
public protocol ReportsFace: Sendable {
  /// Which there are, with a sentence each.
  var reportNames: [(name: String, sentence: String)] { get }
  func report(_ query: ReportQuery, for bearer: Bearer) async throws(APIProblem) -> ReportText
}

/// Which report over which time.
public struct ReportQuery: Sendable, Equatable {
  /// How it is written.
  public enum Format: String, Sendable, CaseIterable { case json, csv, html, table }

  public var name: String
  /// Nil: 30 days before the end.
  public var from: Timestamp?
  /// Nil: now.
  public var to: Timestamp?
  public var campaign: String?
  public var queue: String?
  public var number: String?
  public var state: String?
  /// Rows of reports that list calls, jobs or attempts.
  public var limit: Int
  public var format: Format
}

/// A report as it is sent.
public struct ReportText: Sendable, Equatable {
  public var text: String
  public var contentType: String
  /// It has as many rows as were asked for: there may be more.
  public var isCut: Bool

  public init(text: String, contentType: String, isCut: Bool = false) {
    self.text = text
    self.contentType = contentType
    self.isCut = isCut
  }
}
