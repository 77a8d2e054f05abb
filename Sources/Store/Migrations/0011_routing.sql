-- What was said to customers, and what is known of them.

-- When he was told that he would be called; null where nothing was said. Kept or not shows when he was first dialled.
ALTER TABLE perezvon.jobs ADD COLUMN promised_at timestamptz;
-- When it was told to whoever is to know that the promise is overdue.
ALTER TABLE perezvon.jobs ADD COLUMN overdue_at timestamptz;
CREATE INDEX jobs_promised ON perezvon.jobs (promised_at)
  WHERE promised_at IS NOT NULL AND overdue_at IS NULL AND state IN ('waiting', 'working');

-- When a person or a program last said anything of him.
ALTER TABLE perezvon.customers ADD COLUMN updated_at timestamptz NOT NULL DEFAULT 'epoch';
