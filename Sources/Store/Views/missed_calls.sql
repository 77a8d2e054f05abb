CREATE VIEW report.missed_calls AS
SELECT pbx, linkedid, at, number, number_kind, customer_name, did, queue, wait, lost_at, ending, members_rung,
  short, evidence, job, no_job_reason
FROM perezvon.missed_calls;
