public import Telephony

/// One value of a report, as the database has it.
public enum ReportCell: Sendable, Hashable {
  case none
  case text(String)
  case integer(Int)
  case decimal(Double)
  /// 0 to 1, for people a percentage.
  case share(Double)
  case moment(Timestamp)
  /// `2026-11-30`, in the zone the report was asked for.
  case day(String)
  case span(Duration)
  case truth(Bool)
  case texts([String])
}

/// What a report found.
public struct ReportRows: Sendable, Hashable {
  public var columns: [String]
  /// Each as long as `columns`.
  public var rows: [[ReportCell]]

  public init(columns: [String], rows: [[ReportCell]]) {
    self.columns = columns
    self.rows = rows
  }

  /// The values of one column; empty where there is none of the name.
  public func column(_ name: String) -> [ReportCell] {
    guard let index = columns.firstIndex(of: name) else { return [] }
    return rows.map { $0[index] }
  }
}

/// Over what a report is made; nil fields do not restrict. A report that knows nothing of a field ignores it.
public struct ReportQuestion: Sendable, Hashable {
  public var from: Timestamp
  /// Not itself.
  public var to: Timestamp
  /// An IANA name: days and hours are cut there.
  public var zone: String
  public var campaign: String?
  public var queue: String?
  /// As the books have it.
  public var number: String?
  public var state: String?
  /// Rows, at most.
  public var limit: Int
  public var now: Timestamp

  public init(
    from: Timestamp, to: Timestamp, zone: String, campaign: String? = nil, queue: String? = nil,
    number: String? = nil, state: String? = nil, limit: Int = 1_000, now: Timestamp
  ) {
    self.from = from
    self.to = to
    self.zone = zone
    self.campaign = campaign
    self.queue = queue
    self.number = number
    self.state = state
    self.limit = limit
    self.now = now
  }
}
