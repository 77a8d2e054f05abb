/// Every metric of `/metrics`. docs/metrics.md has the same list; a test compares.
enum Metric: String, Sendable, CaseIterable {
  // Counted in this process, from its start.
  case events = "perezvon_events_total"
  case eventsDropped = "perezvon_events_dropped_total"
  case anomalies = "perezvon_anomalies_total"
  case commands = "perezvon_commands_total"
  case claims = "perezvon_claims_total"
  case originates = "perezvon_originates_total"
  case attempts = "perezvon_attempts_total"
  case facts = "perezvon_facts_total"
  case limits = "perezvon_limit_reached_total"
  case requests = "perezvon_http_requests_total"
  case requestSeconds = "perezvon_http_request_seconds_total"
  // As they are when they are asked for.
  case info = "perezvon_info"
  case databaseUp = "perezvon_database_up"
  case databaseWaiting = "perezvon_database_queries_waiting"
  case spooled = "perezvon_spool_facts"
  case amiUp = "perezvon_ami_up"
  case ariUp = "perezvon_ari_up"
  case dialing = "perezvon_dialing"
  case eventLag = "perezvon_event_lag_seconds"
  case ping = "perezvon_ami_ping_seconds"
  case callers = "perezvon_callers_waiting"
  case longestWait = "perezvon_longest_wait_seconds"
  case members = "perezvon_members"
  case calls = "perezvon_calls_live"
  case jobs = "perezvon_jobs"
  case jobsDue = "perezvon_jobs_due"
  case jobsOverdue = "perezvon_jobs_overdue"
  case jobLag = "perezvon_job_lag_seconds"
  case attemptsLive = "perezvon_attempts_live"
  case missedLastDay = "perezvon_missed_calls_last_day"
  case callsLastDay = "perezvon_inbound_calls_last_day"
  case conversationsLastDay = "perezvon_conversations_last_day"
  case dropRate = "perezvon_drop_rate"
  case outbox = "perezvon_outbox_rows"
  case outboxAge = "perezvon_outbox_oldest_seconds"
  case streamReaders = "perezvon_stream_readers"

  enum Kind: String, Sendable { case counter, gauge }

  var kind: Kind { rawValue.hasSuffix("_total") ? .counter : .gauge }

  /// The names of its labels, in their order.
  var labels: [String] {
    switch self {
    case .events, .eventsDropped, .anomalies, .amiUp, .ariUp, .dialing, .eventLag, .ping, .calls: ["pbx"]
    case .commands: ["outcome"]
    case .claims: ["pbx", "result"]
    case .originates: ["party"]
    case .attempts: ["pbx", "campaign", "outcome"]
    case .facts: ["kind"]
    case .limits: ["limit"]
    case .requests: ["method", "path", "status"]
    case .requestSeconds: ["method", "path"]
    case .info: ["instance"]
    case .callers, .longestWait: ["pbx", "queue"]
    case .members: ["pbx", "queue", "state"]
    case .jobs: ["state"]
    case .outbox, .outboxAge: ["sink", "state"]
    case .dropRate: ["campaign", "window"]
    case .databaseUp, .databaseWaiting, .spooled, .jobsDue, .jobsOverdue, .jobLag, .attemptsLive,
      .missedLastDay,
      .callsLastDay, .conversationsLastDay, .streamReaders:
      []
    }
  }

  /// What it says, in a sentence.
  var sentence: String {
    switch self {
    case .events: "Events that came over AMI and ARI."
    case .eventsDropped: "Events dropped because the service did not keep up."
    case .anomalies: "Events that should not have come, each of a kind that the log names once."
    case .commands: "Commands to the PBX that were not done, by what became of them."
    case .claims: "Attempts that were to begin, by what PostgreSQL said: claimed, or why not."
    case .originates: "Legs that were dialled: agent or customer."
    case .attempts: "Attempts that ended, by outcome."
    case .facts: "Facts that went to the books: call, stay, spooled, refused or lost."
    case .limits: "How often a named limit was reached."
    case .requests: "HTTP requests by route and status."
    case .requestSeconds: "Time that HTTP requests took, in all; divided by their number it is the mean."
    case .info: "1; the instance is its label."
    case .databaseUp: "1 while PostgreSQL is in reach."
    case .databaseWaiting: "Queries that wait for a free connection."
    case .spooled: "Facts that wait in the spool for PostgreSQL."
    case .amiUp: "1 while AMI is up."
    case .ariUp: "1 while ARI is up; only the instance that dials has it."
    case .dialing: "1 where this instance drives the dialling of the PBX."
    case .eventLag: "From an AMI event's own time stamp to its arrival; holds the difference of the clocks."
    case .ping: "Round trip of the last AMI ping."
    case .callers: "Callers that wait in a queue."
    case .longestWait: "How long the first of them has waited."
    case .members: "Members of a queue by what they do."
    case .calls: "Calls that are going on, ours not among them."
    case .jobs: "Jobs in the books by state."
    case .jobsDue: "Jobs that are due."
    case .jobsOverdue: "Waiting jobs past their expiry."
    case .jobLag: "How long the job that is due longest has been due."
    case .attemptsLive: "Attempts that are going on."
    case .missedLastDay: "Missed calls of the last 24 hours."
    case .callsLastDay: "Inbound calls of the last 24 hours."
    case .conversationsLastDay: "Conversations of the last 24 hours that callbacks brought."
    case .dropRate: "Dropped calls per live answer, 0 to 1, over a day and over 30 days."
    case .outbox: "Notifications in the books by where they go and what became of them."
    case .outboxAge: "How old the oldest of them is."
    case .streamReaders: "Readers of the event stream."
    }
  }
}
