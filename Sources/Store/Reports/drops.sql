-- Days and campaigns with answered dials, from report.drops.
SELECT day, campaign, live_answered, dropped, machines, drop_rate::float8 AS drop_rate,
  drop_rate_of_all::float8 AS drop_rate_of_all
FROM report.drops
WHERE day >= $1::date AND day < ($2 - interval '1 microsecond')::date + 1 AND ($3::text IS NULL OR campaign = $3)
ORDER BY day, campaign LIMIT $7
