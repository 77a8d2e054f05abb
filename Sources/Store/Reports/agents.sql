-- Members over the span, from whole days of report.agents.
SELECT member, sum(callbacks_offered)::bigint AS callbacks_offered, sum(accepted)::bigint AS accepted,
  sum(missed)::bigint AS missed, sum(conversations)::bigint AS conversations, sum(calls)::bigint AS calls,
  sum(inbound_calls)::bigint AS inbound_calls, sum(talk) AS talk,
  round((sum(calls) / nullif(sum(calls / nullif(calls_per_hour, 0)), 0))::numeric, 1)::float8 AS calls_per_hour,
  round(avg(occupancy), 4)::float8 AS occupancy
FROM report.agents WHERE day >= $1::date AND day < ($2 - interval '1 microsecond')::date + 1
GROUP BY member ORDER BY callbacks_offered DESC, calls DESC, member LIMIT $7
