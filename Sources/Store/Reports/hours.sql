-- Hour by hour, all PBXs together.
SELECT hour, queue, sum(offered)::bigint AS offered, sum(answered)::bigint AS answered,
  sum(abandoned)::bigint AS abandoned, sum(short_abandoned)::bigint AS short_abandoned,
  sum(other_unanswered)::bigint AS other_unanswered,
  round(sum(service_level * (answered + abandoned - short_abandoned))
    / nullif(sum(answered + abandoned - short_abandoned), 0), 4)::float8 AS service_level
FROM report.queue_hours
WHERE hour >= date_trunc('hour', $1) AND hour < $2 AND ($4::text IS NULL OR queue = $4)
GROUP BY hour, queue ORDER BY hour, queue LIMIT $7
