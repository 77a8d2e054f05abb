-- Jobs created in the span, newest first.
SELECT created_at, campaign, number, state, reason, queue, source, missed_count, attempts, owner, due_at, closed_at,
  time_to_first_dial, time_to_conversation, job
FROM report.jobs
WHERE created_at >= $1 AND created_at < $2 AND ($3::text IS NULL OR campaign = $3) AND ($4::text IS NULL OR queue = $4)
  AND ($5::text IS NULL OR number = $5) AND ($6::text IS NULL OR state = $6)
ORDER BY created_at DESC, job DESC LIMIT $7
