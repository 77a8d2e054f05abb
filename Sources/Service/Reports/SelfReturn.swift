import Store

/// How many missed callers call again by themselves, and within what time: the estimate of Kaplan and Meier (J. Am.
/// Stat. Assoc. 53, 1958, 457-481), for whom we dialled first would perhaps have called a minute later.
struct SelfReturn: Sendable, Equatable {
  /// One caller: how long he was watched, and whether he called again at the end of it.
  struct Watch: Sendable, Equatable {
    var seconds: Double
    var returned: Bool
  }

  /// Fewer tell nothing.
  static let callersMin = 30
  /// Callers looked at, at most.
  static let callersMax = 50_000

  let callers: Int
  let returned: Int
  /// Of those who called again; nil where nobody did.
  let medianSeconds: Double?
  private let steps: [(seconds: Double, share: Double)]

  init(_ watches: [Watch]) {
    callers = watches.count
    let times = watches.filter(\.returned).map(\.seconds).sorted()
    returned = times.count
    medianSeconds = times.isEmpty ? nil : times[(times.count - 1) / 2]
    let sorted = watches.sorted { ($0.seconds, $0.returned ? 0 : 1) < ($1.seconds, $1.returned ? 0 : 1) }
    var steps: [(Double, Double)] = []
    var away = 1.0
    for (index, watch) in sorted.enumerated() where watch.returned {
      away *= 1 - 1 / Double(sorted.count - index)
      steps.append((watch.seconds, 1 - away))
    }
    self.steps = steps
  }

  init(_ rows: ReportRows) {
    self.init(
      zip(rows.column("seconds"), rows.column("returned")).compactMap { seconds, returned in
        guard case .decimal(let seconds) = seconds, case .truth(let returned) = returned else { return nil }
        return Watch(seconds: seconds, returned: returned)
      })
  }

  /// The share that calls again within a time, if nobody calls them: 0 to 1.
  func share(within seconds: Double) -> Double { steps.last { $0.seconds <= seconds }?.share ?? 0 }

  /// What the calculator takes: within 72 hours; nil where too few were seen.
  var measured: Double? { callers >= Self.callersMin ? share(within: 72 * 3_600) : nil }

  static func == (a: SelfReturn, b: SelfReturn) -> Bool {
    a.callers == b.callers && a.returned == b.returned && a.measured == b.measured
  }
}
