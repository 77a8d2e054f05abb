-- Missed calls of the span, newest first, with what became of them.
SELECT m.at, m.pbx, m.number, m.customer_name, m.did, m.queue, m.wait, m.lost_at, m.ending, m.members_rung, m.short,
  j.campaign, j.state, coalesce(m.no_job_reason, j.reason) AS reason, m.linkedid
FROM perezvon.missed_calls m LEFT JOIN perezvon.jobs j ON j.id = m.job
WHERE m.at >= $1 AND m.at < $2 AND ($4::text IS NULL OR m.queue = $4) AND ($5::text IS NULL OR m.number = $5)
  AND ($3::text IS NULL OR j.campaign = $3) AND ($6::text IS NULL OR coalesce(j.state, 'no_job') = $6)
ORDER BY m.at DESC, m.linkedid DESC LIMIT $7
