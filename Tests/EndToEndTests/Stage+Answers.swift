import Lab

extension Stage {
  /// Puts so many answers of the last hours into the books, none of them dropped, and starts the service anew: lines are
  /// opened, and numbers dialled ahead, only while the cap on drops has some left.
  func haveAnswers(_ count: Int) async throws {
    _ = try await service.sql(
      """
      INSERT INTO perezvon.jobs (id, campaign, number, customer_name, source, state, reason, created_at,
        first_missed_at, missed_count, priority, due_at, expires_at, attempts, pbx, held_out, closed_at)
      VALUES ('01940000-0000-7000-8000-000000000001', 'sales-callback', '+79169999999', '', 'api', 'succeeded', '',
        now() - interval '2 days', now() - interval '2 days', 0, 0, now(), now(), 1, 'pbx1', false, now());
      INSERT INTO perezvon.attempts (id, job, campaign, pbx, n, number, phase, fence, pbx_started_at, started_at,
        deadline, connected_at, ended_at, agent_result, customer_result, outcome, paused_reason_found)
      SELECT gen_random_uuid(), '01940000-0000-7000-8000-000000000001', 'sales-callback', 'pbx1', n, '+79169999999',
        'ended', 0, at, at, at, at, at, 'answered', 'answered', 'conversation', ''
      FROM generate_series(1, \(count)) n, (SELECT now() - interval '2 hours' AS at) t
      """)
    await service.stop()
    try await service.start()
  }
}
