-- How far a realtime queue_log table has been read: every row below read_id is in the books, or was given up.
CREATE TABLE perezvon.queue_log_table_positions (
  pbx text PRIMARY KEY,
  -- Which table: the name of its database, and its OID there. Ids of another one mean nothing.
  source text NOT NULL,
  read_id bigint NOT NULL,
  saved_at timestamptz NOT NULL
);
