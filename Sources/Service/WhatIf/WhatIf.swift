import CallPolicy
import CallTracking
import Foundation
import Store
public import Telephony

/// Recorded calls under two configurations, side by side with what was recorded. `--json` prints it as it is.
public struct WhatIfDocument: Sendable, Encodable {
  /// One column.
  public struct Side: Sendable, Encodable {
    public let name: String
    /// Nil where it is not known: of the recorded side.
    public let jobs: Int?
    public let customersCalled: Int
    public let dials: Int
    public let conversations: Int
    public let agentMinutes: Int
    public let medianSecondsToFirstDial: Double?
    /// Final states of jobs, and `open`.
    public let states: [String: Int]
    /// Missed calls without a job, by the reason.
    public let withoutJob: [String: Int]
  }

  /// A customer whom the two configurations treat differently.
  public struct Difference: Sendable, Encodable {
    /// E.164, in full.
    public let number: String
    /// Nil: not dialled. Microseconds since 1970 UTC.
    public let firstDialNow: Timestamp?
    public let firstDialThen: Timestamp?
    public let dialsNow: Int
    public let dialsThen: Int
    /// A job state; nil: owed nothing.
    public let stateNow: String?
    public let stateThen: String?
  }

  public let calls: Int
  public let missed: Int
  public let agents: Int
  public let recorded: Side
  public let now: Side
  public let then: Side
  public let differences: [Difference]
  /// What is estimated, and from what.
  public let estimates: [String]
}

extension Administration {
  /// Replays the recorded calls of a span under these settings and under others, in virtual time. Writes nothing.
  ///
  /// - Parameters:
  ///   - current: the settings to compare with; these are the new ones.
  ///   - moreAgents: agents beside the recorded ones, in each queue of the new side.
  public func whatIf(
    against current: Settings, from: Timestamp, to: Timestamp, moreAgents: Int
  ) async throws(AdministrationError) -> WhatIfDocument {
    let recording: Recording
    do { recording = try await store.recording(from: from, to: to) } catch {
      throw AdministrationError(error)
    }
    guard !recording.calls.isEmpty else {
      throw AdministrationError(message: "No call is recorded in that time: choose another --from and --to.")
    }
    guard recording.calls.count < Store.recordedCallsMax else {
      throw AdministrationError(
        message: "More than \(Store.recordedCallsMax) calls are recorded in that time: take fewer days.")
    }
    return WhatIfDocument(
      recording, current: current, new: settings, end: to, moreAgents: moreAgents)
  }
}

extension WhatIfDocument {
  init(_ recording: Recording, current: Settings, new: Settings, end: Timestamp, moreAgents: Int) {
    let assumptions = WhatIfAssumptions(recording)
    func run(_ settings: Settings, extra: Int) -> WhatIfResult {
      var run = WhatIfRun(
        settings: settings, recording: recording, agents: RecordedAgents(recording, extra: extra),
        assumptions: assumptions, end: end)
      run.run()
      return run.result
    }
    let (now, then) = (run(current, extra: 0), run(new, extra: moreAgents))
    calls = recording.calls.count
    missed = now.missed
    agents = RecordedAgents(recording, extra: 0).count
    recorded = Side(
      name: "recorded", jobs: nil, customersCalled: recording.customersDialed, dials: recording.dials,
      conversations: recording.conversations, agentMinutes: Self.minutes(recording.agentTime),
      medianSecondsToFirstDial: nil, states: [:], withoutJob: [:])
    self.now = Side("as configured", now)
    self.then = Side("with the new one", then)
    differences = Set(now.customers.keys).union(then.customers.keys).sorted().compactMap { number in
      let (a, b) = (now.customers[number], then.customers[number])
      guard a != b else { return nil }
      return Difference(
        number: number, firstDialNow: a?.firstDialAt, firstDialThen: b?.firstDialAt, dialsNow: a?.dials ?? 0,
        dialsThen: b?.dials ?? 0, stateNow: a?.state?.rawValue, stateThen: b?.state?.rawValue)
    }
    estimates =
      assumptions.sentences + [
        "Who was at his place is estimated from talks and ringing: an agent counts as there from one sign of him to "
          + "the next within 3 h; \(agents) agents were seen.",
        "Every way of dialling is taken as agent first, observe too. Nothing is known of before --from: nobody is owed "
          + "anything then. Whether a customer who is called back would still have called again himself is not known: "
          + "his recorded calls stay.",
      ]
  }

  static func minutes(_ span: Duration) -> Int { Int((span.inSeconds / 60).rounded()) }
}

extension WhatIfDocument.Side {
  init(_ name: String, _ result: WhatIfResult) {
    var states = Dictionary(uniqueKeysWithValues: result.closed.map { ($0.key.rawValue, $0.value) })
    states["open"] = result.open
    self.init(
      name: name, jobs: result.jobs, customersCalled: result.customersCalled, dials: result.dials,
      conversations: result.conversations, agentMinutes: WhatIfDocument.minutes(result.agentTime),
      medianSecondsToFirstDial: result.medianWait?.inSeconds, states: states, withoutJob: result.withoutJob)
  }
}
