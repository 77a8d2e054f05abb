import CallPolicy
public import Telephony

/// What a policy would have made of the recorded calls.
public struct WhatIfResult: Sendable, Equatable {
  /// One customer.
  public struct Customer: Sendable, Equatable {
    /// Nil where he was not dialled.
    public var firstDialAt: Timestamp?
    public var dials = 0
    /// Times an agent was rung for him; chance goes by it.
    var rings = 0
    public var conversations = 0
    /// Of his last job; nil where he had none.
    public var state: JobState?
  }

  public var missed = 0
  public var short = 0
  public var jobs = 0
  /// Still owed at the end.
  public var open = 0
  public var dials = 0
  public var conversations = 0
  public var talk = Duration.zero
  /// From the ringing of an agent's phone to the end of the talk, without wrap-up.
  public var agentTime = Duration.zero
  /// Final states of jobs.
  public var closed: [JobState: Int] = [:]
  /// Missed calls without a job, by the reason.
  public var withoutJob: [String: Int] = [:]
  /// By number, E.164; those who were owed a callback.
  public var customers: [String: Customer] = [:]
  /// From the first missed call to the first dial, of each job that was dialled.
  var waits: [Duration] = []
  private var undialed: Set<JobID> = []

  /// Numbers that were dialled.
  public var customersCalled: Int { customers.values.count { $0.dials > 0 } }

  /// Nil where nobody was dialled.
  public var medianWait: Duration? {
    waits.isEmpty ? nil : waits.sorted()[waits.count / 2]
  }

  mutating func owe(_ job: Job) {
    jobs += 1
    undialed.insert(job.id)
    customers[job.number.e164, default: Customer()].state = .waiting
  }

  mutating func dial(_ job: Job, at moment: Timestamp) {
    dials += 1
    if undialed.remove(job.id) != nil { waits.append(moment - job.firstMissedAt) }
    customers[job.number.e164, default: Customer()].dials += 1
    if customers[job.number.e164]?.firstDialAt == nil { customers[job.number.e164]?.firstDialAt = moment }
  }

  mutating func conversation(_ job: Job, talk: Duration) {
    conversations += 1
    self.talk += talk
    customers[job.number.e164]?.conversations += 1
  }

  mutating func close(_ job: Job, as state: JobState) {
    if !state.isOpen { closed[state, default: 0] += 1 }
    customers[job.number.e164, default: Customer()].state = state
  }
}
