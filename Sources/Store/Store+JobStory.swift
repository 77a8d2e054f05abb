public import CallPolicy
public import Dialer
public import Telephony

extension Store {
  private static let attemptsOfJob = Statement(
    "attempts of job",
    "SELECT \(AttemptRow.columns) FROM perezvon.attempts WHERE job = $1 ORDER BY n LIMIT $2")
  private static let decisionsOfJob = Statement(
    "decisions of job",
    "SELECT at, number, job, decision, reason FROM perezvon.decisions WHERE job = $1 ORDER BY at, id LIMIT $2"
  )
  private static let assignStatement = Statement(
    "job assign",
    """
    WITH changed AS (
      UPDATE perezvon.jobs SET owner = $3 WHERE id = $1 AND state = 'waiting' RETURNING id, number)
    INSERT INTO perezvon.decisions (at, number, job, decision, reason)
    SELECT $2, number, id, 'assigned', $4 FROM changed
    """)

  /// What was tried for a job and what was decided about it, in time order.
  public func story(
    of job: JobID
  ) async throws(StoreError) -> (attempts: [AttemptRecord], decisions: [Decision]) {
    let values: [Parameter] = [.uuid(job.id), .int(StoreSettings.listMax)]
    return try await pool.run { link throws(StoreError) in
      let rows = try link.batch([
        Statement.Call(statement: Self.attemptsOfJob, parameters: values),
        Statement.Call(statement: Self.decisionsOfJob, parameters: values),
      ])
      return (try rows[0].map(AttemptRow.read), try rows[1].map(DecisionRow.read))
    }
  }

  /// Gives a waiting job to a member, who is waited for; nil: to nobody in particular. False where it is not
  /// waiting.
  public func assign(
    _ id: JobID, to owner: MemberInterface?, reason: String, now: Timestamp
  ) async throws(StoreError) -> Bool {
    try await change(
      id, Self.assignStatement.with(.uuid(id.id), .time(now), .text(owner), .text(reason)))
  }

  private static let callbacksOfAgents = Statement(
    "callbacks of agents",
    """
    SELECT pbx, agent, count(*), count(*) FILTER (WHERE agent_result = 'answered'),
      count(*) FILTER (WHERE outcome = 'conversation'),
      coalesce(sum(talk_ended_at - connected_at) FILTER (WHERE talk_ended_at > connected_at), interval '0')
    FROM perezvon.attempts WHERE started_at >= $1 AND agent IS NOT NULL GROUP BY pbx, agent
    """)

  /// What agents' phones were used for by us since a moment.
  public func callbacksOfAgents(since: Timestamp) async throws(StoreError) -> [AgentCallbacks] {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.callbacksOfAgents.with(.time(since))).map { row throws(StoreError) in
        AgentCallbacks(
          pbx: try row.name(), agent: try row.name(), offered: try row.int(), accepted: try row.int(),
          conversations: try row.int(), talk: try row.span())
      }
    }
  }
}

/// The callbacks of one agent over a span of time.
public struct AgentCallbacks: Sendable, Hashable {
  public var pbx: PBXName
  public var agent: MemberInterface
  /// Attempts his phone was taken for.
  public var offered: Int
  /// Those he picked up and confirmed.
  public var accepted: Int
  public var conversations: Int
  public var talk: Duration
}
