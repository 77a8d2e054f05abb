-- Attempts begun in the span, newest first.
SELECT started_at, campaign, number, agent, agent_result, customer_result, outcome, ring, talk, n, disposition, note,
  pbx, job, attempt
FROM report.attempts
WHERE started_at >= $1 AND started_at < $2 AND ($3::text IS NULL OR campaign = $3) AND ($4::text IS NULL OR queue = $4)
  AND ($5::text IS NULL OR number = $5) AND ($6::text IS NULL OR outcome = $6)
ORDER BY started_at DESC, attempt DESC LIMIT $7
