-- Calls that began in the span, newest first.
SELECT started_at, pbx, direction, number, did, queue, answered, answered_by, wait, talk, lost_at, ending, short,
  linkedid
FROM report.calls
WHERE started_at >= $1 AND started_at < $2 AND ($4::text IS NULL OR queue = $4) AND ($5::text IS NULL OR number = $5)
  AND ($6::text IS NULL OR CASE $6 WHEN 'answered' THEN answered WHEN 'missed' THEN NOT answered
    AND direction = 'inbound' ELSE direction = $6 END)
ORDER BY started_at DESC, linkedid DESC LIMIT $7
