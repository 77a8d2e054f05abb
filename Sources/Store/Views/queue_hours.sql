-- Hours by the time of joining, cut in the session's time zone. `short_abandoned` are abandoned entries of
-- calls that the policy took for short ones.
CREATE VIEW report.queue_hours AS
SELECT pbx, queue, hour, offered, answered, abandoned, short_abandoned, other_unanswered,
  round(answered_in_20_s::numeric / nullif(answered + abandoned - short_abandoned, 0), 4) AS service_level,
  average_speed_of_answer, p90_wait
FROM (
  SELECT q.pbx, q.queue, date_trunc('hour', q.joined_at) AS hour,
    count(*) AS offered,
    count(*) FILTER (WHERE q.result = 'answered') AS answered,
    count(*) FILTER (WHERE q.result = 'abandoned') AS abandoned,
    count(*) FILTER (WHERE q.result = 'abandoned' AND coalesce(c.short, false)) AS short_abandoned,
    count(*) FILTER (WHERE q.result = 'other_unanswered') AS other_unanswered,
    count(*) FILTER (WHERE q.result = 'answered' AND q.left_at - q.joined_at <= interval '20 s')
      AS answered_in_20_s,
    avg(q.left_at - q.joined_at) FILTER (WHERE q.result = 'answered') AS average_speed_of_answer,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY q.left_at - q.joined_at) AS p90_wait
  FROM perezvon.queue_entries q
  LEFT JOIN perezvon.calls c ON c.pbx = q.pbx AND c.linkedid = q.linkedid
  GROUP BY q.pbx, q.queue, date_trunc('hour', q.joined_at)) hours;
