-- When these books were restored from a backup, and of when that was (`perezvon after-restore`). What was missed before
-- is recorded and not called back: whether it was, stood in the books that are gone.
CREATE TABLE perezvon.restores (
  restored_at timestamptz PRIMARY KEY,
  dumped_at   timestamptz NOT NULL,
  CONSTRAINT restores_in_order CHECK (dumped_at <= restored_at)
);
