-- One row for each member and day, cut in the session's time zone. `missed`: callbacks he was rung for and did not
-- take. `talk` is all his talk with customers that day; `calls_per_hour` and `occupancy` are over the time from his
-- first call of the day to the end of his last: the books know calls, not who was logged in. The days are made first
-- and each is looked up by the index on the time, as in report.recovery; `hangup_cause - hangup_cause = 0` is always
-- true and spares compiling the query.
CREATE VIEW report.agents AS
SELECT d.midnight::date AS day, x.member, x.callbacks_offered, x.accepted, x.missed, x.talk,
  round((x.calls / nullif(extract(epoch FROM x.last_end - x.first_start), 0) * 3600)::numeric, 1) AS calls_per_hour,
  x.conversations, x.calls, x.inbound_calls,
  round((extract(epoch FROM x.talk) / nullif(extract(epoch FROM x.last_end - x.first_start), 0))::numeric, 4)
    AS occupancy
FROM (SELECT least((SELECT min(started_at) FROM perezvon.calls), (SELECT min(started_at) FROM perezvon.attempts))
    ::date::timestamp AS first,
  greatest((SELECT max(started_at) FROM perezvon.calls), (SELECT max(started_at) FROM perezvon.attempts))
    ::timestamp AS last) span
CROSS JOIN LATERAL generate_series(span.first, span.last, interval '1 day') AS d (midnight)
CROSS JOIN LATERAL (
  SELECT coalesce(c.member, a.member) AS member, coalesce(a.callbacks_offered, 0) AS callbacks_offered,
    coalesce(a.accepted, 0) AS accepted, coalesce(a.missed, 0) AS missed,
    coalesce(c.talk, interval '0') AS talk, coalesce(a.conversations, 0) AS conversations,
    coalesce(c.calls, 0) AS calls, coalesce(c.inbound_calls, 0) AS inbound_calls, c.first_start, c.last_end
  FROM (
    SELECT k.answered_by AS member, count(*) AS calls, count(*) FILTER (WHERE k.direction = 'inbound') AS inbound_calls,
      sum(k.talk) AS talk, min(k.started_at) AS first_start, max(k.ended_at) AS last_end
    FROM perezvon.calls k
    WHERE k.started_at >= d.midnight::timestamptz
      AND k.started_at < (d.midnight + interval '1 day')::timestamptz
      AND k.answered_by IS NOT NULL AND k.hangup_cause - k.hangup_cause = 0
    GROUP BY k.answered_by) c
  FULL JOIN (
    SELECT t.agent AS member, count(*) AS callbacks_offered,
      count(*) FILTER (WHERE t.agent_result = 'answered') AS accepted,
      count(*) FILTER (WHERE t.agent_result IN ('no_answer', 'declined')) AS missed,
      count(*) FILTER (WHERE t.outcome = 'conversation') AS conversations
    FROM perezvon.attempts t
    WHERE t.started_at >= d.midnight::timestamptz
      AND t.started_at < (d.midnight + interval '1 day')::timestamptz
      AND t.agent IS NOT NULL AND t.n - t.n = 0
    GROUP BY t.agent) a ON a.member = c.member) x;
